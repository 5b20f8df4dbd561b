// Calls through a real proxy: a tunnel to servers with TLS, absolute addresses to others, and what goes wrong on the way.
import assert from 'node:assert/strict';
import { TryAgainError } from '../../events/errors.ts';
import { createHttp } from '../../io/http.ts';
import type { Http } from '../../io/io.ts';
import { createProxyChoice, type Proxies } from '../../io/proxies.ts';
import { type LocalProxy, localProxy } from './local-proxy.ts';
import { ca, closedPort, httpServer, type LocalServer, otherCa, tcpServer, tlsServer } from './local-server.ts';

const timeoutMs = 30_000;

describe('http through a proxy', () => {
  const servers: LocalServer[] = [];
  const keep = async <T extends LocalServer>(server: Promise<T>): Promise<T> => {
    servers.push(await server);
    return server;
  };
  let proxy: LocalProxy;
  beforeEach(async () => {
    proxy = await keep(localProxy());
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  const through = (proxies: Proxies): Http => createHttp(createProxyChoice(proxies));
  const withPassword = () => proxy.url.replace('//', '//ada:p%40ss%20word@');
  const credentials = Buffer.from('ada:p@ss word').toString('base64');
  async function failure(call: Promise<unknown>): Promise<string> {
    const error = await call.then(
      () => assert.fail('expected a failure'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof TryAgainError, String(error));
    for (const text of ['p%40ss', 'p@ss', credentials, 'ada']) assert.ok(!error.message.includes(text), error.message);
    return error.message;
  }
  /** What reached the server behind the proxy. */
  const echo = (request: { url?: string; headers: object }) => JSON.stringify({ url: request.url, ...request.headers });

  it('reaches a server with a CA of its own, by a tunnel that is kept, with the credentials of the proxy', async () => {
    const target = await keep(tlsServer((request, response) => response.end(echo(request))));
    const http = through({ https: withPassword() });
    const ask = () =>
      http({
        method: 'POST',
        url: `https://localhost:${target.port}/a?b=c`,
        headers: { authorization: 'token t' },
        body: 'x',
        ca,
        timeoutMs,
      });
    for (let i = 0; i < 3; i++) {
      const seen = JSON.parse((await ask()).body.toString()) as Record<string, string>;
      assert.deepEqual([seen.url, seen.authorization, seen.host], ['/a?b=c', 'token t', `localhost:${target.port}`]);
      assert.equal(seen['proxy-authorization'], undefined);
    }
    assert.deepEqual(proxy.asked, [`CONNECT localhost:${target.port} Basic ${credentials}`]);
  });

  it('reaches a server without TLS, by its absolute address, once more on the same connection', async () => {
    const target = await keep(httpServer((request, response) => response.end(echo(request))));
    const http = through({ http: withPassword() });
    const url = `http://registry.test:${target.port}/a?b=c`;
    for (let i = 0; i < 2; i++) {
      const seen = JSON.parse((await http({ method: 'PATCH', url, body: '{}', timeoutMs })).body.toString());
      assert.deepEqual([seen.url, seen.host], ['/a?b=c', `registry.test:${target.port}`]);
    }
    assert.deepEqual(proxy.asked, Array(2).fill(`PATCH ${url} Basic ${credentials}`));
  });

  it('asks directly what NO_PROXY names, and what is of another scheme', async () => {
    const target = await keep(httpServer((_request, response) => response.end('direct')));
    for (const proxies of [{ http: proxy.url, no: '127.0.0.0/8' }, { https: proxy.url }])
      assert.equal((await through(proxies)({ method: 'GET', url: target.url, timeoutMs })).body.toString(), 'direct');
    assert.deepEqual(proxy.asked, []);
  });

  it('trusts no other certificate because of the proxy', async () => {
    const target = await keep(tlsServer((_request, response) => response.end()));
    const http = through({ https: proxy.url });
    const ask = (certificates?: string, host = 'localhost') =>
      failure(
        http({
          method: 'GET',
          url: `https://${host}:${target.port}/`,
          timeoutMs,
          ...(certificates ? { ca: certificates } : {}),
        }),
      );
    await http({ method: 'GET', url: `https://localhost:${target.port}/`, ca, timeoutMs });
    for (const certificates of [undefined, otherCa])
      assert.match(await ask(certificates), /certificate is not trusted .*\(through the proxy 127\.0\.0\.1:\d+\)$/);
    assert.match(await ask(ca, 'git.test'), /certificate is for another host name \(through the proxy/);
  });

  for (const scheme of ['https', 'http'] as const) {
    const setting = scheme === 'https' ? /look at HTTPS_PROXY and NO_PROXY/ : /look at HTTP_PROXY and NO_PROXY/;
    const ask = (url: string, timeoutMs = 30_000) =>
      failure(
        through({ [scheme]: url })({
          method: 'GET',
          url: `${scheme}://git.test:9/`,
          headers: { authorization: 'token t' },
          timeoutMs,
        }),
      );

    it(`names the proxy that is not there, and not the server (${scheme})`, async () => {
      const url = await closedPort();
      const message = await ask(url.replace('//', '//ada:p%40ss@'));
      assert.ok(message.startsWith(`GET git.test:9: the proxy ${new URL(url).host}: connection refused`), message);
      assert.match(message, setting);
    });

    it(`names the proxy that wants to know who asks (${scheme})`, async () => {
      proxy.refuse = 407;
      const message = await ask(withPassword());
      assert.match(message, /the proxy 127\.0\.0\.1:\d+: it answered 407: it asks for another user name and password/);
      assert.match(message, setting);
    });

    it(`names the proxy that says nothing (${scheme})`, async () => {
      let gone = () => {};
      const closed = new Promise<void>((resolve) => {
        gone = resolve;
      });
      const silent = await keep(tcpServer((socket) => void socket.resume().on('close', gone)));
      assert.match(await ask(silent.url, 100), /the proxy 127\.0\.0\.1:\d+: no whole answer within 100 ms/);
      // The connection does not stay behind.
      await closed;
    });

    it(`names the proxy that is none (${scheme})`, async () => {
      const other = await keep(tcpServer((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n'))));
      assert.match(await ask(other.url), /the proxy 127\.0\.0\.1:\d+: /);
    });
  }

  for (const [status, why] of [
    [502, 'it cannot reach that server'],
    [403, 'it does not let us through to that server'],
  ] as const)
    it(`says what became of a tunnel that is answered ${status}, and sends nothing into it`, async () => {
      proxy.refuse = status;
      const http = through({ https: proxy.url });
      for (let i = 0; i < 2; i++) {
        const message = await failure(http({ method: 'POST', url: 'https://git.test/', body: 'x', timeoutMs }));
        assert.match(
          message,
          new RegExp(`the proxy 127.0.0.1:\\d+: it answered ${status}: ${why}; look at HTTPS_PROXY`),
        );
      }
      assert.equal(proxy.asked.length, 2);
    });

  it('gives back what a proxy answers in place of a server without TLS: its caller tells it from an answer', async () => {
    proxy.refuse = 503;
    const answer = await through({ http: proxy.url })({ method: 'GET', url: 'http://git.test/', timeoutMs });
    assert.deepEqual([answer.status, answer.body.toString()], [503, 'the proxy says no']);
  });
});
