import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { TryAgainError } from '../../../events/errors.ts';
import type { RegisteredModel, RegisteredVersion } from '../../../promotions/registry-state.ts';
import type { Registry } from '../../../registries/registry.ts';
import {
  createModelRegistryStandIn,
  type StandIn,
  type StandInOptions,
} from '../../../stand-ins/model-registry/index.ts';
import { adapterAt, testIo } from './world.ts';

const tls = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8');
const label = { set: { prod: '' }, remove: [] };

describe('a Model Registry in trouble', () => {
  let standIn: StandIn;
  let registry: Registry;
  let model: RegisteredModel;
  let version: RegisteredVersion;

  async function start(options: StandInOptions = {}): Promise<void> {
    standIn = await createModelRegistryStandIn(options);
    standIn.addModel({
      name: 'jukebox',
      versions: [
        { name: '1.0.0', labels: ['prod'] },
        { name: '2.0.0', artifacts: [{ name: 'jukebox', uri: 's3://x' }] },
      ],
    });
    standIn.addModel({ name: 'no_version' });
    registry = adapterAt(standIn.url);
    model = (await registry.findModel('jukebox'))!;
    version = (await registry.findVersions(model, 'prod', ['2.0.0'])).named.get('2.0.0')!;
  }

  afterEach(() => standIn.close());

  const artifact = { id: '1', versionId: '0', name: 'jukebox', uri: 's3://x' };
  const everything = (on: Registry): Record<string, () => Promise<unknown>> => ({
    findModel: () => on.findModel('jukebox'),
    'findModel, by pattern': () => on.findModel('no_such'),
    findVersions: () => on.findVersions(model, 'prod', ['2.0.0', 'v_1']),
    holders: () => on.holders(model, 'prod'),
    artifacts: () => on.artifacts!.of(version),
    models: () => on.models(),
    allHolders: () => on.allHolders('prod'),
    changeModel: () => on.changeModel(model, { set: { a: 'b' }, remove: [] }),
    changeVersion: () => on.changeVersion(version, label),
    changeArtifact: () => on.artifacts!.changeUri(artifact, 'oci://x'),
  });

  async function allAskToTryAgain(on: Registry = registry): Promise<string[]> {
    const messages: string[] = [];
    for (const [method, call] of Object.entries(everything(on))) {
      await assert.rejects(call, (error: unknown) => {
        assert.ok(error instanceof TryAgainError, `${method}: ${error}`);
        messages.push(error.message);
        return true;
      });
    }
    return messages;
  }

  for (const generation of ['main-postgres', 'v0.3.3-postgres', 'v0.2.21-mariadb', 'mlmd'] as const) {
    it(`is believed in nothing while the database of ${generation} is away, and works when it is back`, async () => {
      await start({ generation });
      const before = JSON.stringify(standIn.dump());
      for (const broken of [0, 100]) {
        standIn.database.set('stopped', broken);
        await allAskToTryAgain();
      }
      standIn.database.set('recovering');
      await allAskToTryAgain();
      standIn.database.set('unreached');
      await allAskToTryAgain();
      standIn.database.set('up');
      assert.equal(JSON.stringify(standIn.dump()), before);
      for (const call of Object.values(everything(registry))) await call();
      assert.deepEqual(standIn.labels().jukebox, { '1.0.0': ['prod'], '2.0.0': ['prod'] });
    });
  }

  it('says in its own words what v0.2.21 on PostgreSQL cannot do', async () => {
    standIn = await createModelRegistryStandIn({ generation: 'v0.2.21-postgres' });
    standIn.addModel({ name: 'jukebox', versions: [{ name: '1' }] });
    registry = adapterAt(standIn.url);
    const found = (await registry.findModel('jukebox'))!;
    await assert.rejects(registry.findVersions(found, 'prod', ['1']), /status 500, ".*does not exist/);
  });

  it('is given up when it does not answer in time', async () => {
    await start();
    standIn.database.set('stalled');
    const io = testIo();
    const { api } = io;
    io.api = (request) => api({ ...request, timeoutMs: 50 });
    const messages = await allAskToTryAgain(adapterAt(standIn.url, {}, io));
    assert.equal(messages.filter((message) => message.includes('may have been done')).length, 3);
  });

  for (const end of ['hang', 'reset'] as const) {
    it(`may have written before it failed (${end}): what is read next is right`, async () => {
      await start();
      standIn.faults.onRequest = ({ method }) => (method === 'PATCH' ? { after: end } : undefined);
      const io = testIo();
      const { api } = io;
      io.api = (request) => api({ ...request, timeoutMs: 200 });
      await assert.rejects(adapterAt(standIn.url, {}, io).changeVersion(version, label), /may have been done/);
      standIn.faults.onRequest = undefined;
      assert.deepEqual(
        (await registry.holders(model, 'prod')).map(({ name }) => name),
        ['1.0.0', '2.0.0'],
      );
    });
  }

  for (const [what, status, body] of [
    ['401', 401, 'Unauthorized'],
    ['403', 403, 'Forbidden'],
    ['a plain 404', 404, '404 page not found\n'],
    ['409', 409, { code: 'Conflict', message: 'model version with name x already exists: conflict' }],
    ['429', 429, ''],
    ['500', 500, { code: 'Internal Server Error', message: 'Error 1213 (40001): Deadlock found' }],
    ['503 as text', 503, 'no healthy upstream'],
    ['a page of HTML', 200, '<html></html>'],
    ['an empty object', 200, {}],
    ['an empty answer', 200, ''],
    ['a list that is not whole', 200, { items: [], nextPageToken: '', size: 3, pageSize: 200 }],
    ['a list without a token', 200, { items: [], size: 0 }],
    ['an endless list', 200, { items: [], nextPageToken: 'MTox', size: 0, pageSize: 200 }],
    ['a list of something else', 200, { items: [{ name: 'x' }], nextPageToken: '', size: 1, pageSize: 200 }],
  ] as const) {
    it(`is asked again later, by no call at once: ${what}`, async () => {
      await start();
      standIn.faults.onRequest = () => ({ status, body });
      for (const method of Object.keys(everything(registry))) {
        let calls = 0;
        const io = testIo();
        const { api } = io;
        io.api = (request) => {
          calls++;
          return api(request);
        };
        await assert.rejects(everything(adapterAt(standIn.url, {}, io))[method]!, TryAgainError, method);
        // One for the holders, one for each name.
        assert.equal(calls, method === 'findVersions' ? 3 : 1, method);
      }
    });
  }

  it('is not believed in a version of another model', async () => {
    await start();
    const body = { id: '9', name: '2.0.0', registeredModelId: '99', customProperties: {} };
    standIn.faults.onRequest = ({ path }) => (path === '/model_version' ? { status: 200, body } : undefined);
    await assert.rejects(registry.findVersions(model, 'prod', ['2.0.0']), /version 9 of model 99 came/);
    const list = { items: [body], nextPageToken: '', size: 1, pageSize: 200 };
    standIn.faults.onRequest = () => ({ status: 200, body: list });
    await assert.rejects(registry.holders(model, 'prod'), /version 9 of model 99 came/);
  });

  it('is not walked in circles when it starts a list again for a token it does not know', async () => {
    for (const generation of ['v0.3.3-postgres', 'v0.2.21-mariadb'] as const) {
      standIn = await createModelRegistryStandIn({ generation });
      const versions = Array.from({ length: 250 }, (_, i) => ({ name: `${i}`, labels: ['prod'] }));
      standIn.addModel({ name: 'jukebox', versions });
      const io = testIo();
      const { api } = io;
      io.api = (request) =>
        api({ ...request, url: request.url.replace(/nextPageToken=[^&]+/, 'nextPageToken=garbage') });
      registry = adapterAt(standIn.url, {}, io);
      const found = (await registry.findModel('jukebox'))!;
      await assert.rejects(registry.holders(found, 'prod'), /came twice/);
      assert.equal(standIn.calls.length, 3);
      if (generation === 'v0.3.3-postgres') await standIn.close();
    }
  });

  it('is reached through a gateway, TLS and a sidecar with tokens that change between calls', async () => {
    await start();
    await standIn.close();
    standIn = await createModelRegistryStandIn({
      pathPrefix: '/model-registry/prod',
      token: 'good',
      forbiddenToken: 'known',
      tls: { key: tls('server.key'), cert: tls('server.crt') },
    });
    standIn.addModel({ name: 'jukebox' });
    const given = ['good', 'old', 'known', undefined, 'good'];
    registry = adapterAt(`${standIn.url}/`, { token: () => given.shift(), ca: () => tls('ca.crt') });
    assert.equal((await registry.findModel('jukebox'))?.name, 'jukebox');
    await assert.rejects(registry.findModel('jukebox'), /status 401.*MODEL_REGISTRY_TOKEN/);
    await assert.rejects(registry.findModel('jukebox'), /status 403.*MODEL_REGISTRY_TOKEN/);
    await assert.rejects(registry.findModel('jukebox'), /status 401/);
    assert.equal((await registry.findModel('jukebox'))?.name, 'jukebox');
  });
});
