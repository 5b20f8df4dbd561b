// What all parts of one history share, in virtual time or over sockets: its plan, its time, what was lost on the way, and what
// went wrong first.
import type { Coverage } from './coverage.ts';
import type { History } from './history.ts';
import type { Scheduler } from './scheduler.ts';

/** Virtual time, or that of sockets/time.ts. */
export type Time = Pick<Scheduler, 'now' | 'random' | 'between' | 'pause' | 'note'> & {
  after(ms: number, run: () => void): void;
};

export interface Course<T extends Time = Time> {
  history: History;
  coverage: Coverage;
  time: T;
  /** From now on nothing fails that was ordered to. */
  healed: boolean;
  /** Something is gone for good, so that only a reconcile can make it true. `what`: for people. */
  lose(what: string): void;
  losses(): number;
  /** Commit statuses that were lost; the registry is as it is to be. */
  untold: number;
  /** The first one ends the history. */
  fail(error: unknown): void;
  /** What the work throws is a failure, not an exception of whoever calls it. */
  guard<A extends unknown[], R>(work: (...given: A) => R): (...given: A) => R | undefined;
  /** Throws the first failure. */
  check(): void;
}

export function createCourse<T extends Time>(history: History, coverage: Coverage, time: T): Course<T> {
  let losses = 0;
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  return {
    history,
    coverage,
    time,
    healed: false,
    lose(what) {
      losses += 1;
      time.note(`lost: ${what}`);
    },
    losses: () => losses,
    untold: 0,
    fail,
    guard(work) {
      return (...given) => {
        try {
          return work(...given);
        } catch (error) {
          fail(error);
          return undefined;
        }
      };
    },
    check() {
      if (failure !== undefined) throw failure;
    },
  };
}
