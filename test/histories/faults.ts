// Lays each known fault into the product, one at a time, and runs histories until one of them shows it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bundleHistories } from './bundle.ts';
import { type KnownFault, knownFaults } from './known-faults.ts';

export interface Caught {
  fault: KnownFault;
  /** Histories that were needed; undefined: not caught by as many as were allowed. */
  runs?: number;
  /** What the oracle said. */
  divergence?: string;
}

/** `most`: histories for one fault. */
export async function catchFault(fault: KnownFault, most: number, seed: number): Promise<Caught> {
  const bundle = await bundleHistories(fault);
  try {
    const text = await run([bundle.file, '--runs', String(most), '--seed', String(seed), '--no-shrink', '--no-floors']);
    const [, runs, divergences] = /^(\d+) runs, seed \d+, (\d+) divergences/m.exec(text) ?? [];
    if (runs === undefined) throw new Error(`no histories ran with the fault "${fault.name}":\n${text.slice(-2_000)}`);
    if (divergences === '0') return { fault };
    return {
      fault,
      runs: Number(runs),
      divergence: /^ +[0-9.]+ {2}DIVERGENCE (.*)$/m.exec(text)?.[1] ?? 'a fault of the histories',
    };
  } finally {
    await bundle.remove();
  }
}

/** Exit code 1 is an answer, too. */
async function run(args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 28 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ''}${stderr ?? ''}`;
  }
}

/** All of them, or those whose name holds a text. Gives the exit code. */
export async function catchAll({
  most,
  seed,
  only = '',
}: {
  most: number;
  seed: number;
  only?: string;
}): Promise<number> {
  const chosen = knownFaults.filter(({ name }) => name.includes(only));
  const missed: string[] = [];
  for (const fault of chosen) {
    const { runs, divergence } = await catchFault(fault, most, seed);
    if (runs === undefined) missed.push(fault.name);
    console.log(
      `${runs === undefined ? `NOT in ${most}` : String(runs).padStart(6)} runs  ${fault.name}${divergence ? `\n               ${divergence.slice(0, 160)}` : ''}`,
    );
  }
  console.log(`${chosen.length - missed.length} of ${chosen.length} known faults caught, seed ${seed}`);
  return missed.length === 0 ? 0 : 1;
}
