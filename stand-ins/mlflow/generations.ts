// What differs between the oldest and the newest version of MLflow that is supported.

export interface Generation {
  version: string;
  /** What came with 3.x: prompts are kept apart, `/` and `:` are no part of a name, lists may be compared, errors have a class. */
  is3: boolean;
  /** Characters of a tag's value. */
  longestValue: number;
}

export const GENERATIONS = {
  oldest: { version: '2.16.2', is3: false, longestValue: 5_000 },
  newest: { version: '3.17.2', is3: true, longestValue: 100_000 },
} as const satisfies Record<string, Generation>;

export type GenerationName = keyof typeof GENERATIONS;
