// Who may ask the console for something: its own page, and no other that is open in the same browser.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { Browser } from 'playwright-core';
import { refusalOf } from '../../console/guard.ts';
import { startConsole } from '../../local/console/index.ts';
import { type System, startSystem } from '../../local/system.ts';
import { tool } from '../tool.ts';
import { openBrowser } from './opened.ts';

describe('guard of the console', () => {
  const port = 8070;
  const host = `127.0.0.1:${port}`;
  const origin = `http://${host}`;
  const own = { host, origin, 'content-type': 'application/json', 'x-console-token': 'known' };
  const ask = (method: string, headers: Record<string, string>, url = '/act/merge') =>
    refusalOf({ method, headers, url }, 'known')?.status;

  const cases: [string, number | undefined, string, Record<string, string>, string?][] = [
    ['its own page', undefined, 'POST', own],
    [
      'its own page under the name localhost',
      undefined,
      'POST',
      { ...own, host: `localhost:${port}`, origin: `http://localhost:${port}` },
    ],
    ['a visit', undefined, 'GET', { host }, '/'],
    [
      'a visit by a link on another page',
      undefined,
      'GET',
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      '/',
    ],
    [
      'a script or picture of another page',
      403,
      'GET',
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      '/',
    ],
    [
      'a frame of another page',
      403,
      'GET',
      { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      '/happening/1',
    ],
    [
      'its own page at a port that leads here',
      undefined,
      'POST',
      { ...own, host: '[::1]:1', origin: 'http://[::1]:1' },
    ],
    ['the origin of another page', 403, 'POST', { ...own, origin: 'http://evil.test' }],
    ['the origin of another port', 403, 'POST', { ...own, origin: 'http://127.0.0.1:3000' }],
    ['an opaque origin', 403, 'POST', { ...own, origin: 'null' }],
    ['no origin', 403, 'POST', { host, 'content-type': 'application/json', 'x-console-token': 'known' }],
    ['another origin that only reads', 403, 'GET', { host, origin: 'http://evil.test' }, '/live'],
    ['no token', 403, 'POST', { host, origin, 'content-type': 'application/json' }],
    ['a wrong token', 403, 'POST', { ...own, 'x-console-token': 'guessd' }],
    ['a longer token', 403, 'POST', { ...own, 'x-console-token': 'known!' }],
    ['a form', 415, 'POST', { ...own, 'content-type': 'text/plain' }],
    ['another method', 405, 'PUT', own],
  ];
  for (const [what, status, method, headers, url] of cases) {
    it(`${status === undefined ? 'lets in' : `answers ${status} to`} ${what}`, () => {
      assert.equal(ask(method, headers, url), status);
    });
  }
});

describe('console as a server', () => {
  let system: System;
  let served: Awaited<ReturnType<typeof startConsole>>;
  before(async () => {
    system = await startSystem();
    served = await startConsole(system);
  });
  after(async () => {
    await served?.close();
    await system?.close();
  });

  const status = async (path: string, init?: RequestInit) => (await fetch(new URL(path, served.url), init)).status;

  it('listens on this machine only', () => {
    assert.match(served.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it('serves the files of the page and nothing beside them', async () => {
    for (const path of ['/', '/main.js', '/style.css', '/icon.svg']) assert.equal(await status(path), 200, path);
    for (const path of ['/..%2findex.ts', '/page/main.js', '/server.ts', '/main.js?x', '/happening/x', '/act/merge'])
      assert.equal(await status(path), 404, path);
    // fetch would tidy the path; a socket does not.
    const raw = await new Promise<number>((resolve, reject) => {
      const { port } = new URL(served.url);
      request({ port, host: '127.0.0.1', path: '/../index.ts', headers: { host: `127.0.0.1:${port}` } }, (answer) =>
        resolve(answer.resume().statusCode!),
      )
        .on('error', reject)
        .end();
    });
    assert.equal(raw, 404);
  });

  it('forbids its page to run or load anything of others', async () => {
    const { headers } = await fetch(served.url);
    const policy = headers.get('content-security-policy')!;
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
  });

  it('does nothing for whoever has no token, and says so', async () => {
    const headers = { 'content-type': 'application/json', origin: served.url.slice(0, -1) };
    assert.equal(await status('/act/kill', { method: 'POST', headers, body: '{"function":"parse"}' }), 403);
    assert.equal(
      system.functions.every(({ process }) => process!.state === 'running'),
      true,
    );
  });

  it('refuses bodies that are too large, no JSON, or ask for what there is not', async () => {
    const headers = {
      'content-type': 'application/json',
      origin: served.url.slice(0, -1),
      'x-console-token': await token(),
    };
    const post = (name: string, body: string) => status(`/act/${name}`, { method: 'POST', headers, body });
    assert.equal(await post('reconcile', '{}'), 200);
    assert.equal(await post('reconcile', 'x'), 409);
    assert.equal(await post('reconcile', '[]'), 409);
    assert.equal(await post('edit', JSON.stringify({ path: 'a', text: 'x'.repeat(300_000) })), 409);
    assert.equal(await post('toString', '{}'), 404);
    assert.equal(await post('constructor', '{}'), 404);
    assert.equal(await post('merge', '{"number":"1; drop","style":"merge"}'), 409);
    assert.equal(await post('merge', '{"number":1,"style":"manually-merged"}'), 409);
    assert.equal(await post('down', '{"server":"constructor","down":true}'), 409);
    assert.equal(await post('kill', '{"function":"nobody"}'), 409);
    assert.equal(await post('edit', '{"path":"../../user","text":"x"}'), 409);
  });

  async function token(): Promise<string> {
    const answer = await fetch(new URL('/live', served.url));
    let text = '';
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString();
      const found = /"pass":"([0-9a-f]+)"/.exec(text)?.[1];
      if (found) return found;
    }
    throw new Error('no token');
  }
});

describe('another page in the same browser', () => {
  let browser: Browser;
  before(async function () {
    browser = await openBrowser(tool(this, 'CHROMIUM'));
  });
  after(() => browser?.close());

  it('can neither read the console nor make it do anything', async () => {
    const system = await startSystem();
    const served = await startConsole(system);
    try {
      const page = await browser.newPage();
      // A page of another origin on this machine: what the model registry answers is one.
      await page.goto(`${system.registry.api}/registered_models`);
      const tries = await page.evaluate(
        `(async (url) => {
          const outcome = async (work) => { try { return String(await work()); } catch { return 'refused'; } };
          return {
            read: await outcome(async () => (await fetch(url + 'live')).status),
            simple: await outcome(async () => (await fetch(url + 'act/kill', { method: 'POST', body: '{"function":"parse"}' })).status),
            blind: await outcome(async () => (await fetch(url + 'act/kill', { method: 'POST', mode: 'no-cors', body: '{"function":"parse"}' })).type),
            stream: await new Promise((resolve) => { const s = new EventSource(url + 'live'); s.onmessage = s.onopen = () => resolve('open'); s.onerror = () => resolve('refused'); }),
            script: await new Promise((resolve) => { const s = document.createElement('script'); s.src = url + 'main.js'; s.onload = () => resolve('loaded'); s.onerror = () => resolve('refused'); document.documentElement.append(s); }),
          };
        })(${JSON.stringify(served.url)})`,
      );
      assert.deepEqual(tries, {
        read: 'refused',
        simple: 'refused',
        blind: 'refused',
        stream: 'refused',
        script: 'refused',
      });
      assert.equal(
        system.functions.every(({ process }) => process!.state === 'running'),
        true,
      );
    } finally {
      await served.close();
      await system.close();
    }
  });
});
