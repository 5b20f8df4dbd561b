// The Model Registry in memory, without sockets: the stand-in's tables, database and routes. Every write passes a watcher
// that sees the row before and after it, and who wrote.
import { behindDatabase, createDatabase, type Database } from '../../stand-ins/model-registry/database.ts';
import { BASE_PATH, dispatch } from '../../stand-ins/model-registry/dispatch.ts';
import { GENERATIONS, type GenerationName } from '../../stand-ins/model-registry/generations.ts';
import { addArtifact, addModel, addVersion } from '../../stand-ins/model-registry/seed.ts';
import { createStore, type Row, type Store } from '../../stand-ins/model-registry/store.ts';
import type { Answer, CallInfo, Request } from './network.ts';

export const registryUrl = 'http://registry.models.svc';

export interface Writer {
  /** Undefined: a person or the training pipeline. */
  call: CallInfo | undefined;
}

export interface Registry {
  store: Store;
  database: Database;
  /** As a server: throws NoAnswer where the connection ends. */
  answer(request: Request, writer: Writer): Promise<Answer>;
  addModel(name: string): number;
  addVersion(model: number, name: string, properties: Record<string, string>, archived: boolean): number;
  addArtifact(version: number, name: string, uri?: string): number;
}

/** `pause`: between the read and the write of one change, where real servers lock nothing. */
export function createRegistry(
  { generation: name, now, pause }: { generation: GenerationName; now: () => number; pause: () => Promise<void> },
  watch: (before: Row | undefined, after: Row, writer: Writer) => void,
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

  const pipeline = watched({ call: undefined }, store);
  return {
    store,
    database,
    async answer({ method, url: text, body }, writer) {
      const url = new URL(text);
      const world = { generation, store: watched(writer, reachable), beforeWrite: pause };
      const answer = await dispatch(world, database, { method, path: url.pathname, url, body: body.toString('utf8') });
      const headers: Record<string, string> = { date: new Date(now()).toUTCString() };
      for (const [header, value] of answer.headers) headers[header.toLowerCase()] = value;
      return { status: answer.status, headers, body: Buffer.from(answer.body) };
    },
    addModel: (modelName) => Number(addModel(pipeline, generation, { name: modelName }).id),
    addVersion: (model, versionName, properties, archived) =>
      Number(
        addVersion(pipeline, generation, String(model), {
          name: versionName,
          author: 'pipeline',
          properties: { accuracy: 0.5, ...properties },
          state: archived ? 'ARCHIVED' : 'LIVE',
        }).id,
      ),
    addArtifact: (version, artifactName, uri) =>
      Number(
        addArtifact(pipeline, generation, String(version), {
          name: artifactName,
          state: 'LIVE',
          properties: { size: 3 },
          ...(uri === undefined ? {} : { uri }),
        }).id,
      ),
  };
}

export { BASE_PATH };

/** Rows are changed in place in their properties. */
function copyOf(row: Row | undefined): Row | undefined {
  return row && { ...row, properties: row.properties.map((property) => ({ ...property })) };
}

/** The name without its parent's id. */
export function nameOf({ kind, name }: Row): string {
  return kind === 'RegisteredModel' ? name : name.slice(name.indexOf(':') + 1);
}

/** Every value of a row by key: custom properties as they are called, everything else after a slash. */
export function valuesOf(row: Row): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, custom, ...columns } of row.properties) {
    const text = columns.string !== undefined && columns.int === undefined ? columns.string : undefined;
    const plain = text ?? JSON.stringify(columns);
    values.set(custom ? name : `/${name}`, text === undefined ? `other ${plain}` : plain);
  }
  values.set('/name', row.name);
  values.set('/externalId', String(row.externalId));
  values.set('/uri', String(row.uri));
  // A column of artifacts; a property, seen above, of all else.
  if (row.kind === 'ModelArtifact') values.set('/state', String(row.state));
  return values;
}

/** The string property with the value "", which the registry shows as a label. */
export function holds(row: Row, label: string): boolean {
  return row.properties.some(
    ({ name, custom, string, int, double, bool }) =>
      custom && name === label && string === '' && int === undefined && double === undefined && bool === undefined,
  );
}

export function textIn(row: Row, key: string): string | undefined {
  return row.properties.find(({ name, custom }) => custom && name === key)?.string;
}

export function versionsOf(store: Store, model: Row): Row[] {
  return store.rows('ModelVersion').filter((row) => row.parents.includes(model.id));
}
