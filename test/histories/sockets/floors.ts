// How often what has to occur in histories over sockets, so that a run that has gone blind is noticed.
import type { Coverage } from '../coverage.ts';

/** In a hundred histories, about: all that begins so, together. */
const usual: Readonly<Record<string, number>> = {
  'merge ': 105,
  'webhook ': 60,
  'event ': 45,
  'fault ': 100,
  'death of ': 35,
  'outage of ': 25,
  'person: ': 23,
  'forged ': 18,
  'conflict: version not registered': 40,
};

/**
 * What happened less than half as often as usual in so many histories; a sentence each. Chance is left room for, as in the
 * simulation's floors: four times the deviation of what is counted.
 */
export function belowFloors({ counts }: Coverage, runs: number): string[] {
  return Object.entries(usual).flatMap(([prefix, perHundred]) => {
    const half = (perHundred * runs) / 200;
    const floor = Math.floor(half - 4 * Math.sqrt(half));
    const count = [...counts].reduce((sum, [what, often]) => sum + (what.startsWith(prefix) ? often : 0), 0);
    return count < floor ? [`${prefix.trim()}: ${count}, expected at least ${floor}`] : [];
  });
}
