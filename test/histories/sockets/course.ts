// What all parts of one history over sockets share: its plan, its time, what was lost on the way, and what went wrong first.
import type { Coverage } from '../coverage.ts';
import type { History } from '../history.ts';
import type { Time } from './time.ts';

/** What all parts of one history share. */
export interface Play {
  history: History;
  time: Time;
  coverage: Coverage;
  /** From now on nothing fails that was ordered to. */
  healed: boolean;
  /** Something is gone for good, so that only a reconcile can make it true. `what`: for people. */
  lose(what: string): void;
  losses(): number;
  /** The first one ends the history. */
  fail(error: unknown): void;
  /** What the work throws is a failure, not an exception of whoever calls it. */
  guard<A extends unknown[], R>(work: (...given: A) => R): (...given: A) => R | undefined;
  /** Nothing is at rest before it has ended; what it throws is a failure. */
  track(work: Promise<void>): Promise<void>;
  /** Messages on their way that are tracked, and appointments that are not over; for people. Throws the first failure. */
  underWay(): string[];
}

export function createPlay(history: History, time: Time, coverage: Coverage): Play {
  let losses = 0;
  let failure: unknown;
  let tracked = 0;
  const play: Play = {
    history,
    time,
    coverage,
    healed: false,
    lose(what) {
      losses += 1;
      time.note(`lost: ${what}`);
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
          play.fail(error);
          return undefined;
        }
      };
    },
    async track(work) {
      tracked += 1;
      await work.catch(play.fail);
      tracked -= 1;
    },
    underWay() {
      if (failure !== undefined) throw failure;
      return [
        ...(time.waiting > 0 ? [`${time.waiting} appointments`] : []),
        ...(tracked > 0 ? [`${tracked} messages`] : []),
      ];
    },
  };
  return play;
}
