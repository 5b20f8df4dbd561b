// Runs the histories of one seed in several processes, each its share, and tells how they ended together. A seed and a path mean
// the same history however many there are.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createCoverage } from './coverage.ts';
import { conclude } from './run.ts';

/** `args`: for each of them as well. Gives the exit code. */
export async function runInParts(
  bundle: string,
  args: readonly string[],
  { runs, seed, parts, floors }: { runs: number; seed: number; parts: number; floors: boolean },
): Promise<number> {
  const children = Array.from({ length: parts }, (_, nth) => {
    const own = ['--seed', String(seed), '--part', `${nth}/${parts}`, '--no-floors'];
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    return spawn(process.execPath, ['--enable-source-maps', bundle, ...args, ...own], { stdio: [...stdio] });
  });
  const told = await Promise.all(children.map((child) => ending(child, () => stop(children))));
  const failed = told.find(({ code }) => code !== 0 && code !== null);
  if (failed) {
    console.log(failed.output.trimEnd());
    return 1;
  }
  const coverage = createCoverage();
  let [traces, seconds] = [0n, 0];
  for (const { output } of told) {
    for (const [, count, what = ''] of output.matchAll(/^ *(\d+) {2}(\S.*)$/gm)) {
      if (what.startsWith('ms of ')) coverage.most(what, Number(count));
      else coverage.count(what, Number(count));
    }
    traces = (traces + BigInt(`0x${/^traces: ([0-9a-f]+)$/m.exec(output)?.[1]}`)) % 2n ** 160n;
    seconds += Number(/^([\d.]+) s of one core$/m.exec(output)?.[1]);
  }
  return conclude({ coverage, runs, seed, traces, seconds, divergences: 0, floors });
}

/** One that fails is told of at once: the others need not go on. */
async function ending(child: ChildProcess, onFailure: () => void): Promise<{ code: number | null; output: string }> {
  const [output, [code]] = await Promise.all([text(child.stdout!), once(child, 'exit') as Promise<[number | null]>]);
  if (code !== 0) onFailure();
  return { code, output };
}

function stop(children: readonly ChildProcess[]): void {
  for (const child of children) child.kill();
}
