// Fills the stand-in and shows what it holds, without HTTP: for tests, the demo and the console.

import type { Resource } from './decode.ts';
import type { Generation } from './generations.ts';
import { fromColumns, type PropertyColumns, type PropertyMap, type PropertyValue } from './property-values.ts';
import { present, saveResource, shownName, toResource } from './records.ts';
import type { Kind, Row, Store } from './store.ts';

/** A text, a flag, a whole number (int) or another (double); or a value of a type to choose. */
export type SeedValue = string | boolean | number | { int: number } | { double: number } | { struct: object };

export interface SeedBase {
  /** Properties that are a label: a string whose value is empty. */
  labels?: string[];
  properties?: Record<string, SeedValue>;
  description?: string;
  externalId?: string;
}
export interface SeedArtifact extends SeedBase {
  name: string;
  uri?: string;
  /** Absent as after a plain POST. */
  state?: string;
  artifactType?: 'model-artifact' | 'doc-artifact';
}
export interface SeedVersion extends SeedBase {
  name: string;
  author?: string;
  state?: 'LIVE' | 'ARCHIVED';
  artifacts?: SeedArtifact[];
}
export interface SeedModel extends SeedBase {
  name: string;
  owner?: string;
  state?: 'LIVE' | 'ARCHIVED';
  versions?: SeedVersion[];
}

/** The ids that were given out, by name. */
export interface SeededModel {
  id: string;
  versions: Record<string, { id: string; artifacts: Record<string, { id: string }> }>;
}

export function addModel(store: Store, generation: Generation, model: SeedModel): SeededModel {
  const { id } = add(store, generation, 'RegisteredModel', { state: 'LIVE', ...model });
  const seeded: SeededModel = { id, versions: {} };
  for (const version of model.versions ?? [])
    seeded.versions[version.name] = addVersion(store, generation, id, version);
  return seeded;
}

/** Below a model that is there, or not: an orphan. */
export function addVersion(store: Store, generation: Generation, modelId: string, version: SeedVersion) {
  const fields = { state: 'LIVE' as const, ...version, registeredModelId: modelId };
  const { id } = add(store, generation, 'ModelVersion', fields, modelId);
  const artifacts: Record<string, { id: string }> = {};
  for (const artifact of version.artifacts ?? []) {
    artifacts[artifact.name] = addArtifact(store, generation, id, artifact);
  }
  return { id, artifacts };
}

/** Below a version that is there, or not: an orphan. */
export function addArtifact(store: Store, generation: Generation, versionId: string, artifact: SeedArtifact) {
  const kind = artifact.artifactType === 'doc-artifact' ? 'DocArtifact' : 'ModelArtifact';
  return add(store, generation, kind, artifact, versionId);
}

function add(store: Store, generation: Generation, kind: Kind, seed: SeedBase, parent?: string): { id: string } {
  const { labels = [], properties = {}, ...fields } = seed;
  const map: PropertyMap = new Map(Object.entries(properties).map(([key, value]) => [key, seedValue(value)]));
  for (const label of labels) map.set(label, { kind: 'string', text: '' });
  const resource = { ...(fields as Resource), customProperties: map };
  const owner = parent === undefined ? undefined : { prefix: parent, id: Number(parent) };
  return { id: saveResource(store, generation, kind, resource, owner).id! };
}

function seedValue(value: SeedValue): PropertyValue {
  if (typeof value === 'string') return { kind: 'string', text: value };
  if (typeof value === 'boolean') return { kind: 'bool', flag: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { kind: 'int', text: String(value) } : { kind: 'double', number: value };
  }
  if ('int' in value) return { kind: 'int', text: String(value.int) };
  if ('double' in value) return { kind: 'double', number: value.double };
  return { kind: 'struct', text: Buffer.from(JSON.stringify(value.struct), 'utf8').toString('base64') };
}

/** Everything as plain JSON, in the form of the API, by id; below a version also what no list shows: its parents. */
export interface Dump {
  registeredModels: Record<string, unknown>[];
  modelVersions: Record<string, unknown>[];
  artifacts: Record<string, unknown>[];
}

export function dump(store: Store, generation: Generation): Dump {
  const all = (rows: Row[]) => rows.map((row) => ({ ...plain(row, generation), parents: row.parents.map(String) }));
  return {
    registeredModels: store.rows('RegisteredModel').map((row) => plain(row, generation)),
    modelVersions: all(store.rows('ModelVersion')),
    artifacts: all(store.rows('artifact')),
  };
}

function plain(row: Row, generation: Generation): Record<string, unknown> {
  const readable = row.properties.filter(isReadable);
  if (readable.length < row.properties.length)
    return { ...plain({ ...row, properties: readable }, generation), unreadable: true };
  const fields = Object.entries(present(toResource(row, generation))).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields);
}

function isReadable(property: PropertyColumns): boolean {
  try {
    fromColumns(property, false);
    return true;
  } catch {
    return false;
  }
}

/** Model → version → its labels, sorted: what the registry's own page shows. */
export function labels(store: Store): Record<string, Record<string, string[]>> {
  const versions = store.rows('ModelVersion');
  const shown = (row: Row) =>
    row.properties
      .filter(({ custom, int, string }) => custom && int === undefined && string === '')
      .map(({ name }) => name)
      .sort();
  return Object.fromEntries(
    store.rows('RegisteredModel').map((model) => {
      const own = versions.filter((row) => row.parents.includes(model.id));
      return [model.name, Object.fromEntries(own.map((row) => [shownName(row.kind, row.name), shown(row)]))];
    }),
  );
}
