import assert from 'node:assert/strict';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';
import { generations, type Json, LABEL, openRealServer, openStandIn, text, type World } from './registry-world.ts';

const names = (versions: Iterable<RegisteredVersion>) => [...versions].map(({ name }) => name).sort();
const held = (map: Json = {}) => ({ prod: LABEL, ...map });

/** Names that some generation, database or language on the way takes for something else. */
const ODD = [
  'beat_box',
  '100%',
  'a\\_b',
  'back\\',
  'a\\\\b',
  "it's",
  'say "hi"',
  '"quoted"',
  'tick`',
  '_"_',
  'ünï 🎵',
  'tràil ',
  ' lead',
  'a/b:c',
  '..',
  '1.0.0+build.5',
  'a&b=c?d#e;f',
  'line\nline',
  'UPPER',
  'name = "x" OR prod = ""',
];

/** Other names that a look-up of this one may find: by pattern, without case, accents or blanks. */
const lookAlikes = (name: string): string[] =>
  [
    name.replaceAll('_', '-'),
    name.replaceAll('%', '-per-cent'),
    name.replaceAll('\\', ''),
    name.toLowerCase(),
    name.toUpperCase(),
    name.trim(),
    name.normalize('NFD').replace(/\p{M}/gu, ''),
    `${name}x`,
  ].filter((other, index, all) => other !== name && all.indexOf(other) === index);

function contract(open: () => World | Promise<World>): void {
  let world: World;
  let registry: Registry;

  before(async () => {
    world = await open();
  });
  after(() => world.close());
  beforeEach(() => {
    registry = world.adapter();
  });

  async function found(name: string): Promise<RegisteredModel> {
    const model = await registry.findModel(name);
    assert.ok(model, `model ${name}`);
    return model;
  }

  /** Adds what the database lets stand beside the others. */
  async function add(path: string, body: Json): Promise<boolean> {
    return world.rest('POST', path, body).then(
      () => true,
      () => false,
    );
  }

  describe('names', () => {
    for (const odd of ODD) {
      it(`finds the model ${JSON.stringify(odd)} and no look-alike`, async () => {
        const own = (name: string) => `${world.unique('m')}.${name}`;
        for (const other of lookAlikes(odd)) assert.equal(await registry.findModel(own(other)), undefined, other);
        for (const other of lookAlikes(odd)) await add('/registered_models', { name: own(other) });
        const before = await registry.findModel(own(odd));
        assert.equal(before, undefined);
        if (!(await add('/registered_models', { name: own(odd) }))) return; // a look-alike has taken it
        assert.equal((await found(own(odd))).name, own(odd));
      });

      it(`finds the version ${JSON.stringify(odd)} and no look-alike`, async () => {
        const { id } = await world.model({ name: world.unique(`v ${odd}`) }, [{ name: 'first' }]);
        const model = await found(world.unique(`v ${odd}`));
        const others = lookAlikes(odd);
        const create = (name: string) => add('/model_versions', { name, registeredModelId: id });
        const look = async () => names((await registry.findVersions(model, 'prod', [odd, ...others])).named.values());
        const here = [];
        assert.deepEqual(await look(), []);
        for (const name of [others[0]!, odd, ...others.slice(1)]) {
          if (await create(name)) here.push(name);
          assert.deepEqual(await look(), here.toSorted());
        }
        assert.ok(here.length > 0);
      });
    }

    it('finds nothing under names that cannot be registered, without a call', async () => {
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

    it('keeps versions of other models apart', async () => {
      const [one, other] = [world.unique('one'), world.unique('other')];
      await world.model({ name: one }, [{ name: '1', customProperties: held() }]);
      await world.model({ name: other }, [{ name: '2', customProperties: held() }]);
      const { holders, named } = await registry.findVersions(await found(one), 'prod', ['1', '2']);
      assert.deepEqual([names(holders), names(named.values())], [['1'], ['1']]);
    });

    it('lists every version of a model and none of another, whatever it holds', async () => {
      const [name, other] = [world.unique('all'), world.unique('all of another')];
      await world.model({ name: other }, [{ name: '1', customProperties: held() }]);
      const many = Array.from({ length: 205 }, (_, i) => ({ name: `v${i}`, labels: i % 2 ? ['prod'] : [] }));
      await world.bulk(name, many);
      const versions = await registry.versions(await found(name));
      assert.deepEqual(names(versions), many.map((one) => one.name).sort());
      assert.equal(versions.filter(({ properties }) => properties.has('prod')).length, 102);
    });

    it('gives a model without versions', async () => {
      const name = world.unique('bare');
      const { id } = await world.model({ name, customProperties: { 'prod.head': text('abc') } });
      const model = await found(name);
      assert.deepEqual(
        { ...model, properties: [...model.properties] },
        {
          id,
          name,
          state: 'LIVE',
          properties: [['prod.head', { type: 'string', value: 'abc' }]],
        },
      );
      assert.deepEqual(await registry.findVersions(model, 'prod', ['1']), { holders: [], named: new Map() });
    });
  });

  describe('holders', () => {
    const kinds: Json = {
      label: held(),
      'by accident': { prod: { metadataType: 'MetadataStringValue' } },
      nothing: {},
      'another label': { test: LABEL },
      property: { prod: text('yes') },
      blank: { prod: text(' ') },
      int: { prod: { metadataType: 'MetadataIntValue', int_value: '0' } },
      double: { prod: { metadataType: 'MetadataDoubleValue', double_value: 0 } },
      bool: { prod: { metadataType: 'MetadataBoolValue', bool_value: false } },
      struct: { prod: { metadataType: 'MetadataStructValue', struct_value: 'e30=' } },
      'other case': { Prod: LABEL },
      record: { 'prod.commit': text('abc') },
    };

    it('are the versions whose string property of that key is empty, whatever else is there', async () => {
      const name = world.unique('kinds');
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

    for (const label of ['pre-prod', '2nd', 'in', 'true', 'and-or']) {
      it(`are found by the label ${label}`, async () => {
        const name = world.unique(`label ${label}`);
        await world.model({ name }, [
          { name: '1', customProperties: { [label]: LABEL } },
          { name: '2', customProperties: { [`${label}x`]: LABEL } },
        ]);
        const model = await found(name);
        assert.deepEqual(names((await registry.findVersions(model, label, [])).holders), ['1']);
        assert.deepEqual(names(await registry.holders(model, label)), ['1']);
      });
    }

    it('come with all their properties, so that none is lost when they are written', async () => {
      const name = world.unique('full');
      await world.model({ name }, [{ name: '1', customProperties: held({ a: text('b') }) }]);
      const { holders, named } = await registry.findVersions(await found(name), 'prod', ['1']);
      assert.deepEqual([...holders[0]!.properties.keys()].sort(), ['a', 'prod']);
      assert.deepEqual(named.get('1'), holders[0]);
    });

    it('are seen as they are after writing, whoever wrote', async () => {
      const name = world.unique('again');
      const seeds = Array.from({ length: 60 }, (_, i) => ({ name: `${i}`, customProperties: i < 3 ? held() : {} }));
      const { versions } = await world.model({ name }, seeds);
      const model = await found(name);
      const { holders, named } = await registry.findVersions(model, 'prod', ['9']);
      assert.deepEqual(names(holders), ['0', '1', '2']);
      await registry.changeVersion(named.get('9')!, { set: { prod: '' }, remove: [] });
      await registry.changeVersion(holders.find((version) => version.name === '0')!, { set: {}, remove: ['prod'] });
      await world.rest('PATCH', `/model_versions/${versions['1']}`, { state: 'LIVE', customProperties: {} });
      await world.rest('PATCH', `/model_versions/${versions['50']}`, { state: 'LIVE', customProperties: held() });
      await world.rest('POST', '/model_versions', {
        name: 'new',
        registeredModelId: model.id,
        customProperties: held(),
      });
      assert.deepEqual(names(await registry.holders(model, 'prod')), ['2', '50', '9', 'new']);
      assert.deepEqual(names(await registry.holders(model, 'prod')), ['2', '50', '9', 'new'], 'and once more');
    });
  });

  describe('writing', () => {
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
    const without = ({ lastUpdateTimeSinceEpoch: _, ...rest }: Json) => rest;

    it('keeps every other property, state, author and description of a version', async () => {
      const name = world.unique('kept');
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
      const name = world.unique('kept model');
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

    it('lists every model', async () => {
      const own = ['a', 'b', 'c'].map((name) => world.unique(`listed ${name}`));
      for (const name of own) await world.model({ name });
      const listed = (await registry.models()).map(({ name }) => name);
      assert.deepEqual(
        own.filter((name) => !listed.includes(name)),
        [],
      );
      assert.equal(new Set(listed).size, listed.length);
    });

    it('knows the time of the registry', async () => {
      assert.equal(registry.serverTime(), undefined);
      await registry.findModel('nothing of the kind');
      assert.ok(registry.serverTime()! > Date.UTC(2020, 0));
    });
  });

  it('reads lists of several pages, in whatever page size the server gives', async () => {
    const name = world.unique('pages');
    const seeds = Array.from({ length: 430 }, (_, i) => ({ name: `v${i}`, labels: i % 2 ? ['prod'] : [] }));
    const count = seeds.length;
    await world.bulk(name, seeds);
    const model = await found(name);
    const { holders, named } = await registry.findVersions(model, 'prod', ['v0', `v${count - 1}`, 'v_0']);
    const expected = seeds.filter((_, i) => i % 2).map(({ name }) => name);
    assert.deepEqual(names(holders), expected.toSorted());
    assert.deepEqual(names(named.values()), ['v0', `v${count - 1}`].sort());
    assert.deepEqual(names(await registry.holders(model, 'prod')), expected.toSorted());
    const everywhere = (await registry.allHolders('prod')).filter(({ modelId }) => modelId === model.id);
    assert.equal(everywhere.length, expected.length);
  });
}

describe('the contract of a registry', () => {
  for (const generation of generations) {
    describe(`kubeflow, stand-in ${generation}`, () => contract(() => openStandIn(generation)));
  }

  const url = process.env.MODEL_REGISTRY_URL;
  if (url !== undefined) {
    describe(`kubeflow, a real server`, () => contract(() => openRealServer(url)));
  }
});
