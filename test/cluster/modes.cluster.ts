// The other ways to install in a real cluster: with the workshop's three keys, and all functions in one Pod; and what is left afterwards.
import assert from 'node:assert/strict';
import { parse, stringify } from 'yaml';
import { promote } from '../../local/promote.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import { areServicesReady, helm, image, kubectl, list, scaleToZero, until } from './cluster.ts';
import { block, commandOf, runAsWritten } from './guide.ts';
import { applyNamespace, noReconciles } from './release.ts';
import { model, type Servers, startServers } from './servers.ts';

const toolings = 'user1-toolings';
const pipeline = 'post-deployment-pipeline';

describe('the workshop in a real cluster', function () {
  this.timeout(15 * 60_000);
  let servers: Servers;
  let address: string;
  let secret: string;

  before(async () => {
    servers = await startServers({ giteaPort: 3102, registryPort: 3103, appsDomain: 'apps.host.test' });
    await applyNamespace(toolings);
  });
  after(() => servers?.close());

  it('is installed with the three keys of config.yaml, in <user>-toolings', async () => {
    const token = servers.gitea.createToken('user1', ['read:repository']);
    await runAsWritten(commandOf(`oc -n ${toolings} create secret generic`), { '<token>': token });
    const { USER_NAME, cluster_domain, chart_path } = parse(
      block('repo_url: ')
        .replace('apps.example.com', 'apps.host.test')
        .replaceAll('apps.example.com', 'apps.host.test'),
    ) as Record<string, string>;
    // Argo CD renders the chart with the file as values. There is no builder here, so the image is given.
    const values = stringify({ USER_NAME, cluster_domain, chart_path, image: { reference: image } });
    await runAsWritten(`helm install ${pipeline} ${chart_path} -n ${toolings} -f - <<'VALUES'\n${values}VALUES`);
    await until('four Services are Ready', () => areServicesReady(toolings, 4));
  });

  it('one command prints address and secret, with which a webhook arrives, also one for a test', async () => {
    const { gitea, repository } = servers;
    const printed = await runAsWritten(commandOf(`oc -n ${toolings} get ksvc/`));
    [address, secret] = printed.trim().split('\n') as [string, string];
    const hook = gitea.repository(repository).createWebhook({ url: address, secret });
    const { id } = gitea.repository(repository).testWebhook(hook);
    await gitea.idle();
    const answered = gitea.deliveries().find((delivery) => delivery.id === id)!;
    assert.equal(answered.response!.status, 202, answered.response!.body);
  });

  it('moves the label after a merge', async () => {
    await servers.promote('1.1.0');
    await until('the label moved', () => servers.isLabelled('1.1.0') && !servers.isLabelled('1.0.0'));
  });

  it('leaves the generated Secrets and the webhook behind when it is uninstalled, and no more', async () => {
    const labels = JSON.stringify(servers.registry.labels());
    await helm('uninstall', pipeline, '-n', toolings);
    const own = [`secret/${pipeline}-gitea`, 'serviceaccount/default', 'configmap/kube-root-ca.crt'];
    const generated = [`secret/${pipeline}-webhook`, `secret/${pipeline}-event-key`];
    await until('nothing else is left', async () => {
      const left = (await everythingIn(toolings)).filter((one) => ![...own, ...generated].includes(one));
      return left.length === 0 || left;
    });
    const left = await everythingIn(toolings);
    for (const one of generated) assert.ok(left.includes(one), one);
    assert.equal((await servers.hooks()).length, 1);
    assert.equal(JSON.stringify(servers.registry.labels()), labels);
    const settings = {
      GITEA_URL: servers.gitea.url,
      GITEA_REPOSITORY: servers.repository,
      GITEA_TOKEN: servers.git.token,
    };
    await runAsWritten('npx post-deployment webhook delete --yes', {}, { ...settings, WEBHOOK_URL: address });
    assert.deepEqual(await servers.hooks(), []);
  });
});

const oneProcess = 'one-process';
const modes = {
  deployment: {
    exposed: 'deployment.host=hooks.host.test',
    whenReady: () => kubectl('-n', oneProcess, 'rollout', 'status', 'deployment/promotions', '--timeout=300s'),
    addressFrom: ['service/promotions-http', '-o', 'jsonpath=http://{.spec.clusterIP}/'],
  },
  'knative-one': {
    exposed: 'giteaSource.minScale=0',
    whenReady: () => until('its Service is Ready', () => areServicesReady(oneProcess, 1)),
    addressFrom: ['services.serving.knative.dev/promotions', '-o', 'jsonpath={.status.url}/'],
  },
};

describe('all functions in one process in a real cluster', function () {
  this.timeout(15 * 60_000);
  const giteaPort = 3104;
  let servers: Servers;

  before(async () => {
    servers = await startServers({ giteaPort, registryPort: giteaPort + 1 });
    servers.register('1.3.0', '1.4.0', '1.5.0', '1.6.0');
    await scaleToZero('quickly');
    await applyNamespace(oneProcess, {
      'promotions-gitea': { token: servers.gitea.createToken('user1', ['read:repository']) },
      'registry-token': { token: servers.models.token },
    });
  });
  after(async () => {
    await servers?.close();
    await helm('uninstall', 'promotions', '-n', oneProcess, '--ignore-not-found');
  });

  for (const [does, mode, pushed, lost] of [
    ['helm install', 'deployment', '1.1.0', '1.2.0'],
    ['helm upgrade --reuse-values', 'knative-one', '1.3.0', '1.4.0'],
    ['helm upgrade --reuse-values', 'deployment', '1.5.0', '1.6.0'],
  ] as const)
    it(`${does}, mode: ${mode}: a merge moves the label, and the CronJob makes up for a webhook that was lost`, async () => {
      const { gitea, git, repository, hooks, isLabelled } = servers;
      const { exposed, whenReady, addressFrom } = modes[mode];
      const values = [
        `mode=${mode},image.reference=${image},${exposed},allowHttp=true`,
        `gitea.url=http://git.host.test:${giteaPort},gitea.repository=${repository},${noReconciles}`,
        `registry.url=http://registry.host.test:${giteaPort + 1},registry.existingSecret=registry-token`,
      ];
      const set = values.map((value) => `--set '${value}'`).join(' ');
      await runAsWritten(`${does} promotions config/chart -n ${oneProcess} ${set}`);
      await whenReady();
      const inNamespace = (...args: string[]) => kubectl('-n', oneProcess, ...args);
      const address = await inNamespace('get', ...addressFrom);
      const encoded = await inNamespace('get', 'secret/promotions-webhook', '-o', 'jsonpath={.data.secret}');
      const secret = Buffer.from(encoded, 'base64').toString();
      for (const { id } of await hooks()) await callJson(git, 'DELETE', `/repos/${repository}/hooks/${id}`);
      gitea.setDeliveryRule(() => 'send');
      gitea.repository(repository).createWebhook({ url: address, secret });
      await servers.promote(pushed);
      await until('the label moved', () => isLabelled(pushed));

      gitea.setDeliveryRule(() => 'drop');
      await promote(git, repository, model, lost);
      const job = `job-for-${lost}`;
      await inNamespace('create', 'job', job, '--from=cronjob/promotions-reconcile');
      await until('a reconcile moved the label', () => isLabelled(lost));
      await inNamespace('wait', '--for=condition=complete', `job/${job}`, '--timeout=300s');
    });
});

/** All objects of the namespace but events, as kind/name. */
async function everythingIn(namespace: string): Promise<string[]> {
  const kinds = (await kubectl('api-resources', '--namespaced', '--verbs=list', '-o', 'name'))
    .trim()
    .split('\n')
    .filter((kind) => !/^events(\.|$)/.test(kind));
  const found = await list<{ kind: string; metadata: { name: string } }>(namespace, kinds.join(','));
  return found.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
}
