// Custom property values: decoded from a body, put into columns, read back. It knows the value types, no entity and no route.

import { goJson } from '../go-json.ts';
import { parseWhole } from './go-numbers.ts';
import { badRequest, undecodable } from './refusals.ts';

/** A value as the body holds it. `nothing` is a value without a known `metadataType`: decoded, refused when it is stored. */
export type PropertyValue =
  | { kind: 'string' | 'int' | 'struct'; text: string }
  | { kind: 'double'; number: number }
  | { kind: 'bool'; flag: boolean }
  | { kind: 'nothing' };

export type PropertyMap = Map<string, PropertyValue>;

/** One row of a property table; an absent column is NULL. A row can carry more than one after a change of type. */
export interface PropertyColumns {
  int?: number | undefined;
  double?: number | undefined;
  string?: string | undefined;
  bool?: boolean | undefined;
}

const TYPES = {
  MetadataBoolValue: ['bool_value', 'boolean'],
  MetadataDoubleValue: ['double_value', 'number'],
  MetadataIntValue: ['int_value', 'string'],
  MetadataStringValue: ['string_value', 'string'],
  MetadataStructValue: ['struct_value', 'string'],
} as const;

/** How the server marks a struct among the string values. */
const STRUCT_MARK = 'mlmd-struct::';

export const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Other keys in the value are not looked at. Throws the server's 400. */
export function decodeValue(json: unknown): PropertyValue {
  if (json === null) return { kind: 'nothing' };
  if (!isObject(json)) throw undecodable('failed to unmarshal JSON into map for the discriminator lookup');
  const { metadataType: type } = json;
  if (typeof type !== 'string' || !Object.hasOwn(TYPES, type)) return { kind: 'nothing' };
  const [field, wanted] = TYPES[type as keyof typeof TYPES];
  const content = json[field] ?? null;
  if (content !== null && typeof content !== wanted) throw undecodable(`${type}.${field} is no ${wanted}`);
  if (wanted === 'boolean') return { kind: 'bool', flag: content === true };
  if (wanted === 'number') return { kind: 'double', number: Number(content) };
  const kind = ({ int_value: 'int', string_value: 'string', struct_value: 'struct' } as const)[field];
  return { kind, text: (content as string) ?? '' };
}

/** Into columns. Throws the server's 400 where the value cannot be stored. */
export function toColumns(key: string, value: PropertyValue, numberErrorPrefix: string): PropertyColumns {
  const refuse = (why: string) => badRequest(`error setting field CustomProperties: bad request: ${why}`);
  switch (value.kind) {
    case 'string':
      return { string: value.text };
    case 'bool':
      return { bool: value.flag };
    case 'double':
      return { double: value.number };
    case 'int': {
      const parsed = parseWhole(value.text, 32);
      if ('value' in parsed) return { int: parsed.value };
      throw refuse(`unable to decode as int64 ${numberErrorPrefix}${parsed.error} for key ${key}`);
    }
    case 'struct': {
      const text = readStruct(value.text);
      if (text === undefined) throw refuse(`unable to decode the struct for key ${key}`);
      return { string: STRUCT_MARK + Buffer.from(text, 'utf8').toString('base64') };
    }
    default:
      throw refuse(`metadataType not found for ${key}`);
  }
}

/** Base64 of a JSON object → its text as the server keeps it, numbers through float64; undefined for anything else. */
function readStruct(base64: string): string | undefined {
  if (Buffer.from(base64, 'base64').toString('base64') !== base64) return undefined;
  try {
    const json: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    return isObject(json) ? goJson(json, { sorted: true }) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Back from columns, in the server's order of looking: an int left by a former type hides what was written later.
 * Undefined where all columns are empty. Throws 400 where a plain string has the look of a struct that cannot be read, which
 * on the real server, too, makes the whole resource unreadable.
 */
export function fromColumns(columns: PropertyColumns, structsAsBase64: boolean): PropertyValue | undefined {
  if (columns.int !== undefined) return { kind: 'int', text: String(columns.int) };
  if (columns.string !== undefined) {
    if (!columns.string.startsWith(STRUCT_MARK)) return { kind: 'string', text: columns.string };
    const base64 = columns.string.slice(STRUCT_MARK.length);
    const text = readStruct(base64);
    if (text !== undefined) return { kind: 'struct', text: structsAsBase64 ? base64 : text };
    throw badRequest('error setting field CustomProperties: failed to decode the struct');
  }
  if (columns.bool !== undefined) return { kind: 'bool', flag: columns.bool };
  if (columns.double !== undefined) return { kind: 'double', number: columns.double };
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
