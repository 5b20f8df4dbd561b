// One model of one environment: what Git deploys, what the registry shows, and a sentence where they differ. Pure: the difference is
// the plan of registry-writer (promotions/registry-plan.ts), put into words.
import type { ComparedModel } from '../../functions/registry-writer/compare.ts';
import { differs } from '../../functions/registry-writer/compare.ts';
import type { AliasChange } from '../../promotions/alias.ts';
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import { isOwnMarker, readMarker } from '../../promotions/ownership-marker.ts';
import type { Reading, ReportedModel } from '../../promotions/promotion.ts';
import { labelOf, ownText } from '../../promotions/property-names.ts';
import type { RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Phase } from '../../promotions/rollout/judge.ts';
import type { ServingView } from '../../promotions/serving-phase.ts';

/** `unknown model`, `unmarked` and `other repository` are no difference: the model, or its label, is not this repository's. */
export type State = 'ok' | 'drift' | 'not registered' | 'blocked' | 'unknown model' | 'unmarked' | 'other repository';

/** In these the registry differs from Git. */
export const differing: readonly State[] = ['drift', 'not registered', 'blocked'];

/** In these the cluster does not serve what Git deploys, or that is unknown. A rollout that is under way is as it should be. */
const unserved: readonly Phase[] = ['failed', 'drifted', 'unknown'];

export function isUnserved({ cluster }: ModelStatus): boolean {
  return cluster !== undefined && unserved.includes(cluster.phase);
}

/** What to do about a rollout that did not end as it should. */
export const phaseNext: Readonly<Partial<Record<Phase, string>>> = {
  failed:
    'Look at its Pods in the cluster. The label follows Git: deploy another version, or correct what keeps this one from starting.',
  drifted: 'Look whether Argo CD syncs the application, or whether somebody changed it by hand.',
  unknown: 'Look at the log of whatever observes the cluster.',
};

export interface ModelStatus {
  environment: string;
  model: string;
  state: State;
  git: { version: string; applications: string[] }[];
  /** What serves, as the registry says. Undefined: nobody has observed it in a cluster. */
  cluster?: ServingView;
  /** Versions that hold the label. */
  registry: string[];
  /** From the registry's deployment record, else from Git; if several versions are deployed, of the latest. */
  since?: string;
  by?: string;
  pullRequest?: string;
  commit?: string;
  /** Why it is not `ok`. */
  explanation?: string;
  /** What to do about it. */
  next?: string;
}

/** `now`: the registry's clock, ms since epoch. */
export type About = Omit<Reading, 'branch' | 'head' | 'observedAt'> & { now: number };

const reconcile = 'post-deployment reconcile';

/** The status of a registered model. */
export function statusOf(compared: ComparedModel, about: About): ModelStatus {
  const { model, observed, holders, plan } = compared;
  const { environment } = about;
  const common = {
    environment,
    model: model.name,
    git: gitOf(observed),
    registry: holders.map(({ name }) => name).sort(compareCodePoints),
    ...recordOf(environment, observed === undefined ? holders : plan.registered.map(({ version }) => version)),
  };
  const marker = readMarker(model, environment, about.now);
  if (marker.repository !== undefined && plan.ignored !== undefined && !isOwnMarker(marker, about))
    return {
      ...common,
      state: observed === undefined ? 'other repository' : 'blocked',
      explanation: `The label ${labelOf(environment)} of this model is kept by ${marker.repository}.`,
      next: `If that is a former address of this repository, or of one that no longer exists: ${reconcile} --formerly ${marker.repository}`,
    };
  if (observed === undefined && plan.ignored !== undefined)
    return {
      ...common,
      state: 'unmarked',
      explanation: `Somebody else set the label ${labelOf(environment)}: it has no ownership marker of ours, and Git does not deploy the model here.`,
      next: 'Nothing is done about it. If the label is wrong, remove it by hand.',
    };
  if (model.leftAlone !== undefined)
    return {
      ...common,
      state: 'blocked',
      explanation: `${model.leftAlone}.`,
      next: 'Nothing is done about it. If the file describes no model, remove `version` from it.',
    };
  if (plan.ignored !== undefined)
    return { ...common, state: 'blocked', explanation: `${capital(plan.ignored)}.`, next: `Try ${reconcile} again.` };
  if (differs(compared)) return { ...common, state: 'drift', explanation: sentences(compared, about), next: reconcile };
  if (plan.unregistered.length > 0) {
    const names = plan.unregistered.join(', ');
    return {
      ...common,
      state: 'not registered',
      explanation: `The registry has no version ${names} of this model, so the label stays where it is.`,
      next: `Register ${names} under exactly this name; the next reconcile sets the label.`,
    };
  }
  return { ...common, state: 'ok' };
}

/** The status of a model that Git deploys and that is not registered. */
export function unknownModel(observed: ReportedModel, { environment }: About): ModelStatus {
  return {
    environment,
    model: observed.model,
    state: 'unknown model',
    git: gitOf(observed),
    registry: [],
    explanation: 'The registry has no registered model of this name.',
    next: 'Nothing is done until it is registered. If the file describes no model, remove `version` from it.',
  };
}

/** The status of a model that Git does not deploy, that no version labels, and that serves. */
export function servedOnly(model: string, { environment }: About): ModelStatus {
  return { environment, model, state: 'ok', git: [], registry: [] };
}

function gitOf(observed: ReportedModel | undefined): ModelStatus['git'] {
  return (observed?.versions ?? []).map(({ version, applications }) => ({ version, applications }));
}

/** The registry's deployment record of the version that was promoted last. */
function recordOf(environment: string, versions: readonly RegisteredVersion[]) {
  const records = versions.map(({ properties }) => ({
    since: ownText(properties, environment, 'promotedAt'),
    by: ownText(properties, environment, 'promotedBy'),
    pullRequest: ownText(properties, environment, 'pullRequest'),
    commit: ownText(properties, environment, 'commit'),
  }));
  const [latest] = records.sort((a, b) => Date.parse(b.since ?? '') - Date.parse(a.since ?? '') || 0);
  return Object.fromEntries(Object.entries(latest ?? {}).filter(([, value]) => value !== undefined));
}

function sentences({ plan, observed, differsInUri }: ComparedModel, { environment, complete }: About): string {
  const said: string[] = [];
  const label = labelOf(environment);
  const names = (observed?.versions ?? []).map(({ version }) => version).join(', ');
  for (const { version, change } of plan.gains) {
    if (label in change.set) said.push(`Git deploys ${version.name}, which does not have the label ${label}.`);
    else {
      const keys = [...Object.keys(change.set), ...change.remove].sort(compareCodePoints);
      said.push(`The deployment record of ${version.name} is incomplete or outdated (${keys.join(', ')}).`);
    }
  }
  const isMoving = plan.gains.some(({ change }) => label in change.set);
  const why = observed === undefined ? 'does not deploy the model any more' : `deploys ${names}`;
  for (const { version } of plan.losses)
    said.push(`${version.name} still has ${isMoving ? 'it' : `the label ${label}, and Git ${why}`}.`);
  if (said.length === 0 && plan.alias) said.push(aliasSentence(plan.alias, plan.registered.length));
  if (said.length === 0 && plan.markerDue)
    said.push(
      `The ownership marker ${environment}.repository, .head, .observedAt of the model is missing, cannot be read, or names a former address.`,
    );
  if (differsInUri) said.push('The uri of the artifact differs from the deployment file.');
  if (plan.unregistered.length > 0) said.push(`Not registered: ${plan.unregistered.join(', ')}.`);
  if (!complete) said.push('A file cannot be read, so no label is removed.');
  return said.join(' ');
}

function aliasSentence({ alias, version }: AliasChange, deployed: number): string {
  return version === undefined
    ? `A version has the alias ${alias}, which is for the only one that Git deploys, and Git deploys ${deployed || 'none'}.`
    : `The alias ${alias} is not on ${version.name}, which alone is to have it.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
