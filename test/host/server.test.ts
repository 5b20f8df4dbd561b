// What our host refuses, bounds and drains, over real connections. What it shares with the stock runtime: test/conformance.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { TryAgainError } from '../../events/errors.ts';
import type { FunctionContext, FunctionModule } from '../../host/function-module.ts';
import { type Host, type HostOptions, serve } from '../../host/server.ts';
import { connect, exchange, parse, readToEnd, requestText } from '../io/raw-client.ts';
import { recordingIo } from '../io/recording-io.ts';

const eventHeaders = [
  'ce-specversion: 1.0',
  'ce-id: 1',
  'ce-source: /s',
  'ce-type: t',
  'content-type: application/json',
];

const mib = 1024 * 1024;

/** A POST of an event with this body. */
const post = (body: string, headers: readonly string[] = eventHeaders, line = 'POST /') =>
  requestText(line, [...headers, `content-length: ${Buffer.byteLength(body)}`], body);

/** A promise and the function that ends it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when nobody listens. */
async function refusing(port: number): Promise<void> {
  for (;;) {
    // Found out from outside, with as little noise as that allows: every connection makes the host listen longer.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const socket = await connect(port).catch((error: NodeJS.ErrnoException) => error);
    if (!('destroy' in socket)) return assert.equal(socket.code, 'ECONNREFUSED');
    socket.destroy();
  }
}

describe('host', () => {
  let { io, lines } = recordingIo();
  let hosts: Host[] = [];

  const start = async (module: FunctionModule, options: Partial<HostOptions> = {}) => {
    const host = await serve(module, {
      port: 0,
      hostname: '127.0.0.1',
      bodyLimit: 1_000,
      requestTimeoutMs: 200_000,
      gracePeriodMs: 10_000,
      io,
      ...options,
    });
    hosts.push(host);
    return host;
  };
  const accepting: FunctionModule = { handle: () => ({ statusCode: 202, headers: {}, body: '' }) };

  beforeEach(() => {
    ({ io, lines } = recordingIo());
  });
  afterEach(async () => {
    await Promise.all(hosts.map((host) => host.close()));
    hosts = [];
  });

  const refused = async (port: number, text: string, status: number, message: RegExp) => {
    const answer = await exchange(port, text);
    assert.equal(answer.status, status, answer.body);
    assert.equal(answer.headers['content-type'], 'application/json');
    const body = JSON.parse(answer.body) as Record<string, unknown>;
    assert.deepEqual(Object.keys(body), ['error', 'message']);
    assert.match(String(body.message), message);
    assert.ok(Buffer.byteLength(answer.body) < 500);
    return answer;
  };

  describe('the head of a request', () => {
    let calls = 0;
    const counting: FunctionModule = {
      handle() {
        calls += 1;
        return { statusCode: 202, body: '' };
      },
    };
    beforeEach(() => {
      calls = 0;
    });
    afterEach(() => assert.equal(calls, 0));

    const twice = [...eventHeaders, 'x-gitea-signature: 11', 'x-hub-signature-256: 11'];
    const many = Array.from({ length: 2_100 }, () => 'a:');
    const chunked = requestText('POST /', ['content-length: 2', 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n');
    type Refusal = [what: string, text: string, status: number, says: RegExp];
    const refusals: Refusal[] = [
      // 404 would be repeated.
      ...['/webhook', '//', '/health', '/%2e'].map(
        (path): Refusal => [`the path ${path}`, post('{}', eventHeaders, `POST ${path}`), 400, /path \//],
      ),
      ...['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map(
        (method): Refusal => [`${method}`, requestText(`${method} /`), 405, /POST/],
      ),
      ['a query string', post('{}', eventHeaders, 'POST /?cloudevent=x'), 400, /query/],
      ['a query string behind a host', post('{}', eventHeaders, 'POST http://localhost/?body=x'), 400, /query/],
      ['a second ce-id', post('{}', [...twice, 'ce-id: 2']), 400, /once/],
      ['a second CE-Type', post('{}', [...twice, 'CE-Type: other']), 400, /once/],
      ['a second content-type', post('{}', [...twice, 'content-type: application/json']), 400, /once/],
      ['a second x-gitea-signature', post('{}', [...twice, 'x-gitea-signature: 00']), 400, /once/],
      ['a second X-Hub-Signature-256', post('{}', [...twice, 'X-Hub-Signature-256: 00']), 400, /once/],
      [
        'a second signature behind two thousand other headers',
        post('{}', ['x-gitea-signature: 1', ...many, 'x-gitea-signature: 2']),
        400,
        /twice/,
      ],
      ['two lengths', requestText('POST /', ['content-length: 2', 'content-length: 3'], '{}'), 400, /HTTP/],
      ['a length together with chunks', chunked, 400, /HTTP/],
      ['a packed body', post('{}', [...eventHeaders, 'content-encoding: gzip']), 400, /content-encoding/],
      ['what is not HTTP', 'GARBAGE\r\n\r\n', 400, /HTTP/],
      ['a broken header', requestText('POST /').replace('connection', 'connec tion'), 400, /HTTP/],
      ['headers beyond 16 kB', post('{}', [...eventHeaders, `ce-subject: ${'x'.repeat(17_000)}`]), 431, /16 kB/],
    ];
    for (const [what, text, status, says] of refusals)
      it(`refuses ${what}`, async () => {
        const { port } = await start(counting);
        const { headers } = await refused(port, text, status, says);
        assert.equal(headers.allow, status === 405 ? 'POST' : undefined);
      });

    it('refuses HEAD with 405 and no body', async () => {
      const { port } = await start(counting);
      const answer = await exchange(port, requestText('HEAD /'));
      assert.deepEqual([answer.status, answer.headers.allow, answer.body], [405, 'POST', '']);
    });

    it('logs a refusal once, with status and reason and nothing of the request', async () => {
      const { port } = await start(counting);
      await refused(port, post('{"secret":"geheim"}', ['ce-id: geheim'], 'POST /geheim?geheim'), 400, /path/);
      assert.deepEqual(lines, [
        { level: 'warn', message: 'request refused', fields: { status: 400, reason: 'Expected the path /.' } },
      ]);
    });
  });

  describe('the body', () => {
    it('takes one of exactly the limit', async () => {
      const { port } = await start(accepting);
      const body = `"${'x'.repeat(998)}"`;
      assert.equal((await exchange(port, post(body))).status, 202);
    });

    it('refuses a greater length before the body has come', async () => {
      const { port } = await start(accepting);
      const socket = await connect(port);
      socket.write(requestText('POST /', [...eventHeaders, 'content-length: 1001']));
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      assert.match(chunk.toString(), /^HTTP\/1.1 413 [\s\S]*"error":"too_large"/);
      socket.destroy();
    });

    it('refuses chunks that grow beyond the limit', async () => {
      const { port } = await start(accepting);
      const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`;
      const text = requestText(
        'POST /',
        [...eventHeaders, 'transfer-encoding: chunked'],
        `${chunk.repeat(3)}0\r\n\r\n`,
      );
      await refused(port, text, 413, /at most 1000 bytes/);
    });

    it('lets a sender of far too much hear the refusal, declared or not, even one that sends all before it reads', async () => {
      const { port } = await start(accepting);
      const much = 'x'.repeat(8 * 1024 * 1024);
      const chunked = `${much.length.toString(16)}\r\n${much}\r\n0\r\n\r\n`;
      for (const text of [
        post(much),
        requestText('POST /', [...eventHeaders, 'transfer-encoding: chunked'], chunked),
      ]) {
        await refused(port, text, 413, /at most/);
        // A reset would take away what lies here unread.
        const socket = net.connect(port, '127.0.0.1').pause();
        socket.on('error', () => {});
        await new Promise((resolve) => socket.write(text, 'latin1', resolve));
        const answer = readToEnd(socket);
        socket.resume();
        assert.match(await answer, /^HTTP\/1.1 413 [\s\S]*at most/);
      }
    });

    it('cuts off a sender that never stops', async () => {
      const { port } = await start(accepting);
      const socket = await connect(port);
      socket.write(requestText('POST /', [...eventHeaders, 'transfer-encoding: chunked']));
      const chunk = Buffer.from(`100000\r\n${'x'.repeat(0x100000)}\r\n`);
      let sent = 0;
      const more = () => {
        while (!socket.destroyed && socket.write(chunk)) sent += 1;
      };
      socket.on('drain', more);
      const answer = readToEnd(socket);
      more();
      assert.match(await answer, /^HTTP\/1.1 413 /);
      assert.ok(sent < 1_000, `took ${sent} MiB`);
    });

    it('tells the sender to go on only when it will read', async () => {
      const { port } = await start(accepting);
      const expecting = [...eventHeaders, 'expect: 100-continue'];
      const socket = await connect(port);
      socket.write(requestText('POST /', [...expecting, 'content-length: 2']));
      const [go] = (await once(socket, 'data')) as [Buffer];
      assert.equal(go.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
      socket.write('{}');
      assert.match(await readToEnd(socket), /^HTTP\/1.1 202 /);

      const tooLarge = await connect(port);
      tooLarge.end(requestText('POST /', [...expecting, 'content-length: 1001']));
      assert.match(await readToEnd(tooLarge), /^HTTP\/1.1 413 /);
    });

    it('refuses one that does not come in time as unavailable, never with 408', async () => {
      const { port } = await start(accepting, { requestTimeoutMs: 100 });
      const headers = [...eventHeaders, 'content-length: 100'];
      await refused(port, requestText('POST /', headers, '{"half":'), 503, /in time|too slowly/);
    });

    it('refuses a head that does not come in time', async () => {
      const { port } = await start(accepting, { requestTimeoutMs: 100 });
      await refused(port, 'POST / HTTP/1.1\r\nhost: localhost\r\n', 503, /in time/);
    });

    it('gives up one that stops coming, as unavailable', async () => {
      const { port } = await start(accepting, { requestTimeoutMs: 400, bodyLimit: 100_000 });
      await refused(port, requestText('POST /', ['content-length: 50000'], 'x'.repeat(20_000)), 503, /too slowly/);
    });

    it('keeps room for small ones while large ones never end', async () => {
      const { port } = await start(accepting, { bodyLimit: 25 * mib, requestTimeoutMs: 600_000 });
      const large = requestText('POST /', [`content-length: ${25 * mib}`]) + 'x'.repeat(24 * mib);
      const sockets = await Promise.all([1, 2, 3].map(() => connect(port)));
      const answers = sockets.map(readToEnd);
      for (const socket of sockets) socket.write(large, 'latin1');
      // One of them finds no room; the others hold theirs, silently.
      assert.match(await Promise.race(answers), / 503 .*Too many requests/s);
      assert.equal((await exchange(port, post('{}'))).status, 202);
      for (const socket of sockets) socket.destroy();
      await Promise.all(answers);
    });

    it('goes on after a sender that left in the middle of its body', async () => {
      const { port } = await start(accepting);
      const socket = await connect(port);
      socket.write(requestText('POST /', [...eventHeaders, 'content-length: 100'], '{"half":'), () => socket.destroy());
      await once(socket, 'close');
      assert.equal((await exchange(port, post('{}'))).status, 202);
    });

    it('keeps the connection after a small request that was refused', async () => {
      const { port } = await start(accepting);
      const keep = [...eventHeaders, 'connection: keep-alive'];
      const socket = await connect(port);
      socket.write(post('{}', keep, 'POST /?x') + post('{}'));
      assert.match(await readToEnd(socket), /^HTTP\/1.1 400 [\s\S]*HTTP\/1.1 202 /);
    });

    it('does not answer garbage in the place of the request before it', async () => {
      const { opened, open } = gate();
      const called = gate();
      const { port } = await start({
        handle() {
          called.open();
          return opened;
        },
      });
      const socket = await connect(port);
      socket.write(post('{}', [...eventHeaders, 'connection: keep-alive']));
      await called.opened;
      socket.write('GARBAGE\r\n\r\n');
      assert.equal(await readToEnd(socket), '');
      open();
    });

    it('runs only so many requests at a time', async () => {
      const { opened, open } = gate();
      let running = 0;
      const all = gate();
      const { port } = await start({
        handle() {
          running += 1;
          if (running === 1_000) all.open();
          return opened;
        },
      });
      const socket = await connect(port);
      const answers = readToEnd(socket);
      socket.write(post('{}', [...eventHeaders, 'connection: keep-alive']).repeat(1_000));
      await all.opened;
      await refused(port, post('{}'), 503, /at a time/);
      open();
      socket.write(post('{}'));
      assert.equal((await answers).match(/^HTTP\/1.1 204 /gm)?.length, 1_001);
    });

    it('cuts off the one whose body has not come whole for longest when there are too many', async () => {
      const { port } = await start(accepting);
      const silent = requestText('POST /', [...eventHeaders, 'content-length: 100', 'expect: 100-continue']);
      const sockets = await Promise.all(Array.from({ length: 1_000 }, () => connect(port)));
      for (const socket of sockets) {
        socket.on('error', () => {});
        // Told to go on, so that all have been seen before the next.
        const seen = once(socket, 'data');
        socket.write(silent);
        await seen;
      }
      const first = once(sockets[0]!, 'close');
      assert.equal((await exchange(port, post('{}'))).status, 202);
      await first;
      assert.equal(sockets.filter(({ closed }) => closed).length, 1);
      for (const socket of sockets) socket.destroy();
    });

    it('holds only so many bytes of all requests together', async () => {
      const { opened, open } = gate();
      const { port } = await start({ handle: () => opened.then(() => undefined) }, { bodyLimit: 32 * 1024 * 1024 });
      const body = `"${'x'.repeat(32 * 1024 * 1024 - 2)}"`;
      const first = exchange(port, post(body));
      const second = exchange(port, post(body));
      const third = await Promise.race([first, second, exchange(port, post('{}')).then((answer) => answer)]);
      // Whichever came last found no room; the gate is still closed.
      assert.equal(third.status, 503);
      open();
      const answers = await Promise.all([first, second]);
      assert.ok(answers.some((answer) => answer.status === 204));
      // The room is free again.
      assert.equal((await exchange(port, post(body))).status, 204);
    });
  });

  describe('events', () => {
    const refusals: [string, string[], string, RegExp][] = [
      ['without id', ['ce-specversion: 1.0', 'ce-source: /s', 'ce-type: t'], '{}', /attribute id/],
      ['without specversion', ['ce-id: 1', 'ce-source: /s', 'ce-type: t'], '{}', /attribute specversion/],
      [
        'of another specversion',
        ['ce-specversion: 0.3', 'ce-id: 1', 'ce-source: /s', 'ce-type: t'],
        '{}',
        /specversion 1.0/,
      ],
      [
        'with a source that is no URI',
        ['ce-specversion: 1.0', 'ce-id: 1', 'ce-source: a b', 'ce-type: t'],
        '{}',
        /attribute source/,
      ],
      ['with a time that is none', [...eventHeaders, 'ce-time: yesterday'], '{}', /time/],
      ['with an extension name that is none', [...eventHeaders, 'ce-my_ext: 1'], '{}', /valid CloudEvent/],
      ['whose data is not JSON', eventHeaders, '{"a":', /JSON/],
      ['whose data is not UTF-8', eventHeaders, '"\xff"', /UTF-8/],
      ['in a batch', ['content-type: application/cloudevents-batch+json'], '[]', /batch/],
      ['in a format we do not read', ['content-type: application/cloudevents+avro'], '', /format/],
      ['structured, not JSON', ['content-type: application/cloudevents+json'], '{', /JSON/],
      ['structured, empty', ['content-type: application/cloudevents+json'], '', /JSON/],
      ['structured, an array', ['content-type: application/cloudevents+json'], '[]', /object/],
      [
        'structured, without id',
        ['content-type: application/cloudevents+json'],
        '{"specversion":"1.0","source":"/s","type":"t"}',
        /attribute id/,
      ],
      [
        'structured, with an object as attribute',
        ['content-type: application/cloudevents+json'],
        '{"specversion":"1.0","id":"1","source":"/s","type":"t","x":{}}',
        /attribute x/,
      ],
      [
        'structured, with __proto__',
        ['content-type: application/cloudevents+json'],
        '{"specversion":"1.0","id":"1","source":"/s","type":"t","__proto__":{}}',
        /names/,
      ],
      [
        'structured, with data twice',
        ['content-type: application/cloudevents+json'],
        '{"specversion":"1.0","id":"1","source":"/s","type":"t","data":1,"data_base64":"eA=="}',
        /both/,
      ],
    ];
    for (const [name, headers, body, message] of refusals) {
      it(`refuses one ${name} with 400`, async () => {
        const { port } = await start({ handle: () => assert.fail('called') });
        const text = requestText('POST /', [...headers, `content-length: ${body.length}`], body);
        await refused(port, text, 400, message);
      });
    }

    it('reads a structured one whatever the case of its charset, and keeps false data, null extensions left out', async () => {
      const seen: unknown[] = [];
      const { port } = await start({ handle: (_context, event) => void seen.push(event) });
      const event = { specversion: '1.0', id: '1', source: '/s', type: 't', count: 5, none: null, data: false };
      await exchange(port, post(JSON.stringify(event), ['Content-Type: Application/CloudEvents+JSON; charset=UTF-8']));
      const [{ id, count, none, data }] = seen as [Record<string, unknown>];
      assert.deepEqual([id, count, none, data], ['1', 5, undefined, false]);
    });

    it('is refused with more attributes, or longer ones, than any sender has', async () => {
      const { port } = await start(accepting, { bodyLimit: mib });
      const structured = (more: object) =>
        post(JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 't', ...more }), [
          'content-type: application/cloudevents+json',
        ]);
      const attributes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, '1']));
      assert.equal((await exchange(port, structured(attributes(60)))).status, 202);
      await refused(port, structured(attributes(61)), 400, /at most 64 attributes/);
      await refused(
        port,
        post('{}', [...eventHeaders, ...Array.from({ length: 61 }, (_, i) => `ce-a${i}: 1`)]),
        400,
        /at most 64/,
      );
      assert.equal((await exchange(port, structured({ long: 'x'.repeat(4_092) }))).status, 202);
      await refused(port, structured({ long: 'x'.repeat(4_093) }), 400, /at most 4096 characters/);
    });

    it('is refused with more than 1,000 levels, and taken with as many', async () => {
      const { port } = await start(accepting, { bodyLimit: mib });
      const nested = (levels: number) => post('['.repeat(levels) + ']'.repeat(levels), eventHeaders);
      assert.equal((await exchange(port, nested(1_000))).status, 202);
      await refused(port, nested(1_001), 400, /at most 1000 levels/);
    });

    it('reads base64 data as bytes', async () => {
      const seen: { data?: unknown }[] = [];
      const { port } = await start({ handle: (_context, event) => void seen.push(event as object) });
      const event = { specversion: '1.0', id: '1', source: '/s', type: 't', data_base64: '/wAB' };
      await exchange(port, post(JSON.stringify(event), ['content-type: application/cloudevents+json']));
      assert.deepEqual(seen[0]!.data, Buffer.from([255, 0, 1]));
    });

    it('parses JSON data once: text that looks like JSON stays text', async () => {
      const seen: { data?: unknown }[] = [];
      const { port } = await start({ handle: (_context, event) => void seen.push(event as object) });
      for (const data of ['"{\\"a\\":1}"', '5', 'null', 'true', '""']) await exchange(port, post(data));
      assert.deepEqual(
        seen.map((event) => event.data),
        ['{"a":1}', 5, null, true, ''],
      );
    });

    it('gives the bytes as they came, and parses no plain body when told so', async () => {
      const seen: FunctionContext[] = [];
      const bodies: unknown[] = [];
      const { port } = await start(
        {
          handle(context, body) {
            seen.push(context);
            bodies.push(body);
          },
        },
        { parseBody: false },
      );
      const answer = await exchange(port, post('{"not json', ['content-type: application/json']));
      assert.equal(answer.status, 204);
      assert.deepEqual(seen[0]!.rawBody, Buffer.from('{"not json'));
      assert.deepEqual([seen[0]!.body, bodies[0]], [undefined, undefined]);
    });
  });

  describe('answers', () => {
    it('answers a throw with a fixed 500 and logs where, not what', async () => {
      const { port } = await start({
        handle() {
          throw Object.assign(new Error('geheim'), { code: 404, statusCode: 200 });
        },
      });
      const { body } = await refused(port, post('{"a":"geheim"}'), 500, /Internal error/);
      assert.doesNotMatch(body, /geheim/);
      const line = JSON.stringify(lines);
      assert.doesNotMatch(line, /geheim/);
      assert.match(line, /request failed.*server\.test\.ts/);
    });

    for (const [name, thrown] of [
      ['a string', 'geheim'],
      ['null', null],
      ['undefined', undefined],
      ['an error of ours', new TryAgainError('geheim')],
    ] as const) {
      it(`answers 500 or 503 with JSON when ${name} is thrown`, async () => {
        const { port } = await start({ handle: () => Promise.reject(thrown) });
        const answer = await exchange(port, post('{}'));
        assert.equal(answer.status, thrown instanceof TryAgainError ? 503 : 500);
        assert.deepEqual(Object.keys(JSON.parse(answer.body) as object), ['error', 'message']);
      });
    }

    for (const [name, returned] of [
      ['a status that is none', { statusCode: 99, body: '' }],
      ['a status that is text', { statusCode: '200', body: '' }],
      ['a header no one may send', { statusCode: 202, headers: { a: 'b\nc' }, body: '' }],
      ['a cycle', { statusCode: 200, body: cycle() }],
    ] as const) {
      it(`answers 500 when the function gives back ${name}`, async () => {
        const { port } = await start({ handle: () => returned });
        await refused(port, post('{}'), 500, /Internal error/);
      });
    }

    it('sends an empty answer with length 0 and no type, also for a status alone', async () => {
      const { port } = await start({ handle: () => ({ statusCode: 202 }) });
      const { status, headers, body } = await exchange(port, post('{}'));
      assert.deepEqual([status, headers['content-length'], headers['content-type'], body], [202, '0', undefined, '']);
    });
  });

  describe('pages beside the function', () => {
    it('answers liveness, readiness and metrics to GET and HEAD only', async () => {
      const { port } = await start(accepting);
      for (const path of ['/health/liveness', '/health/readiness', '/metrics']) {
        assert.equal((await exchange(port, requestText(`GET ${path}`))).status, 200);
        const head = await exchange(port, requestText(`HEAD ${path}`));
        assert.deepEqual([head.status, head.body], [200, '']);
        const other = await exchange(port, requestText(`POST ${path}`));
        assert.deepEqual([other.status, other.headers.allow], [405, 'GET, HEAD']);
      }
    });

    it("asks the function's own checks, in all ways the stock runtime knows", async () => {
      const { port } = await start({
        ...accepting,
        liveness: Object.assign(async () => 'alive', { path: '/alive' }),
        readiness: (_request, reply) => reply.code(503).header('Content-Type', 'text/x').send({ waiting: true }),
      });
      const alive = await exchange(port, requestText('GET /alive'));
      assert.deepEqual([alive.body, alive.headers['content-type']], ['alive', 'text/plain; charset=utf-8']);
      const socket = await connect(port);
      socket.write(requestText('GET /health/readiness'));
      const text = await readToEnd(socket);
      const ready = parse(text);
      assert.deepEqual([ready.status, ready.body], [503, '{"waiting":true}']);
      assert.deepEqual(text.match(/^content-type: .*$/gim), ['content-type: text/x']);
    });

    it('answers metrics only to who asks the Pod itself', async () => {
      const { port } = await start(accepting);
      for (const header of ['forwarded: for=192.0.2.1', 'x-forwarded-for: 192.0.2.1'])
        await refused(port, requestText('GET /metrics', [header]), 400, /path \//);
      assert.equal((await exchange(port, requestText('GET /metrics'))).status, 200);
      assert.equal(
        (await exchange(port, requestText('GET /health/liveness', ['x-forwarded-for: 192.0.2.1']))).status,
        200,
      );
    });

    it('answers 503 when a check throws', async () => {
      const failing = () => {
        throw new Error('geheim');
      };
      const { port } = await start({ ...accepting, liveness: failing });
      await refused(port, requestText('GET /health/liveness'), 503, /health check/);
    });

    it('leaves a page unanswered that cannot be sent, and lives', async () => {
      const { port } = await start({
        ...accepting,
        readiness: (_request, reply) => reply.header('no name', 'x').send(),
      });
      assert.equal((await exchange(port, requestText('GET /health/readiness'))).status, Number.NaN);
      assert.equal((await exchange(port, post('{}'))).status, 202);
    });

    it('counts requests by status', async () => {
      const { port } = await start(accepting);
      await exchange(port, post('{}'));
      await exchange(port, post('{}'));
      await exchange(port, post('{}', eventHeaders, 'POST /x'));
      const page = await exchange(port, requestText('GET /metrics'));
      assert.equal(page.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
      assert.match(page.body, /^http_requests_total\{code="202"\} 2$/m);
      assert.match(page.body, /^http_requests_total\{code="400"\} 1$/m);
      assert.match(page.body, /^http_request_duration_seconds_count 3$/m);
    });
  });

  describe('beginning and end', () => {
    it('throws what init throws and does not listen', async () => {
      await assert.rejects(
        start({ ...accepting, init: () => Promise.reject(new Error('Expected GITEA_URL')) }),
        /Expected GITEA_URL/,
      );
    });

    it('says that a port is in use', async () => {
      const { port } = await start(accepting);
      await assert.rejects(start(accepting, { port }), new RegExp(`Cannot listen on port ${port} .*in use`));
    });

    it('ends requests under way, refuses new ones, then calls shutdown with the time that is left', async () => {
      const { opened, open } = gate();
      const called = gate();
      const order: string[] = [];
      const host = await start({
        async handle() {
          called.open();
          await opened;
          order.push('handled');
          return { statusCode: 202, body: '' };
        },
        shutdown(msLeft) {
          order.push('shutdown');
          assert.ok(msLeft! > 0 && msLeft! <= 10_000);
        },
      });
      const kept = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const readiness = () => get(host.port, '/health/readiness', kept);
      assert.equal((await readiness()).status, 200);
      const underWay = exchange(host.port, post('{}', [...eventHeaders, 'connection: keep-alive']));
      await called.opened;
      const silent = await connect(host.port);
      const silentEnd = once(silent, 'close');
      const idle = await connect(host.port);
      const idleEnd = once(idle, 'close');
      idle.write(requestText('GET /health/liveness', ['connection: keep-alive']));
      await once(idle, 'data');
      // A connection that is busy when the end begins stays for its answer; the next request on it hears of the end.
      const busy = await connect(host.port);
      const text = readToEnd(busy);
      busy.write('GET /health/readiness HTTP/1.1\r\n');
      const late = await connect(host.port);
      late.write('POST / HTTP/1.1\r\n');
      const lateText = readToEnd(late);
      // The last of what was sent before the end has arrived when an answer to something later is there.
      await readiness();
      const closing = host.close();
      busy.write('host: localhost\r\n\r\n');
      late.write('host: localhost\r\ncontent-length: 0\r\n\r\n');
      assert.match(await lateText, /^HTTP\/1.1 503 [\s\S]*[Cc]onnection: close[\s\S]*ending/);
      assert.match(await text, /^HTTP\/1.1 503 [\s\S]*[Cc]onnection: close[\s\S]*ending/);
      // Those in the kernel's queue are heard, too, before nobody listens any more.
      assert.equal((await exchange(host.port, post('{}'))).status, 503);
      await refusing(host.port);
      // From here on it waits for what is under way alone.
      await idleEnd;
      open();
      const answer = await underWay;
      assert.deepEqual([answer.status, answer.headers.connection], [202, 'close']);
      assert.deepEqual(await closing, { cut: 0, clean: true });
      await silentEnd;
      assert.deepEqual(order, ['handled', 'shutdown']);
      kept.destroy();
    });

    it('first has the function give back what it holds, and outlives an error in that', async () => {
      const { opened, open } = gate();
      const called = gate();
      const host = await start({
        async handle() {
          called.open();
          await opened;
          return { statusCode: 503, body: '' };
        },
        ending() {
          open();
          throw new Error('a fault of ours');
        },
      });
      const held = exchange(host.port, post('{}'));
      await called.opened;
      assert.deepEqual(await host.close(), { cut: 0, clean: true });
      assert.equal((await held).status, 503);
    });

    it('answers what comes into a connection that lay idle when the end began', async () => {
      const host = await start(accepting, { bodyLimit: 1_000_000 });
      const idle = await connect(host.port);
      const text = readToEnd(idle);
      idle.write(requestText('GET /health/liveness', ['connection: keep-alive']));
      await once(idle, 'data');
      const closing = host.close();
      await refusing(host.port);
      // With a body that is never read: closing on it too early would reset the connection, and the answer with it.
      idle.write(post('x'.repeat(500_000), [...eventHeaders, 'connection: keep-alive']), 'latin1');
      assert.match(await text, /HTTP\/1.1 503 [\s\S]*[Cc]onnection: close[\s\S]*ending/);
      assert.deepEqual(await closing, { cut: 0, clean: true });
    });

    it('cuts off what does not end within the grace period, and still calls shutdown', async () => {
      const called = gate();
      let ended = false;
      const host = await start(
        {
          handle() {
            called.open();
            return new Promise(() => {});
          },
          shutdown() {
            ended = true;
          },
        },
        { gracePeriodMs: 100 },
      );
      const cut = exchange(host.port, post('{}'));
      await called.opened;
      assert.deepEqual(await host.close(), { cut: 1, clean: true });
      assert.ok(ended);
      assert.ok(Number.isNaN((await cut).status));
    });

    it('does not wait for a shutdown that never ends, and says so', async () => {
      const host = await start({ ...accepting, shutdown: () => new Promise(() => {}) }, { gracePeriodMs: 50 });
      assert.deepEqual(await host.close(), { cut: 0, clean: false });
    });

    it('says when shutdown gave up what was acknowledged', async () => {
      const host = await start({ ...accepting, shutdown: async () => false });
      assert.deepEqual(await host.close(), { cut: 0, clean: false });
    });

    it('ends only once', async () => {
      let ends = 0;
      const host = await start({
        ...accepting,
        shutdown() {
          ends += 1;
        },
      });
      await Promise.all([host.close(), host.close()]);
      assert.equal(ends, 1);
    });

    it('runs several listeners in one process', async () => {
      const one = await start({ handle: () => ({ statusCode: 200, body: 'one' }) });
      const two = await start({ handle: () => ({ statusCode: 200, body: 'two' }) });
      assert.equal((await exchange(one.port, post('{}'))).body, 'one');
      assert.equal((await exchange(two.port, post('{}'))).body, 'two');
    });
  });
});

function cycle(): object {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

async function get(port: number, path: string, agent: http.Agent): Promise<{ status?: number; body: string }> {
  const request = http.get({ port, path, host: '127.0.0.1', agent });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}
