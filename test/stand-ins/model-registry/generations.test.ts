import assert from 'node:assert/strict';
import {
  createModelRegistryStandIn,
  type GenerationName,
  type StandIn,
} from '../../../stand-ins/model-registry/index.ts';
import { call, get, label, names, text } from './client.ts';

const manyVersions = (count: number) => ({
  name: 'jukebox',
  versions: Array.from({ length: count }, (_, i) => ({ name: `v${i + 1}`, labels: i === 2 ? ['prod'] : [] })),
});
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

describe('the generations of the Model Registry stand-in', () => {
  let standIn: StandIn;
  const start = async (generation: GenerationName) => {
    standIn = await createModelRegistryStandIn({ generation });
  };
  afterEach(() => standIn.close());

  const HOLDERS = `/registered_models/1/versions?filterQuery=${encodeURIComponent('prod = ""')}`;
  for (const [generation, count] of [
    ['main-postgres', 1],
    ['main-mariadb', 1],
    ['v0.3.3-postgres', 1],
    ['v0.2.21-mariadb', 30],
    ['mlmd', 20],
  ] as const) {
    it(`${generation} returns ${count} of 30 versions for a filter on one label`, async () => {
      await start(generation);
      standIn.addModel(manyVersions(30));
      assert.equal((await get(standIn, HOLDERS)).body.size, count);
    });
  }

  // The generation that was not recorded: as its source has it.
  describe('mlmd', () => {
    beforeEach(() => start('mlmd'));

    it('gives pages of 20, at most 100, and all versions over all pages', async () => {
      standIn.addModel(manyVersions(130));
      const seen: string[] = [];
      let token = '';
      const sizes: number[] = [];
      do {
        const page = await get(
          standIn,
          `/registered_models/1/versions?pageSize=500&nextPageToken=${encodeURIComponent(token)}`,
        );
        seen.push(...names(page));
        sizes.push(page.body.size);
        token = page.body.nextPageToken;
      } while (token !== '');
      assert.deepEqual(sizes, [100, 30]);
      assert.equal(new Set(seen).size, 130);
      assert.equal((await get(standIn, '/registered_models/1/versions')).body.size, 20);
    });

    it('sorts downwards when it is told an order without a direction', async () => {
      standIn.addModel(manyVersions(3));
      assert.deepEqual(names(await get(standIn, '/registered_models/1/versions?orderBy=ID')), ['v3', 'v2', 'v1']);
      assert.deepEqual(names(await get(standIn, '/registered_models/1/versions')), ['v1', 'v2', 'v3']);
    });

    it('reads struct values in the form in which it takes them', async () => {
      standIn.addModel({ name: 'jukebox', versions: [{ name: '1', properties: { config: { struct: { a: 1 } } } }] });
      const read = await get(standIn, '/model_versions/2');
      assert.equal(read.body.customProperties.config.struct_value, base64({ a: 1 }));
      const back = await call(standIn, 'PATCH', '/model_versions/2', { author: 'ada' });
      assert.equal(back.status, 200);
      assert.deepEqual(back.body.customProperties, read.body.customProperties);
    });

    it('leaves the code of an error empty, and knows no conflict', async () => {
      standIn.addModel({ name: 'jukebox' });
      const missing = await get(standIn, '/registered_models/99');
      assert.deepEqual([missing.status, missing.body.code], [404, '']);
      assert.equal((await call(standIn, 'POST', '/registered_models', { name: 'jukebox' })).status, 500);
    });

    it('wants a model for a version', async () => {
      assert.equal((await call(standIn, 'POST', '/model_versions', { name: '1', registeredModelId: '7' })).status, 404);
    });
  });

  for (const [generation, kept] of [
    ['v0.3.3-postgres', { metadataType: 'MetadataIntValue', int_value: '1' }],
    ['main-postgres', label],
  ] as const) {
    it(`${generation} keeps ${kept === label ? 'the label' : 'the int'} when a label is written over an int`, async () => {
      await start(generation);
      standIn.addModel({ name: 'jukebox', versions: [{ name: '1', properties: { prod: 1 } }] });
      const reply = await call(standIn, 'PATCH', '/model_versions/2', { customProperties: { prod: label } });
      assert.deepEqual(reply.body.customProperties.prod, kept);
    });
  }

  it('folds keys that differ in case into one row on MariaDB', async () => {
    await start('main-mariadb');
    standIn.addModel({ name: 'jukebox', versions: [{ name: '1' }] });
    await call(standIn, 'PATCH', '/model_versions/2', { customProperties: { prod: label, Prod: text('x') } });
    const map = (await get(standIn, '/model_versions/2')).body.customProperties;
    assert.equal(Object.keys(map).length, 1);
  });

  it('cannot list children on v0.2.21 with PostgreSQL, and can look them up', async () => {
    await start('v0.2.21-postgres');
    standIn.addModel({ name: 'jukebox', versions: [{ name: '1', artifacts: [{ name: 'jukebox' }] }] });
    assert.equal((await get(standIn, '/registered_models/1/versions')).status, 500);
    assert.equal((await get(standIn, '/model_versions/2/artifacts')).status, 500);
    assert.equal((await get(standIn, '/model_version?name=1&parentResourceId=1')).status, 200);
    assert.equal((await get(standIn, '/model_artifact?name=jukebox&parentResourceId=2')).status, 200);
  });
});
