// Lays each known fault into the product, one at a time, and runs histories until one of them shows it. That history is then
// run without the fault: only what passes there was caught.
import { atMost } from '../../io/at-most.ts';
import { type Bundle, bundleHistories, type Patch } from './bundle.ts';
import { type RegistryName, registryNames } from './history.ts';
import { type KnownFault, knownFaults } from './known-faults.ts';
import { runBundle } from './parts.ts';
import type { Result } from './run.ts';
import { stories } from './stories.ts';

/** Processes at a time. */
const atOnce = 2;

export interface Hunt {
  /** Histories for one fault at most. */
  most: number;
  seed: number;
  /** Of all histories; undefined: of each its own, or of all the one whose adapter has the fault. */
  registry?: RegistryName | undefined;
}

export type Catch =
  /** `runs`: histories that were needed; `by`: the last one, which passes without the fault, as the command's options name it. */
  | { is: 'caught'; runs: number; by: string; divergence: string }
  | { is: 'missed' }
  /** The same history diverges without the fault as well, so it says nothing about the fault, and much about the product. */
  | { is: 'no proof'; by: string; divergence: string };

/** `sound`: the histories without any fault. Where none that is drawn shows the fault, one of stories.ts may: some are too rare. */
export async function catchFault(
  fault: Patch & Pick<KnownFault, 'registry' | 'shownBy'>,
  sound: Bundle,
  { most, seed, registry = registryOf(fault) }: Hunt,
): Promise<Catch> {
  const faulty = await bundleHistories(fault);
  const args = ['--first', '--seed', String(seed), ...(registry === undefined ? [] : ['--registry', registry])];
  const judge = async ({ runs, divergence }: Result, which: [option: string, value: string]): Promise<Catch> => {
    if (divergence === undefined) return { is: 'missed' };
    const control = await runBundle(sound.file, ...args, ...which);
    if (control.divergence !== undefined)
      return { is: 'no proof', by: which.join(' '), divergence: control.divergence };
    return { is: 'caught', runs, by: which.join(' '), divergence };
  };
  try {
    if (fault.shownBy) {
      const caught = await judge(await runBundle(faulty.file, ...args, ...fault.shownBy), fault.shownBy);
      if (caught.is !== 'missed') return caught;
    }
    const drawn = await runBundle(faulty.file, ...args, '--runs', String(most));
    if (drawn.divergence !== undefined) return await judge(drawn, ['--path', drawn.path ?? '']);
    for (const { name } of stories) {
      const caught = await judge(await runBundle(faulty.file, ...args, '--story', name), ['--story', name]);
      if (caught.is !== 'missed') return caught;
    }
    return { is: 'missed' };
  } finally {
    await faulty.remove();
  }
}

/** The only one that has to do with it. */
function registryOf({ file, registry }: Patch & Pick<KnownFault, 'registry'>): RegistryName | undefined {
  return registry ?? registryNames.find((name) => file.startsWith(`registries/${name}/`));
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
      if (result.is !== 'missed') console.log(`${' '.repeat(20)}${result.by}: ${result.divergence}`);
    });
  } finally {
    await sound.remove();
  }
  console.log(`${caught} of ${chosen.length} known faults caught, seed ${hunt.seed}`);
  return caught === chosen.length && caught > 0 ? 0 : 1;
}
