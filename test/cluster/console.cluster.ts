// The page of the chart in a real cluster: a Knative Service, which runs while somebody looks, and a Deployment behind a login proxy.
import assert from 'node:assert/strict';
import { promote } from '../../local/promote.ts';
import { createPages, jsonOf } from '../cli/opened-page.ts';
import { areServicesReady, kubectl, until } from './cluster.ts';
import { block, commandOf, runAsWritten } from './guide.ts';
import { node, reaches, runPod } from './inside.ts';
import { followPods, type Pods } from './pods.ts';
import { podsOf, release, upgrade } from './release.ts';
import { model, type Servers } from './servers.ts';
import { installed } from './shared.ts';

const { name, namespace, functions } = release;

describe('the page in a real cluster', function () {
  this.timeout(15 * 60_000);
  const pages = createPages(() => {
    throw new Error('the page runs in the cluster');
  });
  let servers: Servers;
  let pods: Pods;
  let url: string;
  let authorization: string;

  before(async () => {
    servers = await installed();
    servers.register('1.6.0', '1.7.0');
    pods = await followPods(namespace);
    await kubectl('-n', namespace, 'delete', 'secret', 'promotions-console', '--ignore-not-found');
    await runAsWritten(commandOf('kubectl -n <namespace> create secret generic promotions-console'), {
      '<namespace>': namespace,
      '<token with read:repository>': servers.gitea.createToken('user1', ['read:repository']),
      '<token that may only read>': servers.models.token,
    });
    await runAsWritten(
      `helm upgrade ${name} config/chart -n ${namespace} --reuse-values --set console.allowReconcile=true -f - <<'VALUES'
${block('console:\n  enabled')}
VALUES`,
    );
    await until('every Service is Ready', () => areServicesReady(namespace, functions.length + 1));
    url = `${await kubectl('-n', namespace, 'get', `ksvc/${name}-console`, '-o', 'jsonpath={.status.url}')}/`;
    const token = await kubectl('-n', namespace, 'get', 'secret/promotions-console', '-o', 'jsonpath={.data.token}');
    authorization = `Bearer ${Buffer.from(token, 'base64')}`;
  });
  after(async () => {
    await pages.close();
    pods?.close();
    await upgrade('console.enabled=false', 'console.userHeader=');
    await until('the page is gone', async () => (await podsOf('console')).length === 0);
    await kubectl('-n', namespace, 'delete', 'pod', 'login-proxy', 'stranger', '--wait=false', '--ignore-not-found');
  });

  const ofConsole = () => pods.present().filter(({ component }) => component === 'console');

  it('asks a stranger for a token', async () => {
    const answer = await fetch(url);
    assert.equal(answer.status, 401, await answer.text());
  });

  it('starts when somebody opens it, follows a promotion, corrects what a lost webhook left, and is gone afterwards', async () => {
    const { gitea, git, isLabelled, repository } = servers;
    const page = await pages.open(url, { authorization });
    const shows = (version: string, state: string) =>
      page.view(
        ({ overview }) =>
          overview.value?.rows.some(
            (row) => row.model === model && row.git[0]?.version === version && row.state === state,
          ) === true,
      );
    await servers.promote('1.6.0');
    await shows('1.6.0', 'in sync');

    gitea.setDeliveryRule(() => 'drop');
    await promote(git, repository, model, '1.7.0');
    await gitea.idle();
    gitea.setDeliveryRule(() => 'send');
    await shows('1.7.0', 'differs');
    assert.equal(isLabelled('1.7.0'), false);
    const answer = await fetch(`${url}act/reconcile`, {
      method: 'POST',
      headers: {
        authorization,
        origin: new URL(url).origin,
        'content-type': 'application/json',
        'x-console-token': page.pass,
      },
      body: JSON.stringify({ confirm: true }),
    });
    assert.deepEqual([answer.status, await jsonOf(answer)], [200, { done: 'A reconcile was started.' }]);
    await shows('1.7.0', 'in sync');
    assert.equal(isLabelled('1.7.0'), true);

    assert.equal(ofConsole().length, 1);
    page.close();
    await until('the page has no Pod', () => ofConsole().length === 0);
  });

  it('behind a login proxy nobody but the proxy reaches it', async () => {
    const app = 'login-proxy';
    await upgrade('console.userHeader=X-Forwarded-User', `console.from[0].podSelector.matchLabels.app=${app}`);
    await kubectl('-n', namespace, 'rollout', 'status', `deployment/${name}-console`, '--timeout=300s');
    await runPod(namespace, app, { labels: { app } });
    await runPod(namespace, 'stranger');
    const host = `${name}-console-http.${namespace}.svc.cluster.local`;
    const statusWith = (headers: object) =>
      node(
        namespace,
        app,
        `console.log((await fetch('http://${host}/', { headers: ${JSON.stringify(headers)} })).status)`,
      );
    await until('the proxy reaches it', async () => (await statusWith({ 'x-forwarded-user': 'user1' })) === '200\n');
    assert.equal(await statusWith({}), '403\n');
    assert.equal(await reaches(namespace, 'stranger', host, 80), false);
  });
});
