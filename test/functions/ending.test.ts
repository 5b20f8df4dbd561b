// What the alerts FunctionFailed, EventsRejected and EventsSlow stand on: values, by a clock that the test turns.
import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import { StopError, TryAgainError } from '../../events/errors.ts';
import { type Context, type EventFunction, eventHandler } from '../../functions/function.ts';
import { callsTo } from '../../io/calls.ts';
import { recordingIo } from '../io/recording-io.ts';

const post: Context = { method: 'POST', query: {}, headers: { 'content-type': 'application/json' } };
const event = (type: string) => new CloudEvent({ id: '1', type, source: '/s', data: {} });

describe('how events ended', () => {
  const { io } = recordingIo();
  let now = 1_000;
  const turned = {
    ...io,
    clock: { ...io.clock, monotonic: () => now },
    api: async () => {
      now += 2_000;
      return { status: 200, headers: {}, body: Buffer.alloc(0) };
    },
  };
  let on: EventFunction['on'];
  const { handle } = eventHandler({ name: 'test', takes: ['known'], on: (given, scope) => on(given, scope) }, turned);
  const page = (name: string) =>
    io.metrics
      .text()
      .split('\n')
      .filter((line) => line.startsWith(name));

  it('is counted by type and outcome; types nobody takes are one, so that strangers make no series', async () => {
    const ends: EventFunction['on'][] = [
      async () => ({ outcome: 'done' }),
      async () => ({ outcome: 'ignored' }),
      async () => Promise.reject(new StopError(422, 'Expected sense.')),
      async () => Promise.reject(new TryAgainError('down')),
      async () => Promise.reject(new RangeError('ours')),
    ];
    for (on of ends) await handle(post, event('known'));
    for (const type of ['other', 'another']) await handle(post, event(type));
    await handle(post, { no: 'event' });
    const labels = (type: string, outcome: string) =>
      `events_total{function="test",outcome="${outcome}",type="${type}"} ${type === 'none' && outcome === 'ignored' ? 2 : 1}`;
    const known = ['done', 'failed', 'ignored', 'rejected', 'unavailable'].map((outcome) => labels('known', outcome));
    assert.deepEqual(
      page('events_total{').sort(),
      [...known, labels('none', 'ignored'), labels('none', 'rejected')].sort(),
    );
  });

  it('takes the time from arrival to answer, and of that its own: what was not waited for a server', async () => {
    const sums = () => ['event_duration_seconds_sum', 'event_own_seconds_sum'].map((name) => page(name)[0]);
    assert.deepEqual(sums(), [
      'event_duration_seconds_sum{function="test"} 0',
      'event_own_seconds_sum{function="test"} 0',
    ]);
    const registry = callsTo('registry', turned);
    on = async () => {
      now += 500;
      await Promise.all([1, 2].map(() => registry.api({ method: 'GET', url: 'http://registry.test/', timeoutMs: 1 })));
      now += 250;
      return { outcome: 'done' };
    };
    await handle(post, event('known'));
    assert.deepEqual(sums(), [
      'event_duration_seconds_sum{function="test"} 4.75',
      'event_own_seconds_sum{function="test"} 0.75',
    ]);
  });
});
