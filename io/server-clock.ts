// How far the process's clock is off a server's, from `Date` headers, which count whole seconds. Pure but for what it remembers.
import type { HttpResponse } from './io.ts';

/** What to add to our clock (ms) to be within what the server's `Date` headers allow. */
export type Offset = readonly [least: number, most: number];

export interface ServerClock {
  /** One answer: when it was asked for and when it had arrived, ms by our clock. Ignored without a date, or from a cache (`Age`). */
  learn(sentAt: number, receivedAt: number, answer: Pick<HttpResponse, 'headers'>): void;
  /** Undefined before the first answer with a date. */
  range(): Offset | undefined;
  /** ms to add to our clock: 0 when that is possible or nothing is known, else the smallest correction that is. */
  offset(): number;
  /** The latest `Date`, ms since epoch. */
  latest(): number | undefined;
}

export function createServerClock(): ServerClock {
  let range: Offset | undefined;
  let latest: number | undefined;

  return {
    learn(sentAt, receivedAt, { headers }) {
      const second = Date.parse(headers.date ?? '');
      if (Number.isNaN(second) || headers.age !== undefined) return;
      latest = second;
      if (receivedAt < sentAt) return;
      // At some moment between sending and receiving the server's clock was in [second, second + 1 s) (RFC 9110 6.6.1).
      const [low, high] = [second - receivedAt, second + 999 - sentAt];
      const [least, most] = range ?? [low, high];
      const [from, to] = [Math.max(least, low), Math.min(most, high)];
      // One of the two clocks was set anew, or they have drifted apart: only the latest answer counts.
      range = from <= to ? [from, to] : [low, high];
    },
    range: () => range,
    offset: () => (range === undefined ? 0 : Math.max(range[0], Math.min(range[1], 0))),
    latest: () => latest,
  };
}
