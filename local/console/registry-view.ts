// The registry as its users know it: models, versions, their labels and other properties. Reads only.
import { isObject } from '../../events/json-object.ts';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';

export interface VersionView {
  name: string;
  /** Keys whose string value is empty: what the registry's own page shows as labels. Sorted. */
  labels: string[];
  /** All other properties, as text, sorted by key. */
  properties: [string, string][];
}

export interface ModelView {
  name: string;
  properties: [string, string][];
  /** Newest first. */
  versions: VersionView[];
  /** True: there are more than are shown. */
  more: boolean;
}

export interface RegistryView {
  models: ModelView[];
  more: boolean;
}

/** Of a registry that others use too, as much as a page holds. */
const maxModels = 40;
const maxVersions = 60;

/** Throws when the registry does not answer as it should. `first`: names of models to show before others. */
export async function readRegistry(registry: Registry, first: ReadonlySet<string>): Promise<RegistryView> {
  const all = await registry.models();
  const order = ({ name }: RegisteredModel) => (first.has(name) ? 0 : 1);
  const shown = all.sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1)).slice(0, maxModels);
  const models: ModelView[] = [];
  for (const model of shown) {
    const versions = await registry.versions(model);
    const newest = versions.sort((a, b) => numberIn(b.id) - numberIn(a.id)).slice(0, maxVersions);
    models.push({
      name: model.name,
      properties: partOf(model).properties,
      versions: newest.map((version) => ({ name: version.name, ...partOf(version) })),
      more: versions.length > newest.length,
    });
  }
  return { models, more: all.length > shown.length };
}

/** Registries count what they register: the later, the higher. */
export function numberIn(id: string): number {
  return Number(/\d+$/.exec(id)?.[0] ?? 0);
}

function partOf({ properties }: RegisteredModel | RegisteredVersion): Pick<VersionView, 'labels' | 'properties'> {
  const labels: string[] = [];
  const others: [string, string][] = [];
  for (const [key, { type, value }] of properties) {
    if (type === 'string' && value === '') labels.push(key);
    else others.push([key, type === 'string' ? value : textOf(value)]);
  }
  return { labels: labels.sort(), properties: others.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** Of a value that is no text: what stands beside its type. */
function textOf(value: unknown): string {
  if (!isObject(value)) return String(value);
  const { metadataType: _, ...rest } = value;
  return String(Object.values(rest)[0] ?? '');
}
