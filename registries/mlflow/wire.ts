// What MLflow sends, in the contract's words. Opens no connection.
// Source: mlflow/protos/model_registry.proto, and what servers 2.16 to 3.17 really answer: empty lists and texts are left out.
import * as v from 'valibot';
import { isObject } from '../../events/json-object.ts';
import { ShapeError, shaped } from '../../io/api-client.ts';
import type { Properties, RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Page } from '../whole-list.ts';

const tags = v.nullish(v.array(v.object({ key: v.string(), value: v.nullish(v.string()) })));
/** A whole number that begins with 1. JSON of other stores has a number. */
const number = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.regex(/^[1-9]\d{0,9}$/));

const modelSchema = v.object({
  name: v.string(),
  tags,
  aliases: v.nullish(v.array(v.object({ alias: v.string(), version: number }))),
  // The last one of each stage.
  latest_versions: v.nullish(v.array(v.object({ version: number }))),
});

const versionSchema = v.object({ name: v.string(), version: number, source: v.nullish(v.string()), tags });

const problemSchema = v.object({ error_code: v.string(), message: v.nullish(v.string()) });

/** The member is left out of an empty page. */
export function readPage<T extends { id: string }>(
  json: unknown,
  member: string,
  readItem: (json: unknown) => T,
): Page<T> {
  const list = v.nullish(v.array(v.unknown()));
  const page = shaped(v.object({ [member]: list, next_page_token: v.nullish(v.string()) }), json, 'page');
  // An empty object is an empty page, and anything else without the member is not MLflow's.
  if (page[member] == null && Object.keys(json as object).length > 0) {
    throw new ShapeError(`page: expected a list at ${member}`);
  }
  const items = ((page[member] ?? []) as unknown[]).map(readItem);
  return { items, ids: items.map(({ id }) => id), next: (page.next_page_token as string | null | undefined) ?? '' };
}

export function readModel(json: unknown): RegisteredModel {
  const { name, tags, aliases, latest_versions: latest } = shaped(modelSchema, json, 'registered model');
  const properties = readTags(tags);
  const leftAlone = reasonToLeave(name, properties);
  return {
    id: name,
    name,
    properties,
    newest: versionId(name, String(Math.max(0, ...(latest ?? []).map(({ version }) => Number(version))))),
    aliases: new Map(aliases?.map(({ alias, version }) => [alias, versionId(name, version)])),
    ...(leftAlone !== undefined && { leftAlone }),
  };
}

/** `versionTag`: the tag that has a version's name. A version without it is called by its number, or by where it comes from. */
export function readVersion(json: unknown, versionTag: string): RegisteredVersion {
  const { name: model, version, source, tags } = shaped(versionSchema, json, 'model version');
  const properties = readTags(tags);
  const tag = properties.get(versionTag)?.value;
  return {
    id: versionId(model, version),
    modelId: model,
    ...(typeof tag === 'string' && tag !== '' ? { name: tag } : { name: version, otherNames: source ? [source] : [] }),
    page: `#/models/${encodeURIComponent(model.replace(/\p{Surrogate}/gu, '\ufffd'))}/versions/${version}`,
    properties,
  };
}

/** The member of an answer that has one. */
export function within<T>(member: string, read: (json: unknown) => T): (json: unknown) => T {
  return (json) => read(shaped(v.object({ [member]: v.unknown() }), json, 'answer')[member]);
}

/** The answer to a write. */
export function readEmpty(json: unknown): void {
  if (!isObject(json) || Object.keys(json).length > 0) throw new ShapeError('expected an empty object');
}

export function readProblem(json: unknown): { code: string; message: string } | undefined {
  const result = v.safeParse(problemSchema, json);
  return result.success ? { code: result.output.error_code, message: result.output.message ?? '' } : undefined;
}

/** Versions are numbered within their model. */
function versionId(model: string, number: string): string {
  return `${model}/${number}`;
}

export function numberOf({ id }: RegisteredVersion): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function readTags(list: v.InferOutput<typeof tags>): Properties {
  return new Map(list?.map(({ key, value }) => [key, { type: 'string', value: value ?? '' }]));
}

function reasonToLeave(name: string, properties: Properties): string | undefined {
  if (properties.get('mlflow.prompt.is_prompt')?.value === 'true') return `${name} is a prompt, no model`;
  return /^[^.]+\.[^.]+\.[^.]+$/.test(name)
    ? `${name} is a name of Unity Catalog (catalog.schema.model), which has other labels`
    : undefined;
}
