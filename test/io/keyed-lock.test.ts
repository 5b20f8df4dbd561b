import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createKeyedLock } from '../../io/keyed-lock.ts';

describe('keyed lock', () => {
  it('runs one at a time per key, in the order of asking, whatever throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean())),
        async (scheduler, jobs) => {
          const lock = createKeyedLock();
          const running = new Set<string>();
          const order: Record<string, number[]> = { a: [], b: [], c: [] };
          const results = jobs.map(([key, fails], i) =>
            lock(key, async () => {
              assert.ok(!running.has(key), `two at a time for ${key}`);
              running.add(key);
              order[key]!.push(i);
              await scheduler.schedule(Promise.resolve());
              running.delete(key);
              if (fails) throw new Error(`job ${i}`);
              return i;
            }),
          );
          const settled = Promise.allSettled(results);
          await scheduler.waitFor(settled);
          for (const [i, result] of (await settled).entries()) {
            if (jobs[i]![1])
              assert.match(String(result.status === 'rejected' && result.reason), new RegExp(`job ${i}$`));
            else assert.deepEqual(result, { status: 'fulfilled', value: i });
          }
          for (const numbers of Object.values(order))
            assert.deepEqual(
              numbers,
              [...numbers].sort((x, y) => x - y),
            );
        },
      ),
    );
  });

  it('lets other keys pass', async () => {
    const lock = createKeyedLock();
    let open = () => {};
    const held = lock(
      'a',
      () =>
        new Promise<void>((resolve) => {
          open = resolve;
        }),
    );
    assert.equal(await lock('b', async () => 'through'), 'through');
    open();
    await held;
  });

  it('hands on a throw that is no promise', async () => {
    const lock = createKeyedLock();
    const work = () => {
      throw new Error('at once');
    };
    await assert.rejects(lock('a', work), /at once/);
    assert.equal(await lock('a', async () => 1), 1);
  });
});
