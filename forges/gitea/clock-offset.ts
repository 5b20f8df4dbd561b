// How far the process's clock is off the server's, from `Date` headers, which count whole seconds. Pure but for what it remembers.

export interface ClockOffset {
  /** One answer: when it was asked for and when it had arrived (ms by our clock), and its `Date`. Other text than a date is ignored. */
  learn(sentAt: number, receivedAt: number, date: string | undefined): void;
  /** ms to add to our clock: 0 when that is possible, else the smallest correction that is. */
  get(): number;
}

const aSecond = 1_000;

export function createClockOffset(): ClockOffset {
  // What is possible after all answers so far.
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;

  return {
    learn(sentAt, receivedAt, date) {
      const second = Date.parse(date ?? '');
      if (Number.isNaN(second) || receivedAt < sentAt) return;
      // At some moment between sending and receiving the server's clock was in [second, second + 1 s) (RFC 9110 6.6.1).
      const low = second - receivedAt;
      const high = second + aSecond - 1 - sentAt;
      const [from, to] = [Math.max(least, low), Math.min(most, high)];
      // One of the two clocks was set anew, or they have drifted apart: only the latest answer counts.
      [least, most] = from <= to ? [from, to] : [low, high];
    },
    get() {
      return Math.max(least, Math.min(most, 0));
    },
  };
}
