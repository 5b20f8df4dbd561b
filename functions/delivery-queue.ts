// Keeps events until they are handed on: tries again after growing pauses, ends with the process, and logs by id what it gives
// up. The one engine under gitea-source's outbox, the reports of dead-letter and the chain in memory.
import { setMaxListeners } from 'node:events';
import { TryAgainError } from '../events/errors.ts';
import { drainTime } from '../host/drain-time.ts';
import type { Io } from '../io/io.ts';
import { within } from '../io/within.ts';

/** Events that are kept at a time, and bytes of their data. */
const maxEvents = 1_000;
const maxBytes = 64 * 1024 * 1024;

/** ms between two attempts while the process ends, at most. */
const longestPauseAtEnd = 1_000;

export interface Retries {
  /** ms before the second attempt; each pause is twice the one before, up to the longest. */
  firstPause: number;
  longestPause: number;
  /** Each pause is multiplied by a random factor between these two, so that not all events are tried at the same moment. */
  spread: readonly [least: number, most: number];
  /** Attempts after the first. */
  most: number;
  /** ms from the first attempt to the last. */
  within: number;
  /** While the process ends: attempts go on to the last moment. Otherwise each event is tried once more. */
  goOnAtEnd: boolean;
}

/** An event on its way. */
export interface Kept {
  /** For log lines: its id, type and whatever else is known. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of its data. */
  readonly bytes: number;
  /** Why it was not taken yet. */
  reason: string;
}

export interface DeliveryQueue {
  readonly size: number;
  readonly bytes: number;
  /** Throws TryAgainError when too much is waiting for `bytes` more. */
  checkRoom(bytes?: number): void;
  /** Keeps the event until `work`, whose result it gives back, is done. */
  keep<T>(event: Pick<Kept, 'fields' | 'bytes'>, work: (kept: Kept) => Promise<T>): Promise<T>;
  /** Repeats `attempt`, within `retries`, for as long as `failure` gives a reason to. Gives back what the last one came to. */
  retry<T>(
    kept: Kept,
    retries: Retries,
    attempt: () => Promise<T>,
    failure: (result: T) => string | undefined,
  ): Promise<T>;
  /** Resolves when nothing is kept. */
  idle(): Promise<void>;
  /** Ends pauses and waits, for at most `msLeft`, until everything is done; then logs and counts what it gives up. */
  close(msLeft: number): Promise<{ givenUp: number; cutShort: boolean }>;
}

/** `cutShort`: because the process ended, an event was tried less often than `retries` say. */
export function createDeliveryQueue(io: Io): DeliveryQueue {
  const kept = new Map<Kept, Promise<unknown>>();
  const [ending, ended] = [new AbortController(), new AbortController()];
  // Otherwise Node warns of the eleventh event that waits for its next attempt.
  setMaxListeners(0, ending.signal, ended.signal);
  let bytes = 0;
  let cutShort = false;

  async function retry<T>(
    event: Kept,
    { firstPause, longestPause, spread: [least, greatest], most, within: limit, goOnAtEnd }: Retries,
    attempt: () => Promise<T>,
    failure: (result: T) => string | undefined,
  ): Promise<T> {
    const start = io.clock.monotonic();
    for (let attempts = 1, pause = firstPause; ; attempts++, pause = Math.min(pause * 2, longestPause)) {
      const result = await attempt();
      const reason = failure(result);
      if (reason === undefined) return result;
      event.reason = reason;
      const whole = ending.signal.aborted ? Math.min(pause, longestPauseAtEnd) : pause;
      const wait = whole * (least + io.random() * (greatest - least));
      if (attempts > most || io.clock.monotonic() - start + wait > limit) return result;
      if (ending.signal.aborted && !goOnAtEnd) {
        cutShort = true;
        return result;
      }
      await io.clock.sleep(wait, ending.signal.aborted ? ended.signal : ending.signal);
      if (ended.signal.aborted) return result;
    }
  }

  async function idle(): Promise<void> {
    while (kept.size > 0) await Promise.allSettled(kept.values());
  }

  return {
    get size() {
      return kept.size;
    },
    get bytes() {
      return bytes;
    },
    checkRoom(more = 0) {
      if (kept.size >= maxEvents || bytes + more > maxBytes)
        throw new TryAgainError(`The broker is behind: ${kept.size} events are waiting for it.`);
    },
    keep(event, work) {
      const entry: Kept = { ...event, reason: 'no answer yet' };
      bytes += entry.bytes;
      const done = work(entry).finally(() => {
        kept.delete(entry);
        bytes -= entry.bytes;
      });
      kept.set(entry, done);
      return done;
    },
    retry,
    idle,
    async close(msLeft) {
      ending.abort();
      await within(io.clock, drainTime(msLeft), idle());
      for (const { fields, reason } of kept.keys())
        io.log('error', 'event given up at the end of the process', { ...fields, reason });
      const givenUp = kept.size;
      // Ends the pauses, and with them the attempts.
      ended.abort();
      return { givenUp, cutShort };
    },
  };
}
