// A clock that the test turns.
import type { Clock } from '../../io/io.ts';

/** Time stands still until it is turned; a sleeper wakes when its time has come. */
export function manualClock() {
  let now = 0;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  const slept: number[] = [];
  const waiting: (() => void)[] = [];
  const clock: Clock = {
    now: () => Date.UTC(2026, 10, 2) + now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        slept.push(ms);
        if (ms === 0 || signal?.aborted) return resolve();
        const sleeper = {
          until: now + ms,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
        for (const go of waiting.splice(0)) go();
      }),
  };
  return {
    clock,
    /** Every time that was asked for, in order. */
    slept,
    /** What is slept for, in ms from now, shortest first. */
    sleeping: () => [...sleepers].map(({ until }) => until - now).sort((a, b) => a - b),
    /** Resolves when somebody sleeps for a time of that kind. */
    async asleep(kind: (ms: number) => boolean): Promise<void> {
      while (![...sleepers].some(({ until }) => kind(until - now)))
        await new Promise<void>((resolve) => waiting.push(resolve));
    },
    turn(ms: number): void {
      now += ms;
      for (const sleeper of [...sleepers]) if (sleeper.until <= now) sleeper.wake();
    },
  };
}
