// MLflow as a model registry: the stand-in's models and routes. Tags and aliases are written one by one, each call by itself, and
// whatever happens between two of them is somebody's.
import { GENERATIONS, type GenerationName } from '../../../stand-ins/mlflow/generations.ts';
import { Refusal } from '../../../stand-ins/mlflow/refusals.ts';
import { routes } from '../../../stand-ins/mlflow/routes.ts';
import {
  addModel,
  addVersion,
  type Model,
  type Models,
  removeVersion,
  type Version,
} from '../../../stand-ins/mlflow/store.ts';
import type { Answer, Request } from '../network.ts';
import {
  aliasProperty,
  type OnWrite,
  type Opening,
  type Registry,
  type Row,
  registryUrl,
  type Writer,
} from '../registry.ts';

const basePath = '/api/2.0/mlflow';
const others: Writer = { call: undefined };
/** Numbers of versions are below it, and rows of models are its multiples. */
const most = 1_000;

export function createMlflow(
  name: GenerationName,
  { now, pause, page }: Opening,
  watch: OnWrite,
  note: (line: string) => void,
): Registry {
  const generation = GENERATIONS[name];
  const models: Models = new Map();
  const ids = new Map<Model, number>();
  const database = createDatabase();
  const late = new Map<number, Set<string>>();
  let seen: Row[] | undefined;

  const rows = (): Row[] => {
    seen ??= [...models.values()].flatMap((model) => rowsOf(model, idOf(model)));
    return seen;
  };
  function idOf(model: Model): number {
    const id = ids.get(model) ?? (ids.size + 1) * most;
    ids.set(model, id);
    return id;
  }
  const rowWith = (id: number) => rows().find((row) => row.id === id);
  const modelOf = ({ id, parents }: Row): Model => {
    const wanted = parents[0] ?? id;
    return [...ids].find(([, one]) => one === wanted)![0];
  };

  /** `id`: of the row that is changed. */
  function change<T>(id: number, writer: Writer, work: () => T): T {
    const before = rowWith(id);
    const result = work();
    seen = undefined;
    const after = rowWith(id);
    if (after !== undefined) watch(before, after, writer);
    return result;
  }

  /** What a request is to change; undefined where nothing of that name is there. */
  function target({ url, body }: Request): number | undefined {
    const { name: wanted, version } = JSON.parse(body.toString('utf8')) as { name: string; version?: string };
    const model = models.get(wanted);
    if (model === undefined) return undefined;
    return idOf(model) + (url.includes('/model-versions/') ? Number(version) : 0);
  }

  function handle(request: Request, writer: Writer): object {
    const { method, body } = request;
    const url = new URL(request.url);
    const route = routes[url.pathname.slice(basePath.length)]?.[method];
    if (route === undefined) throw new Error(`nobody asks ${method} ${request.url}`);
    const world = { generation, models, now };
    if (method !== 'GET') {
      const parameters = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
      const id = target(request) ?? 0;
      const result = change(id, writer, () => route(world, parameters));
      const keys = late.get(id) ?? new Set();
      late.set(id, keys);
      if (writer.call?.late) keys.add(String(parameters.key));
      else keys.delete(String(parameters.key));
      return result;
    }
    const parameters = Object.fromEntries(url.searchParams);
    // A server may give less than was asked for.
    if (parameters.max_results !== undefined)
      parameters.max_results = String(Math.min(page, Number(parameters.max_results)));
    return route(world, parameters);
  }

  const registry: Registry = {
    settings: { MODEL_REGISTRY: 'mlflow' },
    store: {
      rows: (kind) => rows().filter((row) => row.kind === kind),
      find: (table, id) => (table === 'context' ? rowWith(id) : undefined),
      hasAliases: true,
      writtenLate: (id) => late.get(id) ?? new Set(),
    },
    setDatabase: database.set,
    async answer(request, writer) {
      await database.awake();
      if (database.isAway()) return json(503, { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'no database' });
      try {
        return json(200, handle(request, writer));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return json(error.status, { error_code: error.code, message: error.message });
      }
    },
    changedBy(request) {
      const id = target(request);
      return id === undefined ? undefined : rowWith(id - (id % most));
    },
    // Four values of the mark, five of a record and the label, three on the version before, the alias.
    writesOfAnEvent: 14,
    addModel(modelName) {
      const model = addModel(models, { name: modelName }, now);
      return added(idOf(model));
    },
    addVersion(row, versionName, properties) {
      const model = modelOf(row);
      const [isNumber, isSource] = [/^\d$/.test(versionName), versionName.includes(':')];
      // No two names in Git mean the same version.
      if (isSource && model.versions.size === 1) registry.addVersion(row, 'trial', {}, false);
      const tags = { accuracy: '0.5', ...(!isNumber && !isSource && { version: versionName }), ...properties };
      const { number } = addVersion(model, { ...(isSource && { source: versionName }), tags }, now);
      return added(idOf(model) + number);
    },
    addArtifact() {},
    put(row, key, value) {
      const number = row.id % most;
      (number === 0 ? modelOf(row) : modelOf(row).versions.get(number)!).tags.set(key, value);
      seen = undefined;
    },
    async edit(row, hold, { values = {}, description }) {
      await pause(hold);
      const model = modelOf(row);
      const number = row.id % most;
      const of = number === 0 ? 'registered-models' : 'model-versions';
      const keys = { name: model.name, ...(number > 0 && { version: String(number) }) };
      for (const [key, value] of Object.entries(values)) {
        note(`a person ${value === undefined ? 'removes' : 'sets'} ${key} of ${model.name} ${number || ''}`);
        if (value === undefined) await ask('DELETE', `/${of}/delete-tag`, { ...keys, key });
        else await ask('POST', `/${of}/set-tag`, { ...keys, key, value });
      }
      if (description === undefined) return;
      change(row.id, others, () => {
        model.description = description;
      });
    },
    async moveAlias(row, alias, version) {
      const of = { name: row.name, alias };
      if (version === undefined) await ask('DELETE', '/registered-models/alias', of);
      else await ask('POST', '/registered-models/alias', { ...of, version: String(version.id % most) });
    },
    async remove(version) {
      const model = modelOf(version);
      change(idOf(model), others, () => removeVersion(model, version.id % most));
    },
  };

  function added(id: number): Row {
    seen = undefined;
    const row = rowWith(id)!;
    watch(undefined, row, others);
    return row;
  }

  async function ask(method: 'POST' | 'DELETE', route: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const request = { method, url: registryUrl + basePath + route, headers, body: Buffer.from(JSON.stringify(body)) };
    await registry.answer(request, others);
  }

  function json(status: number, value: object): Answer {
    const headers = { 'content-type': 'application/json', date: new Date(now()).toUTCString() };
    return { status, headers, body: Buffer.from(JSON.stringify(value)) };
  }

  return registry;
}

function rowsOf(model: Model, id: number): Row[] {
  const tagsOf = (tags: ReadonlyMap<string, string>) =>
    [...tags].map(([key, string]) => ({ name: key, custom: true, string }));
  const versions = [...model.versions.values()];
  const aliases = [...model.aliases].map(([alias, number]) => ({
    name: aliasProperty(alias),
    custom: false,
    string: String(id + number),
  }));
  const times = { createTime: 0, updateTime: 0 };
  const about = ({ description }: Model | Version) => ({ name: 'description', custom: false, string: description });
  return [
    {
      ...times,
      id,
      kind: 'RegisteredModel',
      name: model.name,
      properties: [...tagsOf(model.tags), ...aliases, about(model)],
      parents: [],
    },
    ...versions.map((version): Row => {
      const { number, source, tags } = version;
      return {
        ...times,
        id: id + number,
        kind: 'ModelVersion',
        name: `${id}:${tags.get('version') || number}`,
        properties: [...tagsOf(tags), { name: 'source', custom: false, string: source }, about(version)],
        parents: [id],
        names: namesIn(version).filter((name) => meant(versions, name) === version),
        formerNames: namesIn(version).filter((name) => meant(versions, name) !== version),
      };
    }),
  ];
}

/** Its tag, and nothing else; without one its number or where it comes from. */
function namesIn({ number, source, tags }: Version): string[] {
  const tag = tags.get('version');
  return tag ? [tag] : [String(number), source];
}

/** The newest of those that are tagged so; else the one of that number; else the newest that comes from there. */
function meant(versions: readonly Version[], name: string): Version | undefined {
  const untagged = versions.filter(({ tags }) => !tags.get('version'));
  return (
    versions.findLast(({ tags }) => tags.get('version') === name) ??
    untagged.find(({ number }) => String(number) === name) ??
    untagged.findLast(({ source }) => source === name)
  );
}

/** Of the database behind the server: away, or stalled. */
function createDatabase() {
  let state: Parameters<Registry['setDatabase']>[0] = 'up';
  let waiting: (() => void)[] = [];
  return {
    set(next: typeof state) {
      state = next;
      if (state === 'stalled') return;
      for (const go of waiting) go();
      waiting = [];
    },
    isAway: () => state === 'stopped' || state === 'recovering',
    awake: () => (state === 'stalled' ? new Promise<void>((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };
}
