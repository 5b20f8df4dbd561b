// A merge comes as two events: as a closed pull request and, a moment later or at the same time, as a push. Each of them is enough, and
// the second one does not report again what the first one has.
import type { Clock } from '../../io/io.ts';
import { within } from '../../io/within.ts';

/** What was reported, and taken by the broker, because of one event. */
export interface Told {
  head: string;
  /** `environment/model` */
  models: ReadonlySet<string>;
}

/** ms in which the second one comes: 3 s at most, measured; a start from zero and a busy server make it longer. */
const remembered = 60_000;
const mostRemembered = 1_000;

/** ms that the second one waits for the first. A synchronous broker takes the first one's events for longer; then both report. */
export const longestWait = 10_000;

/** `type` of the event. `tell` gets what the other event about the same move of the same branch reported. */
export type TellOnce = <R extends { told: Told }>(
  move: { ref: string; after: string },
  type: string,
  tell: (other: Told | undefined) => Promise<R>,
) => Promise<R>;

export function createTellOnce(clock: Clock): TellOnce {
  const first = new Map<string, { type: string; at: number; told: Promise<Told | undefined> }>();

  function forget(): void {
    const now = clock.monotonic();
    for (const [key, { at }] of first) if (first.size >= mostRemembered || now - at > remembered) first.delete(key);
  }

  return async ({ ref, after }, type, tell) => {
    forget();
    // A branch that is merged may end at the same commit.
    const key = `${after} ${ref}`;
    const known = first.get(key);
    if (known !== undefined && known.type !== type) {
      // Once: when somebody lets the forge send the same webhook again, everything is reported again.
      first.delete(key);
      return tell(await within(clock, longestWait, known.told));
    }
    const telling = tell(undefined);
    const told = telling.then(
      (result) => result.told,
      () => undefined,
    );
    first.set(key, { type, at: clock.monotonic(), told });
    return telling;
  };
}
