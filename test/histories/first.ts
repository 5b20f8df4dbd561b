// Runs histories up to the first that diverges and says which in one line of JSON: for who asks whether a fault would be seen.
import fc from 'fast-check';
import { createCoverage } from './coverage.ts';
import { history } from './generate.ts';
import { simulate } from './simulate.ts';
import { Divergence } from './watch.ts';

export interface First {
  /** Histories that were run. */
  runs: number;
  /** Of the one that diverged, among those of the seed. */
  path?: string;
  divergence?: string;
}

/** `path`: that one history alone. Throws what is no divergence: then the histories themselves are at fault. */
export async function runToFirst({
  runs,
  seed,
  path,
}: {
  runs: number;
  seed: number;
  path: string | undefined;
}): Promise<First> {
  const property = fc.asyncProperty(history, async (one) => {
    const { divergence } = await simulate(one, createCoverage());
    if (divergence) throw divergence;
  });
  const which = path === undefined ? { numRuns: runs } : { numRuns: 1, path };
  const { failed, numRuns, counterexamplePath, errorInstance } = await fc.check(property, {
    ...which,
    seed,
    endOnFailure: true,
  });
  if (!failed) return { runs: numRuns };
  if (!(errorInstance instanceof Divergence)) throw errorInstance;
  return { runs: numRuns, path: counterexamplePath ?? '', divergence: errorInstance.message };
}
