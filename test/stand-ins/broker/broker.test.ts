import assert from 'node:assert/strict';
import { once } from 'node:events';
import { clock } from '../../../io/clock.ts';
import { type Broker, type BrokerOptions, createBroker, type Trigger } from '../../../stand-ins/broker/index.ts';
import { accepted, head, type Subscriber, send, sleepless, subscriber, trigger } from './subscriber.ts';

describe('broker', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });
  const open = async <T extends { close(): Promise<void> }>(making: Promise<T>): Promise<T> => {
    const made = await making;
    opened.push(made);
    return made;
  };
  const listen = (say: Parameters<typeof subscriber>[0]): Promise<Subscriber> => open(subscriber(say));
  const broker = (triggers: Trigger[], options: Partial<BrokerOptions> = {}): Promise<Broker> =>
    open(createBroker({ triggers, clock: sleepless().clock, ...options }));

  describe('at its door', () => {
    const event = { ...head, 'content-type': 'application/cloudevents+json' };
    const structured = (more: string) => `{"specversion":"1.0","id":"1","source":"/a","type":"t"${more}}`;
    const cases: [
      string,
      number,
      { path?: string; method?: string; headers?: Record<string, string>; body?: string },
    ][] = [
      ['an event', 202, {}],
      ['an event, slash at the end of the path', 202, { path: '/' }],
      ['an event of version 0.3', 202, { headers: { ...head, 'ce-specversion': '0.3' } }],
      ['a structured event', 202, { headers: event, body: structured('') }],
      ['a query string', 404, { path: '?a=b' }],
      ['another broker', 404, { path: 'x' }],
      ['a longer path', 400, { path: '/x' }],
      ['GET', 405, { method: 'GET' }],
      ['PUT', 405, { method: 'PUT' }],
      ['OPTIONS', 200, { method: 'OPTIONS' }],
      ['plain JSON', 400, { headers: {} }],
      [
        'a batch',
        400,
        { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: `[${structured('')}]` },
      ],
      ['a list as structured event', 400, { headers: event, body: `[${structured('')}]` }],
      ['broken JSON as structured event', 400, { headers: event, body: '{' }],
      ['an object as attribute', 400, { headers: event, body: structured(',"a":{}') }],
      ['specversion 2.0', 400, { headers: { ...head, 'ce-specversion': '2.0' } }],
      ['no id', 400, { headers: { ...head, 'ce-id': '' } }],
      ['a time that is none', 400, { headers: { ...head, 'ce-time': 'yesterday' } }],
      ['an attribute name with an underscore', 400, { headers: { ...head, 'ce-my_ext': 'x' } }],
      ['no pass left', 400, { headers: { ...head, 'ce-knativebrokerttl': '1' } }],
    ];
    for (const [what, status, { path = '', method, headers, body }] of cases) {
      it(`answers ${status} to ${what}`, async () => {
        const one = await listen(() => accepted);
        const { url, deadLetters } = await broker([trigger(one.url)]);
        assert.equal(await send(url + path, headers, body, method), status);
        assert.equal(one.seen.length, status === 202 ? 1 : 0);
        assert.deepEqual(deadLetters, []);
      });
    }

    it('answers 404 on its bare address', async () => {
      const { url } = await broker([]);
      assert.equal(await send(new URL('/', url).href), 404);
    });

    it('says yes to an event that nobody wants', async () => {
      const one = await listen(() => accepted);
      const { url, history } = await broker([trigger(one.url, { types: ['test.other', 'test'] })]);
      assert.equal(await send(url), 202);
      assert.equal(one.seen.length, 0);
      assert.deepEqual(history[0]!.triggers, []);
    });

    it('notes who came and what was answered', async () => {
      const { url, accessLog } = await broker([]);
      await send(url);
      await send(`${url}?x`);
      const lines = accessLog.map(({ method, path, status, id, type }) => ({ method, path, status, id, type }));
      assert.deepEqual(lines, [
        { method: 'POST', path: '/local/default', status: 202, id: 'a-1', type: 'test.one' },
        { method: 'POST', path: '/local/default?x', status: 404, id: undefined, type: undefined },
      ]);
    });
  });

  describe('to a subscriber', () => {
    it('hands the event on in binary mode, attributes as they came, with what Knative adds', async () => {
      const one = await listen(() => accepted);
      const { url } = await broker([trigger(one.url)], { clock: { ...sleepless().clock, now: () => 0 } });
      const trace = '00-11111111111111111111111111111111-2222222222222222-01';
      await send(url, {
        ...head,
        'ce-subject': 'caf%C3%A9 %20',
        'ce-raw': Buffer.from('é', 'utf8').toString('latin1'),
        'ce-time': '2026-01-02T03:04:05.123456789+01:00',
        'ce-knativearrivaltime': 'long ago',
        'ce-knativebrokerttl': '9',
        'ce-empty': '',
        traceparent: trace,
        'x-request-id': 'r',
        authorization: 'Bearer secret',
      });
      const { headers, body, method } = one.seen[0]!;
      assert.equal(method, 'POST');
      assert.equal(body, '{"version":1.10}');
      const attributes = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-')));
      assert.deepEqual(attributes, {
        ...head,
        'ce-subject': 'caf%C3%A9 %20',
        'ce-raw': Buffer.from('é', 'utf8').toString('latin1'),
        'ce-time': '2026-01-02T02:04:05.123456789Z',
        'ce-knativearrivaltime': '1970-01-01T00:00:00.000Z',
        'ce-empty': '',
      });
      assert.equal(headers.prefer, 'reply');
      assert.equal(headers['kn-namespace'], 'local');
      assert.equal(headers.traceparent, trace);
      assert.equal(headers['x-request-id'], 'r');
      assert.equal(headers.authorization, undefined);
      assert.equal(headers['content-type'], 'application/json');
    });

    it('turns a structured event into a binary one and keeps the very text of its data', async () => {
      const one = await listen(() => accepted);
      const { url } = await broker([trigger(one.url)]);
      const text =
        '{"specversion":"1.0","id":"1","source":"/a","type":"t","Count":5,"yes":true,"part":1.5,"none":null,"who":"é",' +
        '"data": {"a":"}\\"","version":1.10, "big":12345678901234567890} }';
      await send(url, { 'content-type': 'application/cloudevents+json' }, text);
      const { headers, body } = one.seen[0]!;
      assert.equal(body, '{"a":"}\\"","version":1.10, "big":12345678901234567890}');
      assert.equal(headers['content-type'], undefined);
      assert.deepEqual(
        ['ce-count', 'ce-yes', 'ce-part', 'ce-none', 'ce-who'].map((name) => headers[name]),
        ['5', 'true', '1', undefined, Buffer.from('é').toString('latin1')],
      );
    });

    it('takes bytes out of data_base64', async () => {
      const one = await listen(() => accepted);
      const { url } = await broker([trigger(one.url)]);
      const text =
        '{"specversion":"1.0","id":"1","source":"/a","type":"t","datacontenttype":"text/plain","data_base64":"aGk="}';
      await send(url, { 'content-type': 'application/cloudevents+json' }, text);
      assert.equal(one.seen[0]!.body, 'hi');
      assert.equal(one.seen[0]!.headers['content-type'], 'text/plain');
    });

    it('hands to all Triggers that match, by type and by attribute, at the same time', async () => {
      // The first answers only when the second was called.
      let called = () => {};
      const second = new Promise<void>((resolve) => {
        called = resolve;
      });
      const a = await listen(() => second.then(() => accepted));
      const b = await listen(() => {
        called();
        return accepted;
      });
      const c = await listen(() => accepted);
      const { url } = await broker([
        trigger(a.url, { name: 'a', types: ['test.two', 'test.one'] }),
        trigger(b.url, { name: 'b', attributes: { source: '/test', color: 'red' } }),
        trigger(c.url, { name: 'c', attributes: { color: 'Red' } }),
      ]);
      assert.equal(await send(url, { ...head, 'ce-color': 'red' }), 202);
      assert.deepEqual([a.seen.length, b.seen.length, c.seen.length], [1, 1, 0]);
    });

    for (const status of [400, 401, 403, 406, 410, 413, 415, 422, 425]) {
      it(`buries at once what was answered ${status}`, async () => {
        const one = await listen(() => ({ status, body: '{"error":"no"}' }));
        const { url, deadLetters } = await broker([trigger(one.url)]);
        assert.equal(await send(url), 202);
        assert.equal(one.seen.length, 1);
        const { event, attempts, fate } = deadLetters[0]!;
        assert.equal(fate, 'kept');
        assert.equal(attempts.length, 1);
        assert.equal(event.attributes.id, 'a-1');
        assert.equal(event.attributes.knativeerrorcode, String(status));
        assert.equal(event.attributes.knativeerrordest, one.url);
        assert.equal(event.attributes.knativeerrordata, Buffer.from('{"error":"no"}').toString('base64'));
        assert.equal(event.data.toString(), '{"version":1.10}');
      });
    }

    for (const status of [404, 408, 409, 429, 500, 501, 502, 503, 504]) {
      it(`tries again, waiting longer each time, after ${status}`, async () => {
        const one = await listen(() => ({ status, headers: { 'retry-after': '2' } }));
        const { clock, slept } = sleepless();
        const { url, deadLetters } = await broker([trigger(one.url)], { clock });
        assert.equal(await send(url), 202);
        assert.equal(one.seen.length, 4);
        assert.deepEqual(slept, [200, 400, 800]);
        assert.equal(deadLetters[0]!.attempts.length, 4);
        assert.equal(deadLetters[0]!.event.attributes.knativeerrorcode, String(status));
        const times = new Set(one.seen.map(({ headers }) => headers['ce-knativearrivaltime']));
        assert.equal(times.size, 1, 'the arrival time tells a retry from a second event');
      });
    }

    it('waits evenly longer with the linear policy, and not at all at first', async () => {
      const one = await listen(() => ({ status: 503 }));
      const { clock, slept } = sleepless();
      const { url } = await broker([trigger(one.url, { backoffPolicy: 'linear' })], { clock });
      await send(url);
      assert.deepEqual(slept, [0, 200, 400]);
    });

    it('ends trying when it went well', async () => {
      const one = await listen((n) => (n < 3 ? { status: 503 } : accepted));
      const { url, deadLetters } = await broker([trigger(one.url)]);
      assert.equal(await send(url), 202);
      assert.equal(one.seen.length, 3);
      assert.deepEqual(deadLetters, []);
    });

    const reply = { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/r', 'ce-type': 'reply' };
    const failures: [string, Awaited<ReturnType<Parameters<typeof subscriber>[0]>>][] = [
      ['JSON that is no event', { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }],
      ['text, even with 202', { status: 202, headers: { 'content-type': 'text/plain' }, body: 'OK' }],
      ['a batch', { status: 200, headers: { 'content-type': 'application/cloudevents-batch+json' }, body: '[]' }],
      [
        'a structured event that is empty',
        { status: 200, headers: { 'content-type': 'application/cloudevents+json' } },
      ],
      ['an event with a hyphen in a name', { status: 200, headers: { ...reply, 'ce-my-ext': 'x' } }],
      ['an event cut off', { status: 200, headers: reply, body: '{', cut: true }],
      ['nothing within the time limit', 'hang'],
    ];
    for (const [what, answer] of failures) {
      it(`tries again, and has nothing to tell, after ${what}`, async () => {
        const one = await listen(() => answer);
        const { url, deadLetters } = await broker([
          trigger(one.url, { retry: 1, timeoutMs: answer === 'hang' ? 60 : 200_000 }),
        ]);
        assert.equal(await send(url), 202);
        assert.equal(one.seen.length, 2);
        const { attributes } = deadLetters[0]!.event;
        assert.deepEqual(
          Object.keys(attributes).filter((name) => name.startsWith('knativeerror')),
          [],
        );
      });
    }

    it('says 500 and why of a connection that was refused or reset', async () => {
      const one = await listen(() => 'reset');
      const nobody = await subscriber(() => accepted);
      await nobody.close();
      const { url, deadLetters } = await broker([
        trigger(one.url, { retry: 1 }),
        trigger(nobody.url, { name: 'two', retry: 1 }),
      ]);
      assert.equal(await send(url), 202);
      assert.equal(deadLetters.length, 2);
      for (const { event, attempts } of deadLetters) {
        assert.equal(attempts.length, 2);
        assert.equal(event.attributes.knativeerrorcode, '500');
        assert.match(
          Buffer.from(event.attributes.knativeerrordata!, 'base64').toString(),
          /^dispatch error: Post "http:/,
        );
      }
      assert.deepEqual(
        new Set(deadLetters.map(({ event }) => event.attributes.knativeerrordest)),
        new Set([one.url, nobody.url]),
      );
    });

    it('follows a redirect as a GET without data, which counts as delivered', async () => {
      const two = await listen(() => accepted);
      const one = await listen(() => ({ status: 302, headers: { location: two.url } }));
      const { url, deadLetters } = await broker([trigger(one.url)]);
      assert.equal(await send(url), 202);
      assert.equal(two.seen[0]!.method, 'GET');
      assert.equal(two.seen[0]!.body, '');
      assert.equal(two.seen[0]!.headers['ce-id'], 'a-1');
      assert.deepEqual(deadLetters, []);
    });
  });

  describe('with dead letters', () => {
    it('posts them to a sink, as often as it tried the subscriber', async () => {
      const sink = await listen((n) => (n < 3 ? { status: 503 } : accepted));
      const one = await listen(() => ({ status: 422, body: 'no' }));
      const { url, deadLetters } = await broker([trigger(one.url, { deadLetterSink: sink.url })]);
      assert.equal(await send(url), 202);
      assert.equal(sink.seen.length, 3);
      assert.equal(sink.seen[0]!.headers['ce-knativeerrorcode'], '422');
      assert.equal(sink.seen[0]!.headers['ce-knativeerrordest'], one.url);
      assert.equal(sink.seen[0]!.body, '{"version":1.10}');
      assert.equal(deadLetters[0]!.fate, 'delivered');
    });

    it('tells the producer 500 when the sink fails or there is none', async () => {
      const sink = await listen(() => ({ status: 500 }));
      const one = await listen(() => ({ status: 422 }));
      const two = await listen(() => accepted);
      const { deadLetterSink: _, ...none } = trigger(one.url, { types: ['none'] });
      const { url, deadLetters } = await broker([
        trigger(one.url, { types: ['test.one'], deadLetterSink: sink.url }),
        none,
        trigger(two.url, { name: 'two' }),
      ]);
      assert.equal(await send(url), 500);
      assert.equal(sink.seen.length, 4);
      assert.equal(await send(url, { ...head, 'ce-type': 'none' }), 500);
      assert.deepEqual(
        deadLetters.map(({ fate }) => fate),
        ['lost', 'lost'],
      );
      assert.equal(two.seen.length, 2, 'the other Trigger has it');
    });

    it('remarks an error answer that would end the in-memory dispatcher', async () => {
      const sizes = [768, 769];
      const one = await listen((n) => ({ status: 400, body: 'x'.repeat(sizes[n - 1]!) }));
      const { url, deadLetters } = await broker([trigger(one.url)]);
      for (const _ of sizes) await send(url);
      assert.deepEqual(
        deadLetters.map(({ remark }) => remark !== undefined),
        [false, true],
      );
    });
  });

  describe('with replies', () => {
    const reply = (changes: Record<string, string> = {}) => ({
      status: 200,
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'r-1',
        'ce-source': '/one',
        'ce-type': 'test.two',
        'content-type': 'application/json',
        ...changes,
      },
      body: '{"b":2}',
    });

    it('takes them as events and answers when what follows is done', async () => {
      const one = await listen(() => reply());
      const two = await listen(() => accepted);
      const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
      const { url, history } = await broker([
        trigger(one.url, { types: ['test.one'] }),
        trigger(two.url, { name: 'two', types: ['test.two'] }),
      ]);
      assert.equal(await send(url, { ...head, 'ce-own': 'x', traceparent }), 202);
      const { headers, body } = two.seen[0]!;
      assert.equal(body, '{"b":2}');
      assert.equal(headers['ce-id'], 'r-1');
      assert.equal(headers['ce-own'], undefined, 'only what the reply itself carries');
      assert.equal(headers.traceparent, traceparent, 'in the same trace');
      assert.deepEqual(
        history.map(({ from }) => from),
        [undefined, 'one'],
      );
    });

    it('takes a structured reply too', async () => {
      const body = '{"specversion":"1.0","id":"r","source":"/r","type":"test.two","data":{"a":1.0}}';
      const one = await listen(() => ({
        status: 201,
        headers: { 'content-type': 'application/cloudevents+json' },
        body,
      }));
      const two = await listen(() => accepted);
      const { url } = await broker([
        trigger(one.url, { types: ['test.one'] }),
        trigger(two.url, { name: 'two', types: ['test.two'] }),
      ]);
      assert.equal(await send(url), 202);
      assert.equal(two.seen[0]!.body, '{"a":1.0}');
    });

    it('buries the cause of a reply that lacks an attribute, and says the broker refused it', async () => {
      const one = await listen(() => reply({ 'ce-source': '' }));
      const { url, deadLetters } = await broker([trigger(one.url)]);
      assert.equal(await send(url), 202);
      assert.equal(one.seen.length, 1);
      const { attributes } = deadLetters[0]!.event;
      assert.equal(attributes.id, 'a-1');
      assert.equal(attributes.knativeerrorcode, '400');
      assert.equal(attributes.knativeerrordest, url);
      assert.equal(attributes.knativeerrordata, undefined);
    });

    it('sends no event with a bad status on', async () => {
      const one = await listen(() => ({ ...reply(), status: 500 }));
      const { url, history } = await broker([trigger(one.url)]);
      await send(url);
      assert.equal(one.seen.length, 4);
      assert.equal(history.length, 1);
    });

    it('multiplies retries where the next Trigger has no dead-letter sink', async () => {
      const one = await listen(() => reply());
      const two = await listen(() => ({ status: 503 }));
      const { deadLetterSink: _, ...bare } = trigger(two.url, { name: 'two', types: ['test.two'] });
      const { url, deadLetters } = await broker([trigger(one.url, { types: ['test.one'] }), bare]);
      assert.equal(await send(url), 202);
      assert.equal(one.seen.length, 1);
      assert.equal(two.seen.length, 16);
      const kept = deadLetters.filter(({ fate }) => fate === 'kept');
      assert.deepEqual(
        kept.map(({ event }) => [event.attributes.id, event.attributes.knativeerrordest]),
        [['a-1', url]],
      );
    });

    it('cuts off what follows a reply at the time limit of the first Trigger', async () => {
      const one = await listen(() => reply());
      const two = await listen(() => 'hang');
      const { url, deadLetters } = await broker([
        trigger(one.url, { types: ['test.one'], timeoutMs: 100, retry: 1 }),
        trigger(two.url, { name: 'two', types: ['test.two'] }),
      ]);
      assert.equal(await send(url), 202);
      assert.equal(one.seen.length, 1);
      assert.equal(two.seen.length, 2);
      assert.deepEqual(
        deadLetters.map(({ trigger, event }) => [trigger, event.attributes.knativeerrorcode]),
        [['one', '500']],
      );
    });

    it('ends a loop after 255 passes', async () => {
      const one = await listen((n) =>
        reply({ 'ce-id': `r-${n}`, 'ce-type': 'test.one', 'ce-knativebrokerttl': '900' }),
      );
      const { url, deadLetters } = await broker([trigger(one.url)]);
      assert.equal(await send(url), 202);
      assert.equal(one.seen.length, 255);
      assert.deepEqual(
        deadLetters.map(({ event }) => [event.attributes.knativeerrorcode, event.attributes.knativeerrordest]),
        [['400', url]],
      );
    });

    it('ends a loop earlier when the producer says so', async () => {
      const one = await listen((n) => reply({ 'ce-id': `r-${n}`, 'ce-type': 'test.one' }));
      const { url } = await broker([trigger(one.url)]);
      await send(url, { ...head, 'ce-knativebrokerttl': '4' });
      assert.equal(one.seen.length, 3);
    });
  });

  describe('with impatient producers', () => {
    it('gives up with a producer that goes away: no further attempt, no dead letter', async () => {
      const one = await listen(() => 'hang');
      const made = await broker([trigger(one.url)]);
      const leave = new AbortController();
      const sent = fetch(made.url, { method: 'POST', headers: head, signal: leave.signal });
      await once(made.events, 'arrival');
      const abandoned = once(made.events, 'abandoned');
      leave.abort();
      await assert.rejects(sent);
      await abandoned;
      await made.idle();
      assert.ok(one.seen.length <= 1);
      assert.deepEqual(made.deadLetters, []);
      assert.equal(made.accessLog[0]!.status, 0);
    });

    it('answers at once when it is asynchronous, and still tries and buries', async () => {
      let finish = () => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const one = await listen((n) => (n === 1 ? finished.then(() => ({ status: 503 })) : { status: 503 }));
      const made = await broker([trigger(one.url)], { async: true });
      assert.equal(await send(made.url), 202);
      assert.deepEqual(made.deadLetters, []);
      finish();
      await made.idle();
      assert.equal(one.seen.length, 4);
      assert.equal(made.deadLetters.length, 1);
    });

    for (const async of [true, false])
      it(`says nothing of listeners, however many wait: ${async ? 'events' : 'Triggers'}`, async () => {
        const many = 15;
        const warnings: Error[] = [];
        const note = (warning: Error) => void warnings.push(warning);
        process.on('warning', note);
        const one = await listen(() => ({ status: 503 }));
        const triggers = Array.from({ length: async ? 1 : many }, (_, n) => trigger(one.url, { name: `${n}` }));
        // Nobody's pause ends but by the end of the broker.
        let pauses = 0;
        let paused = () => {};
        const allPaused = new Promise<void>((resolve) => {
          paused = resolve;
        });
        const sleep: typeof clock.sleep = (_ms, signal) => {
          if (++pauses === many) paused();
          return clock.sleep(1_000_000, signal);
        };
        const made = await broker(triggers, { async, clock: { ...clock, sleep } });
        const sent = Array.from({ length: async ? many : 1 }, () => send(made.url).catch(() => 0));
        await allPaused;
        await made.close();
        await Promise.all(sent);
        process.off('warning', note);
        assert.deepEqual(warnings, []);
      });

    it('goes down with what is on its way, and comes back at the same address', async () => {
      const one = await listen((n) => (n === 1 ? 'hang' : accepted));
      const made = await broker([trigger(one.url)]);
      const sent = fetch(made.url, { method: 'POST', headers: head });
      await once(made.events, 'arrival');
      const abandoned = once(made.events, 'abandoned');
      await made.setDown(true);
      await assert.rejects(sent);
      await assert.rejects(send(made.url), 'nobody listens');
      await abandoned;
      assert.deepEqual(made.deadLetters, []);
      await made.setDown(false);
      assert.equal(await send(made.url), 202);
    });

    it('ends what is on its way when it is closed', async () => {
      const one = await listen(() => 'hang');
      const made = await broker([trigger(one.url)]);
      const sent = fetch(made.url, { method: 'POST', headers: head });
      await once(made.events, 'arrival');
      await made.close();
      await assert.rejects(sent);
      await made.idle();
      await made.close();
    });
  });
});
