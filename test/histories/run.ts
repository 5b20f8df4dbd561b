// Runs histories in this process, or one of them again, and says how they ended.
import fc from 'fast-check';
import { type Coverage, createCoverage } from './coverage.ts';
import { histories } from './generate.ts';
import type { History, RegistryName } from './history.ts';
import { simulate } from './simulate.ts';
import { stories } from './stories.ts';
import { Divergence } from './watch.ts';

export interface Result {
  /** Histories that were run. */
  runs: number;
  /** Of the one that diverged, among those of the seed, and the sentence that does not hold. */
  path?: string;
  divergence?: string;
  /** How often things happened (coverage.ts). */
  counts: [what: string, times: number][];
  /** Sum of the hashes of all traces, in hexadecimal: the same in whatever order, and by however many processes, they were made. */
  traces: string;
  /** CPU time. */
  seconds: number;
}

export interface Options {
  runs: number;
  seed: number;
  /** Of all histories; undefined: of each its own. */
  registry: RegistryName | undefined;
  /** Ends with the first divergence, which is neither shrunk nor told. */
  first: boolean;
  /** Only each `of`-th history of the seed, from the `nth` on: the others are another process's (parts.ts). */
  part: { nth: number; of: number };
}

export const sumOf = (traces: readonly string[]): string =>
  (traces.reduce((sum, trace) => sum + BigInt(`0x${trace}`), 0n) % 2n ** 160n).toString(16).padStart(40, '0');

/** Throws what is no divergence: then the histories themselves are wrong. */
export async function run({ runs, seed, registry, first, part }: Options): Promise<Result> {
  const coverage = createCoverage();
  const traces: string[] = [];
  let [drawn, failing] = [0, false];
  const property = fc.asyncProperty(histories(registry), async (one) => {
    const isOurs = drawn++ % part.of === part.nth;
    if (!isOurs && !failing) return;
    // While a failure is shrunk, nothing is counted any more.
    const { divergence, hash } = await simulate(one, failing ? createCoverage() : coverage);
    traces.push(hash);
    failing ||= divergence !== undefined;
    if (divergence) throw divergence;
  });
  const details = await fc.check(property, { numRuns: runs, seed, endOnFailure: first });
  const { failed, errorInstance, counterexamplePath, numRuns } = details;
  if (failed && !(errorInstance instanceof Divergence)) throw errorInstance;
  if (failed && !first) await tell(details, registry);
  const end = failed ? { path: counterexamplePath ?? '', divergence: (errorInstance as Error).message } : {};
  return resultOf(coverage, traces, { runs: numRuns, ...end });
}

function resultOf({ counts }: Coverage, traces: string[], end: Pick<Result, 'runs' | 'path' | 'divergence'>): Result {
  const { user, system } = process.cpuUsage();
  return { ...end, counts: [...counts], traces: sumOf(traces), seconds: (user + system) / 1e6 };
}

/** One history of a seed, or of stories.ts, step by step. */
export async function replay(
  { seed, registry, path, story }: Pick<Options, 'seed' | 'registry'> & Record<'path' | 'story', string | undefined>,
  onLine: (line: string) => void,
): Promise<Result> {
  const drawn = () => fc.sample(histories(registry), { seed, path: path!, numRuns: 1 })[0]!;
  const one = story === undefined ? drawn() : storyOf(story);
  onLine(JSON.stringify(one, undefined, 1));
  const coverage = createCoverage();
  const { divergence, hash } = await simulate(one, coverage, onLine);
  return resultOf(coverage, [hash], {
    runs: 1,
    ...(divergence && { path: path ?? '', divergence: divergence.message }),
  });
}

function storyOf(wanted: string): History {
  const found = stories.find(({ name }) => name === wanted);
  if (found) return found.history;
  throw new Error(`expected the name of a story, one of:\n${stories.map(({ name }) => name).join('\n')}`);
}

/** A reading that went well: left out of the story, there in a replay. */
const isReading = /#\d+ GET .* = 200$/;

async function tell(
  { counterexample, errorInstance, seed, counterexamplePath }: fc.RunDetails<[History]>,
  registry: RegistryName | undefined,
) {
  const [one] = counterexample!;
  console.error(JSON.stringify(one, undefined, 1));
  await simulate(one, createCoverage(), (line) => isReading.test(line) || console.error(line)).catch(() => {});
  console.error(String(errorInstance));
  const on = registry === undefined ? '' : ` --registry ${registry}`;
  console.error(`Again: npm run histories -- --seed ${seed} --path ${counterexamplePath}${on}`);
}
