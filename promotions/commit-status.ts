// What people read about a promotion on its commit: the entries in the commit statuses of one context (an environment), one for
// each model. Says which of two entries about the same model counts, how several models on one commit add up, and how an entry
// is written into a commit status and read back. Pure; knows nothing of a forge.
//
// A forge keeps every status that a commit was given and shows the newest of each context. So the statuses of one context are
// the record of all entries (there is no database of ours), and the newest status is their sum. Each status carries one entry,
// whose last part is in brackets: `[success 2026-11-02T09:30:00.250Z jukebox]`. To add an entry, all statuses are read and what
// is missing is added.
import { plainText } from './plain-text.ts';

/** In the order in which a promotion brings them about. Of two entries from the same reading the one with the later state counts. */
const ranks = { pending: 0, failure: 1, warning: 2, success: 3 } as const;

/** `warning`: the registry was left as it is, or something needs a person's attention. */
export type EntryState = keyof typeof ranks;

export interface StatusEntry {
  /** The name of the model. Of a warning about a file: its path. Of a push that could not be delivered: `push`. */
  about: string;
  state: EntryState;
  /** RFC 3339: when the head was read to which the entry goes back. */
  observedAt: string;
  /** One or two sentences for people. */
  text: string;
}

/** The fields of a commit status that matter here; its context is the same for all. */
export interface ContextStatus {
  state: string;
  description: string;
}

/** The worst first, in Gitea's own order. The worst state among the models is the state of the sum. */
const worstFirst: readonly EntryState[] = ['failure', 'warning', 'pending', 'success'];

const inSum: Readonly<Record<EntryState, string>> = {
  failure: 'failed',
  warning: 'left alone',
  pending: 'waiting',
  success: 'done',
};

/** Characters of an entry's text. A status should be readable at a glance. */
const maxText = 400;

/**
 * Greater than 0 when `a` replaces `b`, both about the same model: it was read later, or has a later state, or a longer text, in
 * this order. A total order, so that the result does not depend on the order in which entries arrive.
 */
export function compareEntries(a: StatusEntry, b: StatusEntry): number {
  const [first, second] = [clean(a), clean(b)];
  return (
    Date.parse(a.observedAt) - Date.parse(b.observedAt) ||
    ranks[a.state] - ranks[b.state] ||
    first.length - second.length ||
    (first < second ? -1 : Number(first > second))
  );
}

/**
 * The entries that count, by `about` as plainText shows it. `statuses`: of one context, oldest first. `latest`: ms since epoch;
 * entries with a later time are left out, because an entry from the future would never be replaced.
 */
export function readEntries(
  statuses: readonly ContextStatus[],
  latest = Number.POSITIVE_INFINITY,
): Map<string, StatusEntry> {
  const entries = new Map<string, StatusEntry>();
  for (const { description } of statuses) {
    const entry = readEntry(description);
    if (entry && Date.parse(entry.observedAt) <= latest) take(entries, entry);
  }
  return entries;
}

/**
 * What has to be added to the statuses of one context (oldest first) so that they hold `entry` and the newest is the sum of all.
 * Empty when nothing is missing. At most two: the new entry and, when another model has a worse state, that model's entry again.
 */
export function missingStatuses(
  statuses: readonly ContextStatus[],
  entry: StatusEntry,
  latest?: number,
): ContextStatus[] {
  const entries = readEntries(statuses, latest);
  const missing: ContextStatus[] = [];
  if (take(entries, entry)) missing.push(statusOf(entry, entries));
  const newest = missing[0] ?? statuses.at(-1);
  if (!isSum(newest, entries)) missing.push(statusOf(worstOf(entries), entries));
  return missing;
}

/** Takes the entry in when it counts more than the known one about the same model; true when it does. */
function take(entries: Map<string, StatusEntry>, entry: StatusEntry): boolean {
  const about = plainText(entry.about);
  const known = entries.get(about);
  if (known && compareEntries(entry, known) <= 0) return false;
  entries.set(about, { ...entry, about });
  return true;
}

/** Whether a status is the sum of all entries. It may carry any entry of the worst state. */
function isSum(status: ContextStatus | undefined, entries: ReadonlyMap<string, StatusEntry>): boolean {
  const about = status && readEntry(status.description)?.about;
  const entry = about === undefined ? undefined : entries.get(about);
  if (status === undefined || entry === undefined || entry.state !== stateOf(entries)) return false;
  const sum = statusOf(entry, entries);
  return status.state === sum.state && status.description === sum.description;
}

function worstOf(entries: ReadonlyMap<string, StatusEntry>): StatusEntry {
  const state = stateOf(entries);
  return [...entries.values()]
    .filter((entry) => entry.state === state)
    .reduce((a, b) => (compareEntries(a, b) < 0 ? b : a));
}

function stateOf(entries: ReadonlyMap<string, StatusEntry>): EntryState {
  const states = new Set([...entries.values()].map(({ state }) => state));
  return worstFirst.find((state) => states.has(state)) ?? 'pending';
}

/** `2 models: 1 failed, 1 done. jukebox: … [failure 2026-11-02T09:30:00.250Z jukebox]`; of one model without the count. */
function statusOf(entry: StatusEntry, entries: ReadonlyMap<string, StatusEntry>): ContextStatus {
  const counts = worstFirst.flatMap((state) => {
    const count = [...entries.values()].filter((one) => one.state === state).length;
    return count > 0 ? [`${count} ${inSum[state]}`] : [];
  });
  const sum = entries.size > 1 ? `${entries.size} models: ${counts.join(', ')}. ` : '';
  return {
    state: stateOf(entries),
    description: `${sum}${clean(entry)} [${entry.state} ${entry.observedAt} ${plainText(entry.about)}]`,
  };
}

/** The entry in a status's description; undefined when the status is not one of ours. */
export function readEntry(description: string): StatusEntry | undefined {
  const parts = /^(?:\d+ models: [\da-z, ]+\. )?([^[\]]+) \[(pending|failure|warning|success) (\S+) (.+)\]$/su.exec(
    description,
  );
  if (!parts || Number.isNaN(Date.parse(parts[3]!))) return undefined;
  return { text: parts[1]!, state: parts[2] as EntryState, observedAt: parts[3]!, about: parts[4]! };
}

/** The text as a status shows it: on one line of bounded length, without links, markup and brackets, which delimit the last part. */
export function clean({ text }: Pick<StatusEntry, 'text'>): string {
  const plain = plainText(text).replace(/\[/g, '(').replace(/\]/g, ')').replace(/\s+/g, ' ').trim();
  // A text that begins like the sum would be read back as one.
  const letters = [...(/^\d+ models: /.test(plain) ? `Model ${plain}` : plain)];
  return letters.length <= maxText
    ? letters.join('')
    : `${letters
        .slice(0, maxText - 1)
        .join('')
        .trimEnd()}…`;
}
