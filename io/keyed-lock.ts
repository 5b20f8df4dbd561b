// One at a time per key, in the order of asking; different keys do not wait for each other. Knows nothing of other processes.

/** Runs `work` when all earlier work for `key` has ended, well or badly; hands on what it returns or throws. */
export type KeyedLock = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** At most `count` at a time, each behind those that were given its lane before. */
export function createLanes(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const lock = createKeyedLock();
  let given = 0;
  return (work) => lock(String(given++ % count), work);
}

export function createKeyedLock(): KeyedLock {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const result = (last.get(key) ?? Promise.resolve()).then(work);
    const ended = result.catch(() => {});
    last.set(key, ended);
    return result.finally(() => {
      if (last.get(key) === ended) last.delete(key);
    });
  };
}
