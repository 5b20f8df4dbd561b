import assert from 'node:assert/strict';
import { createModelRegistryStandIn, type StandIn } from '../../../stand-ins/model-registry/index.ts';
import { call, get, text } from './client.ts';

describe('seeding and showing the Model Registry stand-in', () => {
  let standIn: StandIn;
  beforeEach(async () => {
    standIn = await createModelRegistryStandIn({ clock: () => 1_700_000_000_000 });
  });
  afterEach(() => standIn.close());

  it('takes values of every type, labels, states and artifacts', async () => {
    const { id, versions } = standIn.addModel({
      name: 'jukebox',
      owner: 'ada',
      labels: ['team-audio'],
      versions: [
        {
          name: '1.0.0',
          author: 'ada',
          state: 'ARCHIVED',
          labels: ['prod'],
          properties: {
            stage: 'x',
            epochs: 12,
            accuracy: 0.5,
            whole: { double: 5 },
            ok: true,
            config: { struct: { b: [1], a: null } },
          },
          artifacts: [
            { name: 'jukebox', uri: 's3://a', state: 'LIVE' },
            { name: 'readme', artifactType: 'doc-artifact' },
          ],
        },
      ],
    });
    const version = (await get(standIn, `/model_versions/${versions['1.0.0']!.id}`)).body;
    assert.equal(version.registeredModelId, id);
    assert.equal(version.state, 'ARCHIVED');
    assert.deepEqual(version.customProperties, {
      accuracy: { metadataType: 'MetadataDoubleValue', double_value: 0.5 },
      config: { metadataType: 'MetadataStructValue', struct_value: '{"a":null,"b":[1]}' },
      epochs: { metadataType: 'MetadataIntValue', int_value: '12' },
      ok: { metadataType: 'MetadataBoolValue', bool_value: true },
      prod: text(''),
      stage: text('x'),
      whole: { metadataType: 'MetadataDoubleValue', double_value: 5 },
    });
    const artifacts = (await get(standIn, `/model_versions/${version.id}/artifacts`)).body.items;
    assert.deepEqual(
      artifacts.map((a: Record<string, string>) => [a.id, a.artifactType, a.name, a.state]),
      [
        [versions['1.0.0']!.artifacts.jukebox!.id, 'model-artifact', 'jukebox', 'LIVE'],
        [versions['1.0.0']!.artifacts.readme!.id, 'doc-artifact', 'readme', undefined],
      ],
    );
  });

  it('refuses a second model of the same name', () => {
    standIn.addModel({ name: 'jukebox' });
    assert.throws(() => standIn.addModel({ name: 'jukebox' }), { name: 'DuplicateKey' });
  });

  it('shows labels: empty strings only', () => {
    standIn.addModel({
      name: 'jukebox',
      versions: [
        { name: '1', labels: ['test', 'prod'], properties: { stage: 'x', n: 1 } },
        { name: '2', properties: { prod: 'not a label', flag: true } },
      ],
    });
    assert.deepEqual(standIn.labels(), { jukebox: { '1': ['prod', 'test'], '2': [] } });
  });

  it('dumps everything as plain JSON, parents and orphans included', () => {
    const { versions } = standIn.addModel({ name: 'jukebox', versions: [{ name: '1' }] });
    standIn.addVersion('99', { name: 'orphan' });
    standIn.addArtifact(versions['1']!.id, { name: 'model', uri: 'u' });
    const dump = standIn.dump();
    assert.deepEqual(JSON.parse(JSON.stringify(dump)), dump);
    assert.deepEqual(
      dump.modelVersions.map(({ name, parents }) => [name, parents]),
      [
        ['1', ['1']],
        ['orphan', ['99']],
      ],
    );
    assert.deepEqual(dump.artifacts, [
      {
        artifactType: 'model-artifact',
        createTimeSinceEpoch: '1700000000000',
        customProperties: {},
        id: '1',
        lastUpdateTimeSinceEpoch: '1700000000000',
        name: 'model',
        parents: ['2'],
        uri: 'u',
      },
    ]);
  });

  it('dumps what the API can no longer read', async () => {
    standIn.addModel({ name: 'jukebox', versions: [{ name: '1' }] });
    const customProperties = { broken: text('mlmd-struct::!'), kept: text('x') };
    assert.equal((await call(standIn, 'PATCH', '/model_versions/2', { customProperties })).status, 400);
    assert.equal((await get(standIn, '/registered_models/1/versions')).status, 400);
    const [version] = standIn.dump().modelVersions;
    assert.equal(version!.unreadable, true);
    assert.deepEqual(version!.customProperties, { kept: text('x') });
  });
});
