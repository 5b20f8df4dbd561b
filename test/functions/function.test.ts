import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import { StopError, TryAgainError } from '../../events/errors.ts';
import type { Answer } from '../../functions/answer.ts';
import { type Context, type EventFunction, eventHandler } from '../../functions/function.ts';
import { recordingIo } from '../io/recording-io.ts';

const post: Context = { method: 'POST', query: {}, headers: { 'ce-id': '1', 'content-type': 'application/json' } };
const event = (more: object = {}) =>
  new CloudEvent({
    id: '1',
    type: 'known',
    source: '/s',
    subject: 'prod/caf%C3%A9',
    data: { secret: 'payload' },
    ...more,
  });

function door(on: EventFunction['on']) {
  const { io, lines } = recordingIo();
  const handler = eventHandler({ name: 'test', takes: ['known'], on }, io);
  return { handle: handler.handle, lines, io };
}

const done: EventFunction['on'] = async () => ({ outcome: 'done' });

describe('the door of event functions', () => {
  it('answers 202 without a body, and says in one log line what came of the event', async () => {
    const { handle, lines, io } = door(done);
    assert.deepEqual(await handle(post, event()), { statusCode: 202, headers: {}, body: '' });
    assert.equal(lines.length, 1);
    const { id, type, subject, outcome, function: name } = lines[0]!.fields;
    assert.deepEqual([id, type, subject, outcome, name], ['1', 'known', 'prod/café', 'done', 'test']);
    assert.match(io.metrics.text(), /events_total\{[^}]*outcome="done"[^}]*\} 1/);
  });

  it('gives the function attributes as text and data as an object', async () => {
    let seen: CloudEvent<unknown> | undefined;
    const { handle } = door(async (given) => {
      seen = given;
      return { outcome: 'done' };
    });
    await handle(post, event({ data: '{"a":1}' }));
    assert.equal(seen?.subject, 'prod/café');
    assert.deepEqual(seen?.data, { a: 1 });
  });

  it('sends a reply with its attributes encoded, and several events as a batch', async () => {
    const one = await door(async (given) => ({ outcome: 'done', reply: given })).handle(post, event());
    assert.equal((one as CloudEvent).subject, 'prod/caf%C3%A9');
    const two = (await door(async (given) => ({ outcome: 'done', batch: [given, given] })).handle(
      post,
      event(),
    )) as Answer;
    assert.equal(two.headers['content-type'], 'application/cloudevents-batch+json');
    assert.equal(JSON.parse(two.body).length, 2);
  });

  it('has nothing to do with other types', async () => {
    const { handle, lines } = door(() => assert.fail('called'));
    assert.equal(((await handle(post, event({ type: 'other' }))) as Answer).statusCode, 202);
    assert.equal(((await handle(post, event({ type: 'other', data: 'no object' }))) as Answer).statusCode, 202);
    assert.equal(lines[0]?.fields.outcome, 'ignored');
  });

  const refusals: [string, Context, unknown, number, RegExp][] = [
    ['another method', { ...post, method: 'GET' }, event(), 405, /POST/],
    ['a query', { ...post, query: { a: '1' } }, event(), 400, /query/],
    ['a query that took the place of the field', { ...post, query: 'x' }, event(), 400, /query/],
    ['a query of that name without a value', { ...post, query: '' }, event(), 400, /query/],
    ['no event', post, undefined, 400, /CloudEvent/],
    ['a body that is no event', post, { secret: 'payload' }, 400, /CloudEvent/],
    ['text in place of an event', post, 'payload', 400, /CloudEvent/],
    ['data that is no object', post, event({ data: [1] }), 400, /object/],
    ['data that is no JSON', post, event({ data: '{payload' }), 400, /JSON/],
  ];
  for (const [name, context, given, status, message] of refusals) {
    it(`refuses ${name}`, async () => {
      const { handle, lines } = door(done);
      const answer = (await handle(context, given)) as Answer;
      assert.equal(answer.statusCode, status);
      assert.match(JSON.parse(answer.body).message, message);
      assert.equal(lines[0]?.fields.outcome, 'rejected');
      assert.doesNotMatch(JSON.stringify([answer, lines]), /payload/);
    });
  }

  it('turns the two fates into their statuses', async () => {
    const stop = door(async () => Promise.reject(new StopError(422, 'Expected sense.')));
    assert.equal(((await stop.handle(post, event())) as Answer).statusCode, 422);
    const again = door(async () => Promise.reject(new TryAgainError('registry down')));
    const answer = (await again.handle(post, event())) as Answer;
    assert.equal(answer.statusCode, 503);
    assert.match(answer.body, /registry down/);
    assert.equal(again.lines[0]?.fields.outcome, 'unavailable');
  });

  for (const thrown of [new Error('secret text'), 'secret text', null, Object.assign(new Error('x'), { code: 200 })]) {
    it(`keeps an unexpected error to the log: ${String(thrown)}`, async () => {
      const { handle, lines } = door(async () => Promise.reject(thrown));
      const answer = (await handle(post, event())) as Answer;
      assert.equal(answer.statusCode, 500);
      assert.doesNotMatch(JSON.stringify([answer.body, lines]), /secret/);
      assert.ok(lines.some(({ level }) => level === 'error'));
    });
  }

  it('carries the trace on, from the header, else from the event, else its own', async () => {
    const traces: string[] = [];
    const { handle } = door(async (_, { traceparent }) => {
      traces.push(traceparent.slice(3, 35));
      return { outcome: 'done' };
    });
    const header = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const extension = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    await handle({ ...post, headers: { ...post.headers, traceparent: header } }, event({ traceparent: extension }));
    await handle(post, event({ traceparent: extension }));
    await handle(post, event());
    assert.deepEqual(traces.slice(0, 2), ['a'.repeat(32), 'c'.repeat(32)]);
    assert.match(traces[2] ?? '', /^[0-9a-f]{32}$/);
  });
});
