// The networks people have, through the doors they use: brokers with a CA and tokens of their own, proxies, and what answers in
// place of a server. Real processes, real TLS, a real proxy.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFunctions, type FunctionProcess, freePort, type LogLine, startFunction } from '../../local/processes.ts';
import { type LocalProxy, localProxy } from '../io/local-proxy.ts';
import { ca, expired, httpServer, type LocalServer, otherCa, tlsServer } from '../io/local-server.ts';
import { ask as answerOf, type Caller, callerNames, callers, token } from './callers.ts';

const caFile = fileURLToPath(new URL('../fixtures/tls/ca.crt', import.meta.url));
const password = 'pr0xy-p4ssword';

describe('on the network people have', () => {
  let built: Awaited<ReturnType<typeof buildFunctions>>;
  let folder: string;
  const closing: (() => Promise<unknown>)[] = [];
  before(async () => {
    built = await buildFunctions();
    folder = await mkdtemp(path.join(tmpdir(), 'network-'));
  });
  after(() => Promise.all([built.remove(), rm(folder, { recursive: true, force: true })]));
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const keep = async <T extends { close(): Promise<unknown> }>(opened: Promise<T>): Promise<T> => {
    const one = await opened;
    closing.push(() => one.close());
    return one;
  };

  interface Started extends FunctionProcess {
    lines: LogLine[];
    /** The first line that fits, also one that was logged already. */
    line(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  }
  async function begin(name: string, settings: Record<string, string>): Promise<Started> {
    const started = await startFunction(name, built.folder, await freePort(), settings);
    closing.push(() => started.stop());
    const lines: LogLine[] = [];
    started.events.on('line', (line) => lines.push(line));
    const isLine = (line: LogLine): line is Record<string, unknown> => typeof line === 'object';
    return Object.assign(started, {
      lines,
      async line(fits: (line: Record<string, unknown>) => boolean) {
        for (;;) {
          const found = lines.filter(isLine).find(fits);
          if (found) return found;
          await once(started.events, 'line');
        }
      },
    });
  }

  describe('a broker with TLS', () => {
    const secret = 'webhook-secret-of-tests';
    const webhook = async ({ url }: FunctionProcess) => {
      const body = JSON.stringify({
        ref: 'refs/heads/main',
        before: '1'.repeat(40),
        after: '2'.repeat(40),
        repository: { full_name: 'ada/fleet', html_url: 'https://git.test/ada/fleet' },
      });
      const headers = {
        'content-type': 'application/json',
        'x-gitea-event': 'push',
        'x-gitea-delivery': randomUUID(),
        'x-gitea-signature': createHmac('sha256', secret).update(body).digest('hex'),
      };
      const answer = await fetch(url, { method: 'POST', headers, body });
      return { status: answer.status, text: await answer.text() };
    };
    const source = (sink: string, more: Record<string, string> = {}) =>
      begin('gitea-source', { GITEA_WEBHOOK_SECRET: secret, K_SINK: sink, ...more });
    /** Answers what the test says, and keeps the tokens that came. */
    async function broker(answer: (request: IncomingMessage, response: ServerResponse) => void) {
      const heard: (string | undefined)[] = [];
      const server = await keep(
        tlsServer((request, response) => {
          heard.push(request.headers.authorization);
          request.resume().on('end', () => answer(request, response));
        }),
      );
      return { ...server, heard };
    }

    it('of a private CA gets events with the token of the moment, and never through a proxy', async () => {
      let good = 'Bearer first';
      const { url, heard } = await broker(({ headers }, response) =>
        response.writeHead(headers.authorization === good ? 202 : 401).end(),
      );
      const proxy = await keep(localProxy());
      const file = path.join(folder, 'oidc');
      await writeFile(file, 'first\n');
      const proxies = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
      const started = await source(url, { K_CA_CERTS: ca, SINK_TOKEN_FILE: file, ...proxies });
      assert.deepEqual(await webhook(started), { status: 202, text: '' });
      await writeFile(file, 'second\n');
      good = 'Bearer second';
      assert.deepEqual(await webhook(started), { status: 202, text: '' });
      assert.equal(heard.at(-1), good);
      assert.deepEqual(proxy.asked, []);

      good = 'Bearer third';
      const refused = await webhook(started);
      assert.equal(refused.status, 502);
      assert.match(refused.text, /answered 401: it refused the token of SINK_TOKEN_FILE/);
      const line = await started.line(({ outcome }) => outcome === 'refused');
      assert.match(String(line.reason), /it refused the token of SINK_TOKEN_FILE/);
      for (const text of [refused.text, JSON.stringify(started.lines)]) assert.ok(!/second|Bearer/.test(text), text);
    });

    it('whose certificate is refused is named at once, in the answer and in the first line, and tried again', async () => {
      const taken: RequestListener = (_request, response) => void response.writeHead(202).end();
      const { url, heard } = await broker(taken);
      const elsewhere = await keep(tlsServer(taken, 'elsewhere.crt'));
      const over = await keep(tlsServer(taken, 'expired.crt'));
      for (const [sink, settings, says] of [
        [url, {}, /its TLS certificate is not trusted/],
        [url, { K_CA_CERTS: otherCa }, /its TLS certificate is not trusted/],
        [elsewhere.url, { K_CA_CERTS: ca }, /its TLS certificate is for another host name/],
        [over.url, { K_CA_CERTS: expired }, /its TLS certificate has expired/],
      ] as const) {
        const started = await source(sink, settings);
        const { status, text } = await webhook(started);
        assert.equal(status, 503);
        assert.match(text, says);
        const line = await started.line(({ message }) => message === 'event');
        assert.match(String(line.reason), says);
        assert.equal(line.level, 'error');
      }
      assert.deepEqual(heard, []);
    });

    it('that wants a token, or hides behind a mesh, is told apart', async () => {
      let answer = (response: ServerResponse) => void response.writeHead(401).end();
      const { url } = await broker((_request, response) => answer(response));
      const started = await source(url, { K_CA_CERTS: ca });
      assert.match((await webhook(started)).text, /it wants a token \(OIDC\) and there is none at SINK_TOKEN_FILE/);
      answer = (response) => void response.writeHead(403, { 'content-type': 'text/plain' }).end('RBAC: access denied');
      const { status, text } = await webhook(started);
      assert.equal(status, 502);
      assert.match(text, /RBAC: access denied.*not the broker's own answer/);
      assert.doesNotMatch(text, /token|EventPolicy/i);
    });
  });

  /** What a function answers to an event that makes it ask its server. */
  async function ask(name: Caller, { url }: FunctionProcess): Promise<string> {
    const { status, text } = await answerOf(name, url);
    assert.equal(status, 503, text);
    assert.ok(Buffer.byteLength(text) < 500);
    assert.ok(!text.includes(token), text);
    return text;
  }

  for (const name of callerNames)
    describe(name, () => {
      const { settings, caSetting } = callers[name];
      const setting = name === 'parse' ? 'GITEA_URL' : 'MODEL_REGISTRY_URL';
      /** A server that says nothing of use, and who asked it. */
      async function target(answer: RequestListener = (_request, response) => void response.writeHead(500).end()) {
        const heard: (string | undefined)[] = [];
        const server: LocalServer = await keep(
          tlsServer((request, response) => {
            heard.push(request.headers.authorization);
            answer(request, response);
          }),
        );
        return { heard, url: server.url.replace('127.0.0.1', 'localhost') };
      }
      const withPassword = ({ url }: LocalProxy) => url.replace('//', `//ada:${password}@`);

      it('asks through the proxy, in a tunnel, with the CA of the server, and tells no password', async () => {
        const proxy = await keep(localProxy());
        const { url, heard } = await target();
        const started = await begin(name, {
          ...settings(url),
          [caSetting]: caFile,
          https_proxy: withPassword(proxy),
          NO_PROXY: '10.0.0.0/8,.svc',
          DEBUG: '*',
        });
        assert.match(await ask(name, started), /500/);
        assert.ok(heard.length > 0 && heard.every((one) => one?.includes(token)));
        assert.deepEqual(proxy.asked, [
          `CONNECT ${new URL(url).host} Basic ${Buffer.from(`ada:${password}`).toString('base64')}`,
        ]);
        proxy.refuse = 407;
        proxy.asked.length = 0;
        await started.stop();
        const again = await begin(name, { ...settings(url), HTTPS_PROXY: withPassword(proxy), DEBUG: '*' });
        assert.match(await ask(name, again), /the proxy 127\.0\.0\.1:\d+: it answered 407/);
        assert.ok(proxy.asked.length > 0);
        const all = JSON.stringify([...started.lines, ...again.lines]);
        assert.ok(all.includes('https-proxy-agent'), 'its debug output is there');
        for (const text of [password, Buffer.from(`ada:${password}`).toString('base64'), token])
          assert.ok(!all.includes(text));
      });

      it('asks directly where NO_PROXY says so', async () => {
        const proxy = await keep(localProxy());
        const { url, heard } = await target();
        const proxies = { HTTPS_PROXY: withPassword(proxy), no_proxy: 'other.test,localhost:1,LOCALHOST' };
        assert.match(await ask(name, await begin(name, { ...settings(url), [caSetting]: caFile, ...proxies })), /500/);
        assert.ok(heard.length > 0);
        assert.deepEqual(proxy.asked, []);
      });

      it('takes up another CA from its file, and keeps it when the file goes bad', async () => {
        const { url, heard } = await target();
        const file = path.join(folder, `${name}-ca.crt`);
        await writeFile(file, otherCa);
        const started = await begin(name, { ...settings(url), [caSetting]: file });
        assert.match(await ask(name, started), /certificate is not trusted/);
        assert.deepEqual(heard, []);
        await writeFile(file, await readFile(caFile));
        // What was read is believed for a second.
        while (heard.length === 0) await ask(name, started);
        await writeFile(file, 'half a certif');
        const kept = started.line(({ message }) => message === 'a setting keeps its last good value');
        let line: Record<string, unknown> | undefined;
        void kept.then((found) => {
          line = found;
        });
        while (line === undefined) assert.match(await ask(name, started), /500/);
        assert.equal(line.setting, caSetting);
        assert.match(String(line.reason), /expected .*-ca\.crt with PEM certificates/);
        // Who is no longer trusted is no longer asked, over no connection that was kept.
        await writeFile(file, otherCa);
        while (!/certificate is not trusted/.test(await ask(name, started)));
        const before = heard.length;
        assert.match(await ask(name, started), /certificate is not trusted/);
        assert.equal(heard.length, before);
      });

      it('says what came in place of an answer, and blames no token that nobody saw', async () => {
        let answer: RequestListener = () => {};
        const plain = await keep(httpServer((request, response) => answer(request, response)));
        const started = await begin(name, settings(plain.url));
        const html = { 'content-type': 'text/html' };
        const rows: [string, number, Record<string, string>, string, RegExp][] = [
          [
            'a mesh',
            403,
            { 'content-type': 'text/plain' },
            'RBAC: access denied',
            /403, text\/plain, \\"RBAC: access denied\\"/,
          ],
          [
            'a login',
            302,
            { location: 'https://sso.test/login?rd=abc&state=s3cret' },
            '',
            /https:\/\/sso\.test\/login\b(?!\?)/,
          ],
          ['TLS', 301, { location: plain.url.replace('http:', 'https:') }, '', /https:\/\/127\.0\.0\.1:\d+/],
          ['a captive page', 200, html, '<html><title>Hotel Wi-Fi</title>', /text\/html, \\"Hotel Wi-Fi\\"/],
          ['an echo', 403, html, `<p>${token} \u001b[31m denied`, /\(hidden\) \[31m denied/],
          [
            'a login of a proxy',
            401,
            { 'www-authenticate': 'Basic realm=x', ...html },
            'Log in',
            /401, text\/html, \\"Log in\\"/,
          ],
          ['too many headers', 200, { 'x-a': 'a'.repeat(17_000) }, '{}', /more than 16 kB of headers/],
        ];
        for (const [what, status, headers, body, says] of rows) {
          answer = (_request, response) => void response.writeHead(status, headers).end(body);
          const text = await ask(name, started);
          assert.match(text, says, what);
          assert.doesNotMatch(text, /GITEA_TOKEN|MODEL_REGISTRY_TOKEN|s3cret|rd=/, what);
          // In JSON.
          assert.ok(!text.includes('\\u001b'), what);
          assert.match(text, what === 'too many headers' ? /in front of the server/ : new RegExp(setting), what);
        }
      });
    });
});
