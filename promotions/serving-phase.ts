// What the registry says about what serves, of one model in one environment, and how that compares with Git: the phase, computed from
// the properties that serving-plan.ts writes. Pure.
import { compareCodePoints } from './code-point-order.ts';
import { ownText } from './property-names.ts';
import type { RegisteredModel, RegisteredVersion } from './registry-state.ts';
import { applyWithinMs, type Phase } from './rollout/judge.ts';
import { rolloutWords } from './serving-plan.ts';

export interface ServingView {
  /** Who observes it. */
  cluster: string;
  /** RFC 3339: when the last observation was made that changed something. */
  seenAt?: string;
  /** Versions that serve, sorted. */
  serving: string[];
  /** RFC 3339: since when all of them serve. */
  since?: string;
  phase: Phase;
  /** Why, as a sentence, of every phase but `verified`. */
  reason?: string;
}

export interface Known {
  environment: string;
  model: RegisteredModel;
  /** Versions that Git deploys, by name. */
  deployed: readonly string[];
  /** Versions that hold the environment's label. */
  labelled: readonly RegisteredVersion[];
  /** Versions that hold the label of what serves. */
  serving: readonly RegisteredVersion[];
  /** The registry's clock, ms since epoch. */
  now: number;
}

type Finding = Required<Pick<ServingView, 'phase' | 'reason'>>;

const worstFirst: readonly Phase[] = ['failed', 'drifted', 'unknown', 'progressing', 'verified'];

/** Undefined: nobody has observed the model in a cluster. */
export function servingView(known: Known): ServingView | undefined {
  const { environment, model, serving } = known;
  const cluster = ownText(model.properties, environment, 'cluster');
  if (cluster === undefined) return undefined;
  const seenAt = ownText(model.properties, environment, 'seenAt');
  const since = latest(serving.map(({ properties }) => ownText(properties, environment, 'servingSince')));
  const findings = findingsOf(known).sort((a, b) => worstFirst.indexOf(a.phase) - worstFirst.indexOf(b.phase));
  const worst = findings[0] ?? leftovers(known) ?? { phase: 'verified' };
  return {
    cluster,
    ...(seenAt && { seenAt }),
    serving: serving.map(({ name }) => name).sort(compareCodePoints),
    ...(since && { since }),
    ...worst,
  };
}

/** About each version that Git deploys and that does not serve. */
function findingsOf({ environment, deployed, labelled, serving, now }: Known): Finding[] {
  const missing = deployed.filter((name) => !serving.some((version) => version.name === name));
  return missing.map((name): Finding => {
    const version = labelled.find((one) => one.name === name);
    if (version === undefined)
      return {
        phase: 'unknown',
        reason: `The registry does not label ${name} with ${environment}, so nothing is said of its rollout.`,
      };
    const rollout = ownText(version.properties, environment, 'rollout') ?? '';
    const [word, ...rest] = rollout.split(':');
    switch (word) {
      case rolloutWords.failed:
        return { phase: 'failed', reason: `The rollout of ${name} failed: ${rest.join(':').trim()}.` };
      case rolloutWords.progressing:
        return { phase: 'progressing', reason: `${name} is being rolled out.` };
      case rolloutWords.drifted:
        return { phase: 'drifted', reason: `Nothing in the cluster is on its way to ${name}.` };
      case rolloutWords.unknown:
        return { phase: 'unknown', reason: `The cluster does not say whether ${name} serves.` };
    }
    const promotedAt = ownText(version.properties, environment, 'promotedAt');
    return isRecent(promotedAt, now)
      ? { phase: 'progressing', reason: `${name} has not been observed yet.` }
      : { phase: 'unknown', reason: `${name} has not been observed since it was promoted.` };
  });
}

/** About versions that serve although Git does not deploy them, when all that it deploys serves. */
function leftovers({ environment, model, deployed, serving, now }: Known): Finding | undefined {
  const left = serving.filter(({ name }) => !deployed.includes(name));
  if (left.length === 0) return undefined;
  const names = left
    .map(({ name }) => name)
    .sort(compareCodePoints)
    .join(', ');
  const since = latest([
    ownText(model.properties, environment, 'seenAt'),
    ...left.map(({ properties }) => ownText(properties, environment, 'retiredAt')),
  ]);
  const [verb, them] = left.length > 1 ? ['serve', 'them'] : ['serves', 'it'];
  return {
    phase: isRecent(since, now) ? 'progressing' : 'drifted',
    reason: `${names} still ${verb}, and Git does not deploy ${them}.`,
  };
}

function isRecent(time: string | undefined, now: number): boolean {
  return time !== undefined && now - Date.parse(time) < applyWithinMs;
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  const readable = times.filter((time) => time !== undefined && !Number.isNaN(Date.parse(time)));
  return readable.sort((a, b) => Date.parse(b!) - Date.parse(a!))[0];
}
