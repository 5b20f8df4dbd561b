// The registry as its users know it: models, versions, their labels and other properties. Reads only.
import { callJson, type Server } from '../stand-ins/json-call.ts';

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
export async function readRegistry(registry: Server, first: ReadonlySet<string>): Promise<RegistryView> {
  const { items, nextPageToken } = await callJson<Page<Row>>(registry, 'GET', '/registered_models?pageSize=200');
  // Of more models than a page has, those of Git may be on any.
  if (nextPageToken) {
    const beyond = [...first].filter((name) => !items.some((row) => row.name === name)).slice(0, maxModels);
    for (const name of beyond) items.push(...(await findModel(registry, name)));
  }
  const order = (row: Row) => (first.has(row.name) ? 0 : 1);
  const rows = items.sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : 1)).slice(0, maxModels);
  const models: ModelView[] = [];
  for (const row of rows) {
    const list = await callJson<Page<Row>>(
      registry,
      'GET',
      `/registered_models/${encodeURIComponent(row.id)}/versions?pageSize=${maxVersions}&orderBy=ID&sortOrder=DESC`,
    );
    models.push({
      name: row.name,
      properties: partOf(row).properties,
      versions: list.items.map((version) => ({ name: version.name, ...partOf(version) })),
      more: Boolean(list.nextPageToken),
    });
  }
  return { models, more: items.length > maxModels || Boolean(nextPageToken) };
}

/** None when it is not registered. The look-up takes `_` and `%` in a name for anything. */
async function findModel(registry: Server, name: string): Promise<Row[]> {
  const path = `/registered_model?name=${encodeURIComponent(name)}`;
  const row = await callJson<Row>(registry, 'GET', path).catch((error: Error) => {
    if (/came 404 /.test(error.message)) return undefined;
    throw error;
  });
  return row?.name === name ? [row] : [];
}

function partOf({ customProperties = {} }: Row): Pick<VersionView, 'labels' | 'properties'> {
  const labels: string[] = [];
  const properties: [string, string][] = [];
  for (const [key, { metadataType, ...value }] of Object.entries(customProperties)) {
    const text = String(Object.values(value)[0] ?? '');
    if (metadataType === 'MetadataStringValue' && text === '') labels.push(key);
    else properties.push([key, text]);
  }
  return { labels: labels.sort(), properties: properties.sort(([a], [b]) => (a < b ? -1 : 1)) };
}

interface Page<T> {
  items: T[];
  nextPageToken?: string;
}
interface Row {
  id: string;
  name: string;
  customProperties?: Record<string, { metadataType: string } & Record<string, unknown>>;
}
