// What the stand-in holds, how it is filled without HTTP, and its rows as the API writes them: empty texts and lists of a model are
// left out, those of a version are not.
import { modelExists, noModel, noVersion } from './refusals.ts';

export interface Version {
  number: number;
  model: string;
  created: number;
  source: string;
  description: string;
  tags: Map<string, string>;
}

export interface Model {
  name: string;
  created: number;
  updated: number;
  description: string;
  tags: Map<string, string>;
  /** To the number of a version. */
  aliases: Map<string, number>;
  versions: Map<number, Version>;
  /** The number that was given last; none is given twice. */
  last: number;
}

/** One of a workspace, by name. */
export type Models = Map<string, Model>;

export interface SeedVersion {
  source?: string;
  description?: string;
  tags?: Readonly<Record<string, string>>;
  aliases?: readonly string[];
}

export interface SeedModel {
  name: string;
  description?: string;
  tags?: Readonly<Record<string, string>>;
  versions?: readonly SeedVersion[];
}

export function addModel(
  models: Models,
  { name, description = '', tags = {}, versions = [] }: SeedModel,
  now: () => number,
): Model {
  if (models.has(name)) throw modelExists(name);
  const time = now();
  const model: Model = {
    name,
    created: time,
    updated: time,
    description,
    tags: new Map(Object.entries(tags)),
    aliases: new Map(),
    versions: new Map(),
    last: 0,
  };
  models.set(name, model);
  for (const version of versions) addVersion(model, version, now);
  return model;
}

export function addVersion(model: Model, seed: SeedVersion, now: () => number): Version {
  model.last += 1;
  const number = model.last;
  const { source = `s3://models/${encodeURIComponent(model.name)}/${number}`, description = '', tags = {} } = seed;
  const created = now();
  const version = { number, model: model.name, created, source, description, tags: new Map(Object.entries(tags)) };
  model.updated = created;
  model.versions.set(number, version);
  for (const alias of seed.aliases ?? []) model.aliases.set(alias, number);
  return version;
}

/** Its aliases go with it (measured with 3.17.2). */
export function removeVersion(model: Model, number: number): void {
  model.versions.delete(number);
  for (const [alias, of] of model.aliases) if (of === number) model.aliases.delete(alias);
}

export function modelOf(models: Models, name: string): Model {
  const model = models.get(name);
  if (model === undefined) throw noModel(name);
  return model;
}

export function versionOf(models: Models, name: string, number: number): Version {
  const version = models.get(name)?.versions.get(number);
  if (version === undefined) throw noVersion(name, number);
  return version;
}

/** Prompts are registered models with this tag. */
export const isPrompt = ({ tags }: { tags: Map<string, string> }) => tags.get('mlflow.prompt.is_prompt') === 'true';

export function showModel(model: Model): Record<string, unknown> {
  const { name, created, updated, description, tags, aliases, versions } = model;
  const latest = [...versions.values()].at(-1);
  const byName = [...aliases].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    name,
    creation_timestamp: created,
    last_updated_timestamp: updated,
    ...(description !== '' && { description }),
    ...(latest !== undefined && { latest_versions: [showVersion(latest)] }),
    ...showTags(tags),
    ...(byName.length > 0 && { aliases: byName.map(([alias, version]) => ({ alias, version: String(version) })) }),
  };
}

/** Lists have no aliases. */
export function showVersion(version: Version, aliases: ReadonlyMap<string, number> = new Map()): object {
  const { model, number, created, source, description, tags } = version;
  const own = [...aliases].filter(([, of]) => of === number).map(([alias]) => alias);
  return {
    name: model,
    version: String(number),
    creation_timestamp: created,
    last_updated_timestamp: created,
    current_stage: 'None',
    description,
    source,
    run_id: '',
    status: 'READY',
    run_link: '',
    ...showTags(tags),
    ...(own.length > 0 && { aliases: own.sort() }),
  };
}

const showTags = (tags: Map<string, string>) =>
  tags.size > 0 && { tags: [...tags].map(([key, value]) => ({ key, value })) };

/** Model → number of a version → the keys of its empty tags, sorted. */
export function labels(models: Models): Record<string, Record<string, string[]>> {
  const shown = ({ tags }: Version) => [...tags].flatMap(([key, value]) => (value === '' ? [key] : [])).sort();
  return Object.fromEntries(
    [...models.values()].map(({ name, versions }) => [
      name,
      Object.fromEntries([...versions.values()].map((version) => [String(version.number), shown(version)])),
    ]),
  );
}
