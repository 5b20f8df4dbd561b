// Who may do and reach what in a real cluster, and secrets that are replaced while functions run.
import assert from 'node:assert/strict';
import { callsServers, rowOf } from '../../functions/table.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import { apply, kubectl, scaleToZero, until } from './cluster.ts';
import { runAsWritten } from './guide.ts';
import { addressOf, exec, listening, node, pod, reaches, runPod } from './inside.ts';
import { applyNamespace, applySecret, podsOf, release, webhookSecret, webhookUrl } from './release.ts';
import type { Servers } from './servers.ts';
import { installed } from './shared.ts';

const { name, namespace } = release;
/** Where a stranger is. */
const elsewhere = 'strangers';

describe('access in a real cluster', function () {
  this.timeout(15 * 60_000);
  let servers: Servers;

  before(async () => {
    servers = await installed();
    await scaleToZero('never');
    await applyNamespace(elsewhere);
    await runPod(elsewhere, 'stranger');
    await runPod(namespace, 'stranger');
    // Each function gets a Pod, which stays.
    for (const component of release.functions) {
      const service = `http://${name}-${component}.${namespace}.svc.cluster.local/health/liveness`;
      await until(`${component} has a Pod`, async () => {
        await node(elsewhere, 'stranger', `await fetch('${service}')`);
        return (await podsOf(component)).length > 0;
      });
    }
  });
  after(async () => {
    await scaleToZero('quickly');
    await kubectl('-n', namespace, 'delete', 'pod', 'stranger', '--wait=false', '--ignore-not-found');
  });

  it('the namespace takes Pods of the restricted Pod Security Standard alone, as all of ours are', async () => {
    const privileged = pod(namespace, 'privileged', { container: { securityContext: { privileged: true } } });
    await assert.rejects(apply(privileged), /violates PodSecurity "restricted/);
  });

  it('no stranger reaches a function, neither from another namespace nor from the same one', async () => {
    for (const [where, from] of [
      [elsewhere, namespace],
      [namespace, elsewhere],
    ] as const)
      assert.equal(await reaches(from, 'stranger', await addressOf(where, 'stranger'), listening), true);
    for (const component of release.functions) {
      const [target] = await podsOf(component);
      const address = await addressOf(namespace, target!);
      for (const port of [8080, 8012])
        for (const from of [namespace, elsewhere])
          assert.equal(await reaches(from, 'stranger', address, port), false, `${component}, port ${port}, ${from}`);
    }
  });

  it('each function reaches what it must, and what calls the broker alone reaches nothing else', async () => {
    const others: [string, number][] = [
      ['git.host.test', 3100],
      ['registry.host.test', 3101],
      [await addressOf(elsewhere, 'stranger'), listening],
    ];
    for (const component of release.functions) {
      const [from] = await podsOf(component);
      const reached = (host: string, port: number) => reaches(namespace, from!, host, port);
      assert.equal(await reached('broker-ingress.knative-eventing.svc.cluster.local', 80), true, component);
      for (const [host, port] of others)
        assert.equal(await reached(host, port), callsServers(rowOf(component)), `${component}, ${host}`);
    }
  });

  it('secrets are replaced while functions run, as the guide says', async () => {
    const { gitea, git, repository, isLabelled, register, setRegistryToken, statusOfHead } = servers;
    const next = 'the-next-webhook-secret';
    const status = gitea.createToken('user1', ['write:repository']);
    register('1.4.0', '1.5.0');
    await applySecret(namespace, `${name}-webhook`, { secret: `${next},${webhookSecret}` });
    await applySecret(namespace, `${name}-event-key`, { key: 'another-key-for-events' });
    await applySecret(namespace, 'status-token', { token: status });
    await applySecret(namespace, 'registry-token', { token: 'another-registry-token' });
    await haveFile('gitea-source', 'webhook/secret', `${next},${webhookSecret}`);
    for (const component of release.functions) await haveFile(component, 'event-key/key', 'another-key-for-events');
    await haveFile('commit-status', 'status/token', status);
    await haveFile('registry-writer', 'registry/token', 'another-registry-token');
    setRegistryToken('another-registry-token');
    await runAsWritten(
      'npx post-deployment webhook rotate --yes --wait 1',
      {},
      {
        GITEA_URL: gitea.url,
        GITEA_REPOSITORY: repository,
        GITEA_TOKEN: git.token,
        GITEA_WEBHOOK_SECRET: `${next},${webhookSecret}`,
        WEBHOOK_URL: webhookUrl,
      },
    );
    await servers.promote('1.4.0');
    await until('the label moved', () => isLabelled('1.4.0'));
    await until('the commit says so', async () => (await statusOfHead()) === 'success');

    await applySecret(namespace, `${name}-webhook`, { secret: next });
    await haveFile('gitea-source', 'webhook/secret', next);
    const old = gitea.repository(repository).createWebhook({ url: webhookUrl, secret: webhookSecret });
    await servers.promote('1.5.0');
    await until('the label moved', () => isLabelled('1.5.0'));
    await gitea.idle();
    const refused = gitea.deliveries().filter(({ hook }) => hook.id === old.id);
    assert.ok(refused.length > 0 && refused.every(({ response }) => response!.status === 401));
    await callJson(git, 'DELETE', `/repos/${repository}/hooks/${old.id}`);
  });
});

/** Every Pod of the function finds this text in a file below /etc/post-deployment. */
async function haveFile(component: string, file: string, text: string): Promise<void> {
  await until(`${component} finds its new ${file}`, async () => {
    for (const one of await podsOf(component))
      if ((await exec(namespace, one, 'cat', `/etc/post-deployment/${file}`)) !== text) return false;
    return true;
  });
}
