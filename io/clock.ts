// The process's clock. The only place that asks the time or waits.
import { setTimeout } from 'node:timers/promises';
import type { Clock } from './io.ts';

export const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Rejects only when it is aborted, which ends the pause.
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
};
