// What the Model Registry sends and wants to be sent, between its JSON and the contract's words. Opens no connection.
// Source: kubeflow/model-registry api/openapi/model-registry.yaml (v1alpha3), and what servers v0.2.10 to v0.3.8 really answer.
import * as v from 'valibot';
import { isObject, type JsonObject } from '../../events/json-object.ts';
import { ShapeError, shaped } from '../../io/api-client.ts';
import type {
  Artifact,
  Properties,
  PropertyChange,
  RegisteredModel,
  RegisteredVersion,
} from '../../promotions/registry-state.ts';
import type { Page } from '../whole-list.ts';
import { isStruct, readProperties, writeProperties } from './properties.ts';

/** What a PATCH has to repeat, because it resets what it leaves out. Callers hand back what they were given. */
interface WithState {
  state?: string;
}

/** A model artifact; with its properties when a write has to send them (see `artifactBody`). */
export interface ArtifactRow extends Artifact, WithState {
  properties?: Properties;
}

export const MODEL_ARTIFACT = 'model-artifact';

// Not v.record: it drops the keys `__proto__`, `constructor` and `prototype`, and a key that is dropped here would be
// deleted by the next write.
const customProperties = v.nullish(v.custom<JsonObject>(isObject, 'Expected an object'));

const entity = {
  id: v.pipe(v.string(), v.regex(/^\d+$/)),
  name: v.string(),
  state: v.nullish(v.string()),
  customProperties,
};

const modelSchema = v.object(entity);

const versionSchema = v.object({ ...entity, registeredModelId: entity.id });

const artifactSchema = v.object({
  ...entity,
  name: v.nullish(v.string()),
  artifactType: v.string(),
  uri: v.nullish(v.string()),
});

// `items` is left out of an empty page by v0.2.10.
const pageSchema = v.object({
  items: v.nullish(v.array(v.unknown())),
  nextPageToken: v.string(),
  size: v.number(),
});

const withId = v.object({ id: entity.id });

// `code` is the status text, and `""` on v0.2.10.
const problemSchema = v.object({ code: v.picklist(['Not Found', '']), message: v.string() });
const anyProblemSchema = v.object({ code: v.string(), message: v.string() });

/** Throws ShapeError where a page or one of its items is not what a registry sends. */
export function readPage<T>(json: unknown, readItem: (json: unknown) => T): Page<T> {
  const page = shaped(pageSchema, json, 'page');
  const items = page.items ?? [];
  if (items.length !== page.size) throw new ShapeError(`page: expected ${page.size} items, found ${items.length}`);
  return {
    items: items.map(readItem),
    ids: items.map((item) => shaped(withId, item, 'item').id),
    next: page.nextPageToken,
  };
}

export function readModel(json: unknown): RegisteredModel & WithState {
  const { id, name, state, customProperties } = shaped(modelSchema, json, 'registered model');
  return { id, name, ...(state == null ? {} : { state }), properties: readProperties(customProperties) };
}

export function readVersion(json: unknown): RegisteredVersion & WithState {
  const { id, registeredModelId, name, state, customProperties } = shaped(versionSchema, json, 'model version');
  return {
    id,
    modelId: registeredModelId,
    name,
    ...(state == null ? {} : { state, archived: state === 'ARCHIVED' }),
    properties: readProperties(customProperties),
  };
}

/** Undefined for an artifact that is no model artifact: `artifactType=` in the query is ignored before v0.3.0. */
export function readArtifact(json: unknown, versionId: string): ArtifactRow | undefined {
  const { id, name, uri, state, artifactType, customProperties } = shaped(artifactSchema, json, 'artifact');
  if (artifactType !== MODEL_ARTIFACT) return undefined;
  const properties = readProperties(customProperties);
  return {
    id,
    versionId,
    ...(name == null ? {} : { name }),
    ...(uri == null ? {} : { uri }),
    ...(state == null ? {} : { state }),
    ...([...properties.values()].some(isStruct) ? { properties } : {}),
  };
}

/** The registry's 404: it answered, and found nothing, or several where one was asked for. A proxy's 404 looks otherwise. */
export function readNotFound(json: unknown): 'none' | 'several' | undefined {
  const result = v.safeParse(problemSchema, json);
  if (!result.success || !/\bfound\b/i.test(result.output.message)) return undefined;
  return /^multiple\b/i.test(result.output.message) ? 'several' : 'none';
}

/** What the registry's own error says; undefined of anything that was not said by the registry. */
export function readProblem(json: unknown): string | undefined {
  return v.is(anyProblemSchema, json) ? json.message : undefined;
}

/** Body of a PATCH of a model or version. `state` left out would be reset to LIVE, so it is sent whenever it was read. */
export function entityBody(entity: WithState & { properties: Properties }, change: PropertyChange): string {
  return JSON.stringify({
    ...(entity.state === undefined ? {} : { state: entity.state }),
    customProperties: writeProperties(entity.properties, change),
  });
}

/**
 * Body of `PATCH /artifacts/ID`: that route keeps a `state` that is left out, where `/model_artifacts/ID` makes it UNKNOWN;
 * it wants `artifactType` (400 without on new servers). The properties are left out too and so kept, except where one is a
 * struct: then the server fails on its own copy ("illegal base64"), unless it is sent the map.
 */
export function artifactBody(artifact: ArtifactRow, uri: string): string {
  return JSON.stringify({
    artifactType: MODEL_ARTIFACT,
    ...(artifact.state === undefined ? {} : { state: artifact.state }),
    uri,
    ...(artifact.properties === undefined
      ? {}
      : { customProperties: writeProperties(artifact.properties, { set: {}, remove: [] }) }),
  });
}
