// Decodes a request body into the fields of a resource: strict or not. A refusal has the server's status, the words are ours.

import { DEFAULTS, FIELDS, type Field, SERVER_FIELDS } from './fields.ts';
import { decodeValue, isObject, type PropertyMap } from './property-values.ts';
import { requiredMissing, undecodable } from './refusals.ts';
import type { Kind } from './store.ts';

/** A resource between body and row: absent fields are not there, `null` counts as absent. */
export interface Resource {
  id?: string;
  customProperties?: PropertyMap;
  [field: string]: string | string[] | PropertyMap | undefined;
}

/** Which body: to create, to update, or the whole resource. */
export type Shape = 'Create' | 'Update' | '';

/** The object in a body; one that is `null` has no fields. Throws the server's 400. */
export function readBody(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw undecodable((error as Error).message);
  }
  if (value === null) return {};
  if (!isObject(value)) throw undecodable('the body is no object');
  return value;
}

/** The strict way of most routes: unknown keys are refused, absent fields take their defaults. */
export function decodeStrictly(body: string, kind: Kind, shape: Shape): Resource {
  const json = readBody(body);
  const fields = bodyFields(kind, shape);
  const unknown = Object.keys(json).find((key) => !Object.hasOwn(fields, key));
  if (unknown !== undefined) throw undecodable(`json: unknown field "${unknown}"`);
  const resource = decode(json, fields, { ...(DEFAULTS[kind] as Resource) });
  for (const [name, field] of Object.entries(FIELDS[kind])) {
    if (shape !== 'Update' && field.required && !resource[name]) throw requiredMissing(name);
  }
  return resource;
}

/** The lenient way of the routes that take any artifact: no defaults, unknown keys ignored. */
export function decodeLeniently(json: Record<string, unknown>, kind: Kind, shape: Shape): Resource {
  return decode(json, bodyFields(kind, shape), {});
}

function decode(json: Record<string, unknown>, fields: Record<string, Field>, into: Resource): Resource {
  for (const [name, field] of Object.entries(fields)) {
    const value = json[name];
    if (value === undefined) continue;
    if (value === null) delete into[name];
    else into[name] = decodeField(value, field, name);
  }
  return into;
}

function decodeField(value: unknown, { type }: Field, name: string): Resource[string] {
  if (type === 'properties') {
    if (!isObject(value)) throw undecodable(`${name} is no object`);
    return new Map(Object.entries(value).map(([key, one]) => [key, decodeValue(one)]));
  }
  const strings = type === 'strings' ? value : [value];
  if (!Array.isArray(strings) || !strings.every((item) => typeof item === 'string'))
    throw undecodable(`${name} is of another type`);
  if (Array.isArray(type) && !type.includes(value as string)) throw undecodable(`${value} is no valid ${name}`);
  return value as string | string[];
}

function bodyFields(kind: Kind, shape: Shape): Record<string, Field> {
  const own = Object.entries(FIELDS[kind]).filter(([, field]) => shape !== 'Update' || !field.fixed);
  const server = shape === '' ? SERVER_FIELDS.map((name): [string, Field] => [name, { type: 'string' }]) : [];
  return Object.fromEntries([...own, ...server]);
}
