// Calls that several events need are made for the first of them; the others wait for its answer, and that counts as their
// waiting, too.
import { beginWaiting } from './calls.ts';

export type Ask<A extends unknown[], R> = (...asked: A) => Promise<R>;

/** Who asks the same while it is being asked gets the same answer. */
export function inFlight<A extends unknown[], R>(ask: Ask<A, R>): Ask<A, R> {
  const open = new Map<string, Promise<R>>();
  return (...asked) => {
    const key = JSON.stringify(asked);
    const known = open.get(key);
    if (known) return waitFor(known);
    const answer = ask(...asked).finally(() => open.delete(key));
    open.set(key, answer);
    return answer;
  };
}

/** The same question is asked once, whatever the answer. */
export function once<A extends unknown[], R>(ask: Ask<A, R>): Ask<A, R> {
  const asked = new Map<string, Promise<R>>();
  return (...what) => {
    const key = JSON.stringify(what);
    const known = asked.get(key);
    if (known) return waitFor(known);
    const answer = ask(...what);
    asked.set(key, answer);
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
