// Decodes a request body into the fields of a resource as Go's decoder does: strict or not, first error kept, its words.

import { DEFAULTS, ENUMS, FIELDS, type Field, SERVER_FIELDS } from './fields.ts';
import { isObject, type Json, type JsonObject, JsonSyntaxError, readFirstValue } from './go-json.ts';
import { decodeValue, type PropertyMap, typeProblem } from './property-values.ts';
import { requiredMissing, undecodable } from './refusals.ts';
import type { Kind } from './store.ts';

/** A resource between body and row: absent fields are not there, `null` counts as absent. */
export interface Resource {
  id?: string;
  customProperties?: PropertyMap;
  [field: string]: string | string[] | PropertyMap | undefined;
}

/** Which body: to create, to update, or the whole resource (upsert). */
export type Shape = 'Create' | 'Update' | '';

/** Reads the first JSON value of a body. Throws the server's 400. */
export function readBody(body: string): Json {
  try {
    return readFirstValue(body);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw undecodable(error.message);
    throw error;
  }
}

/** The strict way of most routes: unknown keys are refused, absent fields take their defaults. */
export function decodeStrictly(json: Json, kind: Kind, shape: Shape): Resource {
  const resource: Resource = { ...(DEFAULTS[kind] as Resource) };
  const decoded = decode(json, kind, shape, true, resource);
  if (decoded) throw undecodable(decoded);
  for (const [name, field] of Object.entries(FIELDS[kind])) {
    if (shape !== 'Update' && field.required && !resource[name]) throw requiredMissing(name);
  }
  return resource;
}

/** The lenient way of the routes that take any artifact: no defaults, unknown keys ignored. Returns words on refusal. */
export function decodeLeniently(
  json: JsonObject,
  kind: Kind,
  shape: Shape,
): { resource: Resource } | { error: string } {
  const resource: Resource = {};
  const error = decode(json, kind, shape, false, resource);
  return error ? { error } : { resource };
}

/** Fills the resource; returns the first error. */
function decode(json: Json, kind: Kind, shape: Shape, strict: boolean, into: Resource): string | undefined {
  const goType = kind + shape;
  if (json === null) return undefined;
  if (!isObject(json)) {
    return `json: cannot unmarshal ${typeProblem(json, 'struct')} into Go value of type openapi.${goType}`;
  }
  const fields = bodyFields(kind, shape);
  // Type errors and unknown keys wait until the whole body is read; what a value's own decoder refuses ends the reading.
  let waiting: string | undefined;
  for (const [key, value] of json.pairs) {
    const name = fieldName(fields, key);
    if (name === undefined) {
      if (strict) waiting ??= `json: unknown field "${key}"`;
      continue;
    }
    const result = decodeField(value, fields[name]!, `${goType}.${name}`);
    if (result.fatal) return result.fatal;
    if (result.error) waiting ??= result.error;
    else if (result.value === undefined) delete into[name];
    else into[name] = result.value;
  }
  return waiting;
}

interface Decoded {
  value?: Resource[string];
  error?: string;
  fatal?: string;
}

function decodeField(json: Json, field: Field, path: string): Decoded {
  const wrong = (goType: string) => {
    const problem = typeProblem(json, goType);
    return problem && `json: cannot unmarshal ${problem} into Go struct field ${path} of type ${goType}`;
  };
  if (field.type === 'properties') return decodeProperties(json, path);
  if (json === null) return {};
  if (field.type === 'strings') {
    const error = wrong('[]string') ?? (json as Json[]).map((item) => wrongItem(item, path)).find(Boolean);
    return error ? { error } : { value: (json as string[]).map((item) => item ?? '') };
  }
  if (field.type === 'string') {
    const error = wrong('string');
    return error ? { error } : { value: json as string };
  }
  const error = wrong('string');
  if (error) return { fatal: error };
  if (!(ENUMS[field.type] as readonly string[]).includes(json as string)) {
    return { fatal: `${json} is not a valid ${field.type}` };
  }
  return { value: json as string };
}

function wrongItem(item: Json, path: string): string | undefined {
  const problem = typeProblem(item, 'string');
  return problem && `json: cannot unmarshal ${problem} into Go struct field ${path} of type string`;
}

function decodeProperties(json: Json, path: string): Decoded {
  if (json === null) return {};
  if (!isObject(json)) {
    const goType = 'map[string]openapi.MetadataValue';
    return {
      error: `json: cannot unmarshal ${typeProblem(json, goType)} into Go struct field ${path} of type ${goType}`,
    };
  }
  const map: PropertyMap = new Map();
  for (const [key, value] of json.pairs) {
    const decoded = decodeValue(value);
    if ('error' in decoded) return { fatal: decoded.error };
    map.set(key, decoded.value);
  }
  return { value: map };
}

/** Exact first, else in any case. */
function fieldName(fields: Record<string, Field>, key: string): string | undefined {
  if (Object.hasOwn(fields, key)) return key;
  const folded = key.toLowerCase();
  return Object.keys(fields).find((name) => name.toLowerCase() === folded);
}

function bodyFields(kind: Kind, shape: Shape): Record<string, Field> {
  const own = Object.entries(FIELDS[kind]).filter(([, field]) => shape !== 'Update' || !field.fixed);
  const server = shape === '' ? SERVER_FIELDS.map((name) => [name, { type: 'string' }] as [string, Field]) : [];
  return Object.fromEntries([...own, ...server]);
}
