import assert from 'node:assert/strict';
import { buildFunctions } from '../../local/processes.ts';
import { createGiteaStandIn, type GiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import { localProxy } from '../io/local-proxy.ts';
import { type ClusterApi, namespace, startClusterApi } from './kubernetes.ts';
import { runJob } from './run-job.ts';

const service = 'serving.knative.dev/v1/services/gitea-source';
const route = 'route.openshift.io/v1/routes/functions';

describe('job ensure-webhook', () => {
  let built: Awaited<ReturnType<typeof buildFunctions>>;
  let api: ClusterApi;
  let gitea: GiteaStandIn;
  let server: { api: string; token: string };

  before(async () => {
    built = await buildFunctions();
  });
  after(() => built.remove());
  beforeEach(async () => {
    api = await startClusterApi();
    gitea = await createGiteaStandIn({ users: [{ login: 'user1', fullName: '', email: 'user1@example.test' }] });
    server = { api: `${gitea.url}/api/v1`, token: gitea.token('user1') };
    await callJson(server, 'POST', '/user/repos', { name: 'mlops-gitops', auto_init: true, default_branch: 'main' });
  });
  afterEach(async () => {
    await gitea.close();
    await api.close();
  });

  const run = (settings: Record<string, string>) =>
    runJob(built.folder, 'ensure-webhook', {
      ...api.env,
      GITEA_URL: gitea.url,
      GITEA_REPOSITORY: 'user1/mlops-gitops',
      GITEA_WEBHOOK_TOKEN: server.token,
      GITEA_WEBHOOK_SECRET: 'the-webhook-secret',
      ...settings,
    });
  const hooks = () => callJson<Hook[]>(server, 'GET', '/repos/user1/mlops-gitops/hooks');
  const put = (path: string, status: object) => {
    const [group, version, kind, name] = path.split('/');
    api.objects.set(`apis/${group}/${version}/namespaces/${namespace}/${kind}/${name}`, { status });
  };

  it('makes a webhook that is active, JSON, for pushes of the branch and pull requests, to the address of the Knative Service', async () => {
    put(service, { url: 'https://hooks.example.com', conditions: [{ type: 'Ready', status: 'True' }] });
    const { code, output } = await run({ WEBHOOK_URL_OF: service, GITEA_BRANCH: 'main' });
    assert.equal(code, 0, output);
    const [hook, ...more] = await hooks();
    assert.deepEqual(more, []);
    assert.deepEqual(
      { active: hook!.active, events: hook!.events, filter: hook!.branch_filter, ...hook!.config },
      {
        active: true,
        events: ['push', 'pull_request', 'pull_request_review'],
        filter: 'main',
        content_type: 'json',
        url: 'https://hooks.example.com/',
      },
    );
    assert.ok(!output.includes('the-webhook-secret') && !output.includes(server.token));
  });

  it('mends one that is wrong in everything, its secret too, and leaves others alone', async () => {
    const url = 'https://hooks.example.com/';
    const create = (target: string) =>
      callJson(server, 'POST', '/repos/user1/mlops-gitops/hooks', {
        type: 'gitea',
        active: false,
        events: ['create'],
        branch_filter: 'other',
        authorization_header: 'Basic of-a-gateway',
        config: { url: target, content_type: 'form', secret: 'old' },
      });
    await create(url);
    await create('https://somebody.example.com/');
    for (const _ of ['first', 'again']) {
      const { code, output } = await run({ WEBHOOK_URL: url });
      assert.equal(code, 0, output);
      const found = await hooks();
      assert.equal(found.length, 2);
      const ours = found.filter(({ config }) => config.url === url);
      assert.deepEqual(
        ours.map((hook) => [
          hook.active,
          hook.events.sort(),
          hook.branch_filter,
          hook.config.content_type,
          hook.authorization_header,
        ]),
        // What was added for a reason of others' stays.
        [[true, ['create', 'pull_request', 'pull_request_review', 'push'], '', 'json', 'Basic of-a-gateway']],
      );
      assert.equal(found.find(({ config }) => config.url !== url)!.active, false);
    }
  });

  it('asks for what GITEA_PULL_REQUESTS says', async () => {
    for (const [use, events] of [
      ['merged', ['push', 'pull_request']],
      ['none', ['push']],
    ] as const) {
      const url = `https://${use}.example.com/`;
      const { code, output } = await run({ WEBHOOK_URL: url, GITEA_PULL_REQUESTS: use });
      assert.equal(code, 0, output);
      assert.deepEqual((await hooks()).find(({ config }) => config.url === url)?.events, events);
    }
  });

  it('waits for a Service that is not ready yet, and takes the host of a Route', async () => {
    put(service, { url: 'https://hooks.example.com', conditions: [{ type: 'Ready', status: 'Unknown' }] });
    const running = run({ WEBHOOK_URL_OF: service });
    while (api.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await hooks(), []);
    put(service, { url: 'https://hooks.example.com', conditions: [{ type: 'Ready', status: 'True' }] });
    assert.equal((await running).code, 0);
    put(route, { ingress: [{ host: 'route.example.com' }] });
    assert.equal((await run({ WEBHOOK_URL_OF: route })).code, 0);
    assert.deepEqual((await hooks()).map(({ config }) => config.url).sort(), [
      'https://hooks.example.com/',
      'https://route.example.com/',
    ]);
  });

  it('says what is wrong with its settings, and sends no token over plain HTTP to another network', async () => {
    const { code, lines } = await run({ GITEA_URL: 'http://gitea.example.com' });
    assert.equal(code, 1);
    const reason = String(lines.at(-1)!.reason);
    assert.match(reason, /WEBHOOK_URL: expected it or WEBHOOK_URL_OF, not both/);
    assert.match(reason, /GITEA_URL: expected https:\/\/, because GITEA_WEBHOOK_TOKEN goes there/);
    assert.ok(!reason.includes(server.token));
  });

  it('asks Gitea through a proxy, and the Kubernetes API beside it without', async () => {
    const proxy = await localProxy();
    try {
      put(service, { url: 'https://hooks.example.com', conditions: [{ type: 'Ready', status: 'True' }] });
      const proxies = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
      const { code, output } = await run({ WEBHOOK_URL_OF: service, ...proxies });
      assert.equal(code, 0, output);
      assert.ok(proxy.asked.length > 0 && proxy.asked.every((line) => line.includes(` ${gitea.url}/`)));
    } finally {
      await proxy.close();
    }
  });

  it('says which token may not do it', async () => {
    const { code, lines } = await run({ WEBHOOK_URL: 'https://hooks.example.com/', GITEA_WEBHOOK_TOKEN: 'wrong' });
    assert.equal(code, 1);
    assert.match(String(lines.at(-1)!.reason), /GITEA_WEBHOOK_TOKEN/);
  });
});

interface Hook {
  active: boolean;
  events: string[];
  branch_filter: string;
  authorization_header: string;
  config: { url: string; content_type: string };
}
