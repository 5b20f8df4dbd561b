// Runs many histories and tells how they ended. The command is `npm run histories`, which bundles this file (bundle.ts).
import fc from 'fast-check';
import { type Coverage, createCoverage } from './coverage.ts';
import { belowFloors } from './floors.ts';
import { history } from './generate.ts';
import type { History } from './history.ts';
import { simulate } from './simulate.ts';
import { stories } from './stories.ts';

export interface Options {
  runs: number;
  seed: number;
  /** Of one history among those of the seed. */
  path: string | undefined;
  verbose: boolean;
  shrink: boolean;
  /** Fail when something happened too rarely. */
  floors: boolean;
  /** Only each `of`-th history of the seed, from the `nth` on: the others are another process's (parts.ts). */
  part?: { nth: number; of: number };
}

/** The exit code. The last line that is written says runs, seed and divergences. */
export async function run({ runs, seed, path, verbose, shrink, floors, part }: Options): Promise<number> {
  if (path !== undefined) return replay(seed, path);
  const coverage = createCoverage();
  let [drawn, traces, failing] = [0, 0n, false];
  const started = process.cpuUsage();
  const property = fc.asyncProperty(history, async (one) => {
    const isOurs = part === undefined || drawn++ % part.of === part.nth;
    if (!isOurs && !failing) return;
    // While a failure is shrunk, nothing is counted any more.
    const counting = failing ? createCoverage() : coverage;
    const { divergence, hash } = await simulate(one, counting, verbose ? console.log : undefined);
    traces = (traces + BigInt(`0x${hash}`)) % 2n ** 160n;
    failing ||= divergence !== undefined;
    if (divergence) throw divergence;
  });
  const details = await fc.check(property, { numRuns: runs, seed, endOnFailure: !shrink });
  if (details.failed) await tell(details);
  const { user, system } = process.cpuUsage(started);
  return conclude({
    coverage,
    runs: details.numRuns,
    seed,
    traces,
    seconds: (user + system) / 1e6,
    divergences: details.failed ? 1 : 0,
    floors,
  });
}

export interface Conclusion {
  coverage: Coverage;
  runs: number;
  seed: number;
  /** Sum of the hashes of all traces: the same in whatever order, and by however many processes, they were made. */
  traces: bigint;
  seconds: number;
  divergences: number;
  floors: boolean;
}

/** Writes how many histories ended, and gives the exit code. */
export function conclude({ coverage, runs, seed, traces, seconds, divergences, floors }: Conclusion): number {
  for (const [what, count] of [...coverage.counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${String(count).padStart(9)}  ${what}`);
  }
  const rare = floors && divergences === 0 ? belowFloors(coverage, runs) : [];
  for (const what of rare) console.log(`TOO RARE: ${what}`);
  console.log(`traces: ${traces.toString(16).padStart(40, '0')}`);
  console.log(`${seconds.toFixed(1)} s of one core`);
  console.log(`${runs} runs, seed ${seed}, ${divergences} divergences`);
  return divergences > 0 || rare.length > 0 ? 1 : 0;
}

/** One history again, step by step. */
async function replay(seed: number, path: string): Promise<number> {
  const [one] = fc.sample(history, { seed, path, numRuns: 1 });
  return tellAll(one!, `seed ${seed}`);
}

/** One of stories.ts, step by step. */
export async function runStory(name: string): Promise<number> {
  const story = stories.find((one) => one.name === name);
  if (story === undefined)
    throw new Error(`expected the name of a story, one of:\n${stories.map((one) => one.name).join('\n')}`);
  return tellAll(story.history, name);
}

async function tellAll(one: History, which: string): Promise<number> {
  console.log(JSON.stringify(one, undefined, 1));
  const { divergence, hash } = await simulate(one, createCoverage(), console.log);
  console.log(`trace: ${hash}`);
  console.log(`1 runs, ${which}, ${divergence ? 1 : 0} divergences`);
  return divergence ? 1 : 0;
}

/** A reading that went well: left out of the story, there in a replay. */
const isReading = /#\d+ GET .* = 200$/;

async function tell(details: fc.RunDetails<[History]>): Promise<void> {
  const [one] = details.counterexample!;
  console.log(JSON.stringify(one, undefined, 1));
  await simulate(one, createCoverage(), (line) => isReading.test(line) || console.log(line)).catch(() => {});
  console.log(String(details.errorInstance));
  console.log(`Again: npm run histories -- --seed ${details.seed} --path ${details.counterexamplePath}`);
}
