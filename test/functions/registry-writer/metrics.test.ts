// What the alerts of config/chart/files/alerts.yaml stand on: its values, not its names.
import assert from 'node:assert/strict';
import { createWorld, serving, type World } from './world.ts';

const tenOClock = Date.UTC(2026, 9, 1, 10);
const minute = 60_000;

describe('metrics of registry-writer', () => {
  let world: World;
  let now: number;
  beforeEach(async () => {
    now = tenOClock;
    world = await createWorld({}, {}, () => now);
    for (const name of ['jukebox', 'radio'])
      world.registry.addModel({ name, versions: [{ name: '1' }, { name: '2' }] });
    for (const model of ['jukebox', 'radio'])
      assert.equal((await world.send(world.promotion([serving('1')], { model }))).status, 200);
  });
  afterEach(() => world.close());

  const observe = async (environment: string, versions: Record<string, string> = {}) => {
    const models = Object.entries(versions).map(([model, version]) => ({ model, versions: [serving(version)] }));
    return (await world.observe({ environment, models })).status;
  };
  const timestamp = () => world.metrics('registry_reconcile_timestamp_seconds{');
  const age = () => world.metrics('registry_reconcile_age_seconds ');
  const drift = () => world.metrics('registry_drift_total{');

  it('a reconcile that fails is none: time and age stay, so that ReconcileLate and ReconcileMissing fire', async () => {
    world.registry.faults.onRequest = () => ({ status: 503, body: 'down' });
    assert.equal(await observe('prod'), 503);
    assert.deepEqual([timestamp(), age(), drift()], [[], [], []]);

    world.registry.faults.onRequest = undefined;
    assert.equal(await observe('prod', { jukebox: '1', radio: '1' }), 202);
    const first = [`registry_reconcile_timestamp_seconds{environment="prod"} ${tenOClock / 1000}`];
    assert.deepEqual([timestamp(), age(), drift()], [first, ['registry_reconcile_age_seconds 0'], []]);

    now += 30 * minute;
    world.registry.faults.onRequest = () => ({ status: 503, body: 'down' });
    assert.equal(await observe('prod'), 503);
    assert.deepEqual([timestamp(), age()], [first, ['registry_reconcile_age_seconds 1800']]);
  });

  it('the age is that of the environment that waits longest', async () => {
    await observe('test');
    now += 10 * minute;
    await observe('prod', { jukebox: '1', radio: '1' });
    now += minute;
    assert.deepEqual(age(), ['registry_reconcile_age_seconds 660']);
    assert.equal(timestamp().length, 2);
  });

  it('say of a further registry which one it is, and so does each event about it', async () => {
    const further = await createWorld({}, { REGISTRY_NAME: 'new' }, () => now);
    try {
      further.registry.addModel({ name: 'jukebox', versions: [{ name: '1' }] });
      const { headers, body } = await further.send(further.promotion([serving('1')]));
      assert.equal((JSON.parse(body.toString()) as { registryName?: string }).registryName, 'new');
      assert.equal(headers['ce-type'], 'dev.mlops.registry.updated.v1');
      await further.observe({ models: [] });
      assert.deepEqual(further.metrics('registry_drift_total{'), [
        'registry_drift_total{environment="prod",registry="new"} 1',
      ]);
      assert.deepEqual(further.metrics('registry_reconcile_age_seconds{'), [
        'registry_reconcile_age_seconds{registry="new"} 0',
      ]);
      assert.ok(further.lines.some(({ fields }) => fields?.function === 'registry-writer-new'));
    } finally {
      await further.close();
    }
  });

  it('drift counts the models that differ, each time they are found', async () => {
    await observe('prod', { jukebox: '2' });
    assert.deepEqual(drift(), ['registry_drift_total{environment="prod"} 2']);
    await observe('prod', { jukebox: '1', radio: '2' });
    assert.deepEqual(drift(), ['registry_drift_total{environment="prod"} 3']);
  });
});
