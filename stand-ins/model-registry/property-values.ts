// Custom property values: decoded from a body, put into columns, read back. It knows the value types, no entity and no route.

import { isNumber, isObject, type Json, type JsonObject } from './go-json.ts';
import { parseWhole } from './go-numbers.ts';
import { readStruct, STRUCT_MARK, storeStruct } from './struct-values.ts';

/** A value as the body holds it. `nothing` is a value without a known `metadataType`: decoded, refused when it is stored. */
export type PropertyValue =
  | { kind: 'string' | 'int' | 'struct'; text: string }
  | { kind: 'double'; number: number }
  | { kind: 'bool'; flag: boolean }
  | { kind: 'nothing' | 'proto' };

export type PropertyMap = Map<string, PropertyValue>;

/** One row of a property table; an absent column is NULL. A row can carry more than one after a change of type. */
export interface PropertyColumns {
  int?: number | undefined;
  double?: number | undefined;
  string?: string | undefined;
  bool?: boolean | undefined;
}

const TYPES = {
  MetadataBoolValue: ['bool_value', 'bool'],
  MetadataDoubleValue: ['double_value', 'float64'],
  MetadataIntValue: ['int_value', 'string'],
  MetadataProtoValue: ['proto_value', 'string'],
  MetadataStringValue: ['string_value', 'string'],
  MetadataStructValue: ['struct_value', 'string'],
} as const;

/** Decodes one value; other keys in it are not looked at. Returns the server's words where it refuses. */
export function decodeValue(json: Json): { value: PropertyValue } | { error: string } {
  if (json === null) return { value: { kind: 'nothing' } };
  if (!isObject(json) || holdsHugeNumber(json)) {
    return { error: 'failed to unmarshal JSON into map for the discriminator lookup' };
  }
  const type = lastOf(json, (key) => key === 'metadataType');
  if (typeof type !== 'string' || !(type in TYPES)) return { value: { kind: 'nothing' } };
  const [field, goType] = TYPES[type as keyof typeof TYPES];
  // Inside the value keys match in any case, as everywhere in Go's decoder; only the type is looked up exactly.
  const content = lastOf(json, (key) => key.toLowerCase() === field) ?? null;
  const problem = typeProblem(content, goType);
  if (problem) {
    return {
      error: `failed to unmarshal MetadataValue as ${type}: json: cannot unmarshal ${problem} into Go struct field ${type}.${field} of type ${goType}`,
    };
  }
  switch (type as keyof typeof TYPES) {
    case 'MetadataBoolValue':
      return { value: { kind: 'bool', flag: content === true } };
    case 'MetadataDoubleValue':
      return {
        value: { kind: 'double', number: content === null ? 0 : Number((content as { number: string }).number) },
      };
    case 'MetadataIntValue':
      return { value: { kind: 'int', text: (content as string) ?? '' } };
    case 'MetadataStringValue':
      return { value: { kind: 'string', text: (content as string) ?? '' } };
    case 'MetadataStructValue':
      return { value: { kind: 'struct', text: (content as string) ?? '' } };
    case 'MetadataProtoValue':
      return { value: { kind: 'proto' } };
  }
}

/** A number that no float64 holds ends Go's reading of any value around it. */
function holdsHugeNumber(json: Json): boolean {
  if (Array.isArray(json)) return json.some(holdsHugeNumber);
  if (isNumber(json)) return !Number.isFinite(Number(json.number));
  return isObject(json) && json.pairs.some(([, value]) => holdsHugeNumber(value));
}

function lastOf(object: JsonObject, wanted: (key: string) => boolean): Json | undefined {
  return object.pairs.findLast(([key]) => wanted(key))?.[1];
}

/** Go's word for a JSON value that does not fit; undefined where it fits. `null` always fits and means "absent". */
export function typeProblem(json: Json, goType: string): string | undefined {
  if (json === null) return undefined;
  if (typeof json === 'string') return goType === 'string' ? undefined : 'string';
  if (typeof json === 'boolean') return goType === 'bool' ? undefined : 'bool';
  if (Array.isArray(json)) return goType.startsWith('[]') ? undefined : 'array';
  if (!isNumber(json)) return 'object';
  if (goType !== 'float64') return 'number';
  return Number.isFinite(Number(json.number)) ? undefined : `number ${json.number}`;
}

/** Into columns. Returns the server's words where the value cannot be stored. */
export function toColumns(
  key: string,
  value: PropertyValue,
  numberErrorPrefix: string,
): { columns: PropertyColumns } | { error: string } {
  switch (value.kind) {
    case 'string':
      return { columns: { string: value.text } };
    case 'bool':
      return { columns: { bool: value.flag } };
    case 'double':
      return { columns: { double: value.number } };
    case 'int': {
      const parsed = parseWhole(value.text, 32);
      if ('value' in parsed) return { columns: { int: parsed.value } };
      return { error: `bad request: unable to decode as int64 ${numberErrorPrefix}${parsed.error} for key ${key}` };
    }
    case 'struct': {
      const stored = storeStruct(value.text);
      if ('error' in stored) return { error: `bad request: unable to decode ${stored.error} for key ${key}` };
      return { columns: { string: stored.value } };
    }
    default: {
      // The real server prints Go pointers here, with an address of its memory for a proto value.
      const proto = value.kind === 'proto' ? '0xc00000000000' : '<nil>';
      return {
        error: `bad request: metadataType not found for ${key}: {<nil> <nil> <nil> ${proto} <nil> <nil>}`,
      };
    }
  }
}

/** Shown as fields of their own on the artifacts of experiments. */
export const HIDDEN_KEYS: ReadonlySet<string> = new Set(['experiment_id', 'experiment_run_id']);

/**
 * Back from columns, in the server's order of looking: an int left by a former type hides what was written later.
 * Undefined where all columns are empty; an error where a plain string has the look of a struct that cannot be read, which
 * on the real server, too, makes the whole resource unreadable.
 */
export function fromColumns(
  columns: PropertyColumns,
  structsAsBase64: boolean,
): { value: PropertyValue } | { error: string } | undefined {
  if (columns.int !== undefined) return { value: { kind: 'int', text: String(columns.int) } };
  if (columns.string !== undefined) {
    if (!columns.string.startsWith(STRUCT_MARK)) return { value: { kind: 'string', text: columns.string } };
    const struct = readStruct(columns.string, structsAsBase64);
    return 'error' in struct ? struct : { value: { kind: 'struct', text: struct.value } };
  }
  if (columns.bool !== undefined) return { value: { kind: 'bool', flag: columns.bool } };
  if (columns.double !== undefined) return { value: { kind: 'double', number: columns.double } };
  return undefined;
}

/** The form in answers. */
export function toWire(map: PropertyMap): Record<string, object> {
  return Object.fromEntries([...map].map(([key, value]) => [key, valueToWire(value)]));
}

function valueToWire(value: PropertyValue): object {
  switch (value.kind) {
    case 'string':
      return { metadataType: 'MetadataStringValue', string_value: value.text };
    case 'int':
      return { metadataType: 'MetadataIntValue', int_value: value.text };
    case 'struct':
      return { metadataType: 'MetadataStructValue', struct_value: value.text };
    case 'double':
      return { metadataType: 'MetadataDoubleValue', double_value: value.number };
    case 'bool':
      return { metadataType: 'MetadataBoolValue', bool_value: value.flag };
    default:
      return {};
  }
}
