import assert from 'node:assert/strict';
import { atMost } from '../../io/at-most.ts';

describe('atMost', () => {
  it('keeps the order of the results and the bound', async () => {
    let running = 0;
    let most = 0;
    const results = await atMost(3, [5, 1, 4, 2, 3, 0], async (n) => {
      most = Math.max(most, ++running);
      for (let i = 0; i < n; i++) await Promise.resolve();
      running--;
      return n * 10;
    });
    assert.deepEqual(results, [50, 10, 40, 20, 30, 0]);
    assert.equal(most, 3);
  });

  it('begins nothing more after a failure and waits for what is under way', async () => {
    const begun: number[] = [];
    let ended = false;
    const release: (() => void)[] = [];
    const all = atMost(2, [1, 2, 3, 4], async (n) => {
      begun.push(n);
      if (n === 1) throw new Error('first');
      await new Promise<void>((resolve) => release.push(resolve));
      ended = true;
    });
    await Promise.resolve();
    for (const go of release) go();
    await assert.rejects(all, /first/);
    assert.deepEqual([begun, ended], [[1, 2], true]);
  });

  it('does nothing for nothing', async () => {
    assert.deepEqual(await atMost(4, [], async () => assert.fail()), []);
  });
});
