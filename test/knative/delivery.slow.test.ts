// How the in-memory broker delivers: one suite over the broker of stand-ins/ and Knative's own code, so that what is proved on the
// one holds on the other. The table is that of the measurements; nothing asserts a time, only what is tried and in which order.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Trigger } from '../../stand-ins/broker/index.ts';
import {
  accepted,
  head,
  type Seen,
  type Subscriber,
  send,
  subscriber,
  trigger,
} from '../stand-ins/broker/subscriber.ts';
import { tool } from '../tool.ts';
import { type World, worlds } from './broker-worlds.ts';
import { manifestsOf, startKnativeBroker } from './knative-broker.ts';

type Say = Parameters<typeof subscriber>[0];

interface Row {
  name: string;
  /** A function, or what every request is answered. */
  says: Awaited<ReturnType<Say>> | 'nobody';
  calls: number;
  /** Status for the producer with a dead-letter sink and without; the second only where it is not the first. */
  producer: [number, number?];
  /** `silent`: a dead letter without a reason. Absent: none. */
  letter?: { code: string; dest: 'subscriber' | 'ingress'; data: string | RegExp } | 'silent';
}

const json = { 'content-type': 'application/json' };
const body = '{"error":"unavailable","message":"down"}';
const reply = { 'ce-specversion': '1.0', 'ce-id': 'r-1', 'ce-source': '/one', 'ce-type': 'reply', ...json };
const without = (name: string) => Object.fromEntries(Object.entries(reply).filter(([key]) => key !== name));
const answered = (status: number, calls: number): Row => ({
  name: `${status}`,
  says: { status, headers: json, body },
  calls,
  producer: [202, 500],
  letter: { code: String(status), dest: 'subscriber', data: body },
});
const unusable = (name: string, says: Row['says']): Row => ({
  name,
  says,
  calls: 4,
  producer: [202, 500],
  letter: 'silent',
});

const rows: Row[] = [
  ...[200, 202, 204].map((status) => ({
    name: `${status} without a body`,
    says: { status },
    calls: 1,
    producer: [202] as [number],
  })),
  { name: '202 without a body, JSON type', says: { status: 202, headers: json }, calls: 1, producer: [202] },
  { name: '200 with an event', says: { status: 200, headers: reply, body: '{}' }, calls: 1, producer: [202] },
  { name: '206 with an event', says: { status: 206, headers: reply, body: '{}' }, calls: 1, producer: [202] },
  ...[400, 401, 403, 406, 410, 413, 415, 422, 425].map((status) => answered(status, 1)),
  ...[404, 408, 409, 429, 500, 501, 502, 503, 504].map((status) => answered(status, 4)),
  {
    name: '429 with Retry-After, which is not heard',
    says: { status: 429, headers: { 'retry-after': '3600' } },
    calls: 4,
    producer: [202, 500],
    letter: { code: '429', dest: 'subscriber', data: '' },
  },
  {
    name: 'an event with status 500',
    says: { status: 500, headers: reply, body: '{"a":1}' },
    calls: 4,
    producer: [202, 500],
    letter: { code: '500', dest: 'subscriber', data: '{"a":1}' },
  },
  unusable('JSON that is no event', { status: 200, headers: json, body: '{}' }),
  unusable('text, even with 202', { status: 202, headers: { 'content-type': 'text/plain' }, body: 'OK' }),
  unusable('a batch', {
    status: 200,
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: '[{"specversion":"1.0","id":"1","source":"/a","type":"t"}]',
  }),
  unusable('a structured event that is a list', {
    status: 200,
    headers: { 'content-type': 'application/cloudevents+json' },
    body: '[]',
  }),
  unusable('a structured event that is empty', {
    status: 200,
    headers: { 'content-type': 'application/cloudevents+json' },
  }),
  unusable('an event with a hyphen in a name', { status: 200, headers: { ...reply, 'ce-my-ext': 'x' }, body: '{}' }),
  unusable('an event cut off', { status: 200, headers: reply, body: '{"a":', cut: true }),
  unusable('nothing within the time limit', 'hang'),
  ...['ce-id', 'ce-source', 'ce-type'].map((name) => ({
    name: `an event without ${name}`,
    says: { status: 200, headers: without(name), body: '{}' },
    calls: 1,
    producer: [202, 500] as [number, number],
    letter: { code: '400', dest: 'ingress', data: '' } as const,
  })),
  {
    name: 'a connection cut before the answer',
    says: 'reset',
    calls: 4,
    producer: [202, 500],
    letter: { code: '500', dest: 'subscriber', data: /^dispatch error: Post "http:\/\/127\.0\.0\.1:\d+\/"/ },
  },
  {
    name: 'a connection refused',
    says: 'nobody',
    calls: 0,
    producer: [202, 500],
    letter: { code: '500', dest: 'subscriber', data: /^dispatch error: Post "http:\/\/127\.0\.0\.1:\d+\/"/ },
  },
  {
    name: 'the greatest error body that does no harm',
    says: { status: 503, headers: json, body: 'x'.repeat(768) },
    calls: 4,
    producer: [202, 500],
    letter: { code: '503', dest: 'subscriber', data: 'x'.repeat(768) },
  },
];

const attribute = (seen: Seen, name: string) => seen.headers[`ce-${name}`] as string | undefined;
const eventOf = (type: string, more = {}) => ({ ...head, 'ce-type': type, ...more });
const quick = { retry: 3, backoffDelayMs: 10, timeoutMs: 200_000 };
/** Where somebody hangs: one attempt, then. */
const shortly = 500;

for (const { name: worldName, need, open: openWorld } of worlds) {
  describe(`delivery by ${worldName}`, () => {
    before(function () {
      need(this);
    });
    const opened: { close(): Promise<void> }[] = [];
    const listen = async (say: Say): Promise<Subscriber> => {
      const made = await subscriber(say);
      opened.push(made);
      return made;
    };
    const closeAll = async () => {
      for (const one of opened.splice(0).reverse()) await one.close();
    };

    describe('to a subscriber that answers', () => {
      let world: World;
      let sink: Subscriber;
      const subscribers: Subscriber[] = [];

      before(async () => {
        sink = await listen(() => accepted);
        const triggers: Trigger[] = [];
        for (const [index, { says }] of rows.entries()) {
          const one = await subscriber(() => (says === 'nobody' ? accepted : says));
          subscribers.push(one);
          if (says === 'nobody') await one.close();
          else opened.push(one);
          const named = (kind: string, more: Partial<Trigger>) =>
            trigger(one.url, {
              ...quick,
              ...(says === 'hang' ? { timeoutMs: shortly } : {}),
              name: `row-${index}-${kind}`,
              types: [`row.${index}.${kind}`],
              ...more,
            });
          triggers.push(named('sunk', { deadLetterSink: sink.url }));
          const { deadLetterSink: _, ...bare } = named('bare', {});
          triggers.push(bare);
        }
        world = await openWorld(triggers);
        opened.push(world);
      });
      after(closeAll);

      for (const [index, { name, calls, producer, letter }] of rows.entries()) {
        it(name, async () => {
          const one = subscribers[index]!;
          const before = sink.seen.length;
          assert.equal(await send(world.url, eventOf(`row.${index}.sunk`)), producer[0]);
          assert.equal(one.seen.length, calls);
          const arrivals = one.seen.map((seen) => attribute(seen, 'knativearrivaltime'));
          assert.ok(new Set(arrivals).size <= 1, 'the arrival time stays over attempts');

          const letters = sink.seen.slice(before);
          assert.equal(letters.length, letter === undefined ? 0 : 1);
          if (letter !== undefined) {
            const [seen] = letters as [Seen];
            assert.equal(seen.body, '{"version":1.10}');
            assert.deepEqual([attribute(seen, 'id'), attribute(seen, 'type')], ['a-1', `row.${index}.sunk`]);
            const said = ['knativeerrorcode', 'knativeerrordest', 'knativeerrordata'].map((key) =>
              attribute(seen, key),
            );
            if (letter === 'silent') assert.deepEqual(said, [undefined, undefined, undefined]);
            else {
              const [code, dest, data = ''] = said;
              assert.equal(code, letter.code);
              assert.equal(dest, letter.dest === 'subscriber' ? one.url : world.ingress);
              const text = Buffer.from(data, 'base64').toString();
              if (typeof letter.data === 'string') assert.equal(text, letter.data);
              else assert.match(text, letter.data);
            }
          }
          assert.equal(await send(world.url, eventOf(`row.${index}.bare`)), producer[1] ?? producer[0]);
        });
      }
    });

    describe('otherwise', () => {
      afterEach(closeAll);
      const open = async (triggers: readonly Trigger[], options = {}): Promise<World> => {
        const world = await openWorld(triggers, options);
        opened.push(world);
        return world;
      };
      const bare = (url: string, changes: Partial<Trigger> = {}): Trigger => {
        const { deadLetterSink: _, ...rest } = trigger(url);
        return { ...rest, ...quick, ...changes };
      };

      it('takes an event nobody wants', async () => {
        const one = await listen(() => accepted);
        const { url } = await open([bare(one.url, { types: ['other'] })]);
        assert.equal(await send(url), 202);
        assert.deepEqual(one.seen, []);
      });

      it('hands an event to all that want it, and says 500 when one of them fails without a sink', async () => {
        const [one, two] = [await listen(() => accepted), await listen(() => ({ status: 400 }))];
        const { url } = await open([bare(one.url), bare(two.url, { name: 'two' })]);
        assert.equal(await send(url), 500);
        assert.deepEqual([one.seen.length, two.seen.length], [1, 1]);
      });

      it('ends trying when it went well', async () => {
        const one = await listen((n) => ({ status: n === 1 ? 503 : 202 }));
        const { url } = await open([bare(one.url)]);
        assert.equal(await send(url), 202);
        assert.equal(one.seen.length, 2);
      });

      it('tries a dead-letter sink as often as a subscriber, and tells the producer when it takes nothing', async () => {
        const [one, sink] = [await listen(() => ({ status: 400 })), await listen(() => ({ status: 503 }))];
        const { url } = await open([bare(one.url, { deadLetterSink: sink.url })]);
        assert.equal(await send(url), 500);
        assert.deepEqual([one.seen.length, sink.seen.length], [1, 4]);
      });

      it('gives a dead-letter sink that hangs the time of the Trigger, and tries again', async () => {
        const [one, sink] = [await listen(() => ({ status: 400 })), await listen(() => 'hang')];
        const { url } = await open([bare(one.url, { deadLetterSink: sink.url, timeoutMs: 500 })]);
        assert.equal(await send(url), 500);
        assert.equal(sink.seen.length, 4);
      });

      for (const [what, answer] of [
        ['an event', { status: 200, headers: reply, body: '{}' }],
        ['text', { status: 202, headers: { 'content-type': 'text/plain' }, body: 'thanks' }],
      ] as const) {
        it(`throws away what a dead-letter sink replies: ${what}`, async () => {
          const [one, two] = [await listen(() => ({ status: 400 })), await listen(() => accepted)];
          const sink = await listen(() => answer);
          const { url } = await open([
            bare(one.url, { types: [head['ce-type']], deadLetterSink: sink.url }),
            bare(two.url, { name: 'two', types: ['reply'] }),
          ]);
          assert.equal(await send(url), 202);
          assert.deepEqual([sink.seen.length, two.seen.length], [1, 0]);
        });
      }

      it('hands a reply on and answers when what follows is done', async () => {
        const one = await listen(() => ({ status: 200, headers: reply, body: '{"a":1.0}' }));
        const two = await listen(() => accepted);
        const { url } = await open([
          bare(one.url, { types: [head['ce-type']] }),
          bare(two.url, { name: 'two', types: ['reply'] }),
        ]);
        assert.equal(await send(url), 202);
        assert.deepEqual(
          two.seen.map(({ body }) => body),
          ['{"a":1.0}'],
        );
      });

      it('multiplies attempts where the next Trigger has no sink of its own', async () => {
        const one = await listen(() => ({ status: 200, headers: reply, body: '{}' }));
        const two = await listen(() => ({ status: 503 }));
        const sink = await listen(() => accepted);
        const { url, ingress } = await open([
          bare(one.url, { types: [head['ce-type']], deadLetterSink: sink.url }),
          bare(two.url, { name: 'two', types: ['reply'] }),
        ]);
        assert.equal(await send(url), 202);
        assert.deepEqual([one.seen.length, two.seen.length], [1, 16]);
        assert.deepEqual(
          sink.seen.map((seen) => [attribute(seen, 'id'), attribute(seen, 'knativeerrordest')]),
          [['a-1', ingress]],
        );
      });

      it('does not multiply them where it has one', async () => {
        const one = await listen(() => ({ status: 200, headers: reply, body: '{}' }));
        const two = await listen(() => ({ status: 503 }));
        const sink = await listen(() => accepted);
        const { url } = await open([
          bare(one.url, { types: [head['ce-type']], deadLetterSink: sink.url }),
          bare(two.url, { name: 'two', types: ['reply'], deadLetterSink: sink.url }),
        ]);
        assert.equal(await send(url), 202);
        assert.deepEqual([one.seen.length, two.seen.length], [1, 4]);
        assert.deepEqual(
          sink.seen.map((seen) => attribute(seen, 'id')),
          ['r-1'],
        );
      });

      it('cuts off what follows a reply at the time limit of the first Trigger, whose function had ended well', async () => {
        const one = await listen(() => ({ status: 200, headers: reply, body: '{}' }));
        const two = await listen(() => 'hang');
        const sink = await listen(() => accepted);
        const { url, ingress } = await open([
          bare(one.url, { types: [head['ce-type']], deadLetterSink: sink.url, timeoutMs: 700 }),
          bare(two.url, { name: 'two', types: ['reply'], deadLetterSink: sink.url, timeoutMs: 200_000 }),
        ]);
        assert.equal(await send(url), 202);
        assert.deepEqual([one.seen.length, two.seen.length], [1, 4]);
        assert.deepEqual(
          sink.seen.map((seen) => ['id', 'knativeerrorcode', 'knativeerrordest'].map((key) => attribute(seen, key))),
          [['a-1', '500', ingress]],
        );
      });

      it('ends a loop after 255 passes, or earlier when the producer says so', async () => {
        const one = await listen((n) => ({
          status: 200,
          headers: { ...reply, 'ce-id': `r-${n}`, 'ce-type': head['ce-type'], 'ce-knativebrokerttl': '900' },
          body: '{}',
        }));
        const sink = await listen(() => accepted);
        const { url, ingress } = await open([bare(one.url, { deadLetterSink: sink.url, timeoutMs: 200_000 })]);
        assert.equal(await send(url), 202);
        assert.equal(one.seen.length, 255);
        assert.deepEqual(
          sink.seen.map((seen) => ['knativeerrorcode', 'knativeerrordest'].map((key) => attribute(seen, key))),
          [['400', ingress]],
        );
        assert.equal(await send(url, eventOf(head['ce-type'], { 'ce-knativebrokerttl': '4' })), 202);
        assert.equal(one.seen.length, 255 + 3);
        assert.equal(await send(url, eventOf(head['ce-type'], { 'ce-knativebrokerttl': '1' })), 400);
      });

      it('gives up with a producer that hangs up: fewer attempts, no dead letter', async () => {
        let arrive = () => {};
        const arrived = new Promise<void>((resolve) => {
          arrive = resolve;
        });
        const one = await listen(() => {
          arrive();
          return 'hang';
        });
        const sink = await listen(() => accepted);
        const { url } = await open([bare(one.url, { deadLetterSink: sink.url, timeoutMs: 2_000 })]);
        const leave = new AbortController();
        const sent = fetch(url, { method: 'POST', headers: { ...head, ...json }, body: '{}', signal: leave.signal });
        await arrived;
        leave.abort();
        await assert.rejects(sent);
        await one.gone;
        // A whole event more, so that what could follow would have.
        assert.equal(await send(url, eventOf('other', { 'ce-knativebrokerttl': '1' })), 400);
        assert.deepEqual([one.seen.length, sink.seen.length], [1, 0]);
      });

      it('answers at once when it is asynchronous, and still tries and buries', async () => {
        let finish = () => {};
        const finished = new Promise<void>((resolve) => {
          finish = resolve;
        });
        let bury = () => {};
        const buried = new Promise<void>((resolve) => {
          bury = resolve;
        });
        const one = await listen((n) => (n === 1 ? finished.then(() => ({ status: 503 })) : { status: 503 }));
        const sink = await listen(() => {
          bury();
          return accepted;
        });
        const triggers = [bare(one.url, { deadLetterSink: sink.url, timeoutMs: 200_000 })];
        const { url } = await open(triggers, { async: true });
        assert.equal(await send(url), 202);
        assert.deepEqual(sink.seen, []);
        finish();
        await buried;
        assert.deepEqual([one.seen.length, sink.seen.length], [4, 1]);
      });

      it('follows redirects as Go does: a GET without data counts as delivered, a 307 keeps both', async () => {
        const two = await listen(() => accepted);
        const one = await listen((n) => ({ status: n === 1 ? 302 : 307, headers: { location: two.url } }));
        const { url } = await open([bare(one.url)]);
        assert.equal(await send(url), 202);
        assert.equal(await send(url), 202);
        assert.deepEqual(
          two.seen.map(({ method, body }) => [method, body]),
          [
            ['GET', ''],
            ['POST', '{"version":1.10}'],
          ],
        );
      });

      it('passes on attributes as they came, data byte for byte, and of the headers those of a trace', async () => {
        const one = await listen(() => accepted);
        const { url } = await open([bare(one.url)]);
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        const more = {
          'ce-subject': 'prod/caf%C3%A9',
          'ce-partitionkey': 'lamp',
          'CE-UpperExt': 'x',
          'ce-dataschema': '',
          'ce-empty': '',
          'ce-time': '2026-01-02T04:04:05.123456789+01:00',
          traceparent,
          'x-request-id': 'r',
          authorization: 'Bearer secret',
          'x-other': 'x',
        };
        assert.equal(await send(url, { ...head, ...more }, '{"a":1.10, "b":"ä"}'), 202);
        const [{ headers, body }] = one.seen as [Seen];
        assert.equal(body, '{"a":1.10, "b":"ä"}');
        assert.equal(headers['ce-subject'], 'prod/caf%C3%A9');
        assert.equal(headers['ce-partitionkey'], 'lamp');
        assert.equal(headers['ce-upperext'], 'x');
        assert.equal(headers['ce-time'], '2026-01-02T03:04:05.123456789Z');
        assert.equal(String(headers.traceparent).slice(0, 35), traceparent.slice(0, 35));
        assert.equal(headers['x-request-id'], 'r');
        assert.equal(headers.prefer, 'reply');
        assert.equal(headers['ce-empty'], '');
        for (const gone of ['ce-dataschema', 'ce-knativebrokerttl', 'authorization', 'x-other'])
          assert.equal(headers[gone], undefined, gone);
        assert.ok(headers['ce-knativearrivaltime']);
      });

      it('turns a structured event into a binary one', async () => {
        const one = await listen(() => accepted);
        const { url } = await open([bare(one.url)]);
        const text =
          '{"specversion":"1.0","id":"1","source":"/a","type":"t","subject":"é","count":5,"half":1.5,"flag":true,"none":null,"data":{"version":1.10}}';
        assert.equal(await send(url, { 'content-type': 'application/cloudevents+json; charset=utf-8' }, text), 202);
        const [{ headers, body }] = one.seen as [Seen];
        assert.equal(body, '{"version":1.10}');
        assert.equal(headers['content-type'], undefined);
        assert.deepEqual(
          ['count', 'half', 'flag', 'none'].map((name) => headers[`ce-${name}`]),
          ['5', '1', 'true', undefined],
        );
        assert.equal(Buffer.from(String(headers['ce-subject']), 'latin1').toString(), 'é');
      });

      describe('at its door', () => {
        const structured = { 'content-type': 'application/cloudevents+json' };
        const cases: [
          string,
          number,
          { path?: string; method?: string; headers?: Record<string, string>; body?: string },
        ][] = [
          ['an event', 202, {}],
          ['a slash at the end of the path', 202, { path: '/' }],
          ['specversion 0.3', 202, { headers: eventOf('t', { 'ce-specversion': '0.3' }) }],
          ['specversion 2.0', 400, { headers: eventOf('t', { 'ce-specversion': '2.0' }) }],
          ['no id', 400, { headers: eventOf('t', { 'ce-id': '' }) }],
          ['a time that is none', 400, { headers: eventOf('t', { 'ce-time': 'noon' }) }],
          ['an underscore in a name', 400, { headers: eventOf('t', { 'ce-my_ext': 'x' }) }],
          ['plain JSON', 400, { headers: {} }],
          ['a structured event that is a list', 400, { headers: structured, body: '[]' }],
          ['a batch', 400, { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: '[]' }],
          ['a query string', 404, { path: '?a=b' }],
          ['another broker', 404, { path: 'x' }],
          ['GET', 405, { method: 'GET' }],
          ['PUT', 405, { method: 'PUT' }],
          ['OPTIONS', 200, { method: 'OPTIONS' }],
        ];
        it('answers as Knative does', async () => {
          const one = await listen(() => accepted);
          const { url } = await open([bare(one.url)]);
          const statuses: [string, number][] = [];
          for (const [what, , { path = '', headers, body, method }] of cases)
            statuses.push([what, await send(url + path, headers, body, method)]);
          assert.deepEqual(
            statuses,
            cases.map(([what, status]) => [what, status]),
          );
        });
      });
    });
  });
}

describe("the process of Knative's broker", () => {
  it('is ended by an error body of 769 bytes: why ours stay below 500', async function () {
    const program = tool(this, 'KNATIVE_BROKER');
    const one = await subscriber(() => ({ status: 400, headers: json, body: 'x'.repeat(769) }));
    const sink = await subscriber(() => accepted);
    const broker = await startKnativeBroker(program, manifestsOf([trigger(one.url, { deadLetterSink: sink.url })]));
    try {
      const sent = request(broker.url, { method: 'POST', headers: { ...head, ...json } });
      sent.end('{}');
      await once(sent, 'error');
      assert.equal(await broker.ended, 2);
    } finally {
      await broker.close();
      await one.close();
      await sink.close();
    }
  });
});
