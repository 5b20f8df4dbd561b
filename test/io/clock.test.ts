import assert from 'node:assert/strict';
import { clock } from '../../io/clock.ts';

describe('clock', () => {
  it('never goes back', () => {
    const first = clock.monotonic();
    assert.ok(clock.monotonic() >= first);
  });

  it('sleeps no shorter than asked', async () => {
    const start = clock.monotonic();
    await clock.sleep(20);
    assert.ok(clock.monotonic() - start >= 19);
  });

  it('wakes at once when aborted, before or while asleep, and leaves no listener behind', async () => {
    const controller = new AbortController();
    const hour = 3_600_000;
    const asleep = clock.sleep(hour, controller.signal);
    controller.abort();
    await asleep;
    await clock.sleep(hour, controller.signal);
  });
});
