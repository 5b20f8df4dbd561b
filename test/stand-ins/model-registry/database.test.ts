import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createModelRegistryStandIn,
  type GenerationName,
  type StandIn,
} from '../../../stand-ins/model-registry/index.ts';
import { call, get, label } from './client.ts';

const TYPE_MISMATCH = /type mismatch or invalid value in comparison/;

describe('the database behind the Model Registry stand-in', () => {
  let standIn: StandIn;
  const start = async (generation?: GenerationName) => {
    standIn = await createModelRegistryStandIn(generation ? { generation } : {});
    standIn.addModel({ name: 'jukebox', versions: [{ name: '1.0.0', labels: ['prod'] }] });
  };
  afterEach(() => standIn.close());
  const list = () => get(standIn, '/registered_models/1/versions?pageSize=100');
  const patch = () => call(standIn, 'PATCH', '/model_versions/2', { state: 'LIVE', customProperties: { test: label } });

  it('hides an outage behind 404 on reads by id and on changes, and changes nothing', async () => {
    await start();
    standIn.database.set('stopped', 1);
    for (const reply of [await get(standIn, '/model_versions/2'), await patch(), await patch()]) {
      assert.equal(reply.status, 404);
      assert.equal(reply.body.message, 'no model version found for id 2: not found');
    }
    standIn.database.set('up');
    assert.deepEqual(standIn.labels(), { jukebox: { '1.0.0': ['prod'] } });
  });

  it('blames a filter that was not given for the first broken connection, then says 500', async () => {
    await start();
    standIn.database.set('stopped', 1);
    const [first, second] = [await list(), await list()];
    assert.equal(first.status, 400);
    assert.match(first.body.message, TYPE_MISMATCH);
    assert.equal(second.status, 500);
    assert.match(second.body.message, /connection refused/);
  });

  it('repeats that 400 while the database recovers', async () => {
    await start();
    standIn.database.set('recovering');
    for (const reply of [await list(), await get(standIn, '/registered_model?name=jukebox'), await list()]) {
      assert.equal(reply.status, 400);
      assert.match(reply.body.message, TYPE_MISMATCH);
    }
  });

  for (const generation of ['v0.3.3-postgres', 'v0.2.21-mariadb'] as const) {
    it(`never says 400 for it on ${generation}`, async () => {
      await start(generation);
      standIn.database.set('stopped', 1);
      assert.deepEqual([(await list()).status, (await list()).status, (await patch()).status], [500, 500, 404]);
    });
  }

  it('holds calls while it is stalled, and carries them out when it goes on', async () => {
    await start();
    standIn.database.set('stalled');
    const arrived = new Promise<void>((resolve) => {
      standIn.faults.onRequest = () => void resolve();
    });
    const held = patch();
    await arrived;
    assert.equal(standIn.calls.length, 0);
    standIn.database.set('up');
    assert.equal((await held).status, 200);
    assert.deepEqual(standIn.labels(), { jukebox: { '1.0.0': ['test'] } });
  });

  it('carries out a held change whose client has gone', async () => {
    await start();
    standIn.database.set('stalled');
    const gone = new AbortController();
    const arrived = new Promise<void>((resolve) => {
      standIn.faults.onRequest = () => void resolve();
    });
    const body = { customProperties: { test: label } };
    const held = call(standIn, 'PATCH', '/model_versions/2', body, { signal: gone.signal });
    await arrived;
    gone.abort();
    await assert.rejects(held, { name: 'AbortError' });
    const told = once(standIn.events, 'call');
    standIn.database.set('up');
    await told;
    assert.deepEqual(standIn.labels(), { jukebox: { '1.0.0': ['test'] } });
  });

  it('answers everything with plain 503 until it was reached once', async () => {
    await start();
    standIn.database.set('unreached');
    for (const path of ['/registered_models', '/nope']) {
      const reply = await get(standIn, path);
      assert.equal(reply.status, 503);
      assert.match(reply.text, /^Datastore service is down/);
      assert.equal(reply.headers.get('content-type'), 'text/plain; charset=utf-8');
    }
  });
});
