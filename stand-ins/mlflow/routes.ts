// The routes: what each does to the models, and the object it answers with.
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import { type Condition, parseFilter } from './filter.ts';
import type { Generation } from './generations.ts';
import {
  checkAlias,
  checkName,
  checkSource,
  checkTag,
  numberOf,
  offsetOf,
  optional,
  type Parameters,
  required,
  tokenOf,
} from './parameters.ts';
import { invalid, invalidParameter } from './refusals.ts';
import {
  addModel,
  addVersion,
  isPrompt,
  type Model,
  type Models,
  modelOf,
  showModel,
  showVersion,
  type Version,
  versionOf,
} from './store.ts';

export interface World {
  generation: Generation;
  models: Models;
  now(): number;
}

type Route = (world: World, parameters: Parameters) => object;

/** By path below the base path, then by method. A GET has its parameters in the query, all others in the body. */
export const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/registered-models/create': {
    POST({ models, generation, now }, parameters) {
      const { name } = required(parameters, 'name');
      checkName(name, generation);
      const tags = tagsOf(parameters, generation);
      return { registered_model: showModel(addModel(models, { name, ...described(parameters), tags }, now)) };
    },
  },
  '/registered-models/get': {
    GET: ({ models }, parameters) => ({
      registered_model: showModel(modelOf(models, required(parameters, 'name').name)),
    }),
  },
  '/registered-models/search': { GET: searchModels },
  '/registered-models/set-tag': {
    POST({ models, generation }, parameters) {
      const { name } = required(parameters, 'name', 'key');
      return setTag(() => modelOf(models, name), parameters, generation);
    },
  },
  '/registered-models/delete-tag': {
    DELETE({ models }, parameters) {
      const { name, key } = required(parameters, 'name', 'key');
      modelOf(models, name).tags.delete(key);
      return {};
    },
  },
  '/registered-models/alias': {
    GET({ models, generation }, parameters) {
      const { name, alias } = required(parameters, 'name', 'alias');
      if (generation.is3) modelOf(models, name);
      const model = models.get(name);
      const number = model?.aliases.get(alias);
      if (model === undefined || number === undefined) throw invalid(`Registered model alias ${alias} not found.`);
      return { model_version: showVersion(model.versions.get(number)!, model.aliases) };
    },
    POST({ models, generation }, parameters) {
      const { name, alias, version } = required(parameters, 'name', 'alias', 'version');
      checkAlias(alias);
      const { number } = versionOf(models, name, numberOf(version, generation));
      modelOf(models, name).aliases.set(alias, number);
      return {};
    },
    DELETE({ models }, parameters) {
      const { name, alias } = required(parameters, 'name', 'alias');
      modelOf(models, name).aliases.delete(alias);
      return {};
    },
  },
  '/model-versions/create': {
    POST({ models, generation, now }, parameters) {
      const { name, source } = required(parameters, 'name', 'source');
      const tags = tagsOf(parameters, generation);
      if (!(generation.is3 && tags['mlflow.prompt.is_prompt'] === 'true')) checkSource(source);
      const version = addVersion(modelOf(models, name), { source, ...described(parameters), tags }, now);
      return { model_version: showVersion(version) };
    },
  },
  '/model-versions/get': {
    GET({ models, generation }, parameters) {
      const { name, version } = required(parameters, 'name', 'version');
      const found = versionOf(models, name, numberOf(version, generation));
      return { model_version: showVersion(found, modelOf(models, name).aliases) };
    },
  },
  '/model-versions/search': { GET: searchVersions },
  '/model-versions/set-tag': {
    POST({ models, generation }, parameters) {
      const { name, version } = required(parameters, 'name', 'version', 'key');
      return setTag(() => versionOf(models, name, numberOf(version, generation)), parameters, generation);
    },
  },
  '/model-versions/delete-tag': {
    DELETE({ models, generation }, parameters) {
      const { name, version, key } = required(parameters, 'name', 'version', 'key');
      versionOf(models, name, numberOf(version, generation)).tags.delete(key);
      return {};
    },
  },
};

const described = (parameters: Parameters) => ({ description: optional(parameters, 'description') });

function tagsOf({ tags = [] }: Parameters, generation: Generation): Record<string, string> {
  const entries = (tags as { key: string; value?: string }[]).map(({ key, value = '' }) => {
    checkTag(key, value, generation);
    return [key, value] as const;
  });
  return Object.fromEntries(entries);
}

function setTag(find: () => Model | Version, parameters: Parameters, generation: Generation): object {
  const { key } = required(parameters, 'key');
  const value = optional(parameters, 'value');
  checkTag(key, value, generation);
  find().tags.set(key, value);
  return {};
}

function searchModels({ models, generation }: World, parameters: Parameters): object {
  const conditions = parseFilter(optional(parameters, 'filter'), ['name'], generation.is3 ? ['name'] : []);
  const found = [...models.values()].filter((model) =>
    isMeant(model, conditions, generation, (key) => (key === 'name' ? model.name : undefined)),
  );
  const orders = {
    name: byText((model: Model) => model.name),
    last_updated_timestamp: by((one: Model) => one.updated),
  };
  const sorted = found.sort(inOrder(parameters, orders, [orders.name]));
  return page(sorted, 'registered_models', parameters, { usual: 100, most: 1_000, least: -Infinity }, showModel);
}

function searchVersions({ models, generation }: World, parameters: Parameters): object {
  const attributes = ['name', 'version_number', 'source_path', 'run_id'];
  const lists = generation.is3 ? ['name', 'run_id'] : ['run_id'];
  const conditions = parseFilter(optional(parameters, 'filter'), attributes, lists);
  const found = [...models.values()]
    .flatMap(({ versions }) => [...versions.values()])
    .filter((version) =>
      isMeant(version, conditions, generation, (key) => {
        if (key === 'name') return version.model;
        if (key === 'version_number') return String(version.number);
        return key === 'source_path' ? version.source : '';
      }),
    );
  const orders = {
    name: byText((version: Version) => version.model),
    version_number: by((version: Version) => version.number),
    creation_timestamp: by((version: Version) => version.created),
    last_updated_timestamp: by((version: Version) => version.created),
  };
  const usual = [descending(orders.last_updated_timestamp), orders.name, descending(orders.version_number)];
  const sorted = found.sort(inOrder(parameters, orders, usual));
  return page(sorted, 'model_versions', parameters, { usual: 10_000, most: 200_000, least: 1 }, (version) =>
    showVersion(version),
  );
}

/** Prompts are left out, unless they are asked for. */
function isMeant(
  row: Model | Version,
  conditions: readonly Condition[],
  { is3 }: Generation,
  attribute: (key: string) => string | undefined,
): boolean {
  const wantsPrompts = conditions.some(({ isTag, key, holds }) => isTag && key === PROMPT && holds('true'));
  if (is3 && !wantsPrompts && isPrompt(row)) return false;
  return conditions.every(({ key, isTag, holds }) => holds(isTag ? row.tags.get(key) : attribute(key)));
}
const PROMPT = 'mlflow.prompt.is_prompt';

type Order<T> = (a: T, b: T) => number;
const by =
  <T>(value: (row: T) => number): Order<T> =>
  (a, b) =>
    value(a) - value(b);
const byText =
  <T>(value: (row: T) => string): Order<T> =>
  (a, b) =>
    compareCodePoints(value(a), value(b));
const descending =
  <T>(order: Order<T>): Order<T> =>
  (a, b) =>
    order(b, a);

/** By `order_by`, then as usual. */
function inOrder<T>(
  { order_by: wanted = [] }: Parameters,
  orders: Readonly<Record<string, Order<T>>>,
  usual: Order<T>[],
): Order<T> {
  const asked = [wanted].flat().map((clause) => {
    const [, key = '', direction = 'ASC'] = /^\s*(\w+)(?:\s+(ASC|DESC))?\s*$/i.exec(String(clause)) ?? [];
    const order = orders[key];
    if (order === undefined) throw invalid(`Invalid order_by clause '${clause}'.`);
    return direction.toUpperCase() === 'DESC' ? descending(order) : order;
  });
  // An order that was asked for leaves only name and number as usual.
  const rest = asked.length > 0 && usual.length > 1 ? usual.slice(1) : usual;
  return (a, b) => [...asked, ...rest].reduce((difference, order) => difference || order(a, b), 0);
}

function page<T>(
  rows: T[],
  member: string,
  parameters: Parameters,
  { usual, most, least }: { usual: number; most: number; least: number },
  show: (row: T) => object,
): object {
  const wanted = optional(parameters, 'max_results') || String(usual);
  const size = Number(wanted);
  if (!/^-?\d+$/.test(wanted) || size > most) throw invalidParameter('max_results', wanted);
  if (size < least) throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${size}`);
  const start = offsetOf(optional(parameters, 'page_token'));
  const end = start + size;
  const shown = rows.slice(start, Math.max(start, end)).map(show);
  return {
    ...(shown.length > 0 && { [member]: shown }),
    ...(rows.length > end && { next_page_token: tokenOf(end) }),
  };
}
