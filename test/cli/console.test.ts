// The page of a real installation, as a browser gets it: the command as a process, beside a Gitea and a registry that stand in.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Period } from '../../cli/history/git-history.ts';
import type { Deployed } from '../../console/overview.ts';
import { type ContextStatus, missingStatuses, type StatusEntry } from '../../promotions/commit-status.ts';
import { createPages, isRead, jsonOf } from './opened-page.ts';
import { type CliWorld, config, createCliWorld, ended, pathOf } from './world.ts';

const token = 'a-token-of-twenty-letters';

describe('post-deployment console', () => {
  let world: CliWorld;
  const { serve, open, close } = createPages(() => world);

  beforeEach(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.0.0') });
    world.registry.addModel({ name: 'jukebox', versions: [{ name: '1.0.0' }, { name: '1.1.0' }] });
  });
  afterEach(async () => {
    await close();
    await world.close();
  });

  function promote(version: string, environment = 'prod'): { number: number; merge: string } {
    const branch = `promote-${version}`;
    world.repository.createBranch(branch);
    const files = { [pathOf('jukebox', environment)]: config('jukebox', version) };
    world.repository.commit({ branch, files, message: `Promote ${version}` });
    const { number } = world.repository.openPullRequest({ title: `Promote ${version}`, head: branch });
    world.repository.mergePullRequest(number, { style: 'merge' });
    return { number, merge: world.repository.head()! };
  }

  /** As commit-status does. */
  async function say(commit: string, context: string, entries: readonly StatusEntry[]): Promise<void> {
    const known: ContextStatus[] = [];
    for (const status of entries.flatMap((entry) => {
      const missing = missingStatuses(known, entry);
      known.push(...missing);
      return missing;
    })) {
      const answer = await fetch(`${world.gitea.url}/api/v1/repos/ada/mlops-gitops/statuses/${commit}`, {
        method: 'POST',
        headers: { authorization: `token ${world.gitea.token('ada')}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...status, context }),
      });
      assert.equal(answer.status, 201);
    }
  }

  const reconcile = async () => assert.equal((await world.run(['reconcile', '--yes'])).code, 0);
  const at = (minute: number) => `2026-11-02T09:${String(minute).padStart(2, '0')}:00.000Z`;
  const lost: StatusEntry = {
    about: 'jukebox',
    state: 'failure',
    observedAt: at(1),
    text: 'jukebox: the registry was not updated: registry-writer could not be reached.',
  };
  const done: StatusEntry = {
    about: 'jukebox',
    state: 'success',
    observedAt: at(30),
    text: 'jukebox: the registry labels 1.1.0 with prod, no longer 1.0.0.',
  };

  /** Calls that were made since, as methods; and that there were any. */
  function methods(): Set<string> {
    const all = [...world.gitea.accessLog, ...world.registry.calls].map(({ method }) => method);
    assert.ok(all.length > 0);
    return new Set(all);
  }

  it('shows the rows of post-deployment status, what happened, and each row’s history, and only reads', async () => {
    await reconcile();
    const { number, merge } = promote('1.1.0');
    const beside = world.run(['status', '--json']);
    const { json } = await beside;
    (world.gitea.accessLog as unknown[]).length = 0;
    world.registry.calls.length = 0;
    const url = await serve();
    const page = await open(url);
    assert.deepEqual(page.hello.gitea, { url: world.gitea.url, repository: 'ada/mlops-gitops' });
    assert.deepEqual([page.hello.kind, page.hello.canReconcile], ['installation', false]);
    const { overview, recent } = await page.view(isRead);
    assert.deepEqual(
      overview.value!.rows.map(({ environment, model, git, registry, since, reason, next }) => {
        return { environment, model, git, registry, since, explanation: reason, next };
      }),
      json.models.map(({ environment, model, git, registry, since, explanation, next }: Record<string, unknown>) => {
        return { environment, model, git, registry, since, explanation, next };
      }),
    );
    assert.equal(overview.value!.rows[0]!.state, 'differs');
    assert.equal(overview.value!.head, merge);
    assert.deepEqual(
      recent.value!.map(({ title, state, by, url: link }) => [title, state, by, link]),
      [
        [`jukebox 1.1.0 → prod, #${number}`, 'bad', 'ada', `${json.repository}/pulls/${number}`],
        [
          'jukebox 1.0.0 → prod',
          'good',
          'ada',
          `${json.repository}/commit/${recent.value![1]!.url!.split('/').at(-1)}`,
        ],
      ],
    );
    const history = await jsonOf(await fetch(`${url}history?environment=prod&model=jukebox`));
    const shown = (await world.run(['history', 'jukebox', '-e', 'prod', '--serving', '--json'])).json;
    const { periods, disagreements } = shown.environments[0];
    assert.deepEqual(
      history.map(({ versions, from, until, by, request, commit }: Deployed) => {
        return [versions, from, until, by, request?.url, commit];
      }),
      periods.map(({ versions, from, to, by, pullRequest, commit }: Period) => {
        return [versions.map(({ version }) => version), from, to, by, pullRequest?.url, commit];
      }),
    );
    assert.deepEqual(history[0].notes, disagreements);
    assert.deepEqual([...methods()], ['GET']);
  });

  it('serves the page’s own files', async () => {
    const url = await serve();
    const page = await fetch(url);
    assert.match(await page.text(), /<!doctype html>/i);
    assert.match((await fetch(`${url}main.js`)).headers.get('content-type')!, /^text\/javascript/);
  });

  it('asks for nothing while no page is open, and for little while nothing changes', async () => {
    promote('1.1.0');
    await reconcile();
    (world.gitea.accessLog as unknown[]).length = 0;
    world.registry.calls.length = 0;
    const url = await serve();
    await fetch(url);
    assert.deepEqual([world.gitea.accessLog.length, world.registry.calls.length], [0, 0]);
    await (await open(url)).view(isRead);
    const first = world.gitea.accessLog.length;
    const heads = () => world.gitea.accessLog.filter(({ path }) => /\/branches\//.test(path)).length;
    const before = heads();
    while (heads() < before + 3) await new Promise((resolve) => setTimeout(resolve, 50));
    const later = world.gitea.accessLog.slice(first).map(({ path }) => path.replace(/\?.*/, ''));
    assert.deepEqual(
      later.filter(
        (path) =>
          !/^\/api\/v1\/repos\/ada\/mlops-gitops(\/branches\/main|\/(commits|statuses)\/\w+(\/statuses)?)?$/.test(path),
      ),
      [],
    );
  });

  it('marks a promotion whose event was lost, until something has made up for it', async () => {
    await reconcile();
    const { merge } = promote('1.1.0');
    await say(merge, 'registry/prod', [lost]);
    const page = await open(await serve());
    const [first] = (await page.view(isRead)).recent.value!;
    assert.deepEqual([first!.state, first!.text], ['lost', lost.text]);
    await say(merge, 'registry/prod', [lost, done]);
    const healed = await page.view(({ recent }) => recent.value?.[0]?.state === 'good');
    assert.equal(healed.recent.value![0]!.text, done.text);
    assert.match(
      healed.recent.value![0]!.healed!,
      /was not updated.+made up for: Git was read again at 2026-11-02T09:30:00\.000Z/,
    );
  });

  it('knows that a loss was made up for by what the registry shows, where no status says so', async () => {
    await reconcile();
    const { merge } = promote('1.1.0');
    await say(merge, 'registry', [
      { about: 'push', state: 'failure', observedAt: at(1), text: 'The push was not read: parse answered 500.' },
    ]);
    const page = await open(await serve());
    assert.equal((await page.view(isRead)).recent.value![0]!.state, 'lost');
    await reconcile();
    const { recent } = await page.view((view) => view.recent.value?.[0]?.state === 'good');
    assert.match(recent.value![0]!.healed!, /The push was not read.+made up for: the registry is in sync with Git/);
  });

  it('says what became of a rollout', async () => {
    const { merge } = promote('1.1.0');
    await reconcile();
    await say(merge, 'registry/prod', [done]);
    const failed = {
      about: 'jukebox',
      state: 'failure',
      observedAt: at(31),
      text: 'jukebox: the rollout of 1.1.0 to prod failed.',
    } as const;
    await say(merge, 'rollout/prod', [failed]);
    const { recent } = await (await open(await serve())).view(isRead);
    assert.deepEqual([recent.value![0]!.state, recent.value![0]!.text], ['bad', `${done.text} ${failed.text}`]);
  });

  it('keeps what was read last while Gitea or the registry is away, with the time and the reason', async () => {
    await reconcile();
    const page = await open(await serve());
    const before = await page.view(isRead);
    await world.gitea.setDown('refuse');
    const away = await page.view(({ overview }) => overview.error !== undefined);
    assert.deepEqual([away.overview.value, away.overview.at], [before.overview.value, away.overview.at]);
    assert.match(away.recent.error!, new RegExp(new URL(world.gitea.url).host));
    assert.equal(away.recent.value!.length, 1);
    await world.gitea.setDown(false);
    await page.view(({ overview }) => overview.error === undefined);
    world.registry.database.set('stopped');
    const half = await page.view(({ overview }) => overview.error !== undefined);
    assert.match(half.overview.error!, /^model registry: GET .* status 500/);
    assert.equal(half.overview.value!.rows[0]!.state, 'in sync');
    assert.equal(half.recent.error, undefined);
  });

  it('reads the history of a row once for everybody who opens it at the same moment', async () => {
    const url = await serve();
    const calls = async (readers: number) => {
      const before = world.gitea.accessLog.length;
      await Promise.all(
        Array.from({ length: readers }, () => fetch(`${url}history?environment=prod&model=jukebox`).then(jsonOf)),
      );
      return world.gitea.accessLog.length - before;
    };
    // The first one reads what is kept.
    await calls(1);
    const one = await calls(1);
    assert.ok(one > 0);
    // Who comes a moment late may need another reading.
    const twenty = await calls(20);
    assert.ok(twenty <= 2 * one, `${twenty} calls, and ${one} for one reader`);
  });

  it('says in a sentence what it cannot tell the history of', async () => {
    const url = await serve();
    const ask = async (query: string) => {
      const answer = await fetch(`${url}history?${query}`);
      return [answer.status, (await jsonOf(answer)).error] as const;
    };
    const [status, error] = await ask('environment=prod&model=karaoke');
    assert.deepEqual([status, error.split(',')[0]], [409, 'Git has no deployment of karaoke in prod']);
    assert.match((await ask('environment=nowhere&model=jukebox'))[1], /^Environment nowhere is not watched/);
  });

  describe('where others can reach it', () => {
    const basic = (word: string) => ({ authorization: `Basic ${Buffer.from(`ada:${word}`).toString('base64')}` });
    const bearer = (word: string) => ({ authorization: `Bearer ${word}` });

    it('refuses to listen without anything that says who may read it', async () => {
      for (const address of ['0.0.0.0', '::', '*', '192.0.2.1']) {
        const { code, stderr } = await world.run(['console', '--listen', address]);
        assert.equal(code, 2);
        assert.match(stderr, /CONSOLE_TOKEN, or CONSOLE_USER_HEADER behind a login proxy/);
      }
    });

    it('refuses a token that can be guessed, and two ways at once', async () => {
      const short = await world.run(['console'], { env: { CONSOLE_TOKEN: 'short' } });
      assert.deepEqual([short.code, /at least 16 characters/.test(short.stderr)], [2, true]);
      assert.doesNotMatch(short.stderr, /came short/);
      const both = await world.run(['console'], { env: { CONSOLE_TOKEN: token, CONSOLE_USER_HEADER: 'X-User' } });
      assert.deepEqual([both.code, /came both/.test(both.stderr)], [2, true]);
    });

    it('is opened by each of its tokens, by Basic and Bearer, and by nothing else', async () => {
      const url = await serve(['--listen', '*'], { env: { CONSOLE_TOKEN: `${token},another-of-20-letters` } });
      for (const headers of [basic(token), bearer(token), basic('another-of-20-letters')])
        assert.equal((await fetch(url, { headers })).status, 200);
      const unasked = await fetch(url);
      assert.deepEqual(
        [unasked.status, unasked.headers.get('www-authenticate')],
        [401, 'Basic realm="post-deployment", charset="UTF-8"'],
      );
      for (const path of ['', 'live', 'main.js', 'history?environment=prod&model=jukebox', 'act/reconcile'])
        assert.equal((await fetch(`${url}${path}`)).status, 401, path);
      for (const headers of [basic(''), bearer(token.slice(1)), basic(`${token} `), { authorization: token }])
        assert.equal((await fetch(url, { headers })).status, 401);
      const { overview } = await (await open(url, basic(token))).view(isRead);
      assert.equal(overview.value!.rows.length, 1);
    });

    it('takes a new token while it runs', async () => {
      const file = path.join(world.folder, 'token');
      await writeFile(file, token);
      const url = await serve(['--listen', '*'], { env: { CONSOLE_TOKEN_FILE: file } });
      const status = async (word: string) => (await fetch(url, { headers: bearer(word) })).status;
      assert.equal(await status(token), 200);
      await writeFile(file, `another-of-20-letters,${token}`);
      while ((await status('another-of-20-letters')) !== 200);
      assert.equal(await status(token), 200);
      await writeFile(file, 'another-of-20-letters');
      while ((await status(token)) !== 401);
      assert.equal(await status('another-of-20-letters'), 200);
    });

    it('believes the header of a login proxy where that is set', async () => {
      const url = await serve([], { env: { CONSOLE_USER_HEADER: 'X-Forwarded-User' } });
      assert.equal((await fetch(url)).status, 403);
      assert.equal((await fetch(url, { headers: { 'x-forwarded-user': 'ada' } })).status, 200);
    });

    it('tells its health to anybody, and nothing else', async () => {
      const url = await serve(['--listen', '*'], { env: { CONSOLE_TOKEN: token } });
      for (const path of ['health/liveness', 'health/readiness']) {
        const answer = await fetch(`${url}${path}`);
        assert.deepEqual([answer.status, await answer.text()], [200, '']);
      }
    });

    it('shows no secret, whatever is asked for', async () => {
      const env = {
        CONSOLE_TOKEN: token,
        GITEA_WEBHOOK_SECRET: 'the-secret-of-the-webhook',
        EVENT_SIGNING_KEY: 'the-key-of-all-events',
      };
      const url = await serve(['--listen', '*'], { env });
      const page = await open(url, bearer(token));
      await page.view(isRead);
      await world.gitea.setDown('refuse');
      const { overview, recent } = await page.view((view) => view.overview.error !== undefined);
      const history = await (
        await fetch(`${url}history?environment=prod&model=jukebox`, { headers: bearer(token) })
      ).text();
      const all = JSON.stringify([page.hello, overview, recent, history]);
      for (const secret of [...Object.values(env), world.env.GITEA_TOKEN!]) assert.ok(!all.includes(secret), secret);
    });
  });

  describe('for a page of elsewhere in the same browser', () => {
    /** With headers that fetch does not let one set. */
    async function ask(url: string, headers: Record<string, string>, method = 'GET', path = ''): Promise<number> {
      const sent = request(new URL(path, url), { method, headers }).end();
      const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
      answer.resume();
      return answer.statusCode;
    }

    it('is closed: another Origin, another Host, a POST without the page’s pass', async () => {
      const url = await serve(['--allow-reconcile']);
      const { host, origin } = new URL(url);
      assert.equal(await ask(url, { host }), 200);
      assert.equal(await ask(url, { host, origin: 'http://evil.test' }), 403);
      assert.equal(await ask(url, { host: 'evil.test' }), 421);
      const json = { host, origin, 'content-type': 'application/json' };
      assert.equal(await ask(url, json, 'POST', 'act/reconcile'), 403);
      assert.equal(await ask(url, { ...json, 'x-console-token': 'guessed' }, 'POST', 'act/reconcile'), 403);
    });

    it('is closed behind TLS and a token, too', async () => {
      const url = await serve(['--listen', '*'], { env: { CONSOLE_TOKEN: token } });
      const own = { authorization: `Bearer ${token}`, host: 'console.example' };
      assert.equal(await ask(url, { ...own, origin: 'https://console.example' }), 200);
      assert.equal(await ask(url, { ...own, origin: 'https://evil.example' }), 403);
      assert.equal(await ask(url, { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }), 403);
    });
  });

  describe('reconcile', () => {
    const act = (url: string, pass: string, fields: object) =>
      fetch(`${url}act/reconcile`, {
        method: 'POST',
        headers: { origin: new URL(url).origin, 'content-type': 'application/json', 'x-console-token': pass },
        body: JSON.stringify(fields),
      });

    it('is not there unless it is allowed', async () => {
      const url = await serve();
      const { pass } = await open(url);
      assert.equal((await act(url, pass, { confirm: true })).status, 404);
    });

    it('writes what is missing after a confirmation, and nothing without', async () => {
      const url = await serve(['--allow-reconcile']);
      const page = await open(url);
      assert.equal(page.hello.canReconcile, true);
      await page.view(isRead);
      const refused = await act(url, page.pass, {});
      assert.deepEqual([refused.status, methods()], [409, new Set(['GET'])]);
      const answer = await act(url, page.pass, { confirm: true });
      assert.deepEqual(await answer.json(), { done: 'Registry and Git are in sync.' });
      const { overview } = await page.view((view) => view.overview.value?.rows[0]?.state === 'in sync');
      assert.deepEqual(overview.value!.rows[0]!.registry, ['1.0.0']);
    });

    it('is not cut short at Ctrl-C', async () => {
      await reconcile();
      promote('1.1.0');
      const child = world.begin(['console', '--port', '0', '--allow-reconcile']);
      const end = ended(child);
      const [text] = (await once(child.stdout!, 'data')) as [string];
      const url = String(text).trim();
      const { pass } = await open(url);
      let release = () => {};
      const writing = new Promise<void>((resolve) => {
        world.registry.faults.beforeWrite = async () => {
          world.registry.faults.beforeWrite = undefined;
          resolve();
          await new Promise<void>((go) => {
            release = go;
          });
        };
      });
      void act(url, pass, { confirm: true }).catch(() => {});
      await writing;
      child.kill('SIGINT');
      await once(child.stderr!, 'data');
      release();
      assert.deepEqual([(await end).code, world.registry.labels().jukebox], [0, { '1.0.0': [], '1.1.0': ['prod'] }]);
    });

    it('is a ping where K_SINK says how the functions are reached, and this process then writes nothing', async () => {
      const pings: Record<string, unknown>[] = [];
      const sink = createServer((sent, response) => {
        pings.push({ type: sent.headers['ce-type'], source: sent.headers['ce-source'] });
        response.writeHead(202).end();
      });
      sink.listen(0, '127.0.0.1');
      await once(sink, 'listening');
      try {
        const env = { K_SINK: `http://127.0.0.1:${(sink.address() as AddressInfo).port}/` };
        const url = await serve(['--allow-reconcile'], { env });
        const page = await open(url);
        await page.view(isRead);
        assert.deepEqual(await (await act(url, page.pass, { confirm: true })).json(), {
          done: 'A reconcile was started.',
        });
        assert.deepEqual(pings, [{ type: 'dev.knative.sources.ping', source: '/post-deployment/console' }]);
        assert.deepEqual([...methods()], ['GET']);
      } finally {
        sink.closeAllConnections();
        sink.close();
      }
    });
  });

  it('ends at Ctrl-C with exit code 0, also while a page is open', async () => {
    const child = world.begin(['console', '--port', '0']);
    const end = ended(child);
    const [text] = (await once(child.stdout!, 'data')) as [string];
    await open(String(text).trim());
    child.kill('SIGINT');
    assert.equal((await end).code, 0);
  });

  it('says when its port cannot be had', async () => {
    const { port } = new URL(await serve());
    const { code, stderr } = await world.run(['console', '--port', port]);
    assert.deepEqual([code, /Cannot listen on port \d+ of 127\.0\.0\.1 \(EADDRINUSE\)/.test(stderr)], [2, true]);
  });
});
