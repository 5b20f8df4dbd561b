// Counts what happened in all histories of a run, so that a generator that has gone blind is noticed.
export interface Coverage {
  count(what: string, times?: number): void;
  /** Keeps the greatest. */
  most(what: string, value: number): void;
  readonly counts: ReadonlyMap<string, number>;
}

export function createCoverage(): Coverage {
  const counts = new Map<string, number>();
  return {
    counts,
    count(what, times = 1) {
      counts.set(what, (counts.get(what) ?? 0) + times);
    },
    most(what, value) {
      counts.set(what, Math.max(counts.get(what) ?? 0, value));
    },
  };
}

/** How often each happens in a thousand histories, about. */
const usual: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'merge ': {
    merge: 120,
    rebase: 120,
    'rebase-merge': 120,
    squash: 110,
    'fast-forward-only': 150,
    refused: 400,
  },
  '': {
    revert: 120,
    rename: 30,
    'force push': 60,
    'everything removed': 110,
    'push of more than five commits': 220,
    'converged without a reconcile': 140,
    'answers of done, checked': 3_000,
    'answers of parse, checked': 2_600,
    'record with a request': 230,
    'whole-map window met': 20,
  },
  'webhook ': { lost: 56, doubled: 110, replayed: 120, late: 120, 'cut off': 56, shortened: 110 },
  'event ': { lost: 80, doubled: 230, late: 220 },
  'fault ': {
    'time-out before': 45,
    'time-out after': 48,
    'late effect': 28,
    'reset before': 40,
    'reset after': 56,
    404: 45,
    409: 40,
    429: 45,
    500: 42,
    502: 48,
    503: 45,
    '502 after': 30,
    malformed: 21,
    'malformed after': 34,
    'cut off': 50,
    'cut short': 36,
    'short list': 47,
    slow: 50,
  },
  'death of ': {
    'gitea-source before a call': 8,
    'gitea-source after a call': 8,
    'parse before a call': 65,
    'parse after a call': 65,
    'registry-writer before a call': 60,
    'registry-writer after a call': 50,
    'broker before a call': 24,
    'broker after a call': 24,
  },
  'outage of ': { gitea: 66, broker: 57, database: 66, 'stalled database': 52, registry: 56 },
  'conflict: ': {
    'version not registered': 570,
    'a file that never was readable': 57,
    'model of another installation': 8,
  },
  'person: ': {
    'label prod on': 33,
    'label prod off': 33,
    'label test off': 26,
    'mark gone': 28,
    'mark damaged': 33,
    'record gone': 27,
    'other uri': 33,
  },
};

/**
 * What happened less than half as often as usual in so many histories; a sentence each. Chance is left room for: four times the
 * deviation of what is counted, so that no seed fails by itself, and few histories prove nothing about what is rare.
 */
export function belowFloors({ counts }: Coverage, runs: number): string[] {
  return Object.entries(usual).flatMap(([prefix, names]) =>
    Object.entries(names).flatMap(([name, perThousand]) => {
      const half = (perThousand * runs) / 2_000;
      const floor = Math.floor(half - 4 * Math.sqrt(half));
      const count = counts.get(prefix + name) ?? 0;
      return count < floor ? [`${prefix}${name}: ${count}, expected at least ${floor}`] : [];
    }),
  );
}
