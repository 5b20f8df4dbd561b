// Between rows and resources: reading a row as a resource, writing a resource into a row, and the form of both in answers.

import type { Resource } from './decode.ts';
import { FIELDS, LABELS } from './fields.ts';
import type { Generation } from './generations.ts';
import { parseWhole } from './go-numbers.ts';
import { fromColumns, type PropertyMap, toColumns, toWire } from './property-values.ts';
import { badRequest } from './refusals.ts';
import { type Kind, type PropertyRow, type Row, type SaveWords, type Store, TABLE_OF } from './store.ts';

/** `<parent>:<name>`; a name of its own (a UUID) stands where the caller gave none. */
export function storedName(kind: Kind, name: string, parent: string): string {
  if (kind === 'RegisteredModel') return name;
  return name === '' ? parent : `${parent}:${name}`;
}

/** Back to the name as it was given. */
export function shownName(kind: Kind, stored: string): string {
  const colon = stored.indexOf(':');
  return kind === 'RegisteredModel' || colon < 0 ? stored : stored.slice(colon + 1);
}

/** A row as a resource. Struct values are as shown, which is not how they are taken. Throws 400 for what cannot be read. */
export function toResource(row: Row, generation: Generation): Resource {
  const resource: Resource = { id: String(row.id), name: shownName(row.kind, row.name) };
  if (TABLE_OF[row.kind] === 'artifact') {
    resource.artifactType = row.kind === 'ModelArtifact' ? 'model-artifact' : 'doc-artifact';
  }
  for (const [name, field] of Object.entries(FIELDS[row.kind])) {
    if (field.column) resource[name] = row[field.column];
    if (!field.property) continue;
    const stored = row.properties.find((property) => !property.custom && property.name === field.property);
    if (field.type === 'strings') {
      if (stored?.string !== undefined) resource[name] = JSON.parse(stored.string) as string[];
    } else resource[name] = field.number ? stored?.int?.toString() : stored?.string;
  }
  resource.createTimeSinceEpoch = String(row.createTime);
  resource.lastUpdateTimeSinceEpoch = String(row.updateTime);
  resource.customProperties = readCustom(row.properties, generation);
  return resource;
}

function readCustom(rows: PropertyRow[], generation: Generation): PropertyMap {
  const map: PropertyMap = new Map();
  for (const row of rows) {
    const read = row.custom && fromColumns(row, generation.readsStructsAsBase64);
    if (read) map.set(row.name, read);
  }
  return map;
}

/** A resource as it stands in an answer. */
export function present(resource: Resource): Record<string, unknown> {
  return { ...resource, customProperties: toWire(resource.customProperties ?? new Map()) };
}

/** Property rows of a resource. Throws the server's 400 on values that it cannot store. */
export function toPropertyRows(kind: Kind, resource: Resource, generation: Generation): PropertyRow[] {
  const numberErrorPrefix = generation.namesBadIds ? 'invalid numeric string: ' : '';
  const rows: PropertyRow[] = [];
  for (const [name, field] of Object.entries(FIELDS[kind])) {
    const value = resource[name];
    if (!field.property || value === undefined) continue;
    if (field.number) {
      const parsed = parseWhole(value as string, 32);
      if ('error' in parsed) throw badRequest(`error setting field Properties: ${numberErrorPrefix}${parsed.error}`);
      rows.push({ name: field.property, custom: false, int: parsed.value });
    } else {
      rows.push({
        name: field.property,
        custom: false,
        string: field.type === 'strings' ? JSON.stringify(value) : (value as string),
      });
    }
  }
  for (const [key, value] of resource.customProperties ?? []) {
    rows.push({ name: key, custom: true, ...toColumns(key, value, numberErrorPrefix) });
  }
  return rows;
}

/** Writes a resource; returns it as the server answers. An `id` makes it an update. Throws DuplicateKey, Refusal. */
export function saveResource(
  store: Store,
  generation: Generation,
  kind: Kind,
  resource: Resource,
  parent?: { prefix: string; id?: number | undefined },
): Resource {
  const properties = toPropertyRows(kind, resource, generation);
  const row = store.save(
    {
      kind,
      id: resource.id === undefined ? undefined : Number(resource.id),
      name: storedName(kind, (resource.name as string | undefined) ?? '', parent?.prefix ?? ''),
      externalId: resource.externalId as string | undefined,
      uri: resource.uri as string | undefined,
      state: TABLE_OF[kind] === 'artifact' ? (resource.state as string | undefined) : undefined,
      properties,
      customMap: resource.customProperties !== undefined,
      createTime: Number(resource.createTimeSinceEpoch ?? 0),
      parent: parent?.id,
    },
    saveWords(kind, generation),
  );
  return toResource(generation.answersFromRequest ? { ...row, properties } : row, generation);
}

/** The older servers have words of their own for each table. */
function saveWords(kind: Kind, generation: Generation): SaveWords {
  if (generation.filters) {
    return {
      saving: `error saving ${LABELS[kind]}`,
      creatingProperty: (name) => `error creating property ${name}`,
    };
  }
  const label = kind === 'RegisteredModel' ? 'model' : LABELS[kind];
  const table = TABLE_OF[kind] === 'context' ? `${label} context` : label;
  return { saving: `error saving ${table}`, creatingProperty: () => `error creating ${table} property` };
}
