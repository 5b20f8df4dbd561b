// MLflow for the contract suite, and what is its own: how versions get their names, tags written one by one, aliases, prompts.
import assert from 'node:assert/strict';
import { mlflow } from '../../registries/mlflow/index.ts';
import type { Registry, RegistryOptions } from '../../registries/registry.ts';
import { BASE_PATH, createMlflowStandIn, type GenerationName } from '../../stand-ins/mlflow/index.ts';
import type { RealMlflow } from '../stand-ins/mlflow/real-server.ts';
import {
  done,
  foundIn,
  type Ground,
  type Json,
  openGround,
  type Place,
  placeOf,
  type SeedVersion,
  type World,
} from './registry-world.ts';

export interface MlflowWorld extends World {
  rest: Ground['rest'];
  /** A version as people register one. Resolves to its number. */
  register(model: string, source: string, tags?: SeedVersion['properties']): Promise<string>;
}

const noSecrets = { token: () => undefined, ca: () => undefined };
const names = (versions: Iterable<{ name: string }>) => [...versions].map(({ name }) => name).sort();

export async function openMlflowStandIn(generation: GenerationName): Promise<MlflowWorld> {
  let time = Date.UTC(2026, 10, 23);
  const standIn = await createMlflowStandIn({ generation, clock: () => time++ });
  return world({ url: standIn.url, api: BASE_PATH, ...noSecrets }, { standIn });
}

/** Of `started`, which ends with the world; else of any server that runs. */
export function openRealMlflow(started: RealMlflow | string): MlflowWorld {
  if (typeof started === 'string') return world(placeOf(started, BASE_PATH), {});
  return world({ url: started.url, api: BASE_PATH, ...noSecrets }, { close: started.close });
}

function world(options: RegistryOptions, ends: Pick<Place, 'standIn' | 'close'>): MlflowWorld {
  const ground = openGround({ adapter: mlflow, options, ...ends });
  const { rest } = ground;
  /** Model → name of a version → its number. */
  const numbers = new Map<string, Map<string, string>>();
  const tagsOf = (properties: SeedVersion['properties'] = {}) =>
    Object.entries(properties).map(([key, value]) => ({ key, value }));
  const query = (parameters: Record<string, string>) => String(new URLSearchParams(parameters));

  async function register(name: string, source: string, tags?: SeedVersion['properties']): Promise<string> {
    const created = await rest('POST', '/model-versions/create', { name, source, tags: tagsOf(tags) });
    return String((created.model_version as Json).version);
  }

  const addVersion: World['addVersion'] = (model, { name, properties }) =>
    done(
      register(model, 's3://bucket/model', { version: name, ...properties }).then((number) =>
        numbers.get(model)!.set(name, number),
      ),
    );

  return {
    ...ground,
    register,
    severalPages: 510,
    async addModel(name, properties, versions = []) {
      if (!(await done(rest('POST', '/registered-models/create', { name, tags: tagsOf(properties) })))) return false;
      numbers.set(name, new Map());
      for (const version of versions) assert.ok(await addVersion(name, version), `${name} ${version.name}`);
      return true;
    },
    addVersion,
    async change(model, version, { set, remove }) {
      const of = { name: model, version: numbers.get(model)!.get(version)! };
      for (const [key, value] of Object.entries(set))
        await rest('POST', '/model-versions/set-tag', { ...of, key, value });
      for (const key of remove) await rest('DELETE', '/model-versions/delete-tag', { ...of, key });
    },
    async shown(name, version) {
      const answer =
        version === undefined
          ? await rest('GET', `/registered-models/get?${query({ name })}`)
          : await rest('GET', `/model-versions/get?${query({ name, version: numbers.get(name)!.get(version)! })}`);
      const { last_updated_timestamp: _, tags = [], ...rest_ } = Object.values(answer)[0] as Json;
      const byKey = (tags as { key: string }[]).sort((a, b) => (a.key < b.key ? -1 : 1));
      return { ...rest_, tags: byKey };
    },
  };
}

export function keepsWhatIsMlflows(open: () => MlflowWorld): void {
  let world: MlflowWorld;
  let registry: Registry;
  beforeEach(() => {
    world = open();
    registry = world.adapter();
  });

  const found = (name: string) => foundIn(registry, name);

  async function namedIn(model: string, ...wanted: string[]): Promise<Record<string, string>> {
    const { named } = await registry.findVersions(await found(model), 'prod', wanted);
    return Object.fromEntries([...named].map(([name, { id }]) => [name, id]));
  }

  describe('the name of a version', () => {
    it('is its tag; without one its number, or where it comes from', async () => {
      const name = world.unique('called');
      await world.addModel(name);
      await world.register(name, 's3://bucket/one', { version: '4562a17c17' });
      await world.register(name, 's3://bucket/two');
      assert.deepEqual(await namedIn(name, '4562a17c17', '1', '2', 's3://bucket/one', 's3://bucket/two', '3'), {
        '4562a17c17': `${name}/1`,
        '2': `${name}/2`,
        's3://bucket/two': `${name}/2`,
      });
    });

    it('is of the version that was registered last, where several have it', async () => {
      const name = world.unique('namesakes');
      await world.addModel(name);
      for (const source of ['s3://bucket/one', 's3://bucket/two'])
        await world.register(name, source, { version: '1.0' });
      for (const _ of [1, 2]) await world.register(name, 's3://bucket/same');
      assert.deepEqual(await namedIn(name, '1.0', 's3://bucket/same'), {
        '1.0': `${name}/2`,
        's3://bucket/same': `${name}/4`,
      });
    });

    it('may be a number that is the tag of another', async () => {
      const name = world.unique('numbers');
      await world.addModel(name);
      await world.register(name, 's3://bucket/one', { version: '2' });
      await world.register(name, 's3://bucket/two');
      const { '2': id } = await namedIn(name, '2');
      assert.ok([`${name}/1`, `${name}/2`].includes(id!));
      assert.deepEqual(await namedIn(name, '01', '0', '-1', '1e0', '99999999999'), {});
    });
  });

  it('loses nothing that somebody else writes meanwhile', async () => {
    const name = world.unique('both');
    await world.addModel(name, {}, [{ name: '1.0' }]);
    const read = async () => (await registry.findVersions(await found(name), 'prod', ['1.0'])).named.get('1.0')!;
    const stale = await read();
    await world.change(name, '1.0', { set: { theirs: 'new' }, remove: [] });
    await registry.changeVersion(stale, { set: { prod: '', 'prod.commit': 'abc' }, remove: [] });
    assert.deepEqual((await read()).properties.get('theirs'), { type: 'string', value: 'new' });
  });

  it('moves an alias, and takes it away', async () => {
    const name = world.unique('alias');
    await world.addModel(name, {}, [{ name: '1.0' }, { name: '2.0' }]);
    const aliases = async () => Object.fromEntries((await found(name)).aliases!);
    const { named } = await registry.findVersions(await found(name), 'prod', ['1.0', '2.0']);
    for (const version of ['1.0', '2.0', '2.0']) {
      await registry.changeAlias!(await found(name), 'prod', named.get(version)!);
      assert.deepEqual(await aliases(), { prod: named.get(version)!.id });
      const listed = (await registry.models()).find((model) => model.name === name)!;
      assert.deepEqual(Object.fromEntries(listed.aliases!), await aliases());
    }
    for (const _ of [1, 2]) await registry.changeAlias!(await found(name), 'prod', undefined);
    assert.deepEqual(await aliases(), {});
  });

  it('says of prompts, and of models of Unity Catalog, that they are not to be written to', async () => {
    const prompt = world.unique('prompt');
    const ofCatalog = `main.${world.unique('models')}`;
    await world.addModel(prompt, { 'mlflow.prompt.is_prompt': 'true' });
    await world.addModel(ofCatalog);
    assert.match((await found(prompt)).leftAlone ?? '', /is a prompt/);
    assert.match((await found(ofCatalog)).leftAlone ?? '', /Unity Catalog/);
  });

  it('has no artifacts that could be changed', () => {
    assert.equal(registry.artifacts, undefined);
  });

  it('lists versions while others are registered', async () => {
    const name = world.unique('growing');
    await world.addModel(name, {}, [{ name: '1.0' }, { name: '2.0' }]);
    const model = await found(name);
    await world.addVersion(name, { name: '3.0' });
    assert.deepEqual(names(await registry.versions(model)), ['1.0', '2.0', '3.0']);
  });
}
