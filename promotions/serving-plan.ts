// From an observation of the cluster and the state of the registry to what has to be written about what serves: the label
// `<env>.serving` and the properties beside it. Never changes what says what Git deploys (registry-plan.ts). Pure.
import { holdsLabel } from './deployment-record.ts';
import { readTime } from './ownership-marker.ts';
import { plainText } from './plain-text.ts';
import { labelOf, ownText, type PropertyName, propertyName, textOf } from './property-names.ts';
import { isEmpty, type VersionChange } from './registry-plan.ts';
import {
  isNamed,
  type Properties,
  type PropertyChange,
  type RegisteredModel,
  type RegisteredVersion,
} from './registry-state.ts';
import type { Phase } from './rollout/judge.ts';

/** What was seen of one model in one environment. */
export interface Observed {
  environment: string;
  model: string;
  /** Who observed it. */
  cluster: string;
  /** RFC 3339. */
  observedAt: string;
  phase: Phase;
  /** Why, of every phase but `verified`. */
  reason?: string;
  /** Everything that serves. Without `version`: what Git could not deploy here. `weight`: percent. */
  serving: readonly { version?: string; uri: string; weight?: number }[];
  /** What Git deploys; undefined: nothing. */
  target?: { version?: string; uri?: string };
}

export interface ServingState {
  model: RegisteredModel;
  /** All versions of the model. */
  versions: readonly RegisteredVersion[];
  /** The registry's clock, ms since epoch. */
  now: number;
  /** The newest observation that this process knows, ms since epoch. One that changed nothing has left no trace in the registry. */
  lastSeen?: number;
}

/** In the order of writing. When the registry says already what was observed, nothing is due. */
export interface ServingPlan {
  /** Why the observation does not apply. When it is set, nothing is written. */
  ignored?: string;
  /** On the model: by whom and when it was observed. */
  mark: PropertyChange;
  /** The mark is to be written. */
  markDue: boolean;
  /** Of versions that serve. */
  gains: VersionChange[];
  /** Of all others. */
  losses: VersionChange[];
  /** What serves and cannot be labelled, as sentences. */
  unlabelled: string[];
}

/** What `<env>.rollout` says in each phase; `failed` is followed by the reason. */
export const rolloutWords: Readonly<Record<Phase, string | undefined>> = {
  verified: undefined,
  progressing: 'progressing',
  failed: 'failed',
  // Said of the version that Git deploys: its rollout has not begun.
  drifted: 'pending',
  unknown: 'unknown',
};

export function planServing(observed: Observed, state: ServingState): ServingPlan {
  const { environment, cluster, observedAt } = observed;
  const { model, versions } = state;
  const mark = difference(model.properties, environment, { cluster, seenAt: observedAt });
  const plan: ServingPlan = { mark, markDue: false, gains: [], losses: [], unlabelled: [] };
  const ignored = reasonToIgnore(observed, state);
  if (ignored !== undefined) return { ...plan, ignored };

  plan.unlabelled = unlabelledOf(observed, versions);
  let isAnyServing = false;
  for (const version of versions) {
    const entry = observed.serving.find((one) => one.version !== undefined && isNamed(version, one.version));
    const wanted = entry ? ifServing(version, observed, entry.weight) : ifNotServing(version, observed);
    const change = difference(version.properties, environment, wanted);
    if (!isEmpty(change)) (entry ? plan.gains : plan.losses).push({ version, change });
    isAnyServing ||= entry !== undefined;
  }
  const isUnmarked = isAnyServing && ownText(model.properties, environment, 'cluster') === undefined;
  plan.markDue = (plan.gains.length > 0 || plan.losses.length > 0 || isUnmarked) && !isEmpty(mark);
  return plan;
}

/** So long after its merge what Git deploys should serve. */
export const overdueMs = 60 * 60_000;

/** Whether what Git deploys was merged so long ago, by its deployment record, and does not serve yet, or not any longer, or not alone. */
export function isOverdue(observed: Observed, { versions, now }: Pick<ServingState, 'versions' | 'now'>): boolean {
  const { environment, phase, target } = observed;
  if (phase === 'verified' || target === undefined) return false;
  return versions.some((version) => {
    const { properties } = version;
    const isTarget = isNamed(version, target.version ?? version.name) && holdsLabel(properties, labelOf(environment));
    const promotedAt = isTarget ? readTime(ownText(properties, environment, 'promotedAt'), now) : undefined;
    return promotedAt !== undefined && now - promotedAt >= overdueMs;
  });
}

/** By name; undefined: the property is not to be there. */
type Wanted = Partial<Record<PropertyName, string | undefined>>;

function ifServing({ properties }: RegisteredVersion, observed: Observed, weight: number | undefined): Wanted {
  const { environment, observedAt, serving } = observed;
  const since = isServing(properties, environment) ? ownText(properties, environment, 'servingSince') : undefined;
  return {
    serving: '',
    servingSince: since ?? observedAt,
    servedUntil: undefined,
    weight: serving.length > 1 ? weight?.toString() : undefined,
    rollout: undefined,
  };
}

function ifNotServing(version: RegisteredVersion, observed: Observed): Wanted {
  const { environment, observedAt } = observed;
  return {
    serving: undefined,
    ...(isServing(version.properties, environment) && { servedUntil: observedAt }),
    weight: undefined,
    rollout: rolloutOf(version, observed),
  };
}

/** Only on the version that Git deploys: how far it is. */
function rolloutOf(version: RegisteredVersion, observed: Observed): string | undefined {
  const { name, properties } = version;
  const { environment, phase, reason, target } = observed;
  const isTarget = target !== undefined && isNamed(version, target.version ?? name);
  const word = rolloutWords[phase];
  if (word === undefined || !isTarget || !holdsLabel(properties, labelOf(environment))) return undefined;
  const written = ownText(properties, environment, 'rollout');
  // Reasons count seconds and attempts ("back-off 40s"): only another phase is worth a write.
  if (written !== undefined && written.split(':', 1)[0] === word) return written;
  return word === 'failed' ? `failed: ${plainText(reason ?? 'no reason given')}` : word;
}

export function isServing(properties: Properties, environment: string): boolean {
  return holdsLabel(properties, propertyName(environment, 'serving'));
}

function difference(properties: Properties, environment: string, wanted: Wanted): PropertyChange {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const key = propertyName(environment, name as PropertyName);
    if (value === undefined) {
      if (properties.has(key)) remove.push(key);
    } else if (value === '' ? !holdsLabel(properties, key) : textOf(properties, key) !== value) set[key] = value;
  }
  const completes = propertyName(environment, 'servingSince');
  return { set, remove, ...(completes in set && { completes }) };
}

function unlabelledOf({ serving }: Observed, versions: readonly RegisteredVersion[]): string[] {
  return serving.flatMap(({ version, uri }) => {
    if (version === undefined) return [`${uri} serves, which is no artifact that Git could deploy here`];
    return versions.some((one) => isNamed(one, version)) ? [] : [`${version} serves and is not registered`];
  });
}

function reasonToIgnore(observed: Observed, { model, now, lastSeen }: ServingState): string | undefined {
  const { environment, cluster, observedAt } = observed;
  const known = ownText(model.properties, environment, 'cluster');
  if (known !== undefined && known !== cluster) {
    const key = propertyName(environment, 'cluster');
    return `what serves in ${environment} is observed by the cluster ${known}; if that is gone or has another name now, remove ${key} from the model`;
  }
  if (model.leftAlone !== undefined) return model.leftAlone;
  const seenAt = readTime(ownText(model.properties, environment, 'seenAt'), now);
  const latest = Math.max(seenAt ?? 0, lastSeen ?? 0);
  if (Date.parse(observedAt) < latest) {
    return `older than what is known: this was seen at ${observedAt}, and ${new Date(latest).toISOString()} is known`;
  }
  return undefined;
}
