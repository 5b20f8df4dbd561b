import assert from 'node:assert/strict';
import { createPace } from '../../../functions/notify/pace.ts';
import { createDeadline, withDeadline } from '../../../io/deadline.ts';
import { manualClock } from '../../io/manual-clock.ts';

const answer = (status: number, headers: Record<string, string> = {}) => ({ status, headers, body: Buffer.alloc(0) });

describe('the pace of a channel', () => {
  it('lets five messages go at once, and one each second after that; questions never wait for messages', async () => {
    const { clock, turn, asleep } = manualClock();
    const pace = createPace(clock);
    let went = 0;
    const all = [1, 2, 3, 4, 5, 6, 7].map(() =>
      pace('message', async () => {
        went += 1;
        return answer(200);
      }),
    );
    await asleep(() => true);
    assert.equal(went, 5);
    assert.equal((await pace('question', async () => answer(200))).status, 200);
    for (const expected of [6, 7]) {
      await turn(1_000);
      await Promise.race([Promise.all(all), asleep(() => true)]);
      assert.equal(went, expected);
    }
    await Promise.all(all);
  });

  it('stands still after a 429 for as long as the server says', async () => {
    for (const [headers, ms] of [
      [{ 'retry-after': '30' }, 30_000],
      [{ 'retry-after': '86400' }, 300_000],
      [{ 'retry-after': 'Fri, 31 Dec 2027 23:59:59 GMT' }, 5_000],
      [{}, 5_000],
    ] as const) {
      for (const what of ['message', 'question'] as const) {
        const { clock, sleeping, turn, asleep } = manualClock();
        const pace = createPace(clock);
        await pace(what, async () => answer(429, headers));
        const next = pace(what, async () => answer(200));
        await asleep(() => true);
        assert.deepEqual(sleeping(), [ms]);
        await turn(ms);
        assert.equal((await next).status, 200);
      }
    }
  });

  it('gives up at the deadline of the event', async () => {
    const { clock, turn, asleep } = manualClock();
    const pace = createPace(clock);
    await pace('message', async () => answer(429, { 'retry-after': '60' }));
    const deadline = createDeadline(clock, 15_000, () => new Error('too late'));
    const late = assert.rejects(
      withDeadline(deadline, () => pace('message', async () => answer(200))),
      /too late/,
    );
    await asleep((ms) => ms === 15_000);
    await turn(15_000);
    await late;
  });
});
