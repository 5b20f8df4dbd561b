// What a process remembers of the models that it observed, so that an event which comes late does not undo what a newer one said. After
// a restart it knows nothing, and the receivers' own guards decide.
import { createCache } from '../../io/cache.ts';

/** Models that are remembered. */
const maxModels = 10_000;

interface Known {
  /** When the head was read that the newest promotion speaks of, and since when Git says so; ms since epoch. */
  gitAt?: number;
  since?: number;
  /** When the cluster was last read for it, by the clock of its API server. */
  readAt: number;
}

export interface Memory {
  /** False: a promotion of a later head is known. */
  isNewest(key: string, gitAt: number, since: number): boolean;
  /** Since when Git says what it says of the model, as far as a promotion told; ms since epoch. */
  since(key: string): number | undefined;
  /** The cluster was read for the environment, from `start` on, by our clock. */
  wasRead(environment: string, start: number): void;
  /** The time of a reading that began at `start` (ours), by the clock of the API server; later than that of every earlier one. */
  stamp(key: string, start: number): number;
  /** The same, but undefined when a reading that began later is known. */
  stampOnce(key: string, start: number): number | undefined;
  /** When each environment was last read, by our clock. */
  readonly lastRead: ReadonlyMap<string, number>;
}

/** `offset`: ms to add to our clock to agree with the API server. */
export function createMemory(offset: () => number): Memory {
  const models = createCache<Known>(maxModels, () => 1);
  const lastRead = new Map<string, number>();

  function knownOf(key: string): Known {
    const known = models.get(key) ?? { readAt: 0 };
    models.put(key, known);
    return known;
  }

  function stamp(key: string, start: number, isLate: (known: Known, at: number) => boolean) {
    const known = knownOf(key);
    const at = start + offset();
    if (isLate(known, at)) return undefined;
    known.readAt = Math.max(at, known.readAt + 1);
    return known.readAt;
  }

  return {
    isNewest(key, gitAt, since) {
      const known = knownOf(key);
      if (known.gitAt !== undefined && known.gitAt > gitAt) return false;
      Object.assign(known, { gitAt, since });
      return true;
    },
    since: (key) => models.get(key)?.since,
    wasRead: (environment, start) => void lastRead.set(environment, Math.max(start, lastRead.get(environment) ?? 0)),
    stamp: (key, start) => stamp(key, start, () => false)!,
    stampOnce: (key, start) => stamp(key, start, (known, at) => known.readAt >= at),
    lastRead,
  };
}
