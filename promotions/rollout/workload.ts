// Reads what a rollout is judged by out of Kubernetes' objects: which model artifact is asked for, and which one each group of Pods
// serves. Objects are the API server's JSON; whatever is missing in them reads as absent. Pure.

export type Json = { readonly [key: string]: unknown };

/**
 * Everything the API server has about one KServe InferenceService (facts: KServe 0.15, 0.17, 0.20 in Standard mode), or about one
 * Deployment without KServe.
 */
export interface Workload {
  /** Of a Deployment without KServe: the container whose image is the artifact. */
  container?: string;
  inferenceService?: Json;
  /** The Deployments that belong to it; without KServe it is one. */
  deployments: readonly Json[];
  /** The ReplicaSets of those Deployments. */
  replicaSets: readonly Json[];
  /** The Pods of those ReplicaSets. Only for reasons and for Pods that a ReplicaSet's status does not count yet. */
  pods: readonly Json[];
}

/** One ReplicaSet: Pods of one template, which serve one artifact. */
export interface PodGroup {
  /** Undefined where the template does not say it. */
  uri?: string;
  /** Pods that exist and are not on their way out. */
  pods: number;
  /** Of these, how many take requests. */
  available: number;
}

/** KServe writes the artifact's uri here, into the template of every Pod that it starts for a model. */
const uriAnnotation = 'internal.serving.kserve.io/storage-initializer-sourceuri';
const uriVariable = 'STORAGE_URI';
const stopAnnotation = 'serving.kserve.io/stop';

export const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
export const array = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : []);
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
export const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

const metadataOf = (one: Json) => object(one.metadata);
const specOf = (one: Json) => object(one.spec);
export const statusOf = (one: Json) => object(one.status);

function uriInContainers(podSpec: Json): string | undefined {
  return array(podSpec.containers)
    .flatMap(({ env }) => array(env))
    .map(({ name, value }) => (name === uriVariable ? text(value) : undefined))
    .find((uri) => uri !== undefined);
}

/** Of a container by its name; without a digest, because the tag is what people call the version. */
function imageOf(podSpec: Json, container: string): string | undefined {
  const image = text(array(podSpec.containers).find(({ name }) => name === container)?.image);
  return image?.replace(/@.*$/, '');
}

/** The artifact that the Pods of a Deployment or ReplicaSet serve; undefined where its template does not say it. */
export function uriOfTemplate(owner: Json, { container }: Pick<Workload, 'container'>): string | undefined {
  const template = object(specOf(owner).template);
  if (container !== undefined) return imageOf(specOf(template), container);
  const annotations = object(metadataOf(template).annotations);
  return text(annotations[uriAnnotation]) ?? uriInContainers(specOf(template));
}

export const kindOf = ({ container }: Pick<Workload, 'container'>) =>
  container === undefined ? 'InferenceService' : 'Deployment';

/** What is applied by Argo CD, or by hand: the InferenceService, or the Deployment itself. */
export const subjectOf = ({ container, inferenceService, deployments }: Workload): Json | undefined =>
  container === undefined ? inferenceService : deployments[0];

/** The artifact that it asks for: an InferenceService in its model, or in the custom container that says STORAGE_URI. */
export function uriAskedFor(workload: Workload): string | undefined {
  const subject = subjectOf(workload);
  if (subject === undefined) return undefined;
  if (workload.container !== undefined) return uriOfTemplate(subject, workload);
  const predictor = object(specOf(subject).predictor);
  return text(object(predictor.model).storageUri) ?? uriInContainers(predictor);
}

export const isStopped = (subject: Json): boolean => object(metadataOf(subject).annotations)[stopAnnotation] === 'true';

/** True when the Deployment's controller has seen its newest form, so that the status belongs to it. */
export const isObserved = (deployment: Json): boolean =>
  count(statusOf(deployment).observedGeneration) >= count(metadataOf(deployment).generation);

/** Scaled to zero on purpose, by a person or an autoscaler. */
export const isIdle = (deployment: Json): boolean => specOf(deployment).replicas === 0;

/** How many Pods it is to have. */
export const replicasOf = (deployment: Json): number => count(specOf(deployment).replicas ?? 1);

const isLeaving = (pod: Json) => metadataOf(pod).deletionTimestamp !== undefined;
const ownedBy = (one: Json, owner: Json) =>
  array(metadataOf(one).ownerReferences).some(({ uid }) => uid !== undefined && uid === metadataOf(owner).uid);

/** The groups that have Pods. A ReplicaSet whose Deployment is gone counts as long as its Pods are there. */
export function podGroups(workload: Workload): PodGroup[] {
  const { replicaSets, pods } = workload;
  return replicaSets
    .map((replicaSet) => {
      const { replicas, availableReplicas } = statusOf(replicaSet);
      // Until its controller has seen a change, the status may count fewer Pods than there are.
      const alive = pods.filter((pod) => ownedBy(pod, replicaSet) && !isLeaving(pod)).length;
      const uri = uriOfTemplate(replicaSet, workload);
      return {
        ...(uri === undefined ? {} : { uri }),
        pods: Math.max(count(replicas), alive),
        available: count(availableReplicas),
      };
    })
    .filter(({ pods: number }) => number > 0);
}

/** Pods that serve this artifact, or are to, and are not on their way out. */
export function podsFor(uri: string, workload: Workload): readonly Json[] {
  const { replicaSets, pods } = workload;
  const owners = replicaSets.filter((replicaSet) => uriOfTemplate(replicaSet, workload) === uri);
  return pods.filter((pod) => !isLeaving(pod) && owners.some((replicaSet) => ownedBy(pod, replicaSet)));
}
