// Two registries, of which one is down for a while: the other has every label meanwhile, the commit says which one lacks it, and the
// next reconcile fills the gap. With a process for each function, and with all of them in one.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { freePort } from '../../local/processes.ts';
import { promote } from '../../local/promote.ts';
import { seedRegistry } from '../../local/seed.ts';
import { type System, startSystem } from '../../local/system.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import { createModelRegistryStandIn, type StandIn } from '../../stand-ins/model-registry/index.ts';
import { postEvent } from '../../stand-ins/post-event.ts';
import { launch } from '../conformance/processes.ts';
import { closeAfterEach } from '../try-again.ts';

const api = '/api/model_registry/v1alpha3';
const main = path.resolve(import.meta.dirname, '../../dist/index.cjs');
const down = () => ({ status: 503, body: 'down' });

function labelled(registry: StandIn, model: string): string[] {
  return Object.entries(registry.labels()[model] ?? {})
    .filter(([, labels]) => labels.includes('prod'))
    .map(([version]) => version);
}

describe('two registries', () => {
  const keep = closeAfterEach();

  it('with a process for each: one is down for an hour, and the other has every label', async () => {
    const second = keep(await createModelRegistryStandIn());
    await seedRegistry({ api: second.url + api }, 'jukebox');
    const system: System = keep(
      await startSystem({
        settings: { FURTHER_REGISTRIES: 'new', MODEL_REGISTRY_URL_NEW: second.url },
        changeTrigger: (trigger) => ({ ...trigger, retry: 1, backoffDelayMs: 10 }),
      }),
    );
    const { gitea, model } = system;
    const first = system.registry.kubeflow!;
    const repository = `/repos/${gitea.repository}`;

    async function merged(version: string): Promise<string> {
      const number = await promote(gitea, gitea.repository, model, version);
      await system.idle();
      await callJson(gitea, 'DELETE', `${repository}/branches/promote-${model}-${version}`);
      const pull = await callJson<{ merge_commit_sha: string }>(gitea, 'GET', `${repository}/pulls/${number}`);
      return pull.merge_commit_sha;
    }
    /** What people see on the commit: the newest of each context, and all of them together. */
    async function shown(commit: string) {
      const at = `${repository}/commits/${commit}`;
      const list = await callJson<{ context: string; status: string }[]>(gitea, 'GET', `${at}/statuses`);
      return Object.fromEntries(list.map(({ context, status }) => [context, status]));
    }

    const together = await merged('1.1.0');
    assert.deepEqual(
      [first, second].map((one) => labelled(one, model)),
      [['1.1.0'], ['1.1.0']],
    );
    assert.deepEqual(await shown(together), { 'registry/prod': 'success', 'registry/prod/new': 'success' });

    second.faults.onRequest = down;
    const commit = await merged('1.0.0');
    // The reconciles of an hour.
    for (let i = 0; i < 2; i++) {
      await system.ping();
      await system.idle();
    }
    assert.deepEqual(labelled(first, model), ['1.0.0']);
    assert.deepEqual(labelled(second, model), ['1.1.0']);
    assert.deepEqual(await shown(commit), { 'registry/prod': 'success', 'registry/prod/new': 'failure' });

    second.faults.onRequest = undefined;
    await system.ping();
    await system.idle();
    assert.deepEqual(labelled(second, model), ['1.0.0']);
    assert.deepEqual(await shown(commit), { 'registry/prod': 'success', 'registry/prod/new': 'success' });
    const calls = () => [first, second].map((one) => one.calls.filter(({ method }) => method !== 'GET').length);
    const before = calls();
    await system.ping();
    await system.idle();
    assert.deepEqual(calls(), before);
  });

  it('in one process: each is written as soon as it can be', async () => {
    const gitea = keep(await createGiteaStandIn());
    const file = 'model-deployments/prod/jukebox/config.yaml';
    gitea.createRepository('ada/fleet', { files: { [file]: 'name: jukebox\nversion: "2"\n' } });
    const [first, second] = [keep(await createModelRegistryStandIn()), keep(await createModelRegistryStandIn())];
    for (const registry of [first, second])
      registry.addModel({ name: 'jukebox', versions: [{ name: '1' }, { name: '2' }] });
    second.faults.onRequest = down;
    const eventsPort = await freePort();
    const running = await launch('own', [main], {
      EVENTS_PORT: String(eventsPort),
      LISTEN_ADDRESS: '127.0.0.1',
      GITEA_WEBHOOK_SECRET: 'a-webhook-secret-of-the-tests',
      GITEA_URL: gitea.url,
      GITEA_REPOSITORY: 'ada/fleet',
      GITEA_TOKEN: gitea.token('ada'),
      MODEL_REGISTRY_URL: first.url,
      FURTHER_REGISTRIES: 'new',
      MODEL_REGISTRY_URL_NEW: second.url,
    });
    keep({ close: running.stop });
    await running.wrote('"message":"ready"');
    const ping = { id: randomUUID(), source: '/tests', type: 'dev.knative.sources.ping' };
    assert.equal(await postEvent(`http://127.0.0.1:${eventsPort}/`, ping, {}), 202, running.output());
    const until = async (isSo: () => boolean | Promise<boolean>) => {
      while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(() => labelled(first, 'jukebox').includes('2'));
    assert.deepEqual(labelled(second, 'jukebox'), []);
    second.faults.onRequest = undefined;
    await until(() => labelled(second, 'jukebox').includes('2'));
    const metrics = async () => (await fetch(`http://127.0.0.1:${eventsPort}/metrics`)).text();
    for (const line of [
      'registry_reconcile_timestamp_seconds{environment="prod"}',
      'registry_reconcile_timestamp_seconds{environment="prod",registry="new"}',
      'calls_total{code="2xx",server="registry-new"}',
    ])
      await until(async () => (await metrics()).includes(line));
  });
});
