// Plays many histories over sockets, some at a time, and tells how they ended. The command is `npm run histories -- --sockets`.
import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import type { Patch } from '../bundle.ts';
import { createCoverage } from '../coverage.ts';
import { history } from '../generate.ts';
import type { History } from '../history.ts';
import { type Built, buildProcesses } from './build.ts';
import { belowFloors } from './floors.ts';
import { type Outcome, playHistory } from './play.ts';

export interface Options {
  runs: number;
  /** Of the first history; each of the others has the next one. */
  seed: number;
  /** Prints what happens, one history after the other. */
  verbose?: boolean;
  /** Fails when something happened too rarely. */
  floors?: boolean;
  /** Stops at the first divergence. */
  endOnFailure?: boolean;
  /** A known fault, laid into the product. */
  patch?: Patch;
}

export interface Result {
  runs: number;
  divergences: { seed: number; history: History; outcome: Outcome }[];
  rare: string[];
}

/** Histories at a time: most of what they do is wait. */
const most = 8;
/** Times as fast as the machine's, for one that was not done in time among others. */
const slow = 3;

export function historyOf(seed: number): History {
  return fc.sample(fc.noBias(history), { seed, numRuns: 1 })[0]!;
}

/** Prints what occurred; the last line says runs, seed and divergences. */
export async function runOverSockets(options: Options, print: (line: string) => void = console.log): Promise<Result> {
  // One broker's end is listened to by everything that is on its way.
  EventEmitter.defaultMaxListeners = 0;
  const started = performance.now();
  const built = await buildProcesses(options.patch);
  const coverage = createCoverage();
  const divergences: Result['divergences'] = [];
  let next = 0;
  let runs = 0;
  const again: number[] = [];
  const play = async (processes: Built, seed: number, speed?: number): Promise<void> => {
    const one = historyOf(seed);
    const onLine = options.verbose ? { onLine: print } : {};
    const outcome = await playHistory(one, processes, coverage, { ...onLine, ...(speed && { speed }) });
    if (outcome.restless && speed === undefined) return void again.push(seed);
    runs += 1;
    if (outcome.divergence === undefined) return;
    divergences.push({ seed, history: one, outcome });
    tell(divergences.at(-1)!, print);
  };
  const worker = async (processes: Built): Promise<void> => {
    while (next < options.runs && !(options.endOnFailure && divergences.length > 0)) {
      const seed = options.seed + next++;
      coverage.count(`kind ${historyOf(seed).kind}`);
      await play(processes, seed);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.verbose ? 1 : Math.min(most, options.runs) }, () => worker(built)));
    for (const seed of again) {
      print(`seed ${seed} did not come to rest in its time; once more, alone and with more of it`);
      await play(built, seed, slow);
    }
  } finally {
    await built.remove();
  }
  for (const [what, count] of [...coverage.counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    print(`${String(count).padStart(9)}  ${what}`);
  const rare = options.floors ? belowFloors(coverage, runs) : [];
  for (const what of rare) print(`TOO RARE: ${what}`);
  print(`${((performance.now() - started) / 1000).toFixed(0)} s`);
  print(`${runs} runs over sockets, seed ${options.seed}, ${divergences.length} divergences`);
  return { runs, divergences, rare };
}

function tell({ seed, history: one, outcome }: Result['divergences'][number], print: (line: string) => void): void {
  print(JSON.stringify(one, undefined, 1));
  for (const line of outcome.trace) print(line);
  print(`Again: npm run histories -- --sockets --seed ${seed} --runs 1`);
  print('The same history, not the same moments: what depends on them may take some runs.');
}
