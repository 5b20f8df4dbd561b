// Is the registry in sync with Git, and what it says of the cluster with the cluster? Reads all by plain HTTP and imports nothing of
// the product, so that no mistake of the product can hide in it. Settings by environment: GITEA_URL, GITEA_TOKEN, GITEA_REPOSITORY,
// MODEL_REGISTRY (kubeflow, mlflow), MODEL_REGISTRY_URL, MODEL_REGISTRY_TOKEN, ENVIRONMENT, MODEL (only this one, where a registry has
// others); for the cluster KUBERNETES_URL, KUBERNETES_TOKEN, NAMESPACE. Exit 0: the same; 1: different; 2: could not be found out.
import process, { argv, env } from 'node:process';
import { pathToFileURL } from 'node:url';

export interface Places {
  giteaUrl: string;
  giteaToken?: string;
  repository: string;
  registryUrl: string;
  /** Default kubeflow. */
  registryKind?: string;
  registryToken?: string;
  registryApi?: string;
  environment: string;
  /** Only this one. */
  model?: string;
  /** Where the environment runs; without it, what serves is left out. */
  cluster?: { url: string; token?: string; namespace: string };
}

/** Model → versions, sorted. */
export type VersionsByModel = Record<string, string[]>;

export interface Comparison {
  git: VersionsByModel;
  registry: VersionsByModel;
  /** What Pods serve, and what the registry says of that. */
  serving?: { pods: VersionsByModel; registry: VersionsByModel };
  different: string[];
}

/** Models that Git deploys or that carry the label. Throws when a server does not answer 200. */
export async function compare(places: Places): Promise<Comparison> {
  const { environment, cluster } = places;
  const [git, labels, pods] = await Promise.all([readGit(places), readRegistry(places), cluster && readPods(cluster)]);
  const registry = labels[environment]!;
  const serves = labels[`${environment}.serving`]!;
  const all = [...new Set([git, registry, pods ?? {}].flatMap(Object.keys))].sort();
  const names = all.filter((name) => places.model === undefined || name === places.model);
  const differ = (one: VersionsByModel, other: VersionsByModel) => (name: string) =>
    String(one[name] ?? []) !== String(other[name] ?? []);
  const pick = (byModel: VersionsByModel): VersionsByModel =>
    Object.fromEntries(names.flatMap((name) => (byModel[name] ? [[name, byModel[name]]] : [])));
  return {
    git: pick(git),
    registry: pick(registry),
    ...(pods && { serving: { pods: pick(pods), registry: pick(serves) } }),
    different: names.filter((name) => differ(git, registry)(name) || (pods && differ(pods, serves)(name))),
  };
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

/** By label. */
async function readRegistry(places: Places): Promise<Record<string, VersionsByModel>> {
  const { environment, registryKind } = places;
  const byLabel = new Map(
    [environment, `${environment}.serving`].map((label) => [label, new Map<string, Set<string>>()]),
  );
  for await (const { model, name, labels } of registryKind === 'mlflow' ? versionsInMlflow(places) : versions(places))
    for (const [label, byModel] of byLabel) if (labels.includes(label)) add(byModel, model, name);
  return Object.fromEntries([...byLabel].map(([label, byModel]) => [label, sorted(byModel)]));
}

interface LabelledVersion {
  model: string;
  name: string;
  labels: string[];
}

async function* versions({ registryUrl, registryApi, registryToken }: Places): AsyncGenerator<LabelledVersion> {
  const base = registryUrl + (registryApi ?? '/api/model_registry/v1alpha3');
  for await (const model of pages<{ id: string; name: string }>(`${base}/registered_models`, registryToken)) {
    const list = pages<Version>(`${base}/registered_models/${model.id}/versions`, registryToken);
    for await (const { name, customProperties = {} } of list) {
      const labels = Object.keys(customProperties).filter((key) => customProperties[key]?.string_value === '');
      yield { model: model.name, name, labels };
    }
  }
}

async function* versionsInMlflow({ registryUrl, registryApi, registryToken }: Places): AsyncGenerator<LabelledVersion> {
  const base = registryUrl + (registryApi ?? '/api/2.0/mlflow');
  let token = '';
  do {
    const url = `${base}/model-versions/search?max_results=100&page_token=${encodeURIComponent(token)}`;
    const { model_versions = [], next_page_token = '' } = await get<MlflowPage>(url, registryToken);
    for (const { name: model, version, tags = [] } of model_versions) {
      const name = tags.find(({ key }) => key === 'version')?.value ?? version;
      yield { model, name, labels: tags.flatMap(({ key, value }) => (value === '' ? [key] : [])) };
    }
    token = next_page_token;
  } while (token !== '');
}

interface MlflowPage {
  model_versions?: { name: string; version: string; tags?: { key: string; value: string }[] }[];
  next_page_token?: string;
}

/** The versions of which a Pod is available, by the annotation of KServe that names the artifact. */
async function readPods({ url, token, namespace }: NonNullable<Places['cluster']>): Promise<VersionsByModel> {
  const byModel = new Map<string, Set<string>>();
  const list = await get<{ items: ReplicaSet[] }>(`${url}/apis/apps/v1/namespaces/${namespace}/replicasets`, token);
  for (const { spec, status } of list.items) {
    const uri = spec.template.metadata.annotations['internal.serving.kserve.io/storage-initializer-sourceuri'];
    const [, model, version] = /([^/:]+):([^/:]+)$/.exec(uri ?? '') ?? [];
    if (status.availableReplicas && model && version) add(byModel, model, version);
  }
  return sorted(byModel);
}

interface ReplicaSet {
  spec: { template: { metadata: { annotations: Record<string, string> } } };
  status: { availableReplicas?: number };
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
    const { git, registry, serving, different } = await compare({
      giteaUrl: env.GITEA_URL!,
      repository: env.GITEA_REPOSITORY!,
      registryUrl: env.MODEL_REGISTRY_URL!,
      ...(env.MODEL_REGISTRY ? { registryKind: env.MODEL_REGISTRY } : {}),
      environment,
      ...(env.MODEL ? { model: env.MODEL } : {}),
      ...(env.GITEA_TOKEN ? { giteaToken: env.GITEA_TOKEN } : {}),
      ...(env.MODEL_REGISTRY_TOKEN ? { registryToken: env.MODEL_REGISTRY_TOKEN } : {}),
      ...(env.MODEL_REGISTRY_API ? { registryApi: env.MODEL_REGISTRY_API } : {}),
      ...(env.KUBERNETES_URL && env.NAMESPACE
        ? { cluster: { url: env.KUBERNETES_URL, token: env.KUBERNETES_TOKEN ?? '', namespace: env.NAMESPACE } }
        : {}),
    });
    const show = (byModel: VersionsByModel) =>
      Object.entries(byModel)
        .map(([model, versions]) => `${model} ${versions.join(' and ')}`)
        .join(', ') || 'nothing';
    console.log(`Git says      ${environment}: ${show(git)}`);
    console.log(`Registry says ${environment}: ${show(registry)}`);
    if (serving) {
      console.log(`Pods serve    ${environment}: ${show(serving.pods)}`);
      console.log(`Registry says ${environment}.serving: ${show(serving.registry)}`);
    }
    console.log(different.length === 0 ? 'The same.' : `Different: ${different.join(', ')}.`);
    return different.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`Cannot compare: ${(error as Error).message}`);
    return 2;
  }
}
