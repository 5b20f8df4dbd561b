// A rollout that succeeds, one whose image is missing, and the promotion that heals it, through real functions as processes and a
// cluster that stands in: what the registry, the commits and `status` say of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promote } from '../../local/promote.ts';
import { type System, startSystem } from '../../local/system.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import { ended, start } from '../cli/world.ts';

describe('what serves', () => {
  let system: System;
  before(async () => {
    system = await startSystem({ cluster: { stepMs: 5 } });
    await system.ping();
    await system.idle();
  });
  after(() => system?.close());

  const cluster = () => system.cluster!.standIn;
  const imageOf = (version: string) =>
    `oci://image-registry.openshift-image-registry.svc:5000/user1-prod/jukebox:${version}`;

  /** What of a rollout people see on the merge commit of a promotion, oldest first. */
  async function told(number: number): Promise<string[]> {
    const repository = `/repos/${system.gitea.repository}`;
    const { merge_commit_sha: commit } = await callJson<{ merge_commit_sha: string }>(
      system.gitea,
      'GET',
      `${repository}/pulls/${number}`,
    );
    const path = `${repository}/commits/${commit}/statuses`;
    const list = await callJson<{ context: string; status: string; description: string }[]>(system.gitea, 'GET', path);
    return list
      .filter(({ context }) => context === 'rollout/prod')
      .map(({ status, description }) => `${status}: ${description.replace(/ \[.*$/, '')}`);
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await pause(20);
  }

  const status = async () => {
    const env = { PATH: process.env.PATH, ...system.settings };
    const child = spawn(process.execPath, [start, 'status', '--json'], { env });
    const { code, json } = await ended(child);
    const [{ git, cluster: serves, registry }] = json.models;
    return { code, git: git[0].version, serves, registry };
  };

  it('is known after a reconcile', async () => {
    const { code, git, serves, registry } = await status();
    assert.deepEqual(
      [code, git, serves.phase, serves.serving, registry],
      [0, '1.0.0', 'verified', ['1.0.0'], ['1.0.0']],
    );
    assert.equal(serves.cluster, 'local');
  });

  it('moves after the label, when the new version serves', async () => {
    const number = await promote(system.gitea, system.gitea.repository, 'jukebox', '1.1.0');
    await system.idle();
    assert.equal((await told(number)).at(-1), 'success: jukebox: 1.1.0 serves in prod, as deployed in Git.');
    assert.deepEqual(system.registry.kubeflow!.labels().jukebox, {
      '1.0.0': [],
      '1.1.0': ['prod', 'prod.serving', 'test'],
      '1.2.0': ['test'],
    });
    const { code, serves } = await status();
    assert.deepEqual([code, serves.phase, serves.serving], [0, 'verified', ['1.1.0']]);
  });

  it('stays with the old version when the image is missing, and says why', async () => {
    cluster().missNext = true;
    const number = await promote(system.gitea, system.gitea.repository, 'jukebox', '1.2.0');
    await until(async () => (await told(number)).at(-1)?.startsWith('failure') ?? false);
    const reason = `container modelcar: ImagePullBackOff: Back-off pulling image "${imageOf('1.2.0').slice('oci://'.length)}"`;
    assert.equal(
      (await told(number)).at(-1),
      `failure: jukebox: the rollout of 1.2.0 to prod failed; 1.1.0 serves. Reason: ${reason}`,
    );
    assert.deepEqual(cluster().missing(), [imageOf('1.2.0')]);
    await until(async () => (await status()).code === 4);
    const { git, serves, registry } = await status();
    assert.deepEqual([git, serves.serving, registry], ['1.2.0', ['1.1.0'], ['1.2.0']]);
    assert.deepEqual([serves.phase, serves.reason], ['failed', `The rollout of 1.2.0 failed: ${reason}.`]);
  });

  it('is healed by the next promotion', async () => {
    const { gitea } = system;
    await callJson(gitea, 'DELETE', `/repos/${gitea.repository}/branches/promote-jukebox-1.1.0`);
    const number = await promote(gitea, gitea.repository, 'jukebox', '1.1.0');
    await system.idle();
    assert.equal((await told(number)).at(-1), 'success: jukebox: 1.1.0 serves in prod, as deployed in Git.');
    const { code, serves } = await status();
    assert.deepEqual([code, serves.phase, serves.serving], [0, 'verified', ['1.1.0']]);
    assert.deepEqual(system.broker.deadLetters, []);
  });

  it('follows when the missing image is pushed after all, and when Git deploys nothing any more', async () => {
    const { gitea } = system;
    await callJson(gitea, 'DELETE', `/repos/${gitea.repository}/branches/promote-jukebox-1.2.0`);
    const number = await promote(gitea, gitea.repository, 'jukebox', '1.2.0');
    await until(async () => (await told(number)).at(-1)?.startsWith('failure') ?? false);
    cluster().pushImage(imageOf('1.2.0'));
    await system.idle();
    assert.equal((await told(number)).at(-1), 'success: jukebox: 1.2.0 serves in prod, as deployed in Git.');

    gitea.standIn!.repository(gitea.repository).deleteFiles(['model-deployments/prod/jukebox/config.yaml']);
    await system.idle();
    assert.deepEqual(system.registry.kubeflow!.labels().jukebox, { '1.0.0': [], '1.1.0': ['test'], '1.2.0': ['test'] });
    assert.deepEqual(cluster().kubernetes.store.list('pods', 'user1-prod'), []);
  });
});
