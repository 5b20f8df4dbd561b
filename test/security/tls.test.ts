// Tokens go out over TLS to servers whose certificate the settings say to trust, and to no other: with real processes, and
// servers that write down what reaches them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { buildFunctions, freePort, startFunction } from '../../local/processes.ts';
import { httpServer, type LocalServer, tlsServer } from '../io/local-server.ts';

const ca = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const token = 'a-token-that-must-not-leak';

/** What each function needs of its server, and the event that makes it ask. */
const callers = {
  parse: {
    settings: (url: string, file?: string) => ({
      GITEA_URL: url,
      GITEA_REPOSITORY: 'ada/fleet',
      GITEA_TOKEN: token,
      ...(file ? { GITEA_CA_FILE: file } : {}),
    }),
    type: 'dev.knative.sources.ping',
    data: '{}',
  },
  'registry-writer': {
    settings: (url: string, file?: string) => ({
      MODEL_REGISTRY_URL: url,
      MODEL_REGISTRY_TOKEN: token,
      ...(file ? { MODEL_REGISTRY_CA_FILE: file } : {}),
    }),
    type: 'dev.mlops.model.withdrawn.v1',
    data: JSON.stringify({
      environment: 'prod',
      model: 'm',
      cause: 'push',
      repository: 'https://git.test/a/b',
      branch: 'main',
      head: 'a'.repeat(40),
      observedAt: '2026-11-02T09:30:00.000Z',
      complete: true,
      serving: [],
    }),
  },
} as const;

describe('tokens and TLS', () => {
  let built: Awaited<ReturnType<typeof buildFunctions>>;
  let heard: string[] = [];
  let servers: LocalServer[] = [];
  before(async () => {
    built = await buildFunctions();
  });
  after(() => built.remove());
  beforeEach(() => {
    heard = [];
    servers = [];
  });
  afterEach(() => Promise.all(servers.map((server) => server.close())));

  const open = async (server: Promise<LocalServer>) => {
    servers.push(await server);
    return servers.at(-1)!;
  };
  const listening = (certificate: string) =>
    open(
      tlsServer((request, response) => {
        heard.push(String(request.headers.authorization));
        response.writeHead(500).end();
      }, certificate),
    );

  /** The answer to one event, of a process that has these settings. */
  async function answerOf(name: keyof typeof callers, url: string, file?: string) {
    const { settings, type, data } = callers[name];
    const started = await startFunction(name, built.folder, await freePort(), settings(url, file));
    try {
      const headers = {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': randomUUID(),
        'ce-source': '/x',
        'ce-type': type,
      };
      const answer = await fetch(started.url, { method: 'POST', headers, body: data });
      return { status: answer.status, text: await answer.text() };
    } finally {
      await started.stop();
    }
  }

  for (const name of Object.keys(callers) as (keyof typeof callers)[]) {
    it(`${name} sends its token to a server with the right CA`, async () => {
      const { url } = await listening('server.crt');
      const { status, text } = await answerOf(name, url, ca('ca.crt'));
      assert.equal(status, 503);
      assert.match(text, /500/);
      assert.ok(heard.length > 0 && heard.every((one) => one.includes(token)));
    });

    for (const [what, certificate, file] of [
      ['without a CA of its own', 'server.crt', undefined],
      ['with another CA', 'server.crt', ca('other-ca.crt')],
      ['with a certificate of another host', 'elsewhere.crt', ca('ca.crt')],
    ] as const) {
      it(`${name} sends nothing to a server ${what}`, async () => {
        const { url } = await listening(certificate);
        const { status, text } = await answerOf(name, url, file);
        assert.equal(status, 503);
        assert.match(text, /certificate/);
        assert.deepEqual(heard, []);
        assert.ok(!text.includes(token));
      });
    }

    it(`${name} follows no redirect to another host, nor from TLS to plain HTTP`, async () => {
      const plain = await open(
        httpServer((request, response) => {
          heard.push(String(request.headers.authorization));
          response.writeHead(200).end('{}');
        }),
      );
      const { url } = await open(
        tlsServer((request, response) => response.writeHead(307, { location: `${plain.url}${request.url}` }).end()),
      );
      const { status, text } = await answerOf(name, url, ca('ca.crt'));
      assert.equal(status, 503);
      assert.match(text, /307|redirect/);
      assert.deepEqual(heard, []);
    });
  }

  it('a token over plain HTTP to another network is refused at the start', async () => {
    for (const name of Object.keys(callers) as (keyof typeof callers)[]) {
      const starting = startFunction(
        name,
        built.folder,
        await freePort(),
        callers[name].settings('http://git.example.test'),
      );
      await assert.rejects(starting, /https|ALLOW_HTTP/);
    }
  });
});
