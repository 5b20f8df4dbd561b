// Adds entries to the statuses of one commit: reads all its statuses, adds what is missing, looks once more. No memory of its own, so a
// repetition, a crash in between and another process at the same commit end the same.
import { TryAgainError } from '../../events/errors.ts';
import type { CommitStatus, CommitStatuses, FindMergeCommit } from '../../forges/forge.ts';
import { missingStatuses, readEntries, readEntry, type StatusEntry } from '../../promotions/commit-status.ts';
import { plainText } from '../../promotions/plain-text.ts';
import { type News, push, tellsOfLoss } from './status-texts.ts';

/** Context of everything that is known by environment; alone, of pushes. */
const context = 'registry';

/** Readings of one commit; each but the first is owed to somebody who wrote at the same time. */
const maxLooks = 5;

/** Losses that one commit is told of, each by two statuses at most. Where there is no key anybody may make them up, and statuses stay for ever. */
const maxLosses = 10;

export interface TellOptions {
  /** What statuses link to. */
  url?: string;
  /** ms since epoch: an entry of a later time counts for nothing. */
  latest: number;
}

type Told = Pick<News, 'environment' | 'entry' | 'isLoss'>;

/**
 * Where people look for it: the merge commit, else the commit. A commit that was told of the model before is the place, so that
 * the answer to a promotion finds the promotion without a search; undefined when the repository does not know it.
 */
export async function placeOf(
  commit: { id: string; isPlace: boolean },
  { environment, entry }: Pick<News, 'environment' | 'entry'>,
  statuses: CommitStatuses,
  findMerge: FindMergeCommit,
): Promise<string | undefined> {
  if (commit.isPlace) return commit.id;
  const known = await statuses.statuses(commit.id);
  if (known === undefined) return undefined;
  const told = readEntries(ofContext(known, `${context}/${environment}`));
  return told.has(plainText(entry.about)) ? commit.id : ((await findMerge(commit.id)) ?? commit.id);
}

/** How many statuses each added; undefined when the repository does not know the commit. */
export async function tell(
  commit: string,
  all: readonly Told[],
  statuses: CommitStatuses,
  { url, latest }: TellOptions,
): Promise<number[] | undefined> {
  const added = all.map(() => 0);
  for (let look = 0; look < maxLooks; look++) {
    const known = await statuses.statuses(commit);
    if (known === undefined) return undefined;
    const told = [...known];
    for (const [i, news] of all.entries()) {
      for (const status of missingOf(told, news, latest)) {
        await statuses.addStatus(commit, { ...status, ...(url === undefined ? {} : { url }) });
        told.push(status);
        added[i]! += 1;
      }
    }
    if (told.length === known.length) return added;
  }
  throw new TryAgainError('others write statuses of the same commit at the same time, and faster');
}

function missingOf(known: readonly CommitStatus[], { environment, entry, isLoss }: Told, latest: number) {
  if (isLoss && lossesIn(known) >= maxLosses) return [];
  const missing = (name: string, what: StatusEntry) =>
    missingStatuses(ofContext(known, name), what, latest).map((status): CommitStatus => ({ ...status, context: name }));
  if (environment === undefined) return isRead(known, entry, latest) ? [] : missing(context, entry);
  const lost = readEntries(ofContext(known, context), latest).get(push);
  const isOver = !isLoss && lost?.state === 'failure' && isLater(entry, lost);
  const read: StatusEntry = {
    about: push,
    state: 'success',
    observedAt: entry.observedAt,
    text: 'The push was read meanwhile.',
  };
  return [...missing(`${context}/${environment}`, entry), ...(isOver ? missing(context, read) : [])];
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

/** Each counts once, however often a sum repeats it. */
function lossesIn(known: readonly CommitStatus[]): number {
  const entries = known.map(({ description }) => readEntry(description));
  return new Set(entries.filter((entry) => entry && tellsOfLoss(entry.text)).map((entry) => JSON.stringify(entry)))
    .size;
}

function isLater(entry: StatusEntry, than: StatusEntry): boolean {
  return Date.parse(entry.observedAt) > Date.parse(than.observedAt);
}
