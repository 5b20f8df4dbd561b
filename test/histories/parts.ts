// Runs a bundle in processes of its own, and reports how its histories ended. A seed and a path mean the same history however
// many processes share the work.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type Coverage, createCoverage } from './coverage.ts';
import { belowFloors, type Usual, usualInMemory } from './floors.ts';
import { type Result, sumOf } from './run.ts';

export function start(bundle: string, ...args: string[]): { child: ChildProcess; result: Promise<Result | undefined> } {
  const child = spawn(process.execPath, ['--enable-source-maps', bundle, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const result = Promise.all([text(child.stdout), once(child, 'exit')]).then(([output, [code, signal]]) => {
    if (signal !== null) return undefined;
    if (code !== 0) throw new Error(`the histories ended with ${code}`);
    return JSON.parse(output) as Result;
  });
  return { child, result };
}

export async function runBundle(bundle: string, ...args: string[]): Promise<Result> {
  return (await start(bundle, ...args).result)!;
}

/** The sum of all parts, or the one that diverged. */
export async function runInParts(bundle: string, parts: number, args: readonly string[]): Promise<Result> {
  const all = Array.from({ length: parts }, (_, nth) => start(bundle, ...args, '--part', `${nth}/${parts}`));
  // One that fails is reported at once: the others need not go on.
  const results = await Promise.all(
    all.map(async ({ result }) => {
      const ended = await result;
      if (ended?.divergence !== undefined) for (const { child } of all) child.kill();
      return ended;
    }),
  );
  const diverged = results.find((one) => one?.divergence !== undefined);
  if (diverged) return diverged;
  const ended = results as Result[];
  const coverage = createCoverage();
  for (const [what, times] of ended.flatMap(({ counts }) => counts))
    if (what.startsWith('ms of ')) coverage.most(what, times);
    else coverage.count(what, times);
  return {
    runs: ended[0]!.runs,
    counts: [...coverage.counts],
    traces: sumOf(ended.map(({ traces }) => traces)),
    seconds: ended.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Prints what occurred, and what occurred too rarely, which it gives back. */
export function printCounts(counts: Coverage['counts'], usual: Usual, runs: number): string[] {
  for (const [what, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(9)}  ${what}`);
  const rare = belowFloors({ counts }, usual, runs);
  for (const what of rare) console.log(`TOO RARE: ${what}`);
  return rare;
}

/** The last line says runs, seed and divergences. Gives the exit code. */
export function conclude(
  { runs, counts, traces, seconds, divergence }: Result,
  which: string,
  usual: Usual = usualInMemory,
): number {
  const rare = divergence === undefined ? printCounts(new Map(counts), usual, runs) : [];
  console.log(`traces: ${traces}`);
  console.log(`${seconds.toFixed(1)} s of one core`);
  console.log(`${runs} runs, ${which}, ${divergence === undefined ? 0 : 1} divergences`);
  return divergence !== undefined || rare.length > 0 ? 1 : 0;
}
