// Work that is done for everybody who waits for it: one turn at a time, and whoever comes while a turn is under way has the
// next one, together with all others who wait. So nobody waits longer than two turns take, however many come.
import { AsyncResource } from 'node:async_hooks';
import { atMost } from './at-most.ts';
import { beginWaiting } from './calls.ts';
import { createDeadline, type Deadline, withDeadline } from './deadline.ts';
import type { Clock } from './io.ts';

export interface TurnOptions {
  clock: Clock;
  /** ms that one turn may take. */
  limit: number;
  /** Tasks of one turn that are under way at once. */
  atOnce: number;
  /** Tasks that may wait. */
  most: number;
  /** For a task that the turn had no time for. */
  tooLate(): Error;
  /** For a task that would wait for nothing. */
  tooMany(): Error;
}

/**
 * Runs `task` in the next turn, which begins after this call, in the async context of the caller. If a task with the same `key` is
 * waiting already, this one is not run: its caller gets the first one's result.
 */
export type JoinTurn<T> = <R>(task: (turn: T) => Promise<R>, key?: string) => Promise<R>;

interface Member<T> {
  /** False: the turn had no time for it. Never rejects. */
  run(turn: T, deadline: Deadline): Promise<boolean>;
  result: Promise<unknown>;
}

/** `begin` makes what the tasks of one turn share. */
export function createTurns<T>(begin: () => T, options: TurnOptions): JoinTurn<T> {
  const { clock, limit, atOnce, most, tooLate, tooMany } = options;
  let waiting = new Map<unknown, Member<T>>();
  let running = false;
  /** After a turn that was too short for its tasks only as many are let in as it had time for. */
  let room = most;

  function memberFor<R>(task: (turn: T) => Promise<R>): Member<T> & { result: Promise<R> } {
    let run: Member<T>['run'] = async () => true;
    const result = new Promise<R>((resolve, reject) => {
      run = async (turn, deadline) => {
        try {
          resolve(await deadline.within(() => withDeadline(deadline, () => task(turn))));
        } catch (error) {
          reject(error);
          return !deadline.isOver();
        }
        return true;
      };
    });
    return { run: AsyncResource.bind(run), result };
  }

  async function takeTurns(): Promise<void> {
    running = true;
    while (waiting.size > 0) {
      const members = [...waiting.values()];
      waiting = new Map();
      const deadline = createDeadline(clock, clock.monotonic() + limit, tooLate);
      const turn = begin();
      const inTime = await atMost(atOnce, members, ({ run }) => run(turn, deadline));
      const served = inTime.filter(Boolean).length;
      room = served === members.length ? most : Math.max(1, served);
    }
    running = false;
  }

  function join<R>(task: (turn: T) => Promise<R>, key: string | undefined): Promise<R> {
    const same = key === undefined ? undefined : waiting.get(key);
    if (same) return same.result as Promise<R>;
    if (waiting.size >= room) return Promise.reject(tooMany());
    const member = memberFor(task);
    waiting.set(key ?? member, member);
    if (!running) void takeTurns();
    return member.result;
  }

  return async (task, key) => {
    const endWaiting = beginWaiting();
    try {
      return await join((turn) => {
        endWaiting();
        return task(turn);
      }, key);
    } finally {
      endWaiting();
    }
  };
}
