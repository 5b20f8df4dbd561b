// Counts what happened in all histories of a run, so that a generator that has gone blind is noticed.
export interface Coverage {
  count(what: string, times?: number): void;
  readonly counts: ReadonlyMap<string, number>;
}

export function createCoverage(): Coverage {
  const counts = new Map<string, number>();
  return {
    counts,
    count(what, times = 1) {
      counts.set(what, (counts.get(what) ?? 0) + times);
    },
  };
}

/** Of every thousand histories, at least so many of each; a generator that does less has gone blind. */
const floors: readonly (readonly [string, readonly string[], number])[] = [
  ['merge ', ['merge', 'rebase', 'rebase-merge', 'squash', 'fast-forward-only'], 100],
  ['', ['merge refused', 'revert', 'rename', 'force push', 'everything removed', 'push of more than five commits'], 20],
  ['webhook ', ['lost', 'doubled', 'replayed', 'late', 'cut off', 'shortened'], 40],
  ['event ', ['lost', 'doubled', 'late'], 100],
  [
    'fault ',
    [
      ...[
        'time-out before',
        'time-out after',
        'late effect',
        'reset before',
        'reset after',
        '404',
        '409',
        '429',
        '500',
      ],
      ...['502', '503', '502 after', 'malformed', 'malformed after', 'cut off', 'cut short', 'short list', 'slow'],
    ],
    25,
  ],
  [
    'fault on a write: ',
    [
      'time-out before',
      'time-out after',
      'late effect',
      'reset after',
      '404',
      '409',
      '500',
      '502 after',
      'malformed after',
    ],
    2,
  ],
  [
    'death of ',
    ['gitea-source', 'parse', 'registry-writer', 'broker'].flatMap((one) => [
      `${one} before a call`,
      `${one} after a call`,
    ]),
    10,
  ],
  ['outage of ', ['gitea', 'broker', 'database', 'stalled database', 'registry'], 20],
  [
    'conflict: ',
    [
      ...['version not registered', 'a file that never was readable'],
      ...['two repositories, one model', 'model of another installation'],
    ],
    5,
  ],
  [
    'person: ',
    ['label prod on', 'label prod off', 'label test off', 'mark gone', 'mark damaged', 'record gone', 'other uri'],
    20,
  ],
  ['', ['converged without a reconcile', 'answers of done, checked', 'record with a request'], 100],
  ['', ['whole-map window met'], 1],
];

/** What happened too rarely in so many histories; a sentence each. Few histories prove nothing about it. */
export function belowFloors({ counts }: Coverage, runs: number): string[] {
  if (runs < 1_000) return [];
  return floors.flatMap(([prefix, names, floor]) =>
    names.flatMap((name) => {
      const what = prefix + name;
      const [count, least] = [counts.get(what) ?? 0, Math.floor((floor * runs) / 1_000)];
      return count < least ? [`${what}: ${count}, expected at least ${least}`] : [];
    }),
  );
}
