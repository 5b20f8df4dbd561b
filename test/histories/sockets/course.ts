// What all parts of one history over sockets share: its plan, its time, what was lost on the way, and what went wrong first.
import type { Coverage } from '../coverage.ts';
import type { History } from '../history.ts';
import { createLedger, type Ledger } from '../ledger.ts';
import type { Time } from './time.ts';

export interface Play extends Ledger {
  history: History;
  time: Time;
  coverage: Coverage;
  /** Nothing is at rest before it has ended; what it throws is a failure. */
  track(work: Promise<void>): Promise<void>;
  /** Messages on their way that are tracked, and appointments that are not over; for people. Throws the first failure. */
  underWay(): string[];
}

export function createPlay(history: History, time: Time, coverage: Coverage): Play {
  const ledger = createLedger((line) => time.note(line));
  let tracked = 0;
  return Object.assign(ledger, {
    history,
    time,
    coverage,
    async track(work: Promise<void>) {
      tracked += 1;
      await work.catch(ledger.fail);
      tracked -= 1;
    },
    underWay() {
      ledger.check();
      return [
        ...(time.waiting > 0 ? [`${time.waiting} appointments`] : []),
        ...(tracked > 0 ? [`${tracked} messages`] : []),
      ];
    },
  });
}
