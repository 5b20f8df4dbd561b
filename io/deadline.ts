// One time limit over many calls, each of which has a limit of its own.
import type { Clock } from './io.ts';
import { Stop } from './stop.ts';

const over = Symbol('over');

export interface Deadline {
  /** Runs `call`; when the limit comes first, its result is left and `tooLate` thrown. */
  within<T>(call: () => Promise<T>): Promise<T>;
  /** As `within`, but a call that has begun is never left: for what may take effect all the same. */
  begin<T>(call: () => Promise<T>): Promise<T>;
}

/** `at`: clock.monotonic, ms. `tooLate` makes the error for every call from then on. */
export function createDeadline(clock: Clock, at: number, tooLate: () => Error): Deadline {
  return {
    async within(call) {
      const left = at - clock.monotonic();
      if (left <= 0) throw tooLate();
      const stop = new Stop();
      try {
        const end = clock.sleep(left, stop);
        const result = await Promise.race([call(), end.then((): typeof over => over)]);
        if (result === over) throw tooLate();
        return result;
      } finally {
        stop.abort();
      }
    },
    async begin(call) {
      if (clock.monotonic() >= at) throw tooLate();
      return call();
    },
  };
}
