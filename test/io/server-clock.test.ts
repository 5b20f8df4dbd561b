import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createServerClock } from '../../io/server-clock.ts';

const noon = Date.UTC(2026, 10, 23, 12, 0, 0);
const atNoon = 'Mon, 23 Nov 2026 12:00:00 GMT';
const date = (ms: number) => new Date(Math.floor(ms / 1_000) * 1_000).toUTCString();

describe('createServerClock', () => {
  const cases: { name: string; sent: number; received: number; offset: number }[] = [
    { name: 'agrees at the start of the second', sent: noon, received: noon, offset: 0 },
    { name: 'agrees at the end of the second', sent: noon + 999, received: noon + 999, offset: 0 },
    { name: 'agrees when the second passed during the call', sent: noon - 5_000, received: noon + 5_000, offset: 0 },
    { name: 'corrects a clock that is behind as little as possible', sent: noon - 70, received: noon - 40, offset: 40 },
    {
      name: 'corrects a clock that is ahead as little as possible',
      sent: noon + 1_100,
      received: noon + 1_500,
      offset: -101,
    },
    { name: 'corrects by hours', sent: noon - 7_200_000, received: noon - 7_200_000, offset: 7_200_000 },
  ];
  for (const { name, sent, received, offset } of cases)
    it(name, () => {
      const clock = createServerClock();
      clock.learn(sent, received, { headers: { date: atNoon } });
      assert.equal(clock.offset(), offset);
    });

  it('is 0 before any answer, and learns nothing from answers without a date', () => {
    const clock = createServerClock();
    clock.learn(noon, noon, { headers: {} });
    clock.learn(noon, noon, { headers: { date: 'yesterday' } });
    assert.equal(clock.offset(), 0);
  });

  it('gets closer with every answer that agrees', () => {
    const clock = createServerClock();
    clock.learn(noon - 1_000, noon - 900, { headers: { date: atNoon } });
    assert.equal(clock.offset(), 900);
    // Half a second later it is still the same second there: then the server is at most 1,399 ms ahead of us.
    clock.learn(noon - 400, noon - 300, { headers: { date: atNoon } });
    assert.equal(clock.offset(), 900);
    clock.learn(noon + 20, noon + 30, { headers: { date: 'Mon, 23 Nov 2026 12:00:01 GMT' } });
    assert.equal(clock.offset(), 970);
  });

  it('starts anew when a clock was set', () => {
    const clock = createServerClock();
    clock.learn(noon - 60_000, noon - 60_000, { headers: { date: atNoon } });
    assert.equal(clock.offset(), 60_000);
    clock.learn(noon, noon, { headers: { date: atNoon } });
    assert.equal(clock.offset(), 0);
  });

  it('never leaves what is possible, whatever the calls take', () => {
    const call = fc.record({ gap: fc.nat(5_000), there: fc.nat(3_000), back: fc.nat(3_000) });
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.array(call, { minLength: 1 }), (truth, calls) => {
        const clock = createServerClock();
        let now = noon;
        for (const { gap, there, back } of calls) {
          const sent = now + gap;
          now = sent + there + back;
          clock.learn(sent, now, { headers: { date: date(sent + there + truth) } });
        }
        const offset = clock.offset();
        // As small as possible, on the right side, and nearer to the truth than a second and one call.
        assert.ok(Math.abs(offset) <= Math.abs(truth));
        assert.ok(offset === 0 || Math.sign(offset) === Math.sign(truth));
        assert.ok(Math.abs(offset - truth) <= 1_000 + Math.min(...calls.map(({ there, back }) => there + back)));
      }),
    );
  });
});
