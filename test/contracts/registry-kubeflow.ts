// Kubeflow's Model Registry for the contract suite, and what is its own: properties of several types, states, artifacts.
import assert from 'node:assert/strict';
import { kubeflow } from '../../registries/kubeflow/index.ts';
import type { Registry, RegistryOptions } from '../../registries/registry.ts';
import {
  createModelRegistryStandIn,
  GENERATIONS,
  type GenerationName,
  type StandIn,
} from '../../stand-ins/model-registry/index.ts';
import { API } from '../registries/kubeflow/world.ts';
import {
  done,
  foundIn,
  type Ground,
  type Json,
  openGround,
  placeOf,
  type SeedVersion,
  type World,
} from './registry-world.ts';

interface OwnVersion {
  name: string;
  customProperties?: Json;
  state?: string;
  author?: string;
  artifacts?: Json[];
}

export interface KubeflowWorld extends World {
  rest: Ground['rest'];
  model(model: Json, versions?: OwnVersion[]): Promise<{ id: string; versions: Record<string, string> }>;
}

const LABEL = { metadataType: 'MetadataStringValue', string_value: '' };
const text = (value: string) => ({ metadataType: 'MetadataStringValue', string_value: value });
const held = (map: Json = {}) => ({ prod: LABEL, ...map });
const without = ({ lastUpdateTimeSinceEpoch: _, ...rest }: Json) => rest;
const names = (versions: Iterable<{ name: string }>) => [...versions].map(({ name }) => name).sort();

/** Without PostgreSQL under v0.2.21: that pair cannot list the versions of a model at all (the server's own fault). */
export const generations = (Object.keys(GENERATIONS) as GenerationName[]).filter((name) => name !== 'v0.2.21-postgres');

export async function openStandIn(generation: GenerationName): Promise<KubeflowWorld> {
  // Every reading is a millisecond later, so that no two writes have the same time.
  let time = Date.UTC(2026, 10, 23);
  const standIn = await createModelRegistryStandIn({ generation, clock: () => time++ });
  return world({ url: standIn.url, api: API, token: () => undefined, ca: () => undefined }, standIn);
}

export const openRealServer = (url: string): KubeflowWorld => world(placeOf(url, API));

function world(options: RegistryOptions, standIn?: StandIn): KubeflowWorld {
  const ground = openGround({ adapter: kubeflow, options, ...(standIn && { standIn }) });
  const { rest } = ground;
  /** The ids of what was added, by name. */
  const models = new Map<string, { id: string; versions: Record<string, string> }>();

  const model: KubeflowWorld['model'] = async (model, versions = []) => {
    const id = String((await rest('POST', '/registered_models', model)).id);
    const ids: Record<string, string> = Object.create(null);
    models.set(String(model.name), { id, versions: ids });
    for (const { artifacts = [], ...version } of versions) {
      const created = await rest('POST', '/model_versions', { ...version, registeredModelId: id });
      ids[version.name] = String(created.id);
      for (const artifact of artifacts) await rest('POST', `/model_versions/${created.id}/artifacts`, artifact);
    }
    return { id, versions: ids };
  };

  const mapOf = (properties: SeedVersion['properties'] = {}) =>
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, text(value)]));
  const path = (name: string, version?: string) => {
    const { id, versions } = models.get(name)!;
    return version === undefined ? `/registered_models/${id}` : `/model_versions/${versions[version]}`;
  };

  return {
    ...ground,
    model,
    severalPages: 430,
    async addModel(name, properties, versions = []) {
      const seeds = versions.map(({ name, properties }) => ({ name, customProperties: mapOf(properties) }));
      return done(model({ name, customProperties: mapOf(properties) }, seeds));
    },
    async addVersion(name, { name: version, properties }) {
      const { id, versions } = models.get(name)!;
      const body = { name: version, registeredModelId: id, customProperties: mapOf(properties) };
      const created = await rest('POST', '/model_versions', body).catch(() => undefined);
      if (created !== undefined) versions[version] = String(created.id);
      return created !== undefined;
    },
    async change(name, version, { set, remove }) {
      const { customProperties, state } = await rest('GET', path(name, version));
      const kept = Object.entries((customProperties ?? {}) as Json).filter(([key]) => !remove.includes(key));
      await rest('PATCH', path(name, version), {
        ...(state !== undefined && { state }),
        customProperties: { ...Object.fromEntries(kept), ...mapOf(set) },
      });
    },
    shown: async (name, version) => without(await rest('GET', path(name, version))),
  };
}

export function keepsWhatIsKubeflows(open: () => KubeflowWorld): void {
  let world: KubeflowWorld;
  let registry: Registry;
  beforeEach(() => {
    world = open();
    registry = world.adapter();
  });

  const found = (name: string) => foundIn(registry, name);

  it('makes no call for a name that cannot be registered', async () => {
    const calls = world.calls();
    assert.equal(await registry.findModel(''), undefined);
    assert.equal(await registry.findModel('x'.repeat(256)), undefined);
    assert.equal(world.calls(), calls);
  });

  it('finds an archived version, once for a name that is asked for twice', async () => {
    const name = world.unique('archived');
    await world.model({ name }, [{ name: '1', state: 'ARCHIVED', customProperties: held() }]);
    const { holders, named } = await registry.findVersions(await found(name), 'prod', ['1', '1', '2']);
    assert.deepEqual([names(holders), [...named.keys()]], [['1'], ['1']]);
    assert.equal(named.get('1')!.archived, true);
  });

  it('takes for holders those whose property of that key is an empty text, and of no other type', async () => {
    const name = world.unique('kinds of types');
    const kinds: Json = {
      label: held(),
      'by accident': { prod: { metadataType: 'MetadataStringValue' } },
      int: { prod: { metadataType: 'MetadataIntValue', int_value: '0' } },
      double: { prod: { metadataType: 'MetadataDoubleValue', double_value: 0 } },
      bool: { prod: { metadataType: 'MetadataBoolValue', bool_value: false } },
      struct: { prod: { metadataType: 'MetadataStructValue', struct_value: 'e30=' } },
    };
    const seeds = Object.entries(kinds).map(([kind, map]) => ({ name: kind, customProperties: map as Json }));
    await world.model({ name }, seeds);
    const model = await found(name);
    const { holders, named } = await registry.findVersions(model, 'prod', Object.keys(kinds));
    assert.deepEqual(names(holders), ['by accident', 'label']);
    assert.deepEqual(names(named.values()), Object.keys(kinds).sort());
    assert.deepEqual(names(await registry.holders(model, 'prod')), ['by accident', 'label']);
    const everywhere = (await registry.allHolders('prod')).filter(({ modelId }) => modelId === model.id);
    assert.deepEqual(names(everywhere), ['by accident', 'label']);
  });

  const everyType: Json = JSON.parse(`{
      "test": {"metadataType":"MetadataStringValue","string_value":""},
      "note": {"metadataType":"MetadataStringValue","string_value":"line\\nünï \\u0001"},
      "epochs": {"metadataType":"MetadataIntValue","int_value":"-2147483648"},
      "whole": {"metadataType":"MetadataDoubleValue","double_value":5},
      "accuracy": {"metadataType":"MetadataDoubleValue","double_value":1e+308},
      "flag": {"metadataType":"MetadataBoolValue","bool_value":false},
      "cfg": {"metadataType":"MetadataStructValue","struct_value":"${Buffer.from('{"b":{"c":"<d>"},"a":[1,2.5,null]}').toString('base64')}"},
      "__proto__": {"metadataType":"MetadataStringValue","string_value":"own"},
      "constructor": {"metadataType":"MetadataStringValue","string_value":"own"}
    }`);

  it('keeps every other property, state, author and description of a version', async () => {
    const name = world.unique('kept of every type');
    const { versions } = await world.model({ name }, [
      { name: '1', state: 'ARCHIVED', author: 'ada', customProperties: everyType },
    ]);
    const path = `/model_versions/${versions['1']}`;
    await world.rest('PATCH', path, { state: 'ARCHIVED', description: 'mine', customProperties: everyType });
    const before = await world.rest('GET', path);
    const { named } = await registry.findVersions(await found(name), 'prod', ['1']);
    const change = { set: { prod: '', 'prod.commit': 'abc', 'other key': 'y' }, remove: ['not there'] };
    const written = await registry.changeVersion(named.get('1')!, change);
    assert.deepEqual(written.properties.get('prod'), { type: 'string', value: '' });
    const labelled = await world.rest('GET', path);
    assert.deepEqual(labelled.customProperties, {
      ...everyType,
      ...(before.customProperties as Json),
      prod: LABEL,
      'prod.commit': text('abc'),
      'other key': text('y'),
    });
    await registry.changeVersion(written, { set: {}, remove: Object.keys(change.set) });
    assert.deepEqual(without(await world.rest('GET', path)), without(before));
  });

  it('keeps the same of a model', async () => {
    const name = world.unique('kept of every type in a model');
    const { id } = await world.model({ name, state: 'ARCHIVED', owner: 'ada', customProperties: everyType });
    const before = await world.rest('GET', `/registered_models/${id}`);
    const written = await registry.changeModel(await found(name), { set: { 'prod.head': 'abc' }, remove: [] });
    await registry.changeModel(written, { set: {}, remove: ['prod.head'] });
    assert.deepEqual(without(await world.rest('GET', `/registered_models/${id}`)), without(before));
  });

  it('removes the last property', async () => {
    const name = world.unique('last');
    const { versions } = await world.model({ name }, [{ name: '1', customProperties: held() }]);
    const { holders } = await registry.findVersions(await found(name), 'prod', []);
    assert.equal((await registry.changeVersion(holders[0]!, { set: {}, remove: ['prod'] })).properties.size, 0);
    assert.deepEqual((await world.rest('GET', `/model_versions/${versions['1']}`)).customProperties, {});
  });

  for (const [type, value] of Object.entries({
    int: { metadataType: 'MetadataIntValue', int_value: '5' },
    double: { metadataType: 'MetadataDoubleValue', double_value: 1.5 },
    bool: { metadataType: 'MetadataBoolValue', bool_value: true },
    struct: { metadataType: 'MetadataStructValue', struct_value: 'eyJhIjoxfQ==' },
    text: text('x'),
  })) {
    it(`puts a label where a property of type ${type} stood`, async () => {
      const name = world.unique(`retyped ${type}`);
      const { versions } = await world.model({ name }, [{ name: '1', customProperties: { prod: value, n: value } }]);
      const model = await found(name);
      const { named } = await registry.findVersions(model, 'prod', ['1']);
      await registry.changeVersion(named.get('1')!, { set: { prod: '' }, remove: [] });
      const after = (await world.rest('GET', `/model_versions/${versions['1']}`)).customProperties as Json;
      assert.deepEqual([after.prod, Object.keys(after).sort()], [LABEL, ['n', 'prod']]);
      assert.deepEqual(names(await registry.holders(model, 'prod')), ['1']);
    });
  }

  it('changes the uri of a model artifact and nothing else, a state that it never had included', async () => {
    const name = world.unique('artifacts');
    const { versions } = await world.model({ name }, [
      {
        name: '1',
        artifacts: [
          { artifactType: 'model-artifact', name: 'bare', uri: 's3://a', modelFormatName: 'onnx' },
          { artifactType: 'model-artifact', name: 'full', uri: 's3://b', state: 'LIVE', customProperties: everyType },
          { artifactType: 'model-artifact', name: 'none' },
          { artifactType: 'doc-artifact', name: 'readme', uri: 's3://c' },
        ],
      },
    ]);
    const { named } = await registry.findVersions(await found(name), 'prod', ['1']);
    const list = async () =>
      ((await world.rest('GET', `/model_versions/${versions['1']}/artifacts?pageSize=50`)).items as Json[]).map(
        without,
      );
    const before = await list();
    const artifacts = await registry.artifacts!.of(named.get('1')!);
    assert.deepEqual(
      artifacts.map(({ name, uri, versionId }) => [name, uri, versionId]),
      [
        ['bare', 's3://a', versions['1']],
        ['full', 's3://b', versions['1']],
        ['none', undefined, versions['1']],
      ],
    );
    for (const artifact of artifacts) await registry.artifacts!.changeUri(artifact, `oci://${artifact.name}`);
    assert.deepEqual(
      await list(),
      before.map((artifact) =>
        artifact.artifactType === 'model-artifact' ? { ...artifact, uri: `oci://${artifact.name}` } : artifact,
      ),
    );
  });
}
