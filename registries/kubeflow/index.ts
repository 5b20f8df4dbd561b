// The Kubeflow Model Registry (v1alpha3 REST, servers v0.2.10 and later) behind the contract of registry.ts. The rules of each call
// are in the files beside this one. Never decides what to write.
import type { Io } from '../../io/io.ts';
import { holdsLabel } from '../../promotions/deployment-record.ts';
import type {
  Properties,
  PropertyChange,
  RegisteredModel,
  RegisteredVersion,
} from '../../promotions/registry-state.ts';
import { agree } from '../agree.ts';
import type { Registry, RegistryAdapter } from '../registry.ts';
import { type Client, createClient } from './client.ts';
import { labelFilter } from './filter.ts';
import { createHoldersReader, type HoldersReader } from './holders.ts';
import { createInspection } from './inspect.ts';
import { filtered, findModel, findVersion, modelList, ofModel, versionList, type WholeList } from './look-up.ts';
import { type List, walkAll } from './pages.ts';
import { readProperties } from './properties.ts';
import {
  type ArtifactRow,
  artifactBody,
  entityBody,
  MODEL_ARTIFACT,
  readArtifact,
  readModel,
  readVersion,
} from './wire.ts';

export const kubeflow: RegistryAdapter = {
  open(options, io, pretend) {
    const client = createClient(options, io, pretend);
    return { ...createRegistry(client, io), ...createInspection(client) };
  },
};

const notShown = 'status 200, but the answer does not show what was written';

/**
 * Each method makes one call, lists one for each page; findVersions makes one for the holders and one for each name.
 * A name with look-alikes (case on MariaDB, `_` and `%` anywhere) may cost one more. Servers before v0.3.0 send whole lists,
 * all pages of which are read. Throws TryAgainError for any answer but the one asked for.
 */
function createRegistry(client: Client, io: Io): Registry {
  const reader = createHoldersReader(client, io);

  /** Writes the whole map with the change laid over it. */
  async function write<T extends RegisteredModel | RegisteredVersion>(
    route: string,
    entity: T,
    change: PropertyChange,
    read: (json: unknown) => T,
  ): Promise<T> {
    let written = entity;
    for (const step of steps(entity.properties, change)) {
      const body = entityBody(written, step);
      const pretended = { ...written, properties: readProperties(JSON.parse(body).customProperties) };
      const call = { method: 'PATCH', route, path: { id: entity.id }, body } as const;
      written = await client.write(call, read, pretended);
      if (written.id !== entity.id || !isWritten(written.properties, step)) throw client.error(call, notShown);
    }
    return written;
  }

  return {
    url: client.url,

    findModel: (name) => findModel(client, name),

    findVersions: (model, label, names) => findVersions(client, reader, model, label, [...new Set(names)]),

    holders: async (model, label) => (await reader.read(model, label)).holders,

    versions: async (model) => (await walkAll(client, versionList(model))).map((version) => ofModel(model, version)),

    models: () => walkAll(client, modelList),

    async allHolders(label) {
      const list: List<RegisteredVersion> = { route: '/model_versions', read: readVersion };
      const versions = await walkAll(client, filtered(list, reader.sendsWholeLists() ? undefined : labelFilter(label)));
      reader.learn(versions, label);
      return versions.filter(({ properties }) => holdsLabel(properties, label));
    },

    changeModel: (model, change) => write('/registered_models/{id}', model, change, readModel),

    changeVersion: (version, change) => write('/model_versions/{id}', version, change, readVersion),

    artifacts: {
      async of(version) {
        const list: List<ArtifactRow | undefined> = {
          route: '/model_versions/{id}/artifacts',
          path: { id: version.id },
          query: { artifactType: MODEL_ARTIFACT },
          read: (json) => readArtifact(json, version.id),
        };
        return (await walkAll(client, list)).filter((artifact) => artifact !== undefined);
      },

      async changeUri(artifact, uri) {
        const call = {
          method: 'PATCH',
          route: '/artifacts/{id}',
          path: { id: artifact.id },
          body: artifactBody(artifact, uri),
        } as const;
        const read = (json: unknown) => readArtifact(json, artifact.versionId);
        const written = await client.write<ArtifactRow | undefined>(call, read, { ...artifact, uri });
        if (written?.id !== artifact.id || written.uri !== uri) throw client.error(call, notShown);
      },
    },

    serverTime: client.serverTime,
  };
}

/** `names`: each once. */
async function findVersions(
  client: Client,
  reader: HoldersReader,
  model: RegisteredModel,
  label: string | undefined,
  names: readonly string[],
) {
  const find = async (whole: WholeList) => {
    const found = await Promise.all(names.map((name) => findVersion(client, model, name, whole)));
    return found.filter((version) => version !== undefined);
  };
  if (label === undefined) return { holders: [], named: byName(await find(async () => undefined)) };
  if (reader.sendsWholeLists()) {
    const { holders, all = [] } = await reader.read(model, label);
    return { holders, named: byName(all.filter(({ name }) => names.includes(name))) };
  }
  const list = reader.read(model, label);
  const [{ holders }, found] = await Promise.all([list, find(async () => (await list).all)]);
  return agree(holders, byName(found), label);
}

const byName = (versions: readonly RegisteredVersion[]): Map<string, RegisteredVersion> =>
  new Map(versions.map((version) => [version.name, version]));

/**
 * One write, or two: up to v0.3.3 a number stays a number when a text is written over it (the row keeps its other columns,
 * and v0.2.21 answers as if it had not), so what is of another type goes first.
 */
function steps(properties: Properties, change: PropertyChange): PropertyChange[] {
  const retyped = Object.keys(change.set).filter((key) => properties.get(key)?.type === 'other');
  return retyped.length === 0 ? [change] : [{ set: {}, remove: retyped }, change];
}

function isWritten(properties: Properties, { set, remove }: PropertyChange): boolean {
  const isSet = Object.entries(set).every(([key, value]) => {
    const property = properties.get(key);
    return property?.type === 'string' && property.value === value;
  });
  return isSet && remove.every((key) => Object.hasOwn(set, key) || !properties.has(key));
}
