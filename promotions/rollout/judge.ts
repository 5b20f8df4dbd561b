// What serves, and whether it is what Git deploys: judged by Deployments and ReplicaSets. KServe's condition Ready is not asked: in
// 0.15 and 0.20 it stays True while an old Pod serves and the new one never starts. Pure.
import {
  array,
  count,
  isIdle,
  isObserved,
  isStopped,
  type Json,
  kindOf,
  object,
  podGroups,
  podsFor,
  replicasOf,
  statusOf,
  subjectOf,
  text,
  uriAskedFor,
  uriOfTemplate,
  type Workload,
} from './workload.ts';

/**
 * - `verified`: what Git deploys serves, and nothing else does.
 * - `progressing`: it is on its way; what serves until then is said.
 * - `failed`: Kubernetes gave up, or the new Pods cannot start.
 * - `drifted`: nothing is on its way any more, and something else serves.
 * - `unknown`: the cluster does not say which artifact its Pods serve.
 */
export const phases = ['verified', 'progressing', 'failed', 'drifted', 'unknown'] as const;
export type Phase = (typeof phases)[number];

export interface Served {
  uri: string;
  /** Pods that take requests; 0: scaled to zero, the first request starts one. */
  pods: number;
}

export interface Verdict {
  phase: Phase;
  /** Why, for people, of every phase but `verified`; at most 200 characters. */
  reason?: string;
  /** What takes requests now, by uri. */
  serving: readonly Served[];
  /** False while something changes: whoever watches goes on. */
  settled: boolean;
}

/** So long after a promotion the cluster may still ask for something else: Argo CD polls Git every three minutes by default. */
export const applyWithinMs = 15 * 60_000;
/** Characters. */
export const maxReason = 200;

/**
 * Judges one workload. `wanted`: the uri that Git deploys; undefined: Git deploys nothing here. `sincePromotionMs`: time since Git
 * began to say so.
 */
export function judge(workload: Workload, wanted: string | undefined, sincePromotionMs: number): Verdict {
  const { deployments } = workload;
  const [subject, kind] = [subjectOf(workload), kindOf(workload)];
  const groups = podGroups(workload);
  const serving = servedBy(workload, groups);
  const verdict = (phase: Phase, settled: boolean, reason?: string): Verdict => ({
    phase,
    serving,
    settled,
    ...(reason === undefined ? {} : { reason: reason.slice(0, maxReason) }),
  });
  /** Nothing moves in the cluster, and it is not what Git says: either Argo CD has not come to it yet, or somebody changed it. */
  const notApplied = (reason: string) =>
    sincePromotionMs < applyWithinMs ? verdict('progressing', false, reason) : verdict('drifted', true, reason);

  if (subject === undefined) {
    if (groups.length > 0) return verdict('progressing', false, `the ${kind} is gone, its Pods are still there`);
    return wanted === undefined ? verdict('verified', true) : notApplied(`there is no ${kind}`);
  }
  if (wanted === undefined) return notApplied(`Git deploys no version, and the ${kind} is still there`);
  if (isStopped(subject)) return notApplied(`the ${kind} is stopped (serving.kserve.io/stop)`);
  const asked = uriAskedFor(workload);
  if (asked === undefined) return verdict('unknown', true, `the ${kind} names no artifact`);
  if (asked !== wanted) return notApplied(`the ${kind} asks for ${asked}`);

  if (deployments.length === 0) return verdict('progressing', false, 'there is no Deployment yet');
  const behind = deployments.find((deployment) => !isObserved(deployment));
  if (behind) return verdict('progressing', false, 'the Deployment was changed and its controller has not seen it yet');
  const others = deployments.map((one) => uriOfTemplate(one, workload)).filter((uri) => uri !== wanted);
  if (others.length > 0) {
    if (others.includes(undefined)) return verdict('unknown', true, "the Pods' template does not name the artifact");
    return verdict('progressing', false, 'KServe has not changed the Deployment yet');
  }

  // Success is asked before failure: a deadline that passed may belong to an earlier attempt.
  const old = groups.filter(({ uri }) => uri !== wanted);
  const available = groups.reduce((sum, group) => sum + (group.uri === wanted ? group.available : 0), 0);
  if (old.length === 0 && (available > 0 || deployments.every(isIdle))) return verdict('verified', true);

  const stopped = deployments.map((one) => reasonToGiveUp(one, available)).find((reason) => reason !== undefined);
  if (stopped !== undefined)
    return verdict('failed', true, whyOf(workload, wanted, (reason) => !starting.has(reason)) ?? stopped);
  const cannotStart = whyOf(workload, wanted, (reason) => stuck.has(reason));
  if (cannotStart !== undefined) return verdict('failed', false, cannotStart);
  const left = old.reduce((sum, { pods }) => sum + pods, 0);
  return verdict(
    'progressing',
    false,
    available > 0
      ? `${left === 1 ? 'one Pod' : `${left} Pods`} of another version still answer${left === 1 ? 's' : ''}`
      : 'no new Pod is available yet',
  );
}

function servedBy(workload: Workload, groups: ReturnType<typeof podGroups>): Served[] {
  const byUri = new Map<string, number>();
  for (const { uri, available } of groups)
    if (uri !== undefined && available > 0) byUri.set(uri, (byUri.get(uri) ?? 0) + available);
  // Scaled to zero: the template says what the next request starts.
  if (groups.length === 0)
    for (const deployment of workload.deployments) {
      const uri = uriOfTemplate(deployment, workload);
      if (uri !== undefined && isIdle(deployment) && isObserved(deployment)) byUri.set(uri, 0);
    }
  return [...byUri].map(([uri, pods]) => ({ uri, pods })).sort((a, b) => (a.uri < b.uri ? -1 : 1));
}

/**
 * The Deployment's controller has given up on the present template. After a rollback its condition is for a moment still about the
 * template before, though its status has the new generation (Kubernetes 1.35 replaces it at the first progress only): then it has made no
 * Pod of the present one yet, or as many as are wanted take requests. `available`: Pods of the wanted artifact that do.
 */
function reasonToGiveUp(deployment: Json, available: number): string | undefined {
  const progressing = conditionOf(deployment, 'Progressing', 'False');
  if (progressing === undefined) return undefined;
  const hasMadePods = count(statusOf(deployment).updatedReplicas) > 0;
  if (!hasMadePods && refusalOf(deployment) === undefined) return undefined;
  if (available >= replicasOf(deployment)) return undefined;
  return [text(progressing.reason), text(progressing.message)].filter((part) => part !== undefined).join(': ');
}

/** Its Pods are not admitted. */
const refusalOf = (deployment: Json) => conditionOf(deployment, 'ReplicaFailure', 'True');

function conditionOf(deployment: Json, type: string, status: string): Json | undefined {
  return array(statusOf(deployment).conditions).find((one) => one.type === type && one.status === status);
}

/** Reasons of a waiting container that time alone does not mend. */
const stuck = new Set([
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** Reasons of a waiting container that every start goes through. */
const starting = new Set(['ContainerCreating', 'PodInitializing']);

/** Why new Pods do not start: they are not admitted (quota, a policy), or a container cannot run. */
function whyOf(workload: Workload, wanted: string, counts: (waiting: string) => boolean): string | undefined {
  const refused = workload.deployments.map(refusalOf).find((condition) => condition !== undefined);
  if (refused) return `Pods are refused: ${text(refused.message) ?? text(refused.reason) ?? 'no reason given'}`;
  return podsFor(wanted, workload)
    .map(statusOf)
    .flatMap(({ initContainerStatuses, containerStatuses }) => [
      ...array(initContainerStatuses),
      ...array(containerStatuses),
    ])
    .map(({ name, state }) => ({ name: text(name), waiting: object(object(state).waiting) }))
    .filter(({ waiting }) => counts(text(waiting.reason) ?? 'ContainerCreating'))
    .map(({ name, waiting }) =>
      [`container ${name}`, text(waiting.reason), text(waiting.message)]
        .filter((part) => part !== undefined)
        .join(': '),
    )
    .at(0);
}
