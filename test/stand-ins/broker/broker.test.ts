// What only the stand-in has, or a clock of the test's own shows. All that Knative's broker does too is proved in one suite over both,
// test/knative/delivery.slow.test.ts.
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
    const cases: [string, number, { path?: string; headers?: Record<string, string>; body?: string }][] = [
      ['a structured event', 202, { headers: event, body: structured('') }],
      ['a longer path', 400, { path: '/x' }],
      ['broken JSON as structured event', 400, { headers: event, body: '{' }],
      ['an object as attribute', 400, { headers: event, body: structured(',"a":{}') }],
      ['no pass left', 400, { headers: { ...head, 'ce-knativebrokerttl': '1' } }],
    ];
    for (const [what, status, { path = '', headers, body }] of cases) {
      it(`answers ${status} to ${what}`, async () => {
        const one = await listen(() => accepted);
        const { url, deadLetters } = await broker([trigger(one.url)]);
        assert.equal(await send(url + path, headers, body), status);
        assert.equal(one.seen.length, status === 202 ? 1 : 0);
        assert.deepEqual(deadLetters, []);
      });
    }

    it('answers 404 on its bare address', async () => {
      const { url } = await broker([]);
      assert.equal(await send(new URL('/', url).href), 404);
    });

    it('answers 202 to an event without a subscriber', async () => {
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

    it('waits longer before each attempt, whatever Retry-After says', async () => {
      const one = await listen(() => ({ status: 503, headers: { 'retry-after': '2' } }));
      const { clock, slept } = sleepless();
      const { url, deadLetters } = await broker([trigger(one.url)], { clock });
      assert.equal(await send(url), 202);
      assert.deepEqual(slept, [200, 400, 800]);
      assert.equal(deadLetters[0]!.attempts.length, 4);
      const times = new Set(one.seen.map(({ headers }) => headers['ce-knativearrivaltime']));
      assert.equal(times.size, 1, 'the arrival time tells a retry from a second event');
    });

    it('waits evenly longer with the linear policy, and not at all at first', async () => {
      const one = await listen(() => ({ status: 503 }));
      const { clock, slept } = sleepless();
      const { url } = await broker([trigger(one.url, { backoffPolicy: 'linear' })], { clock });
      await send(url);
      assert.deepEqual(slept, [0, 200, 400]);
    });
  });

  describe('with dead letters', () => {
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
  });

  describe('with impatient producers', () => {
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
      let asked = () => {};
      const reached = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const one = await listen((n) => {
        asked();
        return n === 1 ? 'hang' : accepted;
      });
      const made = await broker([trigger(one.url)]);
      const sent = fetch(made.url, { method: 'POST', headers: head });
      await reached;
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
