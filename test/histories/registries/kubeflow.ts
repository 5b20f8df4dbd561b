// Kubeflow's Model Registry: the stand-in's tables, database and routes. Its people send back whole maps that are some seconds old.
import { behindDatabase, createDatabase } from '../../../stand-ins/model-registry/database.ts';
import { BASE_PATH, dispatch } from '../../../stand-ins/model-registry/dispatch.ts';
import { GENERATIONS, type GenerationName } from '../../../stand-ins/model-registry/generations.ts';
import { addArtifact, addModel, addVersion } from '../../../stand-ins/model-registry/seed.ts';
import { createStore, type Store } from '../../../stand-ins/model-registry/store.ts';
import {
  nameOf,
  type OnWrite,
  type Opening,
  type Registry,
  type Row,
  registryUrl,
  versionsOf,
  type Writer,
} from '../registry.ts';

type Properties = Record<string, { metadataType: string; string_value?: string }>;
type Entity = Record<string, unknown>;

const others: Writer = { call: undefined };

export function createKubeflow(
  name: GenerationName,
  { now, pause }: Opening,
  watch: OnWrite,
  note: (line: string) => void,
): Registry {
  const generation = GENERATIONS[name];
  const store = createStore(generation, now);
  const database = createDatabase(generation);
  const reachable = behindDatabase(store, database);

  /** The store as one caller's request sees it. */
  function watched(writer: Writer, below: Store): Store {
    return {
      ...below,
      save(write, words) {
        const before = write.id === undefined ? undefined : copyOf(store.find(write.kind, write.id));
        const after = below.save(write, words);
        watch(before, after, writer);
        return after;
      },
    };
  }

  const pipeline = watched(others, store);
  const registry: Registry = {
    settings: {},
    store,
    setDatabase: database.set,
    async answer({ method, url: text, body }, writer) {
      const url = new URL(text);
      const world = { generation, store: watched(writer, reachable), beforeWrite: () => pause() };
      const answer = await dispatch(world, database, { method, path: url.pathname, url, body: body.toString('utf8') });
      const headers: Record<string, string> = { date: new Date(now()).toUTCString() };
      for (const [header, value] of answer.headers) headers[header.toLowerCase()] = value;
      return { status: answer.status, headers, body: Buffer.from(answer.body) };
    },
    changedBy({ url }) {
      const [, route, id] = /\/(registered_models|model_versions|artifacts)\/(\d+)/.exec(url) ?? [];
      let row: Row | undefined = store.find(route === 'artifacts' ? 'artifact' : 'context', Number(id));
      while (row && row.kind !== 'RegisteredModel') row = store.find('context', row.parents[0] ?? -1);
      return row;
    },
    // The mark, a label set, a label removed.
    writesOfAnEvent: 3,
    addModel: (modelName) => store.find('context', Number(addModel(pipeline, generation, { name: modelName }).id))!,
    addVersion(model, versionName, properties, archived) {
      if (versionsOf(store, model).some((one) => nameOf(one) === versionName)) return undefined;
      const { id } = addVersion(pipeline, generation, String(model.id), {
        name: versionName,
        author: 'pipeline',
        properties: { accuracy: 0.5, ...properties },
        state: archived ? 'ARCHIVED' : 'LIVE',
      });
      return store.find('context', Number(id));
    },
    addArtifact(version, artifactName, uri) {
      addArtifact(pipeline, generation, String(version.id), {
        name: artifactName,
        state: 'LIVE',
        properties: { size: 3 },
        ...(uri === undefined ? {} : { uri }),
      });
    },
    put: (row, key, string) => void row.properties.push({ name: key, custom: true, string }),
    /** The whole map from its copy, `_lastModified` beside it. */
    async edit({ kind, id }, hold, { values = {}, ...about }) {
      const path = `/${kind === 'RegisteredModel' ? 'registered_models' : 'model_versions'}/${id}`;
      const entity = await ask('GET', path);
      if (entity === undefined) return;
      await pause(hold);
      const properties = { ...(entity.customProperties as Properties) };
      const changed = { _lastModified: new Date(now()).toISOString(), ...values };
      for (const [key, value] of Object.entries(changed))
        if (value === undefined) delete properties[key];
        else properties[key] = { metadataType: 'MetadataStringValue', string_value: value };
      note(`a person writes ${path}`);
      const { state, description } = { ...entity, ...about };
      await ask('PATCH', path, JSON.stringify({ state, description, customProperties: properties }));
    },
    async changeUri({ id }, uri) {
      await ask('PATCH', `/artifacts/${id}`, JSON.stringify({ artifactType: 'model-artifact', uri }));
    },
  };

  async function ask(method: 'GET' | 'PATCH', path: string, body = ''): Promise<Entity | undefined> {
    const url = registryUrl + BASE_PATH + path;
    const { status, body: text } = await registry.answer({ method, url, headers: {}, body: Buffer.from(body) }, others);
    return status === 200 ? (JSON.parse(text.toString('utf8')) as Entity) : undefined;
  }

  return registry;
}

/** Rows are changed in place in their properties. */
function copyOf(row: Row | undefined): Row | undefined {
  return row && { ...row, properties: row.properties.map((property) => ({ ...property })) };
}
