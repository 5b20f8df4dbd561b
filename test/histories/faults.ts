// Lays each known fault into the product, one at a time, and runs histories until one of them shows it. That history is then
// run without the fault: only what passes there was caught.
import { atMost } from '../../io/at-most.ts';
import { type Bundle, bundleHistories, type Patch } from './bundle.ts';
import { knownFaults } from './known-faults.ts';
import { runBundle } from './parts.ts';

/** Processes at a time. */
const atOnce = 2;

export interface Hunt {
  /** Histories for one fault at most. */
  most: number;
  seed: number;
}

export type Catch =
  /** `runs`: histories that were needed; `path`: of the last one, which passes without the fault. */
  | { is: 'caught'; runs: number; path: string; divergence: string }
  | { is: 'missed' }
  /** The same history diverges without the fault as well, so it says nothing about the fault, and much about the product. */
  | { is: 'no proof'; path: string; divergence: string };

/** `sound`: the histories without any fault. */
export async function catchFault(fault: Patch, sound: Bundle, { most, seed }: Hunt): Promise<Catch> {
  const faulty = await bundleHistories(fault);
  const args = ['--first', '--seed', String(seed)];
  try {
    const { runs, path, divergence } = await runBundle(faulty.file, ...args, '--runs', String(most));
    if (path === undefined || divergence === undefined) return { is: 'missed' };
    const control = await runBundle(sound.file, ...args, '--path', path);
    if (control.divergence !== undefined) return { is: 'no proof', path, divergence: control.divergence };
    return { is: 'caught', runs, path, divergence };
  } finally {
    await faulty.remove();
  }
}

/** All of them, or those whose name holds the text `only`. Gives the exit code. */
export async function catchAll({ only = '', ...hunt }: Hunt & { only?: string }): Promise<number> {
  const chosen = knownFaults.filter(({ name }) => name.includes(only));
  const sound = await bundleHistories();
  let caught = 0;
  try {
    await atMost(atOnce, chosen, async (fault) => {
      const result = await catchFault(fault, sound, hunt);
      if (result.is === 'caught') caught += 1;
      const runs =
        result.is === 'missed' ? `NOT in ${hunt.most}` : result.is === 'caught' ? result.runs : 'NO PROOF by';
      console.log(`${runs} runs`.padStart(18), ` ${fault.name}`);
      if (result.is !== 'missed') console.log(`${' '.repeat(20)}path ${result.path}: ${result.divergence}`);
    });
  } finally {
    await sound.remove();
  }
  console.log(`${caught} of ${chosen.length} known faults caught, seed ${hunt.seed}`);
  return caught === chosen.length && caught > 0 ? 0 : 1;
}
