// One thing that is fuzzed: what goes in, and what is asserted of what comes out.
import fc from 'fast-check';
import { judgeWorld } from './judge.ts';

export interface Target {
  name: string;
  /** How often each end was seen: a fuzzer whose input always ends at the door proves little. */
  seen: ReadonlyMap<string, number>;
  /** Ends that some hundred runs have to come to. */
  needs: readonly string[];
  /** How many of a hundred runs are its. */
  share: number;
  check(settings: Settings): Promise<fc.RunDetails<unknown>>;
}

export interface Settings {
  runs: number;
  seed: number;
  /** Where in the shrinking of an earlier failure to begin. */
  path?: string;
}

/** `judge` resolves to the end that an input came to. */
export function target<T>(
  name: string,
  share: number,
  needs: readonly string[],
  input: fc.Arbitrary<T>,
  judge: (input: T) => Promise<string>,
): Target {
  const seen = new Map<string, number>();
  const property = fc.asyncProperty(input, async (value) => {
    const end = await judge(value);
    seen.set(end, (seen.get(end) ?? 0) + 1);
    judgeWorld();
  });
  return {
    name,
    seen,
    needs,
    share,
    check: async ({ runs, seed, path }) =>
      (await fc.check(property, { numRuns: runs, seed, ...(path ? { path } : {}) })) as fc.RunDetails<unknown>,
  };
}

/** Its part of so many runs, at least one. */
export function runsOf({ share }: Target, runs: number): number {
  return Math.max(1, Math.round((runs * share) / 100));
}

/** Nothing when all went well; else what failed, why, and how to see it again. */
export function complaint(name: string, details: fc.RunDetails<unknown>): string | undefined {
  if (!details.failed) return undefined;
  const { seed, counterexamplePath, counterexample, errorInstance } = details;
  const path = counterexamplePath ? ` --path ${counterexamplePath}` : '';
  return [
    `${name} failed after ${details.numRuns} runs and ${details.numShrinks} steps of shrinking`,
    `again: npm run fuzz -- --target ${name} --seed ${seed}${path}`,
    fc.stringify(counterexample).slice(0, 3_000),
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance),
  ].join('\n');
}
