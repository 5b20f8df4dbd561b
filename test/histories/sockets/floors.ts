// How often what has to occur in histories over sockets, so that a run that has gone blind is noticed.
import type { Coverage } from '../coverage.ts';

/** In a hundred histories. */
const usual: Readonly<Record<string, number>> = {};

/** What happened less than half as often as usual; a sentence each. */
export function belowFloors({ counts }: Coverage, runs: number): string[] {
  return Object.entries(usual).flatMap(([name, perHundred]) => {
    const floor = Math.floor((perHundred * runs) / 200);
    const count = counts.get(name) ?? 0;
    return count < floor ? [`${name}: ${count}, expected at least ${floor}`] : [];
  });
}
