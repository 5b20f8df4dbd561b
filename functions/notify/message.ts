// What one message shows: of one promotion what is known of its label and of its rollout. Which message an event belongs to, and what
// it shows then, follow from the times at which Git and the cluster were read, so that events may come in any order and any number
// of times. Pure.
import type { Placeholder, State } from '../../config/settings/channels.ts';

/** What is known of one of the two. */
export interface Report {
  /** RFC 3339: when Git was read; of a rollout: the cluster. */
  at: string;
  state: State;
  /** For people. */
  sentence: string;
  /** What Git deploys, of a rollout the one that is rolled out; none: nothing is deployed any more. Undefined: it is not known. */
  versions?: string[];
  reason?: string;
  by?: string;
  request?: string | undefined;
  commitUrl?: string | undefined;
  registryUrl?: string | undefined;
}

export interface Message {
  /** Of all messages about the same model in the same environment. */
  topic: string;
  /** Of a file that cannot be read its path; of a push that was not read `push`. */
  model: string;
  /** Undefined: it may be any. */
  environment?: string;
  /** Undefined: the first. */
  registry?: string;
  /** In the registry. */
  label?: Report;
  /** In the cluster. */
  rollout?: Report;
}

/** Of two reports of the same reading the later one counts: what was lost or left alone may have been written after all. */
const ranks: Partial<Record<State, number>> = { lost: -2, left_alone: -1 };

/**
 * Where `said` belongs: into `newest`, the message of this topic that was sent last; into a `new` one; or nowhere, because it is
 * `older` than what `newest` shows and about another promotion.
 */
export function placeOf(said: Message, newest: Message | undefined): 'newest' | 'new' | 'older' {
  if (newest === undefined) return 'new';
  if (isSamePromotion(said, newest)) return 'newest';
  return latest(said) > latest(newest) ? 'new' : 'older';
}

/** Both are about the same promotion. The result does not depend on which comes first. */
export function join(a: Message, b: Message): Message {
  const label = later(a.label, b.label);
  const rollout = later(a.rollout, b.rollout);
  return { ...a, ...(label && { label }), ...(rollout && { rollout }) };
}

/** The report that counts most. A label that was not moved is worth more attention than that the cluster is ahead of it. */
export function mainReport({ label, rollout }: Message): Report {
  const isWritten = label === undefined || label.state === 'labelled';
  return rollout && (isWritten || rollout.state === 'failed') ? rollout : label!;
}

/** What the placeholders of a template stand for; empty where it is not known. */
export function shown(message: Message): Record<Placeholder, string> {
  const { model, environment = '', registry = '', label, rollout } = message;
  const { state, reason = '' } = mainReport(message);
  const { versions = [], ...known } = { ...rollout, ...label };
  const { by = '', request = '', commitUrl = '', registryUrl = '' } = known;
  return {
    model,
    version: versions.join(', '),
    environment,
    registry,
    state: state.replace('_', ' '),
    sentence: [label?.sentence, rollout?.sentence].filter(Boolean).join(' '),
    reason,
    by,
    request,
    commitUrl,
    registryUrl,
  };
}

function isSamePromotion(said: Message, { label, rollout }: Message): boolean {
  if (said.label && label) {
    if (said.label.versions === undefined) return said.label.at === label.at;
    // Of a loss, or of what an older function says: the next that is known of the model is what became of it.
    if (label.versions === undefined) return Date.parse(said.label.at) >= Date.parse(label.at);
    return isSame(said.label.versions, label.versions);
  }
  if (said.rollout && label === undefined) return isSame(said.rollout.versions, rollout?.versions);
  const [deployed, rolledOut] = said.label ? [said.label, rollout] : [label, said.rollout];
  if (deployed?.versions === undefined || rolledOut?.versions === undefined) return true;
  const [version] = rolledOut.versions;
  return version === undefined ? deployed.versions.length === 0 : deployed.versions.includes(version);
}

function isSame(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((version) => b.includes(version));
}

function latest({ label, rollout }: Message): number {
  return Math.max(...[label, rollout].map((report) => (report ? Date.parse(report.at) : 0)));
}

/** A total order, so that the result is the same in any order. What only the other one knows is kept. */
function later(a: Report | undefined, b: Report | undefined): Report | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const rank = ({ state }: Report) => ranks[state] ?? 0;
  const difference = Date.parse(a.at) - Date.parse(b.at) || rank(a) - rank(b);
  const isFirst = difference === 0 ? a.sentence >= b.sentence : difference > 0;
  const [winner, other] = isFirst ? [a, b] : [b, a];
  const { by, request } = other;
  return { ...(by && { by }), ...(request && { request }), ...winner };
}
