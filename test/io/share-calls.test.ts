import assert from 'node:assert/strict';
import { inTurns } from '../../io/share-calls.ts';

describe('calls in turns', () => {
  /** Calls that end when the test says so. */
  function world() {
    const begun: { key: string; end: (error?: Error) => void }[] = [];
    const ask = inTurns(
      (key: string) =>
        new Promise<string>((resolve, reject) => {
          const nth = begun.length;
          begun.push({ key, end: (error) => (error ? reject(error) : resolve(`${key}${nth}`)) });
        }),
    );
    const begins = async (count: number) => {
      while (begun.length < count) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(begun.length, count);
    };
    return { ask, begun, begins };
  }

  it('give no answer that is older than its question: who asks meanwhile shares the next call', async () => {
    const { ask, begun, begins } = world();
    const [first, beside] = [ask('a'), ask('a')];
    await begins(1);
    const late = [ask('a'), ask('a'), ask('a')];
    begun[0]!.end();
    assert.deepEqual([await first, await beside], ['a0', 'a0']);
    await begins(2);
    begun[1]!.end();
    assert.deepEqual(await Promise.all(late), ['a1', 'a1', 'a1']);
    const another = ask('a');
    await begins(3);
    begun[2]!.end();
    assert.equal(await another, 'a2');
  });

  it('do not wait for another question, and go on after a failure', async () => {
    const { ask, begun, begins } = world();
    const [failing, other] = [ask('a'), ask('b')];
    await begins(2);
    const next = ask('a');
    begun[1]!.end();
    assert.equal(await other, 'b1');
    begun[0]!.end(new Error('no'));
    await assert.rejects(failing, /no/);
    await begins(3);
    begun[2]!.end();
    assert.equal(await next, 'a2');
  });
});
