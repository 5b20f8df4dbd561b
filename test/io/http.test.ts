// The contract of Http, against real servers that hang, trickle, break off and lie.
import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createHttp } from '../../io/http.ts';
import type { Http } from '../../io/io.ts';
import { withTrace } from '../../io/trace.ts';
import { fails } from '../try-again.ts';
import {
  ca,
  closedPort,
  expired,
  httpServer,
  type LocalServer,
  otherCa,
  tcpServer,
  tlsServer,
} from './local-server.ts';

/** Long enough for a busy machine; no test waits for it. */
const timeoutMs = 200_000;

describe('Http', () => {
  let http: Http;
  let servers: LocalServer[] = [];

  const keep = async (server: Promise<LocalServer>) => {
    servers.push(await server);
    return server;
  };
  const serve = (listener: RequestListener) => keep(httpServer(listener));
  const serveTcp = (onConnection: (socket: Socket) => void) => keep(tcpServer(onConnection));

  beforeEach(() => {
    http = createHttp();
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
  });

  it('says which trace a call belongs to, unless the caller does', async () => {
    const { url } = await serve((request, response) => response.end(String(request.headers.traceparent)));
    const ask = async (headers = {}) => (await http({ method: 'GET', url, headers, timeoutMs })).body.toString();
    const both = await Promise.all(['a', 'b'].map((trace) => withTrace(trace, async () => ask())));
    assert.deepEqual(both, ['a', 'b']);
    assert.equal(await withTrace('a', () => ask({ Traceparent: 'own' })), 'own');
    assert.equal(await ask(), 'undefined');
  });

  it('sends method, path, headers and body as given and reads status, headers and body', async () => {
    const { url } = await serve(async (request, response) => {
      const seen = { ...head(request), body: await text(request) };
      response.writeHead(418, { 'X-Answer': 'Yes' }).end(JSON.stringify(seen));
    });
    const answer = await http({
      method: 'PATCH',
      url: `${url}/a%20b/ä?q=1&r=%2F`,
      headers: { 'Content-Type': 'application/merge-patch+json', Authorization: 'Bearer t' },
      body: '{"name":"größe"}',
      timeoutMs,
    });
    assert.equal(answer.status, 418);
    assert.equal(answer.headers['x-answer'], 'Yes');
    const seen = JSON.parse(answer.body.toString()) as Record<string, unknown>;
    assert.deepEqual(seen, {
      method: 'PATCH',
      url: '/a%20b/%C3%A4?q=1&r=%2F',
      type: 'application/merge-patch+json',
      length: '18',
      authorization: 'Bearer t',
      body: '{"name":"größe"}',
    });
  });

  it('sends bytes byte for byte and adds no content type', async () => {
    const { url } = await serve(async (request, response) => {
      const bytes = await buffer(request);
      response.writeHead(200, { type: request.headers['content-type'] ?? 'none' }).end(bytes);
    });
    const body = Buffer.from([0, 255, 195, 40, 10, 13]);
    const answer = await http({ method: 'POST', url, body, timeoutMs });
    assert.deepEqual(answer.body, body);
    assert.equal(answer.headers.type, 'none');
  });

  it('keeps the encoding of Latin-1 header bytes when the body is text', async () => {
    const { url } = await serve((request, response) => {
      request.resume();
      response.end(Buffer.from(String(request.headers['ce-subject']), 'latin1'));
    });
    const subject = Buffer.from('café').toString('latin1');
    const answer = await http({ method: 'POST', url, headers: { 'ce-subject': subject }, body: '"é"', timeoutMs });
    assert.equal(answer.body.toString(), 'café');
  });

  it('sends an empty POST with length 0', async () => {
    const { url } = await serve((request, response) => response.end(request.headers['content-length']));
    const answer = await http({ method: 'POST', url, timeoutMs });
    assert.equal(answer.body.toString(), '0');
  });

  it('joins repeated headers', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, ['Link', '<a>', 'Link', '<b>', 'Set-Cookie', 'c=1', 'Set-Cookie', 'd=2']).end();
    });
    const { headers } = await http({ method: 'GET', url, timeoutMs });
    assert.equal(headers.link, '<a>, <b>');
    assert.equal(headers['set-cookie'], 'c=1, d=2');
  });

  it('takes credentials of the address as basic authorization', async () => {
    const { port } = await serve((request, response) => response.end(request.headers.authorization));
    const answer = await http({ method: 'GET', url: `http://me:p%40ss@127.0.0.1:${port}/`, timeoutMs });
    assert.equal(answer.body.toString(), `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  for (const status of [301, 302, 307, 308]) {
    it(`gives back a ${status} and does not follow it`, async () => {
      let calls = 0;
      const { url } = await serve((_request, response) => {
        calls += 1;
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
      const answer = await http({ method: 'POST', url, body: '{}', timeoutMs });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.location, '/elsewhere');
      assert.equal(calls, 1);
    });
  }

  it('does not repeat a request that was answered 503', async () => {
    let calls = 0;
    const { url } = await serve((_request, response) => {
      calls += 1;
      response.writeHead(503).end('no');
    });
    assert.equal((await http({ method: 'GET', url, timeoutMs })).status, 503);
    assert.equal(calls, 1);
  });

  it('takes no proxy from the environment by itself', async () => {
    const { url } = await serve((_request, response) => response.end('direct'));
    const proxy = await serve((_request, response) => response.end('proxied'));
    const before = process.env.HTTP_PROXY;
    process.env.HTTP_PROXY = proxy.url;
    try {
      assert.equal((await http({ method: 'GET', url, timeoutMs })).body.toString(), 'direct');
    } finally {
      if (before === undefined) delete process.env.HTTP_PROXY;
      else process.env.HTTP_PROXY = before;
    }
  });

  it('unpacks gzip', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
    });
    const answer = await http({ method: 'GET', url, timeoutMs });
    assert.equal(answer.body.toString(), '{"a":1}');
    assert.equal(answer.headers['content-encoding'], undefined);
  });

  const packed = gzipSync(JSON.stringify({ text: 'x'.repeat(1000) }));
  for (const [what, bytes, says] of [
    ['ends too early', packed.subarray(0, packed.length - 10), /damaged/],
    ['unpacks to more than the limit', gzipSync(Buffer.alloc(100_000)), /larger than 10000 bytes/],
  ] as const)
    it(`refuses gzip that ${what}`, async () => {
      const { url } = await serve((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
      });
      await fails(http({ method: 'GET', url, timeoutMs, maxBytes: 10_000 }), says);
    });

  describe('line by line', () => {
    const get = (url: string, onLine: (line: string) => void, more: { maxBytes?: number; signal?: AbortSignal } = {}) =>
      http({ method: 'GET', url, timeoutMs, onLine, ...more });

    it('hands on each line of a success as soon as it has come, however it was cut, and leaves no body', async () => {
      const lines: string[] = [];
      let next: () => void = () => {};
      const { url } = await serve(async (request, response) => {
        assert.equal(request.headers['accept-encoding'], 'identity');
        const size = Buffer.from('größe');
        for (const part of ['one\ntw', 'o\n\n', size.subarray(0, 3), size.subarray(3), '\nlast']) {
          const before = lines.length;
          response.write(part);
          // The next part is sent when the line that this one ended has been handed on.
          if (part.includes('\n')) while (lines.length === before) await new Promise<void>((go) => (next = go));
        }
        response.end();
      });
      const { status, body } = await get(url, (line) => {
        lines.push(line);
        next();
      });
      assert.deepEqual([status, body.length], [200, 0]);
      assert.deepEqual(lines, ['one', 'two', 'größe', 'last']);
    });

    it('gives what another status says as the body', async () => {
      const { url } = await serve((_request, response) => response.writeHead(410).end('{"code":\n410}'));
      const { status, body } = await get(url, () => assert.fail('no line'));
      assert.deepEqual([status, JSON.parse(body.toString())], [410, { code: 410 }]);
    });

    it('fails when the answer is cut off, after the lines that came', async () => {
      const { url } = await serve((_request, response) => {
        response.write('one\n', () => response.destroy());
      });
      const lines: string[] = [];
      await fails(
        get(url, (line) => lines.push(line)),
        /connection closed before the answer was complete/,
      );
      assert.deepEqual(lines, ['one']);
    });

    it('fails when one line is larger than allowed, and not when many lines together are', async () => {
      const { url } = await serve((request, response) => response.end(request.url === '/one' ? 'xxxxx' : 'xx\nxx\nxx'));
      const lines: string[] = [];
      await get(`${url}/many`, (line) => lines.push(line), { maxBytes: 4 });
      assert.equal(lines.length, 3);
      await fails(
        get(`${url}/one`, () => {}, { maxBytes: 4 }),
        /larger than 4 bytes/,
      );
      const refusing = await serve((_request, response) => response.writeHead(500).end('xx\nxx\nxx'));
      await fails(
        get(refusing.url, () => {}, { maxBytes: 4 }),
        /larger than 4 bytes/,
      );
    });

    it('hangs up when the caller gives up, before the answer and in the middle of it', async () => {
      for (const headers of [false, true]) {
        const stop = new AbortController();
        let closed = () => {};
        const hungUp = new Promise<void>((resolve) => (closed = resolve));
        const { url } = await serve((_request, response) => {
          response.on('close', closed);
          if (headers) response.write('one\n');
          else stop.abort();
        });
        await fails(
          get(url, () => stop.abort(), { signal: stop.signal }),
          /given up/,
        );
        await hungUp;
      }
      const stop = new AbortController();
      stop.abort();
      const { url } = await serve(() => assert.fail('not asked'));
      await fails(
        get(url, () => {}, { signal: stop.signal }),
        /given up/,
      );
    });
  });

  it('fails when nothing listens, naming the host', async () => {
    const url = await closedPort();
    await fails(
      http({ method: 'GET', url: `${url}/secret-path`, timeoutMs }),
      /^GET 127\.0\.0\.1:\d+: connection refused$/,
    );
  });

  it('fails when the host is unknown', async () => {
    await fails(
      http({ method: 'GET', url: 'http://no-such-host.invalid/', timeoutMs }),
      /^GET no-such-host\.invalid: /,
    );
  });

  it('fails when the address is no http URL', async () => {
    await fails(http({ method: 'GET', url: 'not a url', timeoutMs }), /address is not a URL/);
    await fails(http({ method: 'GET', url: 'file:///etc/passwd', timeoutMs }), /http or https, got file:/);
  });

  it('refuses header values HTTP does not allow, and does not quote them', async () => {
    let calls = 0;
    const { url } = await serve((_request, response) => {
      calls += 1;
      response.end();
    });
    const call = http({ method: 'GET', url, headers: { authorization: 'Bearer geheim\n' }, timeoutMs });
    await fails(call, /header "authorization" holds characters/);
    await call.catch((error: Error) => assert.doesNotMatch(error.message, /geheim/));
    assert.equal(calls, 0);
  });

  it('fails when the server takes the request and says nothing', async () => {
    const { url } = await serveTcp(() => {});
    await fails(http({ method: 'GET', url, timeoutMs: 100 }), /no whole answer within 100 ms/);
  });

  it('fails when the answer trickles beyond the time limit', async () => {
    const { url } = await serveTcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    await fails(http({ method: 'GET', url, timeoutMs: 200 }), /no whole answer within 200 ms/);
  });

  const broken: [what: string, answer: string, end: (socket: Socket) => void, says: RegExp][] = [
    [
      'the connection ends in the middle of a body of known length',
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":',
      (socket) => socket.end(),
      /before the answer was complete/,
    ],
    [
      'the connection ends in the middle of a chunked body',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
      (socket) => socket.end(),
      /before the answer was complete/,
    ],
    [
      'the connection is reset in the middle of the body',
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf',
      (socket) => socket.resetAndDestroy(),
      /before the answer was complete/,
    ],
    ['the answer is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', (socket) => socket.end(), /not HTTP|no answer|complete/],
  ];
  for (const [what, answer, end, says] of broken)
    it(`fails when ${what}`, async () => {
      const { url } = await serveTcp((socket) => {
        socket.once('data', () => socket.write(answer, () => end(socket)));
      });
      await fails(http({ method: 'GET', url, timeoutMs }), says);
    });

  it('fails when the answer is larger than allowed, declared or not', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/declared') response.setHeader('content-length', '5000');
      for (let i = 0; i < 5; i += 1) response.write(Buffer.alloc(1000));
      response.end();
    });
    for (const path of ['/declared', '/chunked'])
      await fails(http({ method: 'GET', url: url + path, timeoutMs, maxBytes: 4_999 }), /larger than 4999 bytes/);
    const answer = await http({ method: 'GET', url: `${url}/chunked`, timeoutMs, maxBytes: 5_000 });
    assert.equal(answer.body.length, 5_000);
  });

  it('believes an answer given before the whole body was sent', async () => {
    const { url } = await serveTcp((socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n');
      });
    });
    const answer = await http({ method: 'POST', url, body: Buffer.alloc(16 * 1024 * 1024), timeoutMs });
    assert.equal(answer.status, 413);
  });

  it('trusts the given CA', async () => {
    const { url } = await keep(tlsServer((_request, response) => response.end('safe')));
    const answer = await http({ method: 'GET', url, ca, timeoutMs });
    assert.equal(answer.body.toString(), 'safe');
  });

  it('trusts no other CA, and not the one of an earlier call', async () => {
    const { url } = await keep(tlsServer((_request, response) => response.end('safe')));
    await http({ method: 'GET', url, ca, timeoutMs });
    await fails(http({ method: 'GET', url, ca: otherCa, timeoutMs }), /certificate is not trusted/);
    await fails(http({ method: 'GET', url, timeoutMs }), /certificate is not trusted/);
  });

  for (const [what, certificate, trusted, says] of [
    ['of another host', 'elsewhere.crt', ca, /certificate is for another host name/],
    ['that is over', 'expired.crt', expired, /certificate has expired/],
  ] as const)
    it(`refuses a certificate ${what}`, async () => {
      const { url } = await keep(tlsServer((_request, response) => response.end('safe'), certificate));
      await fails(http({ method: 'GET', url, ca: trusted, timeoutMs }), says);
    });

  it('fails when TLS is spoken to a server without', async () => {
    const { port } = await serve((_request, response) => response.end());
    await fails(http({ method: 'GET', url: `https://127.0.0.1:${port}`, timeoutMs }), /no TLS connection/);
  });

  it('keeps the connection for the next call', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    for (let i = 0; i < 3; i += 1) await http({ method: 'POST', url, body: '{}', timeoutMs });
    assert.equal(ports.size, 1);
  });

  // The server closes an idle connection at the moment the next request is under way on it.
  it('sends once more when a kept connection was closed under the request', async () => {
    let received = 0;
    const { url } = await serveTcp((socket) => {
      let answers = 0;
      socket.on('data', () => {
        received += 1;
        if (answers++ > 0) return socket.resetAndDestroy();
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok');
      });
    });
    for (let i = 0; i < 3; i += 1) {
      const answer = await http({ method: 'POST', url, headers: { 'content-type': 'a/b' }, body: '{}', timeoutMs });
      assert.equal(answer.body.toString(), 'ok');
    }
    // First: answered. Second: cut, and sent again on a connection that is not kept. Third: on a new one.
    assert.equal(received, 4);
  });

  it('takes a new connection for what does harm when it is done twice, and does not send it again', async () => {
    let received = 0;
    const { url } = await serveTcp((socket) => {
      socket.on('data', () => {
        received += 1;
        if (received > 1) return socket.resetAndDestroy();
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok');
      });
    });
    const post = () =>
      http({ method: 'POST', url, headers: { 'content-type': 'a/b' }, body: '{}', timeoutMs, once: true });
    await post();
    await fails(post(), /before the answer was complete/);
    assert.equal(received, 2);
  });

  it('does not send again when a first connection is closed without an answer', async () => {
    let received = 0;
    const { url } = await serveTcp((socket) => {
      socket.on('data', () => {
        received += 1;
        socket.resetAndDestroy();
      });
    });
    await fails(http({ method: 'POST', url, body: '{}', timeoutMs }), /before the answer was complete/);
    assert.equal(received, 1);
  });

  it('does not send again when a kept connection is closed after a part of the answer', async () => {
    let received = 0;
    const { url } = await serveTcp((socket) => {
      let answers = 0;
      socket.on('data', () => {
        received += 1;
        if (answers++ > 0) socket.write('HTTP/1.1 2', () => socket.resetAndDestroy());
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    await http({ method: 'POST', url, body: '{}', timeoutMs });
    await fails(http({ method: 'POST', url, body: '{}', timeoutMs }), /./);
    assert.equal(received, 2);
  });
});

function head({ method, url, headers }: IncomingMessage): Record<string, unknown> {
  const { 'content-type': type, 'content-length': length, authorization } = headers;
  return { method, url, type, length, authorization };
}

async function buffer(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function text(request: IncomingMessage): Promise<string> {
  return (await buffer(request)).toString();
}
