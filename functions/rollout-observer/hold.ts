// Watches one rollout while the event that began it is held: looks, tells, waits for a change, until it has settled, a newer head is
// promoted, or the time is up. Between changes nothing runs and nothing is asked.
import type { Changes } from '../../clusters/changes.ts';
import type { Versions } from '../../clusters/workloads.ts';
import { limits } from '../../config/limits.ts';
import type { TryAgainError } from '../../events/errors.ts';
import { beginWaiting } from '../../io/calls.ts';
import type { Clock } from '../../io/io.ts';
import type { Look } from './look.ts';

/** ms in which changes are collected: a rollout is some twenty of them, several at a time. */
const together = 300;

/** How a watch ended: `settled`, or as `stop` was told, or because of the time. */
export type End = 'settled' | 'stopped' | 'late';

export interface Rollout {
  place: { namespace: string; name: string };
  look(): Promise<{ look: Look; versions?: Versions }>;
  /** `look` with a better reason. */
  explained(look: Look): Promise<Look>;
  tell(look: Look): Promise<void>;
  stop: AbortSignal;
}

/** Tells the first look and then each that is news. Throws what reading, watching or telling throws. */
export async function watchRollout(
  rollout: Rollout,
  changes: Changes,
  clock: Clock,
): Promise<{ end: End; last: Look }> {
  const { place, stop } = rollout;
  const end = clock.monotonic() + limits.rolloutHold;
  const changed = createBell();
  const leave = changes.listen(place.namespace, place.name, changed.ring);
  let told: Look | undefined;
  const tell = async (look: Look) => {
    await rollout.tell(look);
    told = look;
  };
  try {
    for (;;) {
      changed.silence();
      const { look, versions } = await rollout.look();
      if (stop.aborted) return { end: 'stopped', last: look };
      const isLast = look.settled || versions === undefined;
      // At first there is nothing to explain yet: nobody has seen the promotion.
      if (isNews(look, told)) await tell(isLast || told ? await rollout.explained(look) : look);
      if (isLast) return { end: 'settled', last: look };
      changes.start(place.namespace, versions);
      const endWaiting = beginWaiting();
      const isChanged = await changed.rung(clock, end - clock.monotonic(), stop).finally(endWaiting);
      if (stop.aborted) return { end: 'stopped', last: look };
      if (!isChanged) {
        const last = await rollout.explained(look);
        if (last.reason !== told?.reason && last.phase === told?.phase) await tell(last);
        return { end: 'late', last };
      }
      await clock.sleep(together, stop);
    }
  } finally {
    leave();
  }
}

const artifactsOf = ({ serving }: Look) => JSON.stringify(serving.map(({ uri }) => uri));

/** Another phase, or something else serves. A container that fails runs between two failures, which is no progress. */
function isNews(look: Look, told: Look | undefined): boolean {
  if (told === undefined || artifactsOf(look) !== artifactsOf(told)) return true;
  return look.phase !== told.phase && !(told.phase === 'failed' && look.phase === 'progressing');
}

/** Remembers that it was rung until it is silenced. */
function createBell() {
  let wake = new AbortController();
  let error: TryAgainError | undefined;
  return {
    ring(why?: TryAgainError) {
      error ??= why;
      wake.abort();
    },
    silence() {
      wake = new AbortController();
    },
    /** False: not within that time, or because of `stop`. Throws the error with which it was rung. */
    async rung(clock: Clock, longestMs: number, stop: AbortSignal): Promise<boolean> {
      if (longestMs > 0) await clock.sleep(longestMs, AbortSignal.any([wake.signal, stop]));
      if (error !== undefined) throw error;
      return longestMs > 0 && wake.signal.aborted;
    },
  };
}
