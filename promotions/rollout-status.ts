// What people read on the commit about the rollout of what it deploys: an entry of commit-status.ts for each change of phase. Pure.
import {
  type ContextStatus,
  clean,
  type EntryState,
  missingStatuses,
  readEntries,
  type StatusEntry,
} from './commit-status.ts';
import { plainText } from './plain-text.ts';
import type { Phase } from './rollout/judge.ts';
import type { Observed } from './serving-plan.ts';

const states: Readonly<Record<Phase, EntryState>> = {
  verified: 'success',
  progressing: 'pending',
  failed: 'failure',
  drifted: 'warning',
  unknown: 'warning',
};

/** What the context of a rollout's statuses begins with. */
export const rolloutContext = 'rollout';

/** Between what changes with the phase, and the reason, which counts attempts and seconds. */
const beforeReason = ' Reason: ';

export function rolloutEntry(observed: Omit<Observed, 'cluster'>): StatusEntry {
  const { model, phase, reason, observedAt } = observed;
  const why = phase === 'verified' || reason === undefined ? '' : `${beforeReason}${reason}`;
  return { about: model, state: states[phase], observedAt, text: `${model}: ${sentenceOf(observed)}${why}` };
}

function sentenceOf({ environment, phase, serving, target }: Omit<Observed, 'cluster'>): string {
  const names = [...new Set(serving.map(({ version, uri }) => version ?? uri))];
  const serve = names.length > 0 ? `${names.join(' and ')} ${names.length > 1 ? 'serve' : 'serves'}` : 'nothing serves';
  const wanted = target && (target.version ?? target.uri ?? 'the version that Git deploys');
  switch (phase) {
    case 'verified':
      return wanted === undefined
        ? `${serve} in ${environment}, and Git deploys nothing.`
        : `${serve} in ${environment}, as deployed in Git.`;
    case 'progressing':
      return wanted === undefined
        ? `it is being taken out of ${environment}; until then ${serve}.`
        : `${wanted} is being rolled out to ${environment}; until then ${serve}.`;
    case 'failed':
      return `the rollout of ${wanted ?? 'what Git deploys'} to ${environment} failed; ${serve}.`;
    case 'drifted':
      return `Git deploys ${wanted ?? 'nothing'} in ${environment}; ${serve}.`;
    case 'unknown':
      return `it is unknown whether ${wanted ?? 'nothing'} serves in ${environment}.`;
  }
}

/**
 * As missingStatuses, of a rollout: an observation of the phase that the commit shows already adds nothing, although it is newer.
 * `statuses`: of one context, oldest first.
 */
export function missingRolloutStatuses(
  statuses: readonly ContextStatus[],
  entry: StatusEntry,
  latest?: number,
): ContextStatus[] {
  const known = readEntries(statuses, latest).get(plainText(entry.about));
  return missingStatuses(statuses, known && isSamePhase(known, entry) ? known : entry, latest);
}

function isSamePhase(known: StatusEntry, entry: StatusEntry): boolean {
  const phaseOf = (one: StatusEntry) => clean(one).split(beforeReason, 1)[0];
  return known.state === entry.state && phaseOf(known) === phaseOf(entry);
}
