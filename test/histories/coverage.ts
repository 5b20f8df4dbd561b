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
