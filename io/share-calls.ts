// Calls that several events need are made for the first of them; the others wait for its answer, and that counts as their
// waiting, too.
import { beginWaiting } from './calls.ts';

export type Ask<A extends unknown[], R> = (...asked: A) => Promise<R>;

/** Who asks the same while it is being asked gets the same answer. */
export function inFlight<A extends unknown[], R>(ask: Ask<A, R>): Ask<A, R> {
  return share(ask, (answer, forget) => answer.finally(forget));
}

/** The same question is asked once, whatever the answer. */
export function once<A extends unknown[], R>(ask: Ask<A, R>): Ask<A, R> {
  return share(ask, (answer) => answer);
}

/** One call at a time for the same question. Who asks meanwhile shares the next one, so that no answer is older than its question. */
export function inTurns<A extends unknown[], R>(ask: Ask<A, R>): Ask<A, R> {
  const [underWay, next] = [new Map<string, Promise<unknown>>(), new Map<string, Promise<R>>()];
  return (...asked) => {
    const key = JSON.stringify(asked);
    const given = next.get(key);
    if (given) return waitFor(given);
    const answer = (async () => {
      await underWay.get(key)?.catch(() => {});
      // Who asks in the same moment still gets this one.
      await Promise.resolve();
      next.delete(key);
      const call = ask(...asked);
      underWay.set(key, call);
      return call.finally(() => underWay.get(key) === call && underWay.delete(key));
    })();
    next.set(key, answer);
    return waitFor(answer);
  };
}

function share<A extends unknown[], R>(
  ask: Ask<A, R>,
  keep: (answer: Promise<R>, forget: () => void) => Promise<R>,
): Ask<A, R> {
  const known = new Map<string, Promise<R>>();
  return (...asked) => {
    const key = JSON.stringify(asked);
    const given = known.get(key);
    if (given) return waitFor(given);
    const answer = keep(ask(...asked), () => known.delete(key));
    known.set(key, answer);
    return answer;
  };
}

async function waitFor<T>(answer: Promise<T>): Promise<T> {
  const endWaiting = beginWaiting();
  try {
    return await answer;
  } finally {
    endWaiting();
  }
}
