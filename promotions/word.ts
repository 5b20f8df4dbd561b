// What people are told on a commit: one word per model and environment. Says which of two words counts, how several models on
// one commit add up, and how a word is written into a status and read back. Pure; knows nothing of a forge.
//
// A forge keeps every status a commit was given and shows the newest of each context. So the statuses of one context are the
// record of all words (there is no database of ours), and the newest is their sum. Every status carries one word, as its
// last part: `[success 2026-11-02T09:30:00.250Z jukebox]`. Whoever has a new word reads all, and adds what is missing.

import { plainText } from './plain-text.ts';

/** From the first to the last a promotion can bring; a later one counts more, of the same reading. */
const ranks = { pending: 0, failure: 1, warning: 2, success: 3 } as const;

/** `warning`: looked at, and rightly or wrongly left alone. */
export type WordState = keyof typeof ranks;

export interface Word {
  /** The model; of a file that is warned of, its path; of a push that nobody read, the word `push`. */
  about: string;
  state: WordState;
  /** RFC 3339: when the head it goes back to was read. */
  observedAt: string;
  /** One or two sentences for people. */
  text: string;
}

/** As much of a status as counts here. */
export interface Told {
  state: string;
  description: string;
}

/** The worst first: it decides over the sum. Gitea's own order. */
const worstFirst: readonly WordState[] = ['failure', 'warning', 'pending', 'success'];

const inSum: Readonly<Record<WordState, string>> = {
  failure: 'failed',
  warning: 'left alone',
  pending: 'waiting',
  success: 'done',
};

/** Characters of a word's text; a status is read in one glance. */
const maxText = 400;

/**
 * Greater than 0 when `a` counts more than `b` about the same model: read later; of the same reading, further on; of the same
 * state, the longer text. A total order, so that the end does not depend on the order in which words arrive.
 */
export function compareWords(a: Word, b: Word): number {
  const [first, second] = [clean(a), clean(b)];
  return (
    Date.parse(a.observedAt) - Date.parse(b.observedAt) ||
    ranks[a.state] - ranks[b.state] ||
    first.length - second.length ||
    (first < second ? -1 : Number(first > second))
  );
}

/**
 * The words that count, by what they are about, as plainText shows it. `told`: the statuses of one context, oldest first. `latest`: ms since epoch; a
 * word of a later time counts for nothing, else one from the future would count for ever.
 */
export function readWords(told: readonly Told[], latest = Number.POSITIVE_INFINITY): Map<string, Word> {
  const words = new Map<string, Word>();
  for (const { description } of told) {
    const word = readWord(description);
    if (word && Date.parse(word.observedAt) <= latest) take(words, word);
  }
  return words;
}

/**
 * What has to be added to the statuses of one context (oldest first) so that they hold `word` and the newest is the sum of all.
 * Empty when they do. At most two: the word, and where another model is worse off, that one's again.
 */
export function missingStatuses(told: readonly Told[], word: Word, latest?: number): Told[] {
  const words = readWords(told, latest);
  const missing: Told[] = [];
  if (take(words, word)) missing.push(statusOf(word, words));
  const newest = missing[0] ?? told.at(-1);
  if (!isSum(newest, words)) missing.push(statusOf(worstOf(words), words));
  return missing;
}

/** True when the word counts from now on. */
function take(words: Map<string, Word>, word: Word): boolean {
  const about = plainText(word.about);
  const known = words.get(about);
  if (known && compareWords(word, known) <= 0) return false;
  words.set(about, { ...word, about });
  return true;
}

/** Any of the words that are worst off may be the newest: it is the latest news. */
function isSum(told: Told | undefined, words: ReadonlyMap<string, Word>): boolean {
  const about = told && readWord(told.description)?.about;
  const word = about === undefined ? undefined : words.get(about);
  if (told === undefined || word === undefined || word.state !== stateOf(words)) return false;
  const sum = statusOf(word, words);
  return told.state === sum.state && told.description === sum.description;
}

function worstOf(words: ReadonlyMap<string, Word>): Word {
  const state = stateOf(words);
  return [...words.values()].filter((word) => word.state === state).reduce((a, b) => (compareWords(a, b) < 0 ? b : a));
}

function stateOf(words: ReadonlyMap<string, Word>): WordState {
  const states = new Set([...words.values()].map(({ state }) => state));
  return worstFirst.find((state) => states.has(state)) ?? 'pending';
}

/** `2 models: 1 failed, 1 done. jukebox: … [failure 2026-11-02T09:30:00.250Z jukebox]`; of one model without the count. */
function statusOf(word: Word, words: ReadonlyMap<string, Word>): Told {
  const counts = worstFirst.flatMap((state) => {
    const count = [...words.values()].filter((one) => one.state === state).length;
    return count > 0 ? [`${count} ${inSum[state]}`] : [];
  });
  const sum = words.size > 1 ? `${words.size} models: ${counts.join(', ')}. ` : '';
  return {
    state: stateOf(words),
    description: `${sum}${clean(word)} [${word.state} ${word.observedAt} ${plainText(word.about)}]`,
  };
}

/** The word that a status carries; undefined when it is not one of ours. */
export function readWord(description: string): Word | undefined {
  const parts = /^(?:\d+ models: [\da-z, ]+\. )?([^[\]]+) \[(pending|failure|warning|success) (\S+) (.+)\]$/su.exec(
    description,
  );
  if (!parts || Number.isNaN(Date.parse(parts[3]!))) return undefined;
  return { text: parts[1]!, state: parts[2] as WordState, observedAt: parts[3]!, about: parts[4]! };
}

/** On one line, of bounded length, without links, markup and the brackets that mark the last part. */
function clean({ text }: Word): string {
  const plain = plainText(text).replace(/\[/g, '(').replace(/\]/g, ')').replace(/\s+/g, ' ').trim();
  // What would be read as the count of a sum.
  const letters = [...(/^\d+ models: /.test(plain) ? `Model ${plain}` : plain)];
  return letters.length <= maxText
    ? letters.join('')
    : `${letters
        .slice(0, maxText - 1)
        .join('')
        .trimEnd()}…`;
}
