import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { clock } from '../../io/clock.ts';
import { createTurns, type TurnOptions } from '../../io/turns.ts';

const options: TurnOptions = {
  clock,
  limit: 60_000,
  atOnce: 2,
  most: 1_000,
  tooLate: () => new Error('too late'),
  tooMany: () => new Error('too many'),
};

describe('turns', () => {
  it('come one after the other, each for all who came before it began, and whatever a task throws is its own', async () => {
    const tasks = fc.array(
      fc.record({ key: fc.constantFrom(undefined, undefined, 'x', 'y'), fails: fc.boolean(), late: fc.boolean() }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), tasks, async (scheduler, drawn) => {
        let turns = 0;
        const running = new Set<number>();
        const caller = new AsyncLocalStorage<number>();
        const join = createTurns(() => ++turns, options);
        const ran = new Map<number, number>();
        const joined = new Map<number, number>();
        const start = (i: number) => {
          const { key, fails } = drawn[i]!;
          joined.set(i, turns);
          return caller.run(i, () =>
            join(async (turn) => {
              assert.equal(caller.getStore(), i, 'a task runs in the context of who asked for it');
              ran.set(i, turn);
              running.add(i);
              assert.ok(running.size <= options.atOnce);
              for (const other of running) assert.equal(ran.get(other), turn, 'two turns at once');
              await scheduler.schedule(Promise.resolve());
              running.delete(i);
              if (fails) throw new Error(`task ${i}`);
              return i;
            }, key),
          );
        };
        const all = Promise.allSettled(
          drawn.map(async ({ late }, i) => {
            if (late) await scheduler.schedule(Promise.resolve());
            return start(i);
          }),
        );
        await scheduler.waitFor(all);
        for (const [i, end] of (await all).entries()) {
          // Whoever did not run ended as another one of its key did, which ran after both had come.
          const by = end.status === 'fulfilled' ? end.value : Number(/\d+$/.exec(end.reason.message)?.[0]);
          assert.equal(end.status, drawn[by]!.fails ? 'rejected' : 'fulfilled');
          if (by !== i) assert.ok(!ran.has(i) && drawn[i]!.key !== undefined && drawn[by]!.key === drawn[i]!.key);
          assert.ok(ran.get(by)! > joined.get(i)!, 'began before it was asked for');
          assert.ok(ran.get(by)! <= joined.get(i)! + 1, 'waits for one turn at most');
        }
        assert.equal(await join(async (turn) => turn), turns, 'the way is free afterwards');
      }),
    );
  });

  it('let in no more than may wait, but whoever waits for the same as another one', async () => {
    const join = createTurns(() => 0, { ...options, most: 2 });
    let open = () => {};
    const held = join(
      () =>
        new Promise<void>((resolve) => {
          open = resolve;
        }),
    );
    const waiting = [join(async () => 'one', 'key'), join(async () => 'two'), join(async () => 'three', 'key')];
    await assert.rejects(
      join(async () => 'four'),
      /too many/,
    );
    open();
    await held;
    assert.deepEqual(await Promise.all(waiting), ['one', 'two', 'one']);
    assert.equal(await join(async () => 'later'), 'later');
  });
});
