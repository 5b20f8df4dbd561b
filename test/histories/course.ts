// What all parts of one history share: its plan, its time, what was lost on the way, and what went wrong first.
import type { Coverage } from './coverage.ts';
import type { History } from './history.ts';
import { Scheduler } from './scheduler.ts';

export interface Course {
  history: History;
  scheduler: Scheduler;
  coverage: Coverage;
  /** From now on nothing fails that was ordered to. */
  healed: boolean;
  /** Something is gone for good, so that only a reconcile can make it true. `what`: for people. */
  lose(what: string): void;
  losses(): number;
  /** Words for people that got lost; the registry is as it is to be. */
  untold: number;
  /** The first one ends the history, when all is at rest. */
  fail(error: unknown): void;
  /** What the work throws is a failure, not an exception of whoever calls it. */
  guard<A extends unknown[], R>(work: (...given: A) => R): (...given: A) => R | undefined;
  /** Until nothing more happens; throws the first failure. */
  rest(): Promise<void>;
}

export function createCourse(history: History, coverage: Coverage, onLine?: (line: string) => void): Course {
  const scheduler = new Scheduler(history.seed);
  scheduler.onLine = onLine;
  let losses = 0;
  let failure: unknown;
  const course: Course = {
    history,
    scheduler,
    coverage,
    healed: false,
    untold: 0,
    lose(what) {
      losses += 1;
      scheduler.note(`lost: ${what}`);
    },
    losses: () => losses,
    fail(error) {
      failure ??= error;
    },
    guard(work) {
      return (...given) => {
        try {
          return work(...given);
        } catch (error) {
          course.fail(error);
          return undefined;
        }
      };
    },
    async rest() {
      await scheduler.run();
      if (failure !== undefined) throw failure;
    },
  };
  return course;
}
