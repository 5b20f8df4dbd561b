// How fast messages go to one channel: a few at once, then one each second, and none until the time is over that a 429 asks for. Chat
// servers give a channel about as much (https://docs.slack.dev/apis/web-api/rate-limits).
import { currentDeadline } from '../../io/deadline.ts';
import type { Clock, HttpResponse } from '../../io/io.ts';

/** Messages that go at once. */
const burst = 5;
/** ms between two messages after that. */
const between = 1_000;
/** ms of a pause without Retry-After, and of the longest that is believed. */
const [usualPause, longestPause] = [5_000, 300_000];

/**
 * Makes the call when it is its turn; a question has none, and waits only for the end of a pause. Throws what the deadline of the event
 * says when that would be too late.
 */
export type Pace = <A extends HttpResponse>(what: 'message' | 'question', call: () => Promise<A>) => Promise<A>;

export function createPace(clock: Clock): Pace {
  /** When the next message would go if none had gone at once, and the end of the pause that the server asked for. */
  let [next, pauseEnds] = [0, 0];

  return async (what, call) => {
    const isMessage = what === 'message';
    for (;;) {
      const wait = Math.max(isMessage ? next - (burst - 1) * between : 0, pauseEnds) - clock.monotonic();
      if (wait <= 0) break;
      await (currentDeadline()?.within(() => clock.sleep(wait)) ?? clock.sleep(wait));
    }
    if (isMessage) next = Math.max(next, clock.monotonic()) + between;
    const answer = await call();
    if (answer.status === 429) pauseEnds = Math.max(pauseEnds, clock.monotonic() + pauseOf(answer));
    return answer;
  };
}

/** Retry-After in seconds; no chat server sends a date. */
function pauseOf({ headers: { 'retry-after': seconds = '' } }: HttpResponse): number {
  return /^\d+(\.\d+)?$/.test(seconds) ? Math.min(Number(seconds) * 1000, longestPause) : usualPause;
}
