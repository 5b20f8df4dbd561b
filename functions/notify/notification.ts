// What an event has to say to people, or why nothing: a label that was moved or left alone, a rollout that changed, a file that cannot be
// read, an event that was lost. Pure; throws StopError when the event makes no sense. The sentences are those on commits.
import type { CloudEvent } from 'cloudevents';
import type { State } from '../../config/settings/channels.ts';
import * as deliveryLost from '../../events/delivery-lost.ts';
import * as deploymentWarned from '../../events/deployment-warned.ts';
import * as registryUpdated from '../../events/registry-updated.ts';
import { repeatableId } from '../../events/repeatable-id.ts';
import { labelOf, type PropertyName, propertyName } from '../../promotions/property-names.ts';
import { olderThanKnown } from '../../promotions/registry-plan.ts';
import type { Phase } from '../../promotions/rollout/judge.ts';
import { loss, result, type Statement } from '../commit-status/status-texts.ts';
import type { Message, Report } from './message.ts';

export interface Notification extends Message {
  /** Worth a message of its own. What is not only changes the state of a message that is there. */
  isNews: boolean;
}

const phaseStates: Readonly<Record<Phase, State>> = {
  verified: 'serving',
  progressing: 'rolling_out',
  failed: 'failed',
  drifted: 'differs',
  unknown: 'unknown',
};

/** Files that a message names. */
const maxFiles = 3;
/** Characters of a text and of an address: a message carries both as data, too. */
const [longestText, longestUrl] = [800, 500];

/** `now`: RFC 3339; stands in for the time of an event without one. `uiUrl`: page of the registry. */
export function notificationOf(
  event: CloudEvent<unknown>,
  now: string,
  uiUrl: string | undefined,
): Notification | string {
  if (event.type === deploymentWarned.type) return unreadable(deploymentWarned.read(event));
  if (event.type === deliveryLost.type) return lost(deliveryLost.read(event));
  const update = registryUpdated.read(event);
  const statement = result(update, event.time ?? now);
  if (typeof statement === 'string') return statement;
  if (statement.isRollout && update.registryName !== undefined)
    return 'what serves is told by the answer of the first registry';
  const about = {
    topic: topicOf(statement, update.registryName),
    model: update.model,
    environment: update.environment,
    ...(update.registryName && { registry: update.registryName }),
  };
  const url = uiUrl !== undefined && update.registryName === undefined ? uiUrl : undefined;
  const common = {
    ...reportOf(statement),
    ...(url && { registryUrl: short(update.page === undefined ? url : `${url}/${update.page}`) }),
  };
  return statement.isRollout ? ofRollout(about, common, update) : ofLabel(about, common, update);
}

type About = Omit<Message, 'label' | 'rollout'>;

function ofLabel(about: About, common: Omit<Report, 'state'>, update: registryUpdated.RegistryUpdate) {
  const { environment, outcome, reason, changes } = update;
  if (outcome === 'unchanged') return 'the registry was in sync already';
  const label = labelOf(environment);
  const versions = changes.filter(({ on }) => on === 'version');
  const gained = versions.filter(({ set }) => set[label] === '');
  const isMoved = gained.length > 0 || versions.some(({ removed }) => removed.includes(label));
  if (outcome === 'changed' && !isMoved) return 'no label was moved';
  if (outcome === 'ignored' && reason.startsWith(olderThanKnown)) return 'a later reading is known';
  const deployed = update.versions ?? (gained.length > 0 ? gained.map(({ name }) => name) : undefined);
  const known = (name: 'promotedBy' | 'pullRequest') =>
    gained.map(({ set }) => set[propertyName(environment, name)]).find((value) => value !== undefined);
  const [by, request] = [known('promotedBy'), known('pullRequest')];
  const report: Report = {
    ...common,
    state: outcome === 'ignored' ? 'left_alone' : deployed?.length === 0 ? 'withdrawn' : 'labelled',
    ...(deployed && { versions: deployed }),
    ...(outcome === 'ignored' && { reason: cut(reason) }),
    ...(by && { by }),
    ...(request && { request: short(request) }),
  };
  return { ...about, label: report, isNews: true };
}

/** News is another phase, by what was written because of it; not that it serves or fails still, nor that somebody began to look. */
function ofRollout(about: About, common: Omit<Report, 'state'>, update: registryUpdated.RegistryUpdate) {
  const { environment, outcome, changes, rollout } = update;
  if (outcome === 'ignored' || rollout === undefined) return 'nothing is written about what serves';
  const { phase, reason, target } = rollout;
  const keyOf = (name: PropertyName) => propertyName(environment, name);
  const isWritten = (on: 'model' | 'version', ...keys: string[]) =>
    changes.some((change) => change.on === on && keys.some((key) => key in change.set || change.removed.includes(key)));
  const isSetWord = changes.some(({ on, set }) => on === 'version' && keyOf('rollout') in set);
  // Nothing is written about the rollout itself when it has ended.
  const hasEnded =
    (phase === 'verified' || phase === 'drifted') && isWritten('version', keyOf('serving'), keyOf('rollout'));
  const isFirstLook = phase === 'verified' && isWritten('model', keyOf('cluster'));
  const versions = target === undefined ? [] : target.version === undefined ? undefined : [target.version];
  const report: Report = {
    ...common,
    state: target === undefined && phase === 'verified' ? 'withdrawn' : phaseStates[phase],
    ...(versions && { versions }),
    ...(reason !== undefined && { reason }),
  };
  return { ...about, rollout: report, isNews: (isSetWord || hasEnded) && !isFirstLook };
}

function unreadable(warning: deploymentWarned.DeploymentWarning): Notification | string {
  const { environment, repository, observedAt } = warning;
  const files = warning.files.filter(({ severity }) => severity === 'failure');
  const [first] = files;
  if (first === undefined) return 'every file could be read';
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  const sentences = files.slice(0, maxFiles).map(({ path, reason }) => (more ? `${path}: ${reason}` : reason));
  const id = repeatableId(files.flatMap(({ path, commit }) => [path, commit]));
  return {
    topic: `${repository} ${environment} ${id}`,
    model: `${first.path}${more}`,
    environment,
    label: {
      at: observedAt,
      state: 'unreadable',
      sentence: cut(sentences.join(' ')),
      reason: first.reason,
      versions: [],
      commitUrl: commitPage(repository, first.commit),
    },
    isNews: true,
  };
}

function lost(read: deliveryLost.Loss): Notification | string {
  if (read.event.type === registryUpdated.type) return 'the registry was written; only its answer was lost';
  const statement = loss(read);
  if (typeof statement === 'string') return statement;
  const { environment, entry, ref, commits } = statement;
  const { registryName: registry, reason } = read;
  return {
    topic: environment ? topicOf(statement, registry) : `${statement.repository} push ${commits[0]!.id}`,
    model: entry.about,
    // A push that was not read may be about every environment.
    ...(environment && { environment }),
    ...(registry && { registry }),
    label: {
      ...reportOf(statement),
      ...(ref && { sentence: `A push to ${ref.replace('refs/heads/', '')}: ${entry.text}` }),
      state: 'lost',
      reason,
      ...(ref && { versions: [] }),
    },
    isNews: true,
  };
}

function topicOf({ repository, environment, entry }: Statement, registry: string | undefined): string {
  return [repository, `${environment}/${entry.about}`, registry].filter(Boolean).join(' ');
}

function reportOf({ repository, commits, entry }: Statement): Omit<Report, 'state'> {
  const [commit] = commits;
  const begin = `${entry.about}: `;
  return {
    at: entry.observedAt,
    sentence: cut(entry.text.startsWith(begin) ? upperFirst(entry.text.slice(begin.length)) : entry.text),
    ...(commit && { commitUrl: commitPage(repository, commit.id) }),
  };
}

function commitPage(repository: string, commit: string): string | undefined {
  return short(`${repository.replace(/\/+$/, '')}/commit/${commit}`);
}

function short(url: string): string | undefined {
  return url.length > longestUrl ? undefined : url;
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
