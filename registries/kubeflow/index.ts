// The Kubeflow Model Registry (v1alpha3 REST, servers v0.2.10 and later) behind the contract of registry.ts. The rules of each call
// are in the files beside this one. Never decides what to write.
import { TryAgainError } from '../../events/errors.ts';
import type { Io } from '../../io/io.ts';
import type {
  Properties,
  PropertyChange,
  RegisteredModel,
  RegisteredVersion,
} from '../../promotions/registry-state.ts';
import type { Registry, RegistryAdapter } from '../registry.ts';
import { type Caller, createCaller, named } from './client.ts';
import { holds, labelFilter } from './filter.ts';
import { createHoldersReader } from './holders.ts';
import { createInspection } from './inspect.ts';
import { filtered, findModel, findVersion, modelList } from './look-up.ts';
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
  type VersionRow,
} from './wire.ts';

export const kubeflow: RegistryAdapter = {
  open(options, io, pretend) {
    const caller = createCaller(options, io, pretend);
    return { ...createRegistry(caller, io), ...createInspection(caller) };
  },
};

/**
 * Costs one call a method, but for lists of more than a page; findVersions one for the holders beside one for each name.
 * A name with look-alikes (case on MariaDB, `_` and `%` anywhere) may cost one more. Servers before v0.3.0 send whole lists;
 * there the first look reads all pages and `holders` one. Throws TryAgainError for any answer but the one asked for.
 */
function createRegistry(caller: Caller, io: Io): Registry {
  const reader = createHoldersReader(caller, io);

  /** Writes the whole map with the change laid over it, once. */
  async function write<T extends RegisteredModel | RegisteredVersion>(
    route: string,
    entity: T,
    change: PropertyChange,
    read: (json: unknown) => T,
  ): Promise<T> {
    const body = entityBody(entity, change);
    const pretended = { ...entity, properties: readProperties(JSON.parse(body).customProperties) };
    const written = await caller.write({ method: 'PATCH', route, id: entity.id, body }, read, pretended);
    confirm({ route, id: entity.id }, written.id === entity.id && isWritten(written.properties, change));
    return written;
  }

  return {
    url: caller.url,

    findModel: (name) => findModel(caller, name),

    async findVersions(model, label, names) {
      const asked = [...new Set(names)];
      if (label === undefined) {
        const found = await Promise.all(asked.map((name) => findVersion(caller, model, name, async () => undefined)));
        return { holders: [], named: byName(found.filter((version) => version !== undefined)) };
      }
      if (reader.sendsWholeLists()) {
        const { holders, all = [] } = await reader.read(model, label);
        return { holders, named: byName(all.filter(({ name }) => asked.includes(name))) };
      }
      const list = reader.read(model, label);
      const whole = async () => (await list).all;
      const [{ holders }, ...found] = await Promise.all([
        list,
        ...asked.map((name) => findVersion(caller, model, name, whole)),
      ]);
      return agree(
        holders,
        found.filter((version) => version !== undefined),
        label,
      );
    },

    holders: (model, label) => reader.readAgain(model, label),

    async artifacts(version) {
      const list: List<ArtifactRow | undefined> = {
        route: '/model_versions/{id}/artifacts',
        id: version.id,
        query: { artifactType: MODEL_ARTIFACT },
        read: (json) => readArtifact(json, version.id),
      };
      return (await walkAll(caller, list)).filter((artifact) => artifact !== undefined);
    },

    models: () => walkAll(caller, modelList),

    async allHolders(label) {
      const list: List<VersionRow> = { route: '/model_versions', read: readVersion };
      const rows = await walkAll(caller, filtered(list, reader.sendsWholeLists() ? undefined : labelFilter(label)));
      reader.learn(rows, label);
      return rows.map(({ version }) => version).filter(({ properties }) => holds(properties, label));
    },

    async changeModel(model, change) {
      let written = model;
      for (const step of steps(model.properties, change)) {
        written = await write('/registered_models/{id}', written, step, readModel);
      }
      return written;
    },

    async changeVersion(version, change) {
      let written = version;
      for (const step of steps(version.properties, change)) {
        written = await write('/model_versions/{id}', written, step, (json) => readVersion(json).version);
        reader.wrote(written);
      }
      return written;
    },

    async changeArtifact(artifact, uri) {
      const route = '/artifacts/{id}';
      const written = await caller.write<ArtifactRow | undefined>(
        { method: 'PATCH', route, id: artifact.id, body: artifactBody(artifact, uri) },
        (json) => readArtifact(json, artifact.versionId),
        { ...artifact, uri },
      );
      confirm({ route, id: artifact.id }, written?.id === artifact.id && written.uri === uri);
    },

    serverTime: caller.serverTime,
  };
}

const byName = (versions: readonly RegisteredVersion[]): Map<string, RegisteredVersion> =>
  new Map(versions.map((version) => [version.name, version]));

/** The list and the look-ups run side by side, and somebody may write between them: then both say the same afterwards. */
function agree(listed: readonly RegisteredVersion[], found: readonly RegisteredVersion[], label: string) {
  const holders = new Map(listed.map((version) => [version.id, version]));
  for (const version of found) {
    if (!holders.has(version.id) && holds(version.properties, label)) holders.set(version.id, version);
  }
  return {
    holders: [...holders.values()],
    named: byName(found.map((version) => holders.get(version.id) ?? version)),
  };
}

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

function confirm(request: { route: string; id: string }, written: boolean): void {
  if (written) return;
  throw new TryAgainError(
    `model registry: PATCH ${named(request)}: status 200, but the answer does not show what was written`,
  );
}
