// Plays many histories over sockets, some at a time, and tells how they ended. The command is `npm run histories -- --sockets`.
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import type { Patch } from '../bundle.ts';
import { createCoverage } from '../coverage.ts';
import { usualOverSockets } from '../floors.ts';
import { histories } from '../generate.ts';
import type { History, RegistryName } from '../history.ts';
import { printCounts } from '../parts.ts';
import { buildProcesses } from './build.ts';
import { playHistory } from './play.ts';

export interface Options {
  runs: number;
  /** Of the first history; each of the others has the next one. */
  seed: number;
  /** Of all of them; undefined: of each its own. */
  registry?: RegistryName | undefined;
  /** A known fault, laid into the product: the first divergence is enough, and nothing is too rare. */
  patch: Patch | undefined;
}

/** Histories at a time: most of what they do is wait. */
const most = 8;
/** Times as fast as the machine's, for one that was not done in time among others. */
const slow = 3;

export function historyOf(seed: number, registry?: RegistryName): History {
  return fc.sample(fc.noBias(histories(registry)), { seed, numRuns: 1 })[0]!;
}

/** Prints what occurred; the last line says runs, seed and divergences. */
export async function runOverSockets({ runs: wanted, seed: firstSeed, registry, patch }: Options) {
  // Everything that is on its way through a broker listens to its end.
  EventEmitter.defaultMaxListeners = 0;
  const started = performance.now();
  const built = await buildProcesses(patch);
  const coverage = createCoverage();
  const again: number[] = [];
  let [next, runs, divergences] = [0, 0, 0];
  const play = async (seed: number, speed?: number): Promise<void> => {
    const one = historyOf(seed, registry);
    const { divergence, restless, trace } = await playHistory(one, built, coverage, speed);
    if (restless && speed === undefined) return void again.push(seed);
    runs += 1;
    if (divergence === undefined) return;
    divergences += 1;
    console.log([JSON.stringify(one, undefined, 1), ...trace].join('\n'));
    const on = registry === undefined ? '' : ` --registry ${registry}`;
    console.log(`Again: npm run histories -- --sockets --seed ${seed} --runs 1${on}`);
    console.log('The same history, not the same moments: what depends on them may take some runs.');
  };
  const worker = async (): Promise<void> => {
    while (next < wanted && !(patch && divergences > 0)) {
      const seed = firstSeed + next++;
      coverage.count(`kind ${historyOf(seed, registry).kind}`);
      await play(seed);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(most, wanted) }, worker));
    for (const seed of again) {
      console.log(`seed ${seed} did not come to rest in its time; once more, alone and with more of it`);
      await play(seed, slow);
    }
  } finally {
    await built.remove();
  }
  const rare = printCounts(coverage.counts, patch ? new Map() : usualOverSockets, runs);
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${runs} runs over sockets, seed ${firstSeed}, ${divergences} divergences`);
  return { divergences, rare };
}
