// What every call has in common: address, token, redirects, and answers that are not the ones asked for.
import assert from 'node:assert/strict';
import { TryAgainError } from '../../../events/errors.ts';
import { clock } from '../../../io/clock.ts';
import { closedPort, httpServer, otherCa, tcpServer, tlsServer } from '../../io/local-server.ts';
import { closeAfterEach, fails as failsTo } from '../../try-again.ts';
import { type Answers, type GiteaServer, giteaAt, giteaServer, json, recorded } from './recorded.ts';

const repo = recorded('gitea', 'repo');

describe('client of the Gitea adapter', () => {
  const keep = closeAfterEach();
  const serve = async (answers: Answers): Promise<GiteaServer> => keep(await giteaServer(answers));

  const fails = (call: Promise<unknown>, ...says: RegExp[]) => failsTo(call, says, ['secret', 'payload']);

  it('sends the token of the moment, or none', async () => {
    const server = await serve({ '': repo });
    const tokens = ['secret-1', undefined, 'secret-2'];
    const forge = giteaAt(server.url, { token: () => tokens.shift() });
    for (let i = 0; i < 3; i++) await forge.repository();
    assert.deepEqual(
      server.asked.map(({ headers }) => headers.authorization),
      ['token secret-1', undefined, 'token secret-2'],
    );
  });

  it('asks below a path prefix, with or without a slash at its end', async () => {
    const server = await serve({ '/git/api/v1/repos/ada/mlops-gitops': repo });
    await giteaAt(`${server.url}/git`).repository();
    await giteaAt(`${server.url}/git/`).repository();
    assert.equal(server.asked.length, 2);
  });

  it('trusts the CA it is given', async () => {
    const secure = keep(await tlsServer((_, response) => response.end('{}')));
    await fails(giteaAt(secure.url, { ca: () => otherCa }).repository(), /not trusted/);
  });

  const statuses: [number, RegExp][] = [
    [401, /GITEA_TOKEN is wrong/],
    [403, /read:repository/],
    [404, /ada\/mlops-gitops has no branch main: it is empty, or GITEA_BRANCH/],
    [409, /empty/],
    [429, /too many requests/],
    [500, /log/],
    [502, /log/],
    [204, /GITEA_URL/],
    [206, /GITEA_URL/],
    [304, /GITEA_URL/],
    [303, /GITEA_URL/],
  ];
  for (const [status, hint] of statuses)
    it(`says where to look after ${status}`, async () => {
      const server = await serve({ '/branches/main': { ...json({ message: 'payload secret' }), status } });
      await fails(
        giteaAt(server.url).head('main'),
        /^GET \/repos\/ada\/[\w-]+\/branches\/main at 127\.0\.0\.1:\d+: /,
        new RegExp(`got ${status}`),
        hint,
      );
    });

  it('tells a repository that is not there, a token that is not set, and another server apart', async () => {
    const missing = { ...json({ errors: null, message: 'payload secret' }), status: 404 };
    const api = await serve({ '': missing });
    await fails(giteaAt(api.url).repository(), /ada\/mlops-gitops is not visible to GITEA_TOKEN/);
    const without = giteaAt(api.url, { token: () => undefined });
    await fails(without.repository(), /not visible without a token, and GITEA_TOKEN is not set/);
    for (const status of [401, 403]) {
      const closed = await serve({ '': { ...missing, status } });
      await fails(giteaAt(closed.url, { token: () => undefined }).repository(), /GITEA_TOKEN is .*not set/);
    }
    // As Gitea's pages answer, and a registry.
    for (const body of ['Not found.\n', '404 page not found', '<html>'])
      for (const call of ['repository', 'head'] as const) {
        const other = await serve({ '': { status: 404, body }, '/branches/main': { status: 404, body } });
        await fails(giteaAt(other.url)[call]('main'), /not of the API of Gitea: look at GITEA_URL/);
      }
  });

  const shapes: [string, { body: string; cut?: boolean }, RegExp][] = [
    [
      'a sign-in page',
      { body: '\n<!DOCTYPE html><html>Sign in</html>' },
      /not JSON: HTML, "Sign in"; the answer is not of the API of Gitea: look at GITEA_URL/,
    ],
    ['text', { body: 'payload' }, /not JSON/],
    ['nothing', { body: '' }, /not JSON/],
    ['JSON that ends early', { body: '{"name":"payl' }, /not JSON/],
    ['a connection that ends early', { body: '{"name":"main"', cut: true }, /closed/],
    ['other JSON', { body: '{"payload":1}' }, /expected .+ at name/],
    ['null', { body: 'null' }, /expected Object at its top/],
    ['a short id', { body: '{"name":"main","commit":{"id":"payload"}}' }, /at commit\.id/],
    ['another branch', { body: `{"name":"payload","commit":{"id":"${'1'.repeat(40)}"}}` }, /another branch/],
  ];
  for (const [name, answer, says] of shapes)
    it(`takes no answer from ${name}`, async () => {
      const server = await serve({ '/branches/main': { status: 200, ...answer } });
      await fails(giteaAt(server.url).head('main'), says);
    });

  it('waits for the whole answer no longer than the limit, which the request carries', async () => {
    // The real limit is not waited for: what matters is that it is handed on with every call.
    const limits: number[] = [];
    const api = async (request: { timeoutMs: number }) => {
      limits.push(request.timeoutMs);
      throw new TryAgainError('GET host: no whole answer within 10000 ms');
    };
    await fails(giteaAt('http://127.0.0.1', {}, { api }).repository(), /no whole answer/);
    assert.deepEqual(limits, [10_000]);
  });

  it('names the call when nobody answers, or not in HTTP', async () => {
    await fails(giteaAt(await closedPort()).head('main'), /branches\/main/, /refused/);
    const broken = keep(await tcpServer((socket) => socket.end('SSH-2.0-x\r\n')));
    await fails(giteaAt(broken.url).head('main'), /branches\/main/, /not HTTP/);
  });

  describe('redirected', () => {
    const renamed = '/api/v1/repos/ada/renamed';

    for (const status of [301, 302, 307, 308])
      it(`follows ${status} to the renamed repository with the token`, async () => {
        const server = await serve({
          '/branches/a%20b': { status, headers: { location: `${renamed}/branches/a%20b` } },
          [`${renamed}/branches/a%20b`]: json({ name: 'a b', commit: { id: '1'.repeat(40) } }),
        });
        assert.equal(await giteaAt(server.url).head('a b'), '1'.repeat(40));
        assert.equal(server.asked[1]!.headers.authorization, 'token secret-token');
      });

    it('follows three times, not a fourth', async () => {
      const hops = (count: number): Answers => ({
        '': { status: 307, headers: { location: '/hop/1' } },
        ...Object.fromEntries(
          Array.from({ length: count - 1 }, (_, i) => [
            `/hop/${i + 1}`,
            { status: 307, headers: { location: `/hop/${i + 2}` } },
          ]),
        ),
        [`/hop/${count}`]: repo,
      });
      await giteaAt((await serve(hops(3))).url).repository();
      const server = await serve(hops(4));
      await fails(giteaAt(server.url).repository(), /more than 3 redirects/);
      assert.equal(server.asked.length, 4);
    });

    it('goes to no other host, port or scheme, so that none gets the token', async () => {
      const reached: unknown[] = [];
      const other = keep(
        await httpServer((request, response) => {
          reached.push(request.headers.authorization);
          response.end(repo.body);
        }),
      );
      const targets = [
        other.url,
        `//127.0.0.1:${other.port}`,
        `http://localhost:${other.port}/`,
        `https://127.0.0.1:${other.port}/`,
      ];
      for (const location of targets) {
        const server = await serve({ '': { status: 302, headers: { location } } });
        await fails(giteaAt(server.url).repository(), /not followed/);
      }
      assert.deepEqual(reached, []);
    });

    it('names a sign-in page it was led to, without what the address tells', async () => {
      const page = { status: 200, body: '<title>Sign in</title>', headers: { 'content-type': 'text/html' } };
      const server = await serve({
        '': { status: 302, headers: { location: '/user/login?redirect_to=secret' } },
        '/user/login?redirect_to=secret': page,
        '/user/login': page,
      });
      await fails(
        giteaAt(server.url).repository(),
        /not JSON: text\/html, "Sign in", after a redirect to http:\/\/127\.0\.0\.1:\d+\/user\/login; the answer is not of the API of Gitea: look at GITEA_URL/,
      );
    });

    it('says to use https where that is all a redirect changes', async () => {
      const answers: Record<string, { status: number; headers: Record<string, string> }> = {};
      const server = await serve(answers);
      answers[''] = { status: 301, headers: { location: `${server.url.replace('http:', 'https:')}/x?y=secret` } };
      await fails(
        giteaAt(server.url).repository(),
        /redirected to https:[^ ?]+\/x, .*GITEA_URL should begin with https:/,
      );
    });

    it('keeps the token when the address holds other credentials', async () => {
      const answers: Record<string, typeof repo> = { [renamed]: repo };
      const server = await serve(answers);
      const location = `${server.url.replace('//', '//eve:other@')}${renamed}`;
      answers[''] = { status: 301, headers: { location } };
      await giteaAt(server.url).repository();
      assert.equal(server.asked[1]!.headers.authorization, 'token secret-token');
    });

    for (const location of [undefined, 'http://['])
      it(`fails on ${location ?? 'no'} Location`, async () => {
        const server = await serve({ '': { status: 302, headers: location ? { location } : {} } });
        await fails(giteaAt(server.url).repository(), /without a usable Location/);
      });
  });

  describe('clock', () => {
    const at = (now: number) => ({ clock: { ...clock, now: () => now } });
    const noon = Date.UTC(2026, 10, 23, 12);
    const dated = { date: 'Mon, 23 Nov 2026 12:00:00 GMT' };

    it('learns from every answer, refusals too', async () => {
      const server = await serve({ '': { ...repo, status: 503, headers: dated } });
      const forge = giteaAt(server.url, {}, at(noon - 60_000));
      assert.equal(forge.clockOffset(), 0);
      await fails(forge.repository(), /503/);
      assert.equal(forge.clockOffset(), 60_000);
    });

    it('learns nothing from a cache', async () => {
      const server = await serve({ '': { ...repo, headers: { ...dated, age: '60' } } });
      const forge = giteaAt(server.url, {}, at(noon + 60_000));
      await forge.repository();
      assert.equal(forge.clockOffset(), 0);
    });
  });
});
