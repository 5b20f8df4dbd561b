// Work on many things with a bounded number under way, so that one reading does not take a whole server.

/** Results in the order of `things`. The first failure ends it: what has not begun is left, what is under way is awaited. */
export async function atMost<T, R>(bound: number, things: readonly T[], work: (thing: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(things.length);
  const queue = things.entries();
  let failed = false;

  async function lane(): Promise<void> {
    // The iterator is shared, so every thing goes to exactly one lane.
    for (const [index, thing] of queue) {
      if (failed) return;
      try {
        results[index] = await work(thing);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }

  const ends = await Promise.allSettled(Array.from({ length: Math.min(bound, things.length) }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
