// Waits for work, but not for ever.
import type { Clock } from './io.ts';

/** What `work` comes to; undefined when it takes longer than `ms`. It goes on then. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(ms, timer.signal).then(() => undefined)]);
  } finally {
    timer.abort();
  }
}
