// Adds entries to the statuses of one commit: reads all its statuses, adds what is missing, looks once more. It remembers nothing, so the
// result is the same after a repetition, after a crash in between, and with another process at the same commit.
import { TryAgainError } from '../../events/errors.ts';
import type { CommitStatus, CommitStatuses, FindMergeCommit } from '../../forges/forge.ts';
import { missingStatuses, readEntries, readEntry, type StatusEntry } from '../../promotions/commit-status.ts';
import { plainText } from '../../promotions/plain-text.ts';
import { missingRolloutStatuses, rolloutContext } from '../../promotions/rollout-status.ts';
import { isAboutLoss, push, type Statement } from './status-texts.ts';

/** The context of pushes, and what the contexts of environments begin with. */
export const context = 'registry';

/** Readings of one commit; another one is needed whenever somebody else wrote at the same time. */
const maxLooks = 5;

/** Losses on one commit, each in two statuses at most. Without a signing key anybody may make them up, and statuses stay for ever. */
const maxLosses = 10;

export interface AddOptions {
  /** What the statuses of each registry link to. */
  urls: ReadonlyMap<string | undefined, string | undefined>;
  /** ms since epoch: an entry of a later time counts for nothing. */
  latest: number;
}

/**
 * Where people look for the entry: the merge commit, else the commit. A commit that has an entry about the model already is the
 * place, so that the answer to a promotion finds the promotion without a search; undefined when the repository does not know it.
 */
export async function findPlace(
  commit: { id: string; isPlace: boolean },
  statement: Statement,
  statuses: CommitStatuses['statuses'],
  findMerge: FindMergeCommit,
): Promise<string | undefined> {
  if (commit.isPlace) return commit.id;
  const known = await statuses(commit.id);
  if (known === undefined) return undefined;
  const entries = readEntries(ofContext(known, contextOf(statement)));
  return entries.has(plainText(statement.entry.about)) ? commit.id : ((await findMerge(commit.id)) ?? commit.id);
}

/** How many statuses each added; undefined when the repository does not know the commit. */
export async function addEntries(
  commit: string,
  all: readonly Statement[],
  statuses: CommitStatuses,
  { urls, latest }: AddOptions,
): Promise<number[] | undefined> {
  const added = all.map(() => 0);
  for (let look = 0; look < maxLooks; look++) {
    const known = await statuses.statuses(commit);
    if (known === undefined) return undefined;
    const there = [...known];
    for (const [i, statement] of all.entries()) {
      const url = urls.get(statement.registry);
      for (const status of missingOf(there, statement, latest)) {
        await statuses.addStatus(commit, { ...status, ...(url !== undefined && { url: pageOf(url, statement) }) });
        there.push(status);
        added[i]! += 1;
      }
    }
    if (there.length === known.length) return added;
  }
  throw new TryAgainError('others write statuses of the same commit at the same time, and faster');
}

function missingOf(known: readonly CommitStatus[], statement: Statement, latest: number): CommitStatus[] {
  const { environment, entry, isLoss, isRollout } = statement;
  if (isLoss && lossesIn(known) >= maxLosses) return [];
  const missing = (name: string, what: StatusEntry, find = missingStatuses) =>
    find(ofContext(known, name), what, latest).map((status): CommitStatus => ({ ...status, context: name }));
  if (isRollout) return missing(`${rolloutContext}/${environment}`, entry, missingRolloutStatuses);
  if (environment === undefined) return isRead(known, entry, latest) ? [] : missing(context, entry);
  const lost = readEntries(ofContext(known, context), latest).get(push);
  const isOver = !isLoss && lost?.state === 'failure' && isLater(entry, lost);
  const read: StatusEntry = {
    about: push,
    state: 'success',
    observedAt: entry.observedAt,
    text: 'The push has been read since.',
  };
  return [...missing(contextOf(statement), entry), ...(isOver ? missing(context, read) : [])];
}

/** The registry that is a further one follows the environment, so that the first one's context is the same with others and without. */
function contextOf({ environment, registry }: Statement): string {
  return [context, environment, registry].filter((part) => part !== undefined).join('/');
}

/** Below the address, whatever the event says. */
function pageOf(url: string, { page }: Statement): string {
  return page === undefined ? url : `${url.replace(/\/+$/, '')}/${page}`;
}

function ofContext(known: readonly CommitStatus[], name: string): CommitStatus[] {
  return known.filter((status) => status.context === name);
}

/** An entry about any model shows that the commit was read after the push was lost. */
function isRead(known: readonly CommitStatus[], lost: StatusEntry, latest: number): boolean {
  const contexts = new Set(known.map((status) => status.context).filter((name) => name.startsWith(`${context}/`)));
  return [...contexts].some((name) =>
    [...readEntries(ofContext(known, name), latest).values()].some((entry) => isLater(entry, lost)),
  );
}

/** A loss counts once, however many statuses repeat its entry. */
function lossesIn(known: readonly CommitStatus[]): number {
  const entries = known.map(({ description }) => readEntry(description));
  return new Set(entries.filter((entry) => entry && isAboutLoss(entry.text)).map((entry) => JSON.stringify(entry)))
    .size;
}

function isLater(entry: StatusEntry, than: StatusEntry): boolean {
  return Date.parse(entry.observedAt) > Date.parse(than.observedAt);
}
