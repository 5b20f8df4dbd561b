// One at a time per key, in the order of asking; different keys do not wait for each other. Knows nothing of other processes.

/** Runs `work` when all earlier work for `key` has ended, well or badly; hands on what it returns or throws. */
export type KeyedLock = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createKeyedLock(): KeyedLock {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    const before = last.get(key);
    let release = () => {};
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    last.set(key, mine);
    try {
      await before;
      return await work();
    } finally {
      release();
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
