// What people read on the merge commit, through real functions as processes: on its way, in the registry, lost and healed.
import assert from 'node:assert/strict';
import { promote } from '../../local/promote.ts';
import { type System, startSystem } from '../../local/system.ts';
import { callJson } from '../../stand-ins/json-call.ts';

describe('word back', () => {
  let system: System;
  before(async () => {
    // One repetition instead of a minute of them.
    system = await startSystem({ changeTrigger: (trigger) => ({ ...trigger, retry: 1, backoffDelayMs: 10 }) });
  });
  after(() => system?.close());

  /** Merges a pull request and waits until all is quiet; resolves to the merge commit. */
  async function merged(version: string): Promise<string> {
    const { gitea, model } = system;
    const number = await promote(gitea, gitea.repository, model, version);
    await system.idle();
    const repository = `/repos/${gitea.repository}`;
    // The same branch may be made again.
    await callJson(gitea, 'DELETE', `${repository}/branches/promote-${model}-${version}`);
    return (await callJson<{ merge_commit_sha: string }>(gitea, 'GET', `${repository}/pulls/${number}`))
      .merge_commit_sha;
  }

  /** What people see there, oldest first. */
  async function told(commit: string): Promise<string[]> {
    const path = `/repos/${system.gitea.repository}/commits/${commit}/statuses`;
    const list = await callJson<{ context: string; status: string; description: string }[]>(system.gitea, 'GET', path);
    return list.map(({ context, status, description }) => `${context} ${status}: ${description.replace(/ \[.*$/, '')}`);
  }

  it('says on the merge commit that the promotion is on its way, and then that the registry has it', async () => {
    const commit = await merged('1.1.0');
    assert.deepEqual(await told(commit), [
      'registry/prod pending: jukebox: Git deploys 1.1.0 in prod; the registry is being updated.',
      'registry/prod success: jukebox: the registry labels 1.1.0 with prod, no longer 1.0.0.',
    ]);
  });

  it('says of a file that cannot be read so, on the commit that brought it, and well on the one that mends it', async () => {
    const { gitea, model } = system;
    const path = `model-deployments/prod/${model}/config.yaml`;
    const write = async (content: string): Promise<string> => {
      const at = `/repos/${gitea.repository}/contents/${path}`;
      const { sha } = await callJson<{ sha: string }>(gitea, 'GET', at);
      const body = { sha, content: Buffer.from(content).toString('base64'), message: 'Change' };
      const { commit } = await callJson<{ commit: { sha: string } }>(gitea, 'PUT', at, body);
      await system.idle();
      return commit.sha;
    };
    const broken = await told(await write('version: [\n'));
    assert.match(
      broken.at(-1)!,
      new RegExp(`^registry/prod failure: ${path}: It cannot be read .+; counts as at commit`),
    );
    const mended = await told(await write(`name: ${model}\nversion: "1.1.0"\n`));
    assert.match(mended.at(-1)!, /^registry\/prod success: jukebox: /);
  });

  it('goes nowhere else: a webhook for statuses brings an event that nobody takes', async () => {
    const { gitea, webhook, broker } = system;
    await callJson(gitea, 'POST', `/repos/${gitea.repository}/hooks`, {
      type: 'gitea',
      active: true,
      events: ['status'],
      config: { url: webhook.url, content_type: 'json', secret: webhook.secret },
    });
    const before = broker.history.length;
    const commit = await merged('1.0.0');
    assert.equal((await told(commit)).at(-1)?.split(':')[0], 'registry/prod success');
    const arrived = broker.history
      .slice(before)
      .map(({ event, triggers }) => [event.attributes.type, triggers] as const);
    const statuses = arrived.filter(([type]) => type === 'dev.knative.source.gitea.status');
    assert.equal(statuses.length, (await told(commit)).length);
    assert.ok(statuses.every(([, triggers]) => triggers.length === 0));
    assert.equal(arrived.filter(([type]) => type === 'dev.mlops.model.promoted.v1').length, 1);
  });

  it('says what was lost and what helps, and after the reconcile that all is well', async () => {
    const registry = system.registry.kubeflow!;
    registry.faults.onRequest = () => ({ status: 503 });
    const commit = await merged('1.1.0');
    const shown = await told(commit);
    assert.match(
      shown.at(-1)!,
      /^registry\/prod failure: jukebox: the registry was not updated: .* answered 503.*the next reconcile brings the registry in sync with Git/,
    );
    registry.faults.onRequest = undefined;
    await system.ping();
    await system.idle();
    const healed = await told(commit);
    assert.deepEqual(healed.slice(0, shown.length), shown);
    assert.equal(
      healed.at(-1),
      'registry/prod success: jukebox: the registry labels 1.1.0 with prod, no longer 1.0.0.',
    );
    await system.ping();
    await system.idle();
    assert.deepEqual(await told(commit), healed);
  });
});
