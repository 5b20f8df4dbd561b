// What the API server has about what serves models, by name: KServe's InferenceServices with their Deployments, ReplicaSets and Pods, put
// together by the labels that KServe gives them, or Deployments without KServe (deployments.ts). Reads only, and always in this order:
// what takes requests is read last, so that it is the newest.
import { type Json, object, text, type Workload } from '../promotions/rollout/workload.ts';
import type { Kind, Kubernetes, Listed } from './kubernetes.ts';

/** On everything that KServe makes for an InferenceService; its value is the name. */
export const nameLabel = 'serving.kserve.io/inferenceservice';
/** Predictor, transformer or explainer; only the first serves the model. */
const componentLabel = 'component';

/** The kinds whose changes are watched: a Deployment's status follows those of its ReplicaSets. */
export const watchedKinds = ['inferenceservices', 'deployments', 'pods'] as const;
export type WatchedKind = (typeof watchedKinds)[number];

/** Versions of the collections that are watched, from which watches go on. */
export type Versions = Readonly<Partial<Record<WatchedKind, string>>>;

export interface Reading {
  /** By name, also those of which only Pods are left. */
  workloads: ReadonlyMap<string, Workload>;
  /** Undefined: there is nothing to watch. */
  versions?: Versions;
}

/** Where workloads of one kind are found. */
export interface Workloads {
  /** What belongs to that name at least. */
  read(namespace: string, name: string): Promise<Reading>;
  readAll(namespace: string): Promise<Reading>;
  labelSelector(kind: WatchedKind): string | undefined;
  /** The workload that an object belongs to, or is; undefined: any. */
  nameIn(kind: WatchedKind, one: Json): string | undefined;
}

export function inferenceServices(kubernetes: Kubernetes): Workloads {
  return {
    read: (namespace, name) => readWorkload(kubernetes, namespace, name),
    readAll: (namespace) => readWorkloads(kubernetes, namespace),
    labelSelector: (kind) => (kind === 'inferenceservices' ? undefined : nameLabel),
    nameIn: (kind, one) => (kind === 'inferenceservices' ? nameOf(one) : labelledName(one)),
  };
}

/** One InferenceService by its name. A name that no object can have is not asked for. */
async function readWorkload(kubernetes: Kubernetes, namespace: string, name: string): Promise<Reading> {
  if (!canBeName(name)) return { workloads: new Map() };
  const services = await kubernetes.list({
    kind: 'inferenceservices',
    namespace,
    fieldSelector: `metadata.name=${name}`,
  });
  const read = (kind: Kind) => kubernetes.list({ kind, namespace, labelSelector: `${nameLabel}=${name}` });
  const deployments = await read('deployments');
  const replicaSets = await read('replicasets');
  const pods = await read('pods');
  return {
    workloads: new Map([[name, workloadOf(services.items[0], deployments.items, replicaSets.items, pods.items)]]),
    versions: versionsOf(services, deployments, pods),
  };
}

async function readWorkloads(kubernetes: Kubernetes, namespace: string): Promise<Reading> {
  const services = await kubernetes.list({ kind: 'inferenceservices', namespace });
  const read = (kind: Kind) => kubernetes.list({ kind, namespace, labelSelector: nameLabel });
  const [deployments, replicaSets, pods] = [
    await read('deployments'),
    await read('replicasets'),
    await read('pods'),
  ] as const;
  const byName = new Map(services.items.map((service) => [nameOf(service), service]));
  const [ofDeployments, ofReplicaSets, ofPods] = [deployments, replicaSets, pods].map(({ items }) =>
    groupByName(items),
  );
  const names = new Set([...byName.keys(), ...ofDeployments!.keys(), ...ofReplicaSets!.keys(), ...ofPods!.keys()]);
  const workloads = new Map(
    [...names].map((name) => [
      name,
      workloadOf(
        byName.get(name),
        ofDeployments!.get(name) ?? [],
        ofReplicaSets!.get(name) ?? [],
        ofPods!.get(name) ?? [],
      ),
    ]),
  );
  return { workloads, versions: versionsOf(services, deployments, pods) };
}

function versionsOf(services: Listed, deployments: Listed, pods: Listed): Versions {
  return {
    inferenceservices: services.resourceVersion,
    deployments: deployments.resourceVersion,
    pods: pods.resourceVersion,
  };
}

function workloadOf(inferenceService: Json | undefined, ...owned: [Json[], Json[], Json[]]): Workload {
  const [deployments, replicaSets, pods] = owned.map((all) => all.filter(isOfPredictor)) as typeof owned;
  return { ...(inferenceService && { inferenceService }), deployments, replicaSets, pods };
}

export function groupByName(all: readonly Json[], nameIn: (one: Json) => string = labelledName): Map<string, Json[]> {
  const groups = new Map<string, Json[]>();
  for (const one of all) {
    const name = nameIn(one);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

const metadataOf = (one: Json) => object(one.metadata);
const labelsOf = (one: Json) => object(metadataOf(one).labels);
export const nameOf = (one: Json) => text(metadataOf(one).name) ?? '';
const labelledName = (one: Json) => text(labelsOf(one)[nameLabel]) ?? '';

function isOfPredictor(one: Json): boolean {
  return (labelsOf(one)[componentLabel] ?? 'predictor') === 'predictor';
}

/** A name is also the value of a label. */
function canBeName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name);
}
