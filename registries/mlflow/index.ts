// MLflow (REST API 2.0, servers 2.16 and later) behind the contract of registry.ts. Tags and aliases are written one by one, so nothing
// that others write is overwritten. Never decides what to write.
import type { Call } from '../../io/api-client.ts';
import { holdsLabel } from '../../promotions/deployment-record.ts';
import type {
  Properties,
  PropertyChange,
  PropertyValue,
  RegisteredModel,
  RegisteredVersion,
} from '../../promotions/registry-state.ts';
import { agree } from '../agree.ts';
import type { Registry, RegistryAdapter } from '../registry.ts';
import { allRows, walkPages } from '../whole-list.ts';
import { callsOf } from './calls-of.ts';
import { type Client, createClient } from './client.ts';
import { all, equals, tagEquals } from './filter.ts';
import { createInspection } from './inspect.ts';
import { numberOf, readModel, readPage, readVersion, within } from './wire.ts';

export const mlflow: RegistryAdapter = {
  open(options, io, pretend) {
    const client = createClient(options, io, pretend);
    return { ...createRegistry(client, options.versionTag ?? 'version'), ...createInspection(client) };
  },
};

/** Rows a page. */
const pageSize = 500;

/**
 * A look-up of a model is one call, a list one for each page, a change one for each tag. findVersions makes one call for the holders and
 * one to three for each name: by its tag, where it can be a number by that, and where it can be an address by that.
 */
function createRegistry(client: Client, versionTag: string): Registry {
  const asVersion = (json: unknown) => readVersion(json, versionTag);

  async function searchVersions(filter: string | undefined): Promise<RegisteredVersion[]> {
    const query = { order_by: 'creation_timestamp ASC', ...(filter !== undefined && { filter }) };
    return walk(client, { route: '/model-versions/search', query }, 'model_versions', asVersion);
  }

  /** Of this model, `isWanted`; the filter has the name and `more`. */
  async function search(
    model: RegisteredModel,
    more: string | undefined,
    isWanted: (version: RegisteredVersion) => boolean,
  ): Promise<RegisteredVersion[]> {
    const found = await searchVersions(all(equals('name', model.name), more));
    return found.filter((version) => version.modelId === model.id && isWanted(version));
  }

  const holders = (model: RegisteredModel, label: string) =>
    search(model, tagEquals(label, ''), ({ properties }) => holdsLabel(properties, label));

  async function findVersion(model: RegisteredModel, name: string): Promise<RegisteredVersion | undefined> {
    const isTagged = ({ otherNames, ...version }: RegisteredVersion) =>
      otherNames === undefined && version.name === name;
    const tagged = newest(await search(model, tagEquals(versionTag, name), isTagged));
    if (tagged !== undefined) return tagged;
    // Databases refuse numbers beyond 31 bits, and no model has a thousand million versions.
    if (/^[1-9]\d{0,8}$/.test(name)) {
      const query = { name: model.name, version: name };
      const found = await client.find({ route: '/model-versions/get', query }, within('model_version', asVersion));
      return found?.name === name ? found : undefined;
    }
    if (!/[:/]/.test(name)) return undefined;
    const isFrom = ({ otherNames = [] }: RegisteredVersion) => otherNames.includes(name);
    return newest(await search(model, equals('source_path', name), isFrom));
  }

  async function findNamed(model: RegisteredModel, names: readonly string[]): Promise<Map<string, RegisteredVersion>> {
    const found = await Promise.all(
      [...new Set(names)].map(async (name) => [name, await findVersion(model, name)] as const),
    );
    return new Map(found.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])));
  }

  /** `keys`: which model or version. Resolves to the properties as written. */
  async function change(
    of: 'registered-models' | 'model-versions',
    keys: object,
    properties: Properties,
    steps: PropertyChange,
  ): Promise<Properties> {
    const written = new Map<string, PropertyValue>(properties);
    for (const [key, value] of callsOf(properties, steps)) {
      if (value === undefined) {
        await client.write({ method: 'DELETE', route: `/${of}/delete-tag`, body: { ...keys, key } });
        written.delete(key);
      } else {
        await client.write({ method: 'POST', route: `/${of}/set-tag`, body: { ...keys, key, value } });
        written.set(key, { type: 'string', value });
      }
    }
    return written;
  }

  return {
    url: client.url,

    async findModel(name) {
      const read = within('registered_model', readModel);
      const found = await client.find({ route: '/registered-models/get', query: { name } }, read);
      // MySQL compares without case.
      return found?.name === name ? found : undefined;
    },

    async findVersions(model, label, names) {
      if (label === undefined) return { holders: [], named: await findNamed(model, names) };
      const [listed, found] = await Promise.all([holders(model, label), findNamed(model, names)]);
      return agree(listed, found, label);
    },

    holders,

    async versions(model) {
      return withoutNamesakes(await search(model, undefined, () => true));
    },

    models() {
      const query = { order_by: 'name ASC' };
      return walk(client, { route: '/registered-models/search', query }, 'registered_models', readModel);
    },

    async allHolders(label) {
      return (await searchVersions(tagEquals(label, ''))).filter(({ properties }) => holdsLabel(properties, label));
    },

    async changeModel(model, steps) {
      const properties = await change('registered-models', { name: model.name }, model.properties, steps);
      return { ...model, properties };
    },

    async changeVersion(version, steps) {
      const keys = { name: version.modelId, version: numberOf(version) };
      return { ...version, properties: await change('model-versions', keys, version.properties, steps) };
    },

    async changeAlias({ name }, alias, version) {
      const route = '/registered-models/alias';
      if (version === undefined) await client.write({ method: 'DELETE', route, body: { name, alias } });
      else await client.write({ method: 'POST', route, body: { name, alias, version: numberOf(version) } });
    },

    serverTime: client.clock.latest,
  };
}

/** All rows of a list in an order that no write changes: versions by their age, so that a new one shifts no other. */
function walk<T extends { id: string }>(
  client: Client,
  list: Call,
  member: string,
  readItem: (json: unknown) => T,
): Promise<T[]> {
  const readOne = (token: string) => {
    const query = { ...list.query, max_results: pageSize, ...(token !== '' && { page_token: token }) };
    return client.ask({ ...list, query }, (json) => readPage(json, member, readItem));
  };
  return allRows(walkPages(readOne, (text) => client.error(list, text)));
}

/** Of several versions with the same tag the one that was registered last counts. */
function newest(versions: readonly RegisteredVersion[]): RegisteredVersion | undefined {
  return versions.reduce<RegisteredVersion | undefined>(
    (latest, one) => (latest === undefined || Number(numberOf(one)) > Number(numberOf(latest)) ? one : latest),
    undefined,
  );
}

/** All of them, each with the names by which findVersion finds it. */
function withoutNamesakes(versions: readonly RegisteredVersion[]): RegisteredVersion[] {
  const byAge = [...versions].sort((a, b) => Number(numberOf(a)) - Number(numberOf(b)));
  const untagged = byAge.filter(({ otherNames }) => otherNames !== undefined);
  // What comes later counts.
  const meant = new Map([
    ...untagged.flatMap((version) => version.otherNames!.map((name) => [name, version] as const)),
    ...untagged.map((version) => [version.name, version] as const),
    ...byAge.filter(({ otherNames }) => otherNames === undefined).map((version) => [version.name, version] as const),
  ]);
  return versions.map((version) => {
    const { name, otherNames } = version;
    return {
      ...version,
      ...(otherNames && { otherNames: otherNames.filter((other) => meant.get(other) === version) }),
      ...(meant.get(name) !== version && { name: `${name} (${numberOf(version)})` }),
    };
  });
}
