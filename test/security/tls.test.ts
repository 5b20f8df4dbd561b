// Tokens go out over TLS to servers whose certificate the settings say to trust, and to no other: with real processes, and
// servers that write down what reaches them.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { buildFunctions, freePort, startFunction } from '../../local/processes.ts';
import { httpServer, tlsServer } from '../io/local-server.ts';
import { ask, type Caller, callerNames, callers, token } from '../processes/callers.ts';
import { closeAfterEach } from '../try-again.ts';

const ca = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
describe('tokens and TLS', () => {
  let built: Awaited<ReturnType<typeof buildFunctions>>;
  let heard: string[] = [];
  const keep = closeAfterEach();
  before(async () => {
    built = await buildFunctions();
  });
  after(() => built.remove());
  beforeEach(() => {
    heard = [];
  });

  const listening = async (certificate: string) =>
    keep(
      await tlsServer((request, response) => {
        heard.push(String(request.headers.authorization));
        response.writeHead(500).end();
      }, certificate),
    );

  /** The answer to one event, of a process that has these settings. */
  async function answerOf(name: Caller, url: string, file?: string) {
    const { settings, caSetting } = callers[name];
    const all = { ...settings(url), ...(file && { [caSetting]: file }) };
    const started = await startFunction(name, built.folder, await freePort(), all);
    try {
      return await ask(name, started.url);
    } finally {
      await started.stop();
    }
  }

  for (const name of callerNames) {
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
      const plain = keep(
        await httpServer((request, response) => {
          heard.push(String(request.headers.authorization));
          response.writeHead(200).end('{}');
        }),
      );
      const { url } = keep(
        await tlsServer((request, response) =>
          response.writeHead(307, { location: `${plain.url}${request.url}` }).end(),
        ),
      );
      const { status, text } = await answerOf(name, url, ca('ca.crt'));
      assert.equal(status, 503);
      assert.match(text, /307|redirect/);
      assert.deepEqual(heard, []);
    });
  }

  it('a token over plain HTTP to another network is refused at the start', async () => {
    for (const name of callerNames) {
      const settings = callers[name].settings('http://git.example.test');
      await assert.rejects(startFunction(name, built.folder, await freePort(), settings), /https|ALLOW_HTTP/);
    }
  });
});
