// The custom properties of the Model Registry as its JSON has them and as the contract has them. Every key and every value
// that is read is written back, whatever its type: a PATCH replaces the whole map.
import { isObject, type JsonObject } from '../../events/json-object.ts';
import type { Properties, PropertyChange, PropertyValue } from '../../promotions/registry-state.ts';

const STRING = 'MetadataStringValue';
const STRUCT = 'MetadataStructValue';

/** A string property without a string (null, or left out) reads as `""` on the server, so it does here. */
export function readProperties(map: JsonObject | null | undefined): Properties {
  const properties = new Map<string, PropertyValue>();
  for (const [key, value] of Object.entries(map ?? {})) {
    const text = isObject(value) && value.metadataType === STRING ? (value.string_value ?? '') : undefined;
    properties.set(key, typeof text === 'string' ? { type: 'string', value: text } : { type: 'other', value });
  }
  return properties;
}

/**
 * The whole map as a PATCH wants it, because a PATCH replaces the whole map: what was read, with the change laid over it.
 * The object has no prototype, so that `__proto__` is a key like any other.
 */
export function writeProperties(properties: Properties, change: PropertyChange): JsonObject {
  const map: JsonObject = Object.create(null);
  const removed = new Set(change.remove);
  for (const [key, property] of properties) {
    if (!removed.has(key))
      map[key] = property.type === 'string' ? stringValue(property.value) : writable(property.value);
  }
  for (const [key, value] of Object.entries(change.set)) map[key] = stringValue(value);
  return map;
}

const stringValue = (value: string): JsonObject => ({ metadataType: STRING, string_value: value });

export function isStruct(property: PropertyValue): boolean {
  return property.type === 'other' && isObject(property.value) && property.value.metadataType === STRUCT;
}

/**
 * A struct is read as JSON text (v0.2.20 and later) and written as base64 of it. The text is encoded as it stands, so that
 * numbers keep their digits. Older servers give base64 already; no base64 begins with a brace.
 */
function writable(value: unknown): unknown {
  if (!isObject(value) || value.metadataType !== STRUCT || typeof value.struct_value !== 'string') return value;
  if (!/^\s*\{/.test(value.struct_value)) return value;
  return { ...value, struct_value: Buffer.from(value.struct_value, 'utf8').toString('base64') };
}
