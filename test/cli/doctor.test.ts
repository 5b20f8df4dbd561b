import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { accepted } from '../../functions/answer.ts';
import { createEndingRecorder, type Ending } from '../../functions/ending.ts';
import { refusal } from '../../host/refusal.ts';
import { createIo } from '../../io/real-io.ts';
import { GENERATIONS, type GenerationName } from '../../stand-ins/gitea/generations.ts';
import { localProxy } from '../io/local-proxy.ts';
import { httpServer, tlsServer } from '../io/local-server.ts';
import { type CliWorld, callGitea, config, createCliWorld, type Ended, notLocal, pathOf, secret } from './world.ts';

interface Finding {
  level: string;
  about: string;
  said: string;
  next?: string;
}

describe('post-deployment doctor', () => {
  let world: CliWorld;
  const opened: { close(): Promise<unknown> }[] = [];
  beforeEach(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.1.0') });
    world.env.GITEA_WEBHOOK_SECRET = secret;
    world.registry.addModel({ name: 'jukebox', versions: [{ name: '1.1.0', labels: ['prod'] }] });
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await world.close();
  });

  /** As gitea-source answers a GET, and counts. */
  async function receiver(outcome: Ending['outcome'] = 'rejected') {
    // The page as functions have it, so that a metric of another name is noticed.
    const io = createIo({ name: 'test' });
    const record = createEndingRecorder('gitea-source', io);
    const server = await httpServer(async (request, response) => {
      if (request.method === 'POST') {
        await record({ ms: () => 0 }, async () => ({ answer: accepted(), outcome, level: 'debug' }));
        response.writeHead(outcome === 'done' ? 202 : 401).end();
      } else if (request.url === '/metrics') {
        response.end(io.metrics.text());
      } else response.writeHead(405).end(refusal(405, 'Expected POST.').body);
    });
    opened.push(server);
    return server.url;
  }

  async function findings(args: string[] = [], env = {}): Promise<{ ended: Ended; about(name: string): Finding[] }> {
    const ended = await world.run(['doctor', '--json', ...args], { env });
    const all: Finding[] = ended.json.findings;
    // Every problem comes with what to do about it.
    for (const { level, said, next } of all) if (level === 'problem') assert.ok(next, said);
    return { ended, about: (name) => all.filter(({ about }) => about === name) };
  }
  const texts = (list: Finding[]) => list.map(({ said, next }) => `${said} → ${next}`).join('\n');
  const writes = () => world.registry.calls.filter(({ method }) => method !== 'GET').map(({ path: at }) => at);

  it('finds nothing to do where all is well, and changes nothing', async () => {
    world.repository.createWebhook({ url: await receiver('done'), events: ['push'], secret });
    const before = JSON.stringify([world.registry.dump(), world.repository.repository.hooks]);
    const { code, stdout } = await world.run(['doctor']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /0 problems, 0 warnings\./);
    for (const said of [
      /ok +settings +The settings of gitea-source are complete/,
      /ok +git +http\S+\/ada\/mlops-gitops, branch main at/,
      /ok +token +GITEA_TOKEN may read and cannot write/,
      /ok +files +prod: 1 file of 1 model/,
      /ok +registry +It accepts writes/,
      /ok +registry +Its version is v0\.3\.0 or later/,
      /ok +clocks +The clocks of Gitea and the registry agree/,
    ])
      assert.match(stdout, said);
    assert.equal(JSON.stringify([world.registry.dump(), world.repository.repository.hooks]), before);
  });

  it('checks the webhook with the token of --token-file', async () => {
    const url = await receiver('done');
    world.repository.createWebhook({ url, events: ['create'], active: false });
    const file = path.join(world.folder, 'admin');
    await writeFile(file, world.gitea.token('ada'));
    const { about, ended } = await findings(['--token-file', file, '--test-delivery']);
    assert.equal(ended.code, 1);
    assert.deepEqual(world.gitea.deliveries(), []);
    assert.match(
      texts(about('webhook')),
      /it was switched off; event push missing\. → post-deployment webhook create --url http/,
    );
    assert.match(texts(about('webhook')), /loopback.+ALLOWED_HOST_LIST/);
  });

  it('advises to let the webhook be sent pull requests, and finds no fault with one of pushes alone', async () => {
    const url = await receiver('done');
    const hook = world.repository.createWebhook({ url, events: ['push'], secret });
    const env = { GITEA_TOKEN: world.gitea.token('ada') };
    const advice = /is not sent pull requests: .+ → post-deployment webhook create --url http\S+ adds them\./;
    const before = await findings([], env);
    assert.equal(before.ended.code, 0, before.ended.stdout);
    assert.match(texts(before.about('webhook').filter(({ level }) => level === 'note')), advice);
    await world.run(['webhook', 'create', '--url', url], { env });
    assert.deepEqual(hook.events, ['push', 'pull_request', 'pull_request_review']);
    assert.doesNotMatch(texts((await findings([], env)).about('webhook')), /pull request/);
  });

  it('says that there is no webhook', async () => {
    const { about, ended } = await findings();
    assert.equal(ended.code, 1);
    assert.match(texts(about('webhook')), /The repository has no webhook[\s\S]+webhook create --url/);
  });

  it('sees a redirect, and something else, at the address', async () => {
    const redirect = await httpServer((_, response) =>
      response.writeHead(302, { location: 'https://x.example/' }).end(),
    );
    const page = await httpServer((_, response) => response.end('hello'));
    opened.push(redirect, page);
    for (const { url } of [redirect, page]) world.repository.createWebhook({ url, events: ['push'] });
    const at = async (url: string) => texts((await findings(['--url', url])).about('webhook'));
    assert.match(await at(redirect.url), /redirects to https:\/\/x\.example\/: Gitea then sends GET/);
    assert.match(await at(page.url), /something answers 200 to GET/);
    assert.match(
      await at('https://z.example/'),
      /No webhook calls https:\/\/z\.example\/.+→ .+--url https:\/\/z\.example\//,
    );
    const { about } = await findings();
    assert.match(texts(about('webhook')), /^It is not known which webhook is ours: .+→ Give the address/);
  });

  it('tests only our webhook, for the branch that is watched, and leaves the one of Argo CD alone', async () => {
    let strangers = 0;
    const argo = await httpServer((request, response) => {
      if (request.method === 'POST') strangers++;
      response.writeHead(400).end('Unknown webhook event');
    });
    opened.push(argo);
    world.repository.createBranch('dev');
    world.repository.createWebhook({ url: argo.url, events: ['push', 'create'], contentType: 'form' });
    const ours = world.repository.createWebhook({
      url: await receiver('done'),
      events: ['push', 'pull_request_only'],
      secret,
      branchFilter: 'dev',
    });
    const env = { GITEA_TOKEN: world.gitea.token('ada'), GITEA_BRANCH: 'dev' };
    for (const args of [[], ['--url', ours.url]]) {
      const { about, ended } = await findings(['--test-delivery', ...args], env);
      assert.equal(ended.code, 0, ended.stdout);
      assert.match(texts(about('webhook')), /A test delivery arrived and was accepted/);
      const said = about('webhook').filter(({ said }) => said.includes(argo.url));
      assert.deepEqual(said, [
        { level: 'note', about: 'webhook', said: `Webhook 1 to ${argo.url} is not ours and is left alone.` },
      ]);
      assert.ok(!ended.stdout.includes('webhook create'));
    }
    assert.equal(strangers, 0);
    assert.deepEqual(
      world.gitea.deliveries().map(({ hook, payload }) => [hook.id, JSON.parse(payload).ref]),
      [
        [2, 'refs/heads/dev'],
        [2, 'refs/heads/dev'],
      ],
    );
    // A filter that excludes the watched branch is reported.
    const filtered = await findings([], { ...env, GITEA_BRANCH: 'main' });
    assert.match(texts(filtered.about('webhook')), /branch filter dev instead of branch filter main\. → /);
  });

  const deliveries: [string, Ending['outcome'], number, RegExp][] = [
    ['left alone', 'ignored', 1, /GITEA_REPOSITORIES of gitea-source does not name the repository\. → Add it/],
    ['taken', 'done', 0, /A test delivery arrived and was accepted/],
    [
      'rejected',
      'rejected',
      1,
      /A test delivery arrived and was rejected[\s\S]+secret differs \(post-deployment webhook rotate\)/,
    ],
  ];
  for (const [name, outcome, code, says] of deliveries)
    it(`follows a test delivery that is ${name}`, async () => {
      world.repository.createWebhook({ url: await receiver(outcome), events: ['push'], secret });
      const { about, ended } = await findings(['--test-delivery'], { GITEA_TOKEN: world.gitea.token('ada') });
      assert.equal(ended.code, code, ended.stdout);
      assert.match(texts(about('webhook')), says);
    });

  it('reports files that cannot be read, and environments without files', async () => {
    world.env.ENVIRONMENTS = 'prod,staging';
    world.repository.commit({ files: { [pathOf('broken')]: '[' }, message: 'Break' });
    world.repository.commit({ files: { [pathOf('jukebox')]: config('radio', '2') }, message: 'Radio' });
    world.registry.addModel({ name: 'radio', versions: [{ name: '2', state: 'ARCHIVED' }] });
    const { about, ended } = await findings();
    assert.equal(ended.code, 1);
    const problems = texts(about('files').filter(({ level }) => level === 'problem'));
    assert.match(texts(about('files')), /prod: 1 file of 1 model/);
    assert.match(problems, /prod: model-deployments\/prod\/broken\/config\.yaml cannot be read/);
    assert.match(problems, /staging is watched and has no deployment file; found: prod\. → Correct ENVIRONMENTS/);
    assert.match(texts(about('registry')), /prod: radio: Git deploys version 2, which is archived/);
  });

  it('reports all wrong settings at once, and checks what it can', async () => {
    const { about, ended } = await findings([], {
      GITEA_URL: 'gitea',
      ENVIRONMENTS: 'Prod',
      GITEA_WEBHOOK_SECRET: undefined,
    });
    assert.equal(ended.code, 1);
    assert.match(texts(about('settings')), /GITEA_URL: expected a URL[\s\S]+ENVIRONMENTS: expected/);
    const [missing] = about('settings').filter(({ said }) => said.startsWith('GITEA_WEBHOOK_SECRET'));
    assert.equal(missing!.level, 'note');
    assert.ok(about('registry').some(({ level }) => level === 'ok'));
  });

  it('reports a webhook secret that is too short, without showing it', async () => {
    const { about, ended } = await findings([], { GITEA_WEBHOOK_SECRET: 'hidden' });
    assert.equal(ended.code, 1);
    const [found] = about('settings').filter(({ said }) => said.startsWith('GITEA_WEBHOOK_SECRET'));
    assert.equal(found!.level, 'problem');
    assert.match(found!.said, /at least 16 characters \(`openssl rand -hex 32`.+came 6 characters/);
    assert.doesNotMatch(ended.stdout + ended.stderr, /hidden/);
  });

  const wrong: [string, Record<string, string>, string, RegExp][] = [
    [
      'a wrong token',
      { GITEA_TOKEN: 'f'.repeat(40) },
      'git',
      /GITEA_TOKEN is wrong, expired or revoked\. → Create a token with read:repository/,
    ],
    [
      'a branch that is not there',
      { GITEA_BRANCH: 'nope' },
      'git',
      /has no branch nope: .+→ Push a first commit, or set GITEA_BRANCH to an existing branch/,
    ],
    [
      'a repository that is not there',
      { GITEA_REPOSITORY: 'ada/nope' },
      'git',
      /ada\/nope is not visible to GITEA_TOKEN/,
    ],
    [
      'a template that matches nothing',
      { DEPLOYMENT_FILES: 'apps/{environment}/{application}.yaml' },
      'git',
      /found none\. Nothing is withdrawn\. → Correct DEPLOYMENT_FILES/,
    ],
    [
      'a server that is away',
      { GITEA_URL: 'http://127.0.0.1:9' },
      'git',
      /connection refused\. → Check that GITEA_URL is right/,
    ],
    [
      'a registry that is away',
      { MODEL_REGISTRY_URL: 'http://127.0.0.1:9' },
      'registry',
      /connection refused\. → Check that MODEL_REGISTRY_URL/,
    ],
    ['another path of the API', { MODEL_REGISTRY_API: '/api/v9' }, 'registry', /404[\s\S]+→ Check MODEL_REGISTRY_URL/],
  ];
  for (const [name, env, about, says] of wrong)
    it(`says what to do about ${name}`, async () => {
      const found = await findings([], env);
      assert.equal(found.ended.code, 1);
      assert.match(texts(found.about(about).filter(({ level }) => level === 'problem')), says);
    });

  it('warns of a repository that was renamed', async () => {
    await callGitea(world, 'PATCH', '/repos/ada/mlops-gitops', { name: 'renamed' });
    const warnings = (await findings()).about('git').filter(({ level }) => level === 'warning');
    assert.match(texts(warnings), /is now called \S+\/ada\/renamed; GITEA_REPOSITORY says ada\/mlops-gitops\. .+→ Let/);
  });

  const addresses: [string, GenerationName, object, RegExp][] = [
    [
      'Gitea names itself by the address at which it is called',
      'gitea-1.26',
      { rootUrl: 'https://git.example.test/x/' },
      /^note.+PUBLIC_URL_DETECTION\): http:\/\/\S+:\d+\/ada\/mlops-gitops to us, https:\/\/git\.example\.test\/x\/ada\/mlops-gitops \(ROOT_URL\) in/,
    ],
    [
      'Gitea is called at another address than its own',
      'gitea-1.22',
      { rootUrl: 'https://git.example.test/x/' },
      /^note.+is called at http:\/\/\S+:\d+ and names itself https:\/\/git\.example\.test\/x \(ROOT_URL\)/,
    ],
    [
      'nobody set ROOT_URL',
      'gitea-1.22',
      { rootUrl: 'http://localhost:3000/' },
      /^warning.+ROOT_URL is http:\/\/localhost:3000: links.+→ Set \[server\] ROOT_URL/,
    ],
  ];
  for (const [name, generation, change, says] of addresses)
    it(`says which address is used where ${name}`, async () => {
      Object.assign(world.gitea.world, { generation: GENERATIONS[generation], ...change });
      const url = world.gitea.url.replace('127.0.0.1', notLocal);
      const { about } = await findings([], { GITEA_URL: url, ALLOW_HTTP: 'true' });
      const said = about('git').map((one) => `${one.level} ${texts([one])}`);
      assert.ok(
        said.some((text) => says.test(text)),
        said.join('\n'),
      );
      const { rootUrl } = world.gitea.world;
      assert.ok(said[0]!.includes(`${rootUrl}ada/mlops-gitops, branch main`), said[0]);
    });

  it('says what to do about an address that is another server’s, or below Gitea', async () => {
    for (const url of [world.registry.url, `${world.gitea.url}/ada`]) {
      const { about, ended } = await findings([], { GITEA_URL: url });
      assert.equal(ended.code, 1);
      assert.match(texts(about('git')), /not of the API of Gitea[\s\S]+→ Set GITEA_URL to the address of Gitea/);
    }
  });

  it('says what to do about a certificate that is not trusted', async () => {
    const server = await tlsServer((_, response) => response.end('{}'));
    opened.push(server);
    const { about } = await findings([], { GITEA_URL: server.url, MODEL_REGISTRY_URL: server.url });
    assert.match(texts(about('git')), /TLS certificate is not trusted.+→ Set GITEA_CA_FILE/);
    assert.match(texts(about('registry')), /TLS certificate is not trusted.+→ Set MODEL_REGISTRY_CA_FILE/);
    // With it, what answers is no Gitea; but it is believed.
    const trusted = await findings([], {
      GITEA_URL: server.url,
      GITEA_CA_FILE: fileURLToPath(new URL('../fixtures/tls/ca.crt', import.meta.url)),
    });
    assert.doesNotMatch(texts(trusted.about('git')), /TLS/);
  });

  it('says that a write is refused, without having changed anything', async () => {
    world.registry.faults.onRequest = ({ method }) =>
      method === 'GET' ? undefined : { status: 403, body: 'Forbidden' };
    const { about, ended } = await findings();
    assert.equal(ended.code, 1);
    assert.match(texts(about('registry')), /A write is refused: .*403/);
    assert.deepEqual(writes(), ['/api/model_registry/v1alpha3/registered_models/2147483647']);
  });

  it('checks the token of commit-status if there is one', async () => {
    for (const [scope, says] of [
      ['read:repository', /GITEA_STATUS_TOKEN may not write/],
      ['write:repository', /GITEA_STATUS_TOKEN may write, as commit-status needs it/],
    ] as const) {
      const { about } = await findings([], { GITEA_STATUS_TOKEN: world.gitea.createToken('ada', [scope]) });
      assert.match(texts(about('token')), says);
    }
  });

  it('reports a setting that several functions share once, and blames no token for it', async () => {
    const GITEA_STATUS_TOKEN = world.gitea.createToken('ada', ['write:repository']);
    const { about } = await findings([], { GITEA_STATUS_TOKEN, FURTHER_REGISTRIES: 'token' });
    const wrong = about('settings').filter(({ said }) => said.startsWith('FURTHER_REGISTRIES: expected names'));
    assert.equal(wrong.length, 1);
    assert.doesNotMatch(texts(about('token')), /FURTHER_REGISTRIES|GITEA_STATUS_TOKEN/);
  });

  for (const [by, says] of [
    [60_000, /Gitea is \d+ s ahead of the registry: ownership markers/],
    [-3_700_000, /behind the registry: every promotion looks older than EVENT_MAX_AGE_MINUTES/],
  ] as const)
    it(`reports clocks that differ by ${by} ms`, async () => {
      const other = await createCliWorld(
        { [pathOf('a')]: config('a', '1') },
        { clock: () => new Date(Date.now() + by) },
      );
      opened.push(other);
      const { json } = await other.run(['doctor', '--json']);
      const [clocks] = json.findings.filter(({ about }: Finding) => about === 'clocks');
      assert.equal(clocks.level, 'problem');
      assert.match(clocks.said, says);
    });

  it('calls through a proxy, and names the proxy if it refuses', async () => {
    const proxy = await localProxy();
    opened.push(proxy);
    const good = await findings([], { http_proxy: proxy.url });
    assert.ok(
      !good
        .about('git')
        .concat(good.about('registry'))
        .some(({ level }) => level === 'problem'),
    );
    assert.ok(proxy.asked.some((line) => line.startsWith(`GET ${world.gitea.url}/`)));
    assert.ok(proxy.asked.some((line) => line.startsWith(`GET ${world.registry.url}/`)));
    proxy.refuse = 407;
    const refused = await findings([], { HTTP_PROXY: proxy.url.replace('//', '//ada:p4ssword@') });
    for (const about of ['git', 'registry']) {
      assert.match(texts(refused.about(about)), /the proxy 127\.0\.0\.1:\d+: it answered 407.* → Check that the proxy/);
      assert.doesNotMatch(texts(refused.about(about)), /p4ssword|GITEA_TOKEN|MODEL_REGISTRY_TOKEN/);
    }
    const wrong = await world.run(['status'], { env: { HTTPS_PROXY: 'socks5://ada:p4ssword@proxy' } });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /HTTPS_PROXY: expected the address of a proxy/);
    assert.ok(!wrong.stderr.includes('p4ssword'));
  });

  it('blames no token where a mesh answers before the servers', async () => {
    const mesh = await httpServer((_request, response) =>
      response.writeHead(403, { 'content-type': 'text/plain' }).end('RBAC: access denied'),
    );
    opened.push(mesh);
    const { about } = await findings([], { GITEA_URL: mesh.url, MODEL_REGISTRY_URL: mesh.url });
    for (const server of ['git', 'registry']) {
      assert.match(texts(about(server)), /RBAC: access denied/);
      assert.doesNotMatch(texts(about(server)), /_TOKEN/);
    }
  });

  describe('of what serves', () => {
    const observed = { SERVING_NAMESPACES: 'prod=user1-prod', CLUSTER_NAME: 'here', K_SINK: 'http://broker.test' };

    it('says nothing where no cluster is observed', async () => {
      assert.deepEqual((await findings()).about('serving'), []);
    });

    it('names namespaces, and what nobody has observed yet', async () => {
      const { ended, about } = await findings([], observed);
      assert.equal(ended.json.findings.find(({ said }: Finding) => /rollout-observer/.test(said))?.level, 'ok');
      assert.deepEqual(
        about('serving').map(({ level, said }) => `${level}: ${said}`),
        [
          'ok: What serves in prod is observed in the namespace user1-prod.',
          'note: prod: 1 model of 1 not observed yet.',
        ],
      );
    });

    it('finds a wrong environment, an address without a version, and another cluster', async () => {
      const seen = { 'prod.cluster': 'there', 'prod.seenAt': '2026-11-20T10:00:00.000Z' };
      world.repository.commit({ files: { [pathOf('karaoke')]: config('karaoke', '2') }, message: 'Karaoke' });
      world.registry.addModel({ name: 'karaoke', properties: seen, versions: [{ name: '2', labels: ['prod'] }] });
      const settings = {
        SERVING_NAMESPACES: 'production=x,prod=user1-prod',
        SERVED_URI: 'oci://x/{name}{version}{tag}',
      };
      const { about } = await findings([], { ...observed, ...settings });
      const said = texts(about('serving'));
      assert.match(said, /names production, which is not watched; watched: prod\. → Correct SERVING_NAMESPACES/);
      assert.match(said, /No version can be read from oci:\/\/x\/\{name\}\{version\}\{tag\}, for 2 models such as /);
      assert.match(
        said,
        /karaoke is observed by the cluster there, and CLUSTER_NAME is here.+→ .+remove prod\.cluster/,
      );
    });

    it('reports wrong settings of the observer', async () => {
      const { ended } = await findings([], { ...observed, SERVING_NAMESPACES: 'prod' });
      assert.match(texts(ended.json.findings), /SERVING_NAMESPACES.+\(for rollout-observer\)/);
    });
  });
});
