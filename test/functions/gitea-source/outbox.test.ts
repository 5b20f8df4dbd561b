import assert from 'node:assert/strict';
import type { CloudEvent } from 'cloudevents';
import { limits } from '../../../config/limits.ts';
import { TryAgainError, UntrustedError } from '../../../events/errors.ts';
import { make } from '../../../events/gitea-webhook.ts';
import type { Deliver } from '../../../functions/deliver.ts';
import { createOutbox } from '../../../functions/gitea-source/outbox.ts';
import { manualClock } from '../../io/manual-clock.ts';
import { recordingIo } from '../../io/recording-io.ts';

const event = (id = 'd1', text = '{}') =>
  make({ id, eventType: 'push', event: 'push', source: 'https://g/a/b', partitionkey: 'a/b', time: 't', text });

/** A broker in this process, whose answers the test gives one by one. */
function scripted(script: (number | Error)[] = []) {
  const calls: { event: CloudEvent<string>; answer: (status: number) => void; fail: (error: Error) => void }[] = [];
  const waiting: (() => void)[] = [];
  const deliver: Deliver<string> = (given) =>
    new Promise((resolve, reject) => {
      const answer = (status: number) => resolve({ status });
      calls.push({ event: given, answer, fail: reject });
      const next = script.shift();
      if (typeof next === 'number') answer(next);
      else if (next) reject(next);
      for (const go of waiting.splice(0)) go();
    });
  return {
    deliver,
    calls,
    async called(count: number): Promise<void> {
      while (calls.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

function world(script: (number | Error)[] = [], random = 0.5) {
  const time = manualClock();
  const { io, lines } = recordingIo();
  const { deliver, calls, called } = scripted(script);
  const outbox = createOutbox(deliver, { ...io, clock: time.clock, random: () => random });
  /** Lets everything run that waits for no time. */
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { outbox, time, lines, calls, called, settle, metrics: io.metrics };
}

const isPause = (ms: number) => ms < limits.webhookAnswer;

describe('outbox', () => {
  for (const status of [200, 202, 204]) {
    it(`is done at ${status}`, async () => {
      const { outbox, calls } = world([status]);
      assert.deepEqual(await outbox.post(event(), {}), { outcome: 'accepted' });
      assert.equal(calls.length, 1);
    });
  }

  for (const status of [400, 401, 403, 405, 410, 413, 415, 422]) {
    it(`gives up at once at ${status}`, async () => {
      const { outbox, calls } = world([status]);
      const reason = `the broker answered ${status}`;
      assert.deepEqual(await outbox.post(event(), {}), { outcome: 'refused', answer: String(status), reason });
      assert.equal(calls.length, 1);
    });
  }

  for (const failure of [408, 409, 425, 429, 500, 502, 503, 504, 301, 307, 100, new TryAgainError('reset')]) {
    it(`tries again after ${failure}`, async () => {
      const { outbox, time, calls } = world([failure, 202]);
      const done = outbox.post(event(), {});
      await time.asleep(isPause);
      time.turn(500);
      assert.deepEqual(await done, { outcome: 'accepted' });
      assert.equal(calls.length, 2);
      assert.equal(calls[0]!.event, calls[1]!.event);
    });
  }

  it('says at once that there is no such broker, and goes on until there is', async () => {
    const { outbox, time, calls } = world([404, 202]);
    const reason = 'the broker answered 404';
    assert.deepEqual(await outbox.post(event(), {}), { outcome: 'pending', reason, needsPerson: true });
    await time.asleep(isPause);
    time.turn(500);
    assert.equal(await outbox.close(1_000), true);
    assert.equal(calls.length, 2);
  });

  it('lets an error of ours through', async () => {
    const { outbox } = world([new RangeError('ours')]);
    await assert.rejects(outbox.post(event(), {}), RangeError);
  });

  it('waits longer each time, up to half a minute, and not all at the same moment', async () => {
    const pauses = async (random: number) => {
      const { outbox, time, settle } = world(Array(9).fill(503), random);
      const done = outbox.post(event(), {});
      for (let i = 0; i < 9; i++) {
        await settle();
        time.turn(30_000);
      }
      await done;
      // The first is the wait for the answer.
      return time.slept.slice(1);
    };
    assert.deepEqual(await pauses(0), [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    assert.deepEqual(
      (await pauses(0.999)).map((ms) => Math.round(ms / 100) / 10),
      [0.5, 1, 2, 4, 8, 16, 30, 30, 30],
    );
  });

  it('answers after 4 s while it goes on, and logs how it ended', async () => {
    const { outbox, time, lines, calls, called, settle, metrics } = world();
    const done = outbox.post(event(), { id: 'd1', subject: 's' });
    await called(1);
    time.turn(limits.webhookAnswer - 1);
    await settle();
    time.turn(1);
    assert.deepEqual(await done, { outcome: 'pending', reason: 'no answer yet' });
    assert.match(metrics.text(), /^pending_events 1$/m);
    calls[0]!.answer(202);
    await settle();
    assert.deepEqual(lines, [
      { level: 'info', message: 'handed on after the answer', fields: { id: 'd1', subject: 's' } },
    ]);
    assert.match(metrics.text(), /^pending_events 0$/m);
    assert.match(metrics.text(), /^late_handovers_total\{outcome="accepted"\} 1$/m);
  });

  for (const [name, end, reason] of [
    ['is refused', (call) => call.answer(422), 'the broker answered 422'],
    ['breaks', (call) => call.fail(new RangeError('ours')), 'RangeError'],
  ] as [string, (call: { answer(n: number): void; fail(e: Error): void }) => void, string][]) {
    it(`logs by its id an event that ${name} after the answer`, async () => {
      const { outbox, time, lines, calls, called, settle } = world();
      const done = outbox.post(event(), { id: 'd1' });
      await called(1);
      time.turn(limits.webhookAnswer);
      await done;
      end(calls[0]!);
      await settle();
      const [{ level, message, fields }] = lines as [(typeof lines)[number]];
      assert.deepEqual([level, message, fields.id], ['error', 'event lost after the answer', 'd1']);
      assert.ok(String(fields.reason).startsWith(reason));
    });
  }

  it('reports at once a certificate that is refused, which no time mends, and goes on all the same', async () => {
    const { outbox, time, calls, settle, lines } = world([new UntrustedError('POST broker.svc: not trusted'), 202]);
    assert.deepEqual(await outbox.post(event(), {}), {
      outcome: 'pending',
      reason: 'POST broker.svc: not trusted',
      needsPerson: true,
    });
    await time.asleep(isPause);
    time.turn(500);
    await settle();
    assert.equal(calls.length, 2);
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['handed on after the answer'],
    );
  });

  it('tries for 15 minutes, then logs what is lost and why', async () => {
    const { outbox, time, lines, calls, called, settle, metrics } = world([], 0);
    const done = outbox.post(event(), { id: 'd1' });
    await called(1);
    time.turn(limits.webhookAnswer);
    await done;
    let answered = 0;
    while (lines.length === 0) {
      while (answered < calls.length) calls[answered++]!.fail(new TryAgainError('broker.svc: connection refused'));
      await settle();
      time.turn(time.sleeping()[0] ?? 0);
      await settle();
    }
    assert.ok(time.clock.monotonic() > limits.sourceDelivery - 30_000);
    assert.ok(time.clock.monotonic() <= limits.sourceDelivery);
    assert.ok(calls.length > 50);
    assert.deepEqual(lines[0]!.fields, { id: 'd1', outcome: 'lost', reason: 'broker.svc: connection refused' });
    assert.match(metrics.text(), /^late_handovers_total\{outcome="lost"\} 1$/m);
  });

  it('holds 1,000 events, and room comes back', async () => {
    const { outbox, time, calls, settle } = world();
    const posts = Array.from({ length: 1_000 }, (_, i) => outbox.post(event(`d${i}`), {}));
    await assert.rejects(outbox.post(event('one too many'), {}), (error: Error) => {
      assert.ok(error instanceof TryAgainError);
      assert.equal(error.message, 'The broker is behind: 1000 events are waiting for it.');
      return true;
    });
    assert.equal(calls.length, 1_000);
    // Those that were answered already count as long as the broker has not taken them.
    time.turn(limits.webhookAnswer);
    await Promise.all(posts);
    await assert.rejects(outbox.post(event(), {}), TryAgainError);
    calls[0]!.answer(202);
    await settle();
    void outbox.post(event('fits'), {});
    assert.equal(calls.length, 1_001);
  });

  it('holds 64 MiB', async () => {
    const { outbox, calls, settle } = world();
    const large = 'é'.repeat(12 * 1024 * 1024);
    void outbox.post(event('d1', large), {});
    void outbox.post(event('d2', large), {});
    await assert.rejects(outbox.post(event('d3', large), {}), TryAgainError);
    void outbox.post(event('d4', 'x'.repeat(16 * 1024 * 1024)), {});
    await assert.rejects(outbox.post(event('d5', 'x'), {}), TryAgainError);
    calls[0]!.answer(202);
    await settle();
    void outbox.post(event('d6', large), {});
    assert.equal(calls.length, 4);
  });

  it('sends a delivery twice that comes twice', async () => {
    const { outbox, calls } = world([202, 202]);
    await Promise.all([outbox.post(event(), {}), outbox.post(event(), {})]);
    assert.equal(calls.length, 2);
  });
});

describe('outbox at the end of the process', () => {
  it('ends at once when nothing is pending', async () => {
    const { outbox, lines } = world();
    await outbox.close(10_000);
    assert.deepEqual(lines, []);
  });

  it('waits for what is under way', async () => {
    const { outbox, time, lines, calls, called } = world();
    const done = outbox.post(event(), { id: 'd1' });
    await called(1);
    time.turn(limits.webhookAnswer);
    await done;
    const closed = outbox.close(10_000);
    calls[0]!.answer(202);
    await closed;
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['handed on after the answer'],
    );
  });

  it('does not sleep through it: pauses end, and the next are short', async () => {
    const { outbox, time, called, calls, settle } = world(Array(7).fill(503));
    const done = outbox.post(event(), { id: 'd1' });
    for (let attempt = 1; attempt < 7; attempt++) {
      await settle();
      time.turn(30_000);
    }
    await done;
    await settle();
    assert.deepEqual([calls.length, time.slept.at(-1)], [7, 22_500]);
    const closed = outbox.close(20_000);
    // Without any turn of the clock.
    await called(8);
    calls[7]!.answer(503);
    await settle();
    assert.equal(time.slept.at(-1), 750);
    time.turn(749);
    await settle();
    assert.equal(calls.length, 8, 'a sick broker is not asked again and again without a pause');
    time.turn(1);
    await called(9);
    calls[8]!.answer(202);
    assert.equal(await closed, true);
  });

  it('names what it gives up, and tries that no more', async () => {
    const { outbox, time, lines, calls, called, settle, metrics } = world([503, 202]);
    const first = outbox.post(event('d1'), { id: 'd1' });
    await called(1);
    await time.asleep(isPause);
    const second = outbox.post(event('d2'), { id: 'd2' });
    await second;
    const third = outbox.post(event('d3'), { id: 'd3' });
    await called(3);
    time.turn(499);
    const closed = outbox.close(5_000);
    await called(4);
    time.turn(5_000);
    assert.equal(await closed, false);
    await Promise.all([first, third]);
    assert.deepEqual(
      lines.map(({ level, message, fields }) => [level, message, fields.id, fields.reason]),
      [
        ['error', 'event given up at the end of the process', 'd1', 'the broker answered 503'],
        ['error', 'event given up at the end of the process', 'd3', 'no answer yet'],
      ],
    );
    assert.match(metrics.text(), /^late_handovers_total\{outcome="given-up"\} 2$/m);
    calls[3]!.answer(503);
    await settle();
    time.turn(60_000);
    await settle();
    assert.equal(calls.length, 4);
    assert.equal(lines.length, 2);
  });
});
