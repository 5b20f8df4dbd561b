// Is the registry in sync with Git? Reads both by plain HTTP and imports nothing of the product, so that no mistake of the
// product can hide in it. Settings by environment: GITEA_URL, GITEA_TOKEN, GITEA_REPOSITORY, MODEL_REGISTRY_URL,
// MODEL_REGISTRY_TOKEN, ENVIRONMENT, MODEL (only this one, where a registry has others). Exit 0: the same; 1: different; 2: could not be found out.
import process, { argv, env } from 'node:process';
import { pathToFileURL } from 'node:url';

export interface Places {
  giteaUrl: string;
  giteaToken?: string;
  repository: string;
  registryUrl: string;
  registryToken?: string;
  registryApi?: string;
  environment: string;
  /** Only this one. */
  model?: string;
}

/** Model → versions, sorted. */
export type VersionsByModel = Record<string, string[]>;

export interface Comparison {
  git: VersionsByModel;
  registry: VersionsByModel;
  different: string[];
}

/** Models that Git deploys or that carry the label. Throws when a server does not answer 200. */
export async function compare(places: Places): Promise<Comparison> {
  const [git, registry] = await Promise.all([readGit(places), readRegistry(places)]);
  const all = [...new Set([...Object.keys(git), ...Object.keys(registry)])].sort();
  const names = all.filter((name) => places.model === undefined || name === places.model);
  const different = names.filter((name) => String(git[name] ?? []) !== String(registry[name] ?? []));
  const pick = (byModel: VersionsByModel): VersionsByModel =>
    Object.fromEntries(names.flatMap((name) => (byModel[name] ? [[name, byModel[name]]] : [])));
  return { git: pick(git), registry: pick(registry), different };
}

async function readGit({ giteaUrl, giteaToken, repository, environment }: Places): Promise<VersionsByModel> {
  const base = `${giteaUrl}/api/v1/repos/${repository}/contents/model-deployments/${environment}`;
  const byModel = new Map<string, Set<string>>();
  for (const { name: application, type } of await get<{ name: string; type: string }[]>(base, giteaToken)) {
    if (type !== 'dir') continue;
    const file = await get<{ content: string }>(`${base}/${application}/config.yaml`, giteaToken);
    const text = Buffer.from(file.content, 'base64').toString('utf8');
    const version = scalar(text, 'version');
    const model = scalar(text, 'name') ?? application;
    if (version !== undefined) add(byModel, model, version);
  }
  return sorted(byModel);
}

async function readRegistry(places: Places): Promise<VersionsByModel> {
  const { registryUrl, registryToken, environment } = places;
  const base = registryUrl + (places.registryApi ?? '/api/model_registry/v1alpha3');
  const byModel = new Map<string, Set<string>>();
  for await (const model of pages<{ id: string; name: string }>(`${base}/registered_models`, registryToken)) {
    const list = pages<Version>(`${base}/registered_models/${model.id}/versions`, registryToken);
    for await (const { name, customProperties = {} } of list) {
      if (customProperties[environment]?.string_value === '') add(byModel, model.name, name);
    }
  }
  return sorted(byModel);
}

interface Version {
  name: string;
  customProperties?: Record<string, { string_value?: string }>;
}

async function* pages<T>(url: string, token: string | undefined): AsyncGenerator<T> {
  let next = '';
  do {
    const page = await get<{ items: T[]; nextPageToken: string }>(
      `${url}?pageSize=100&nextPageToken=${encodeURIComponent(next)}`,
      token,
    );
    yield* page.items;
    next = page.nextPageToken;
  } while (next !== '');
}

async function get<T>(url: string, token: string | undefined): Promise<T> {
  const headers = token ? { authorization: `Bearer ${token}` } : undefined;
  const response = await fetch(url, { ...(headers ? { headers } : {}), signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET ${url}: expected 200, came ${response.status}`);
  return JSON.parse(text) as T;
}

/** Plain and quoted scalars at the start of a line: all that the demo's files hold. */
function scalar(text: string, key: string): string | undefined {
  const found = new RegExp(`^${key}:[ \\t]*(?:"([^"\\n]*)"|'([^'\\n]*)'|([^\\s#]+))`, 'm').exec(text);
  return found?.slice(1).find((value) => value !== undefined);
}

function add(byModel: Map<string, Set<string>>, model: string, version: string): void {
  byModel.set(model, (byModel.get(model) ?? new Set()).add(version));
}

function sorted(byModel: Map<string, Set<string>>): VersionsByModel {
  return Object.fromEntries([...byModel].map(([name, versions]) => [name, [...versions].sort()]));
}

if (import.meta.url === pathToFileURL(argv[1]!).href) {
  process.exitCode = await main();
}

async function main(): Promise<number> {
  const environment = env.ENVIRONMENT || 'prod';
  try {
    const { git, registry, different } = await compare({
      giteaUrl: env.GITEA_URL!,
      repository: env.GITEA_REPOSITORY!,
      registryUrl: env.MODEL_REGISTRY_URL!,
      environment,
      ...(env.MODEL ? { model: env.MODEL } : {}),
      ...(env.GITEA_TOKEN ? { giteaToken: env.GITEA_TOKEN } : {}),
      ...(env.MODEL_REGISTRY_TOKEN ? { registryToken: env.MODEL_REGISTRY_TOKEN } : {}),
      ...(env.MODEL_REGISTRY_API ? { registryApi: env.MODEL_REGISTRY_API } : {}),
    });
    const show = (byModel: VersionsByModel) =>
      Object.entries(byModel)
        .map(([model, versions]) => `${model} ${versions.join(' and ')}`)
        .join(', ') || 'nothing';
    console.log(`Git says      ${environment}: ${show(git)}`);
    console.log(`Registry says ${environment}: ${show(registry)}`);
    console.log(different.length === 0 ? 'The same.' : `Different: ${different.join(', ')}.`);
    return different.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`Cannot compare: ${(error as Error).message}`);
    return 2;
  }
}
