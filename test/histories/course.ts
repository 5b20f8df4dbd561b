// What all parts of one history share: its plan, its time, what was lost on the way, and what went wrong first.
import type { Coverage } from './coverage.ts';
import type { History } from './history.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { Scheduler } from './scheduler.ts';

export interface Course extends Ledger {
  history: History;
  scheduler: Scheduler;
  coverage: Coverage;
  /** Words for people that got lost; the registry is as it is to be. */
  untold: number;
  /** Until nothing more happens; throws the first failure. */
  rest(): Promise<void>;
}

export function createCourse(history: History, coverage: Coverage, onLine?: (line: string) => void): Course {
  const scheduler = new Scheduler(history.seed);
  scheduler.onLine = onLine;
  const ledger = createLedger((line) => scheduler.note(line));
  return Object.assign(ledger, {
    history,
    scheduler,
    coverage,
    untold: 0,
    async rest() {
      await scheduler.run();
      ledger.check();
    },
  });
}
