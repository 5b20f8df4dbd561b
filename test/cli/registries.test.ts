// The commands with two registries: each is about both, and one that is away hides nothing of the other.
import assert from 'node:assert/strict';
import { createModelRegistryStandIn, type StandIn } from '../../stand-ins/model-registry/index.ts';
import { type CliWorld, config, createCliWorld, pathOf } from './world.ts';

describe('post-deployment with two registries', () => {
  let world: CliWorld;
  let second: StandIn;
  beforeEach(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.1.0') });
    second = await createModelRegistryStandIn();
    for (const registry of [world.registry, second])
      registry.addModel({ name: 'jukebox', versions: [{ name: '1.0.0' }, { name: '1.1.0' }] });
    Object.assign(world.env, { FURTHER_REGISTRIES: 'new', MODEL_REGISTRY_URL_NEW: second.url });
  });
  afterEach(async () => {
    await Promise.all([world.close(), second.close()]);
  });

  const labels = () => [world.registry, second].map((registry) => registry.labels().jukebox?.['1.1.0'] ?? []);
  const down = () => ({ status: 503, body: 'down' });
  /** Only the first one is filled. */
  const fillFirst = () => world.run(['reconcile', '--yes'], { env: { FURTHER_REGISTRIES: undefined } });

  it('status shows each, and is in sync when both are', async () => {
    await fillFirst();
    const { code, stdout } = await world.run(['status']);
    assert.equal(code, 3);
    assert.match(stdout, /^Git .*\nRegistry {2}http:.*\n\nENVIRONMENT[^\n]*\nprod +jukebox +1\.1\.0 +1\.1\.0 .* ok/);
    assert.match(stdout, /\n\nRegistry {2}new: http:[^\n]*\n\nENVIRONMENT[^\n]*\nprod +jukebox +1\.1\.0 +- .* drift/);
    const { json } = await world.run(['status', '--json']);
    assert.deepEqual([json.registry, json.models[0].state, json.inSync], [world.registry.url, 'ok', false]);
    const [further] = json.further;
    assert.deepEqual([further.name, further.registry, further.models[0].state], ['new', second.url, 'drift']);
    await world.run(['reconcile', '--yes']);
    assert.equal((await world.run(['status'])).code, 0);
    assert.equal((await world.run(['status', '--json'])).json.inSync, true);
  });

  it('status shows the one while the other is away, and says where to look for that', async () => {
    await fillFirst();
    second.faults.onRequest = down;
    const { code, stdout } = await world.run(['status']);
    assert.equal(code, 1);
    assert.match(stdout, /prod +jukebox +1\.1\.0 +1\.1\.0 .* ok/);
    assert.match(stdout, /Registry {2}new: .*\n\nmodel registry: GET .* status 503.*\n→ post-deployment doctor/);
    const { json } = await world.run(['status', '--json']);
    assert.equal(json.inSync, false);
    assert.match(json.further[0].failed, /status 503/);
  });

  it('reconcile shows what each lacks, and fills both', async () => {
    const { code, stdout } = await world.run(['reconcile', '--dry-run']);
    assert.equal(code, 3);
    assert.equal(stdout.match(/writes? to 1 model would be made/g)?.length, 2);
    assert.deepEqual(labels(), [[], []]);
    const real = await world.run(['reconcile', '--yes', '--json']);
    assert.equal(real.code, 0, real.stderr);
    assert.deepEqual(labels(), [['prod'], ['prod']]);
    assert.equal(real.json.applied.length, 1);
    assert.deepEqual([real.json.further[0].name, real.json.further[0].applied.length], ['new', 1]);
    // What Git knows of it: since when, and by whom.
    const record = JSON.stringify(second.dump());
    assert.match(record, new RegExp(`"prod.commit":\\{[^}]*${world.repository.head()}`));
    assert.match((await world.run(['reconcile'])).stdout, /(Nothing to write[\s\S]*){2}/);
  });

  it('reconcile writes to the one while the other is away', async () => {
    world.registry.faults.onRequest = down;
    const { code, stdout } = await world.run(['reconcile', '--yes']);
    assert.equal(code, 1);
    assert.match(stdout, /status 503/);
    assert.deepEqual(labels(), [[], ['prod']]);
  });

  it('replay hands an event to the writer of each', async () => {
    await world.run(['reconcile', '--yes']);
    const ping = JSON.stringify({ specversion: '1.0', id: '1', source: '/x', type: 'dev.knative.sources.ping' });
    const { json } = await world.run(['replay', '--json', '-'], { input: ping });
    const functions = json.replayed[0].steps.map((step: { function: string }) => step.function);
    assert.ok(functions.includes('registry-writer') && functions.includes('registry-writer-new'), functions.join());
  });

  it('history has the record of each', async () => {
    await fillFirst();
    const { stdout, code } = await world.run(['history', 'jukebox']);
    assert.equal(code, 3);
    assert.match(stdout, /REGISTRY'S RECORD +RECORD IN new\n.*labelled, since .* {2}no record/);
    assert.match(stdout, /- new: Git deploys 1\.1\.0 now; the registry does not label it\./);
    second.faults.onRequest = down;
    const failed = await world.run(['history', 'jukebox']);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /labelled, since .* {2}\?/);
    assert.match(failed.stdout, /Registry {2}new: .*\n.*status 503/);
  });

  it('doctor checks each, and names the settings of the one that is wrong', async () => {
    const { stdout } = await world.run(['doctor']);
    assert.match(stdout, /ok +registry +http.*1 registered model/);
    assert.match(stdout, /ok +registry new +http.*1 registered model/);
    const { json, code } = await world.run(['doctor', '--json'], {
      env: { MODEL_REGISTRY_URL_NEW: world.gitea.url },
    });
    assert.equal(code, 1);
    // The test has no webhook.
    const wrong = json.findings.filter(
      ({ level, about }: Record<string, string>) => level === 'problem' && about !== 'webhook',
    );
    assert.deepEqual([...new Set(wrong.map(({ about }: { about: string }) => about))], ['registry new']);
    assert.match(JSON.stringify(wrong), /MODEL_REGISTRY_URL_NEW/);
  });
});
