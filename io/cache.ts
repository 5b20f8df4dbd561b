// Keeps what was read for whoever asks next, up to a bound. For answers that cannot become out of date: those asked for by an object id.

export interface Cache<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
}

/** The least recently used goes first. `limit` is in what `weigh` counts; the `atLeast` used last stay, whatever they weigh. */
export function createCache<T>(limit: number, weigh: (value: T) => number, atLeast = 0): Cache<T> {
  const held = new Map<string, T>();
  let total = 0;
  return {
    get(key) {
      const value = held.get(key);
      if (value !== undefined && held.delete(key)) held.set(key, value);
      return value;
    },
    put(key, value) {
      const before = held.get(key);
      if (before !== undefined && held.delete(key)) total -= weigh(before);
      held.set(key, value);
      total += weigh(value);
      for (const [oldest, given] of held) {
        if (total <= limit || held.size <= atLeast) break;
        held.delete(oldest);
        total -= weigh(given);
      }
    },
  };
}
