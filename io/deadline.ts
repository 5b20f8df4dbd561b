// One time limit over many calls, each of which has a limit of its own.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from './io.ts';

const over = Symbol('over');

export interface Deadline {
  /** Runs `call`; when the limit comes first, its result is left and `tooLate` thrown. */
  within<T>(call: () => Promise<T>): Promise<T>;
  /** As `within`, but a call that has begun is never left: for what may take effect all the same. */
  begin<T>(call: () => Promise<T>): Promise<T>;
  isOver(): boolean;
}

/** `at`: clock.monotonic, ms. `tooLate` makes the error for every call from then on. */
export function createDeadline(clock: Clock, at: number, tooLate: () => Error): Deadline {
  let passed = false;
  const isOver = () => passed || clock.monotonic() >= at;
  return {
    async within(call) {
      if (isOver()) throw tooLate();
      const stop = new AbortController();
      try {
        const end = clock.sleep(at - clock.monotonic(), stop.signal);
        const result = await Promise.race([call(), end.then((): typeof over => over)]);
        if (result !== over) return result;
        passed = true;
        throw tooLate();
      } finally {
        stop.abort();
      }
    },
    async begin(call) {
      if (isOver()) throw tooLate();
      return call();
    },
    isOver,
  };
}

const deadlines = new AsyncLocalStorage<Deadline>();

/** All calls that `work` makes through `callsTo` end by then. */
export function withDeadline<T>(deadline: Deadline, work: () => T): T {
  return deadlines.run(deadline, work);
}

/** Of the work this is called from; undefined: none. */
export function currentDeadline(): Deadline | undefined {
  return deadlines.getStore();
}
