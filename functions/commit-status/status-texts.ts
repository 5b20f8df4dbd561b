// From an event to what its commit is told: which commits, under which environment, in which words. Pure; throws StopError
// when the event makes no sense. What counts more than what is not decided here but in promotions/commit-status.ts.
import type { CloudEvent } from 'cloudevents';
import * as deliveryLost from '../../events/delivery-lost.ts';
import * as deploymentWarned from '../../events/deployment-warned.ts';
import * as giteaWebhook from '../../events/gitea-webhook.ts';
import * as modelPromoted from '../../events/model-promoted.ts';
import * as modelWithdrawn from '../../events/model-withdrawn.ts';
import * as registryUpdated from '../../events/registry-updated.ts';
import type { StatusEntry } from '../../promotions/commit-status.ts';
import { commitsOf } from '../../promotions/commits-of.ts';
import { isEnvironmentName } from '../../promotions/environment-name.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import { reasonOf } from '../dead-letter/reason-of.ts';
import { remedyOf } from '../dead-letter/remedy-of.ts';

export interface News {
  /** As whoever sent the event says. */
  repository: string;
  repositoryId?: string;
  /** Full ids. `isPlace` is false of a commit that may have come onto the branch by another one, a merge. */
  commits: readonly { id: string; isPlace: boolean }[];
  /** Undefined: a push that nobody read, so that nobody knows what it was about. */
  environment?: string;
  /** Of such a push: the full ref. */
  ref?: string;
  entry: StatusEntry;
  /** It tells of a loss. */
  isLoss?: true;
}

/** The entry about a push that was lost. */
export const push = 'push';

const [notTold, answerLost] = ['the registry was not told', 'the answer of the registry was lost'];
const notRead = 'The push was read by nobody';

/** True of the text of an entry that tells of a loss. */
export function tellsOfLoss(text: string): boolean {
  return text.startsWith(`${notRead}: `) || text.includes(`: ${notTold}: `) || text.includes(`: ${answerLost}: `);
}

/** At least one. `now`: RFC 3339; stands in for the time of an event without one. A text: why nobody is told. */
export function newsOf(event: CloudEvent<unknown>, now: string): News[] | string {
  if (event.type === modelPromoted.type) return [beginning(modelPromoted.read(event))];
  if (event.type === modelWithdrawn.type) return [beginning(modelWithdrawn.read(event))];
  if (event.type === registryUpdated.type) return [result(registryUpdated.read(event), event.time ?? now)];
  if (event.type === deploymentWarned.type) return warnings(deploymentWarned.read(event));
  const lost = loss(deliveryLost.read(event));
  return typeof lost === 'string' ? lost : [lost];
}

/** About the file, not the model: the version it deploys is labelled, and what is to be said of the file stands beside that. */
function warnings(warning: deploymentWarned.DeploymentWarning): News[] {
  const { environment, repository, repositoryId, observedAt, files } = warning;
  return files.map(({ path, commit, severity, reason }) => ({
    repository,
    repositoryId,
    commits: [{ id: commit, isPlace: false }],
    environment,
    entry: { about: path, state: severity, observedAt, text: `${path}: ${reason}` },
  }));
}

function beginning(promotion: Promotion): News {
  const { environment, model, repository, repositoryId, observedAt, serving } = promotion;
  const versions = list(serving.map(({ version }) => version));
  const text =
    versions === ''
      ? `${model}: Git deploys it in ${environment} no more; the registry is being told.`
      : `${model}: Git deploys ${versions} in ${environment}; the registry is being told.`;
  const entry: StatusEntry = { about: model, state: 'pending', observedAt, text };
  // Read by a reconcile, or after the next merge, a promotion names no pull request, though there may be one.
  const merges = new Set(serving.flatMap(({ pullRequest }) => pullRequest?.mergeCommit ?? []));
  const commits = commitsOf(promotion).map((id) => ({ id, isPlace: serving.length === 0 || merges.has(id) }));
  return { repository, repositoryId, commits, environment, entry };
}

function result(update: registryUpdated.RegistryUpdate, time: string): News {
  const { environment, model, repository, repositoryId, commits, outcome, reason, warnings = [] } = update;
  const observedAt = update.observedAt ?? time;
  const entry: StatusEntry =
    outcome === 'ignored'
      ? { about: model, state: 'warning', observedAt, text: `${model}: left as it was in the registry: ${reason}` }
      : {
          about: model,
          state: warnings.length > 0 ? 'warning' : 'success',
          observedAt,
          text: [`${model}: ${changesOf(update)}`, ...warnings].join(' '),
        };
  return { repository, repositoryId, commits: commits.map((id) => ({ id, isPlace: false })), environment, entry };
}

/** What is new about labels; a record that was completed is no news. */
function changesOf({ environment, changes, reason }: registryUpdated.RegistryUpdate): string {
  const versions = changes.filter(({ on }) => on === 'version');
  const gained = list(versions.filter(({ set }) => set[environment] === '').map(({ name }) => name));
  const lost = list(versions.filter(({ removed }) => removed.includes(environment)).map(({ name }) => name));
  const notes = reason === '' ? '' : ` (${reason})`;
  if (gained && lost) return `the registry labels ${gained} with ${environment}, and ${lost} no more${notes}.`;
  if (gained) return `the registry labels ${gained} with ${environment}${notes}.`;
  if (lost) return `the registry labels ${lost} with ${environment} no more${notes}.`;
  return `the registry says what Git says${notes}.`;
}

/** Reason and remedy are not the event's: of what is said of a failure only the kind is known to be true. */
function loss(lost: deliveryLost.Loss): News | string {
  const { event, failure, repository, repositoryId, commits, observedAt, lostAt } = lost;
  if (repository === undefined || commits === undefined || commits.length === 0)
    return 'the lost event names no commit';
  const isPush = event.type === giteaWebhook.type;
  const told = {
    repository,
    repositoryId,
    commits: commits.map((id) => ({ id, isPlace: isPush })),
    isLoss: true,
  } as const;
  const why = `${reasonOf(failure)}. ${remedyOf(failure, event.type)}`;
  if (isPush) {
    const entry: StatusEntry = { about: push, state: 'failure', observedAt: lostAt, text: `${notRead}: ${why}` };
    return { ...told, ref: event.subject ?? '', entry };
  }
  const [, environment, model] = /^([^/]+)\/(.+)$/s.exec(event.subject ?? '') ?? [];
  const known: readonly string[] = [modelPromoted.type, modelWithdrawn.type, registryUpdated.type];
  if (!known.includes(event.type) || !environment || !model || !isEnvironmentName(environment))
    return 'the lost event is about no single model';
  // The registry has been told; only its answer is missing.
  const isAnswer = event.type === registryUpdated.type;
  const text = `${model}: ${isAnswer ? answerLost : notTold}: ${why}`;
  const state = isAnswer ? 'warning' : 'failure';
  return { ...told, environment, entry: { about: model, state, observedAt: observedAt ?? lostAt, text } };
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
