// What an event has to say on commits: on which, for which environment, in which text. Pure; throws StopError when the event makes
// no sense. Which of two entries counts is decided in promotions/commit-status.ts.
import type { CloudEvent } from 'cloudevents';
import * as deliveryLost from '../../events/delivery-lost.ts';
import * as deploymentWarned from '../../events/deployment-warned.ts';
import * as giteaWebhook from '../../events/gitea-webhook.ts';
import * as modelPromoted from '../../events/model-promoted.ts';
import * as modelWithdrawn from '../../events/model-withdrawn.ts';
import * as registryUpdated from '../../events/registry-updated.ts';
import * as servingObserved from '../../events/serving-observed.ts';
import type { StatusEntry } from '../../promotions/commit-status.ts';
import { commitsOf } from '../../promotions/commits-of.ts';
import { isEnvironmentName } from '../../promotions/environment-name.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import { labelOf } from '../../promotions/property-names.ts';
import { rolloutEntry } from '../../promotions/rollout-status.ts';
import { reasonOf, remedyOf } from '../dead-letter/explain-loss.ts';

/** An entry, and the commits whose statuses it belongs into. */
export interface Statement {
  /** As whoever sent the event says. */
  repository: string;
  repositoryId?: string;
  /** Full ids. `isPlace`: the entry belongs on this commit itself; otherwise a merge may have brought it, and people look there. */
  commits: readonly { id: string; isPlace: boolean }[];
  /** Undefined: a push that was not read, so that its environments are unknown. */
  environment?: string;
  /** Of several registries the one it is about. Undefined: the first. */
  registry?: string;
  /** Of such a push: the full ref. */
  ref?: string;
  entry: StatusEntry;
  /** What the status links to, below the address of the registry's user interface. */
  page?: string;
  /** The entry reports a loss. */
  isLoss?: true;
  /** The entry is about what serves, which has a context of its own. */
  isRollout?: true;
}

/** The entry about a push that was lost. */
export const push = 'push';

const [notUpdated, answerLost] = ['the registry was not updated', 'the answer of the registry was lost'];
const notRead = 'The push was not read';

/** Whether this is the text of an entry that reports a loss. */
export function isAboutLoss(text: string): boolean {
  return text.startsWith(`${notRead}: `) || text.includes(`: ${notUpdated}: `) || text.includes(`: ${answerLost}: `);
}

/**
 * At least one. `now`: RFC 3339; stands in for the time of an event without one. `further`: names of the registries beside the first.
 * A text: why there is none.
 */
export function statementsOf(
  event: CloudEvent<unknown>,
  now: string,
  further: readonly string[] = [],
): Statement[] | string {
  const inEach = (one: Statement) => [one, ...further.map((registry) => ({ ...one, registry }))];
  if (event.type === modelPromoted.type) return inEach(beginning(modelPromoted.read(event)));
  if (event.type === modelWithdrawn.type) return inEach(beginning(modelWithdrawn.read(event)));
  if (event.type === deploymentWarned.type) return warnings(deploymentWarned.read(event));
  const read = event.type === registryUpdated.type ? registryUpdated.read(event) : deliveryLost.read(event);
  const { registryName: registry } = read;
  if (registry !== undefined && !further.includes(registry)) return 'a registry that FURTHER_REGISTRIES does not name';
  const said = 'cause' in read ? result(read, event.time ?? now) : loss(read);
  if (typeof said === 'string') return said;
  if (registry !== undefined) {
    // What serves is the same for all registries, and said once.
    return said.isRollout ? 'what serves is told by the answer of the first registry' : [{ ...said, registry }];
  }
  // A loss names a further registry; without a receiver it may be of any of them.
  const isFirst =
    'cause' in read || read.failure.receiver === 'registry-writer' || read.event.type === registryUpdated.type;
  return isFirst || said.environment === undefined ? [said] : inEach(said);
}

/** About the file, not the model: the version it deploys is labelled, and what is to be said of the file stands beside that. */
function warnings(warning: deploymentWarned.DeploymentWarning): Statement[] {
  const { environment, repository, repositoryId, observedAt, files } = warning;
  return files.map(({ path, commit, severity, reason }) => ({
    repository,
    repositoryId,
    commits: [{ id: commit, isPlace: false }],
    environment,
    entry: { about: path, state: severity, observedAt, text: `${path}: ${reason}` },
  }));
}

function beginning(promotion: Promotion): Statement {
  const { environment, model, repository, repositoryId, observedAt, serving } = promotion;
  const versions = list(serving.map(({ version }) => version));
  const text =
    versions === ''
      ? `${model}: Git no longer deploys it in ${environment}; the registry is being updated.`
      : `${model}: Git deploys ${versions} in ${environment}; the registry is being updated.`;
  const entry: StatusEntry = { about: model, state: 'pending', observedAt, text };
  // Read by a reconcile, or after the next merge, a promotion names no pull request, though there may be one.
  const merges = new Set(serving.flatMap(({ pullRequest }) => pullRequest?.mergeCommit ?? []));
  const commits = commitsOf(promotion).map((id) => ({ id, isPlace: serving.length === 0 || merges.has(id) }));
  return { repository, repositoryId, commits, environment, entry };
}

/**
 * What was observed in the cluster, as registry-writer repeats it: it alone knows which cluster is believed about the model, and the
 * commits where the observation names none.
 */
function rollout(
  {
    environment,
    model,
    repository,
    repositoryId,
    commits,
    page,
    rollout: verdict,
    reason: ignored,
  }: registryUpdated.RegistryUpdate,
  observedAt: string,
): Statement | string {
  if (verdict === undefined) return `the observation does not count: ${ignored}`;
  if (commits.length === 0) return 'the observation names no commit';
  const { phase, reason, serving, target } = verdict;
  const entry = rolloutEntry({ environment, model, observedAt, phase, reason, serving, target });
  return {
    repository,
    repositoryId,
    commits: commits.map((id) => ({ id, isPlace: false })),
    environment,
    entry,
    page,
    isRollout: true,
  };
}

/** What an answer of registry-writer has to say; a text: why nothing. `time`: stands in for the time of the reading. */
export function result(update: registryUpdated.RegistryUpdate, time: string): Statement | string {
  const { environment, model, repository, repositoryId, commits, outcome, reason, warnings = [], page } = update;
  const observedAt = update.observedAt ?? time;
  if (update.cause.type === servingObserved.type) return rollout(update, observedAt);
  const entry: StatusEntry =
    outcome === 'ignored'
      ? { about: model, state: 'warning', observedAt, text: `${model}: left as it was in the registry: ${reason}` }
      : {
          about: model,
          state: warnings.length > 0 ? 'warning' : 'success',
          observedAt,
          text: [`${model}: ${changesOf(update)}`, ...warnings].join(' '),
        };
  return { repository, repositoryId, commits: commits.map((id) => ({ id, isPlace: false })), environment, entry, page };
}

/** What is new about labels; that a record was completed is not worth saying. */
function changesOf({ environment, changes, reason }: registryUpdated.RegistryUpdate): string {
  const label = labelOf(environment);
  const versions = changes.filter(({ on }) => on === 'version');
  const gained = list(versions.filter(({ set }) => set[label] === '').map(({ name }) => name));
  const lost = list(versions.filter(({ removed }) => removed.includes(label)).map(({ name }) => name));
  const notes = reason === '' ? '' : ` (${reason})`;
  if (gained && lost) return `the registry labels ${gained} with ${label}, no longer ${lost}${notes}.`;
  if (gained) return `the registry labels ${gained} with ${label}${notes}.`;
  if (lost) return `the registry no longer labels ${lost} with ${label}${notes}.`;
  return `registry and Git are in sync${notes}.`;
}

/** What a loss has to say. Reason and remedy are not taken from the event: of what it says about a failure only the kind is known to be true. */
export function loss(lost: deliveryLost.Loss): Statement | string {
  const { event, failure, repository, repositoryId, commits, observedAt, lostAt } = lost;
  if (repository === undefined || commits === undefined || commits.length === 0)
    return 'the lost event names no commit';
  if (failure.receiver === 'rollout-observer')
    return 'the registry was told; what serves is observed at the next reconcile';
  if (failure.receiver === 'notify') return 'only people in channels were not told';
  const isPush = event.type === giteaWebhook.type;
  const about = {
    repository,
    repositoryId,
    commits: commits.map((id) => ({ id, isPlace: isPush })),
    isLoss: true,
  } as const;
  const why = `${reasonOf(failure)}. ${remedyOf(failure, event.type)}`;
  if (isPush) {
    const entry: StatusEntry = { about: push, state: 'failure', observedAt: lostAt, text: `${notRead}: ${why}` };
    return { ...about, ref: event.subject ?? '', entry };
  }
  const [, environment, model] = /^([^/]+)\/(.+)$/s.exec(event.subject ?? '') ?? [];
  const known: readonly string[] = [modelPromoted.type, modelWithdrawn.type, registryUpdated.type];
  if (!known.includes(event.type) || !environment || !model || !isEnvironmentName(environment))
    return 'the lost event is about no single model';
  // The registry has been written; only its answer is missing.
  const isAnswer = event.type === registryUpdated.type;
  const text = `${model}: ${isAnswer ? answerLost : notUpdated}: ${why}`;
  const state = isAnswer ? 'warning' : 'failure';
  return { ...about, environment, entry: { about: model, state, observedAt: observedAt ?? lostAt, text } };
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
