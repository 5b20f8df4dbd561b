// A channel in which messages can be found again and edited: one message for each promotion. The channel is the memory: each message
// carries what it shows as data (a memo), and the newest messages are read before anything is sent. So a repetition finds what was sent,
// also after a crash, or after a call whose answer was lost. A memo is sealed with the channel's token: whoever else can write in the
// channel cannot make one.
import { createHmac } from 'node:crypto';
import * as v from 'valibot';
import { type ChannelOf, type State, states } from '../../../config/settings/channels.ts';
import { timestamp } from '../../../events/fields.ts';
import { createKeyedLock } from '../../../io/keyed-lock.ts';
import { inTurns } from '../../../io/share-calls.ts';
import { join, type Message, mainReport, placeOf, shown } from '../message.ts';
import type { Notification } from '../notification.ts';
import { type Markup, render, usualTemplate } from '../template.ts';
import type { Channel, Outcome } from './channel.ts';

/** Messages of a channel that are read: one page, as the servers recommend. */
export const looksBack = 200;

/** What is written beside the text of a message. */
export interface Draft {
  text: string;
  memo: string;
}

/** What a server does with messages. All throw TryAgainError. */
export interface Conversation {
  /** The newest, the last one first. `memo`: whatever is there. */
  read(): Promise<{ id: string; memo: unknown }[]>;
  /** `id`: the same for each repetition. */
  post(draft: Draft, id: string): Promise<void>;
  /** False: it cannot be edited, or not any longer. */
  edit(id: string, draft: Draft): Promise<boolean>;
}

/** Somebody has something to do. */
const alarming: ReadonlySet<State> = new Set(['left_alone', 'failed', 'differs', 'unknown', 'unreadable', 'lost']);

export function createConversation(
  { read, post, edit }: Conversation,
  markup: Markup,
  { token, template = usualTemplate, states: wanted }: ChannelOf<'slack' | 'mattermost'>,
): Channel {
  const lock = createKeyedLock();
  const readNow = inTurns(read);
  const draftOf = (message: Message): Draft => ({
    text: render(shown(message), template, markup),
    memo: seal(memoOf(message)),
  });

  async function newest(topic: string): Promise<{ id: string; message: Message } | undefined> {
    for (const { id, memo } of await readNow()) {
      const message = unseal(memo);
      if (message?.topic === topic) return { id, message };
    }
    return undefined;
  }

  function seal(memo: string): string {
    return `${createHmac('sha256', token).update(memo).digest('base64url')} ${memo}`;
  }

  /** Undefined when it is not ours: others may have written it. */
  function unseal(sealed: unknown): Message | undefined {
    if (typeof sealed !== 'string') return undefined;
    const memo = sealed.slice(sealed.indexOf(' ') + 1);
    return seal(memo) === sealed ? messageIn(memo) : undefined;
  }

  async function tell(said: Notification, id: string, begins: boolean): Promise<Outcome> {
    const last = await newest(said.topic);
    const place = placeOf(said, last?.message);
    const message = last && place === 'newest' ? join(last.message, said) : said;
    if (last && place === 'newest') {
      // Every reconcile says of every model what serves: that it does so still is worth no edit.
      const [before, state] = [last.message, message].map((one) => mainReport(one).state);
      const isSame = said.isNews ? memoOf(message) === memoOf(last.message) : state === before;
      if (isSame) return 'unchanged';
      // An edit alerts nobody, and a channel with states of its own is to do so.
      const alerts = begins && wanted?.includes(state!) && alarming.has(state!) && state !== before;
      if (!alerts && (await edit(last.id, draftOf(message)))) return 'edited';
    }
    if (place === 'older' || !begins) return 'unchanged';
    await post(draftOf(message), id);
    return 'sent';
  }

  return {
    tell: (said, id, begins) => lock(said.topic, () => tell(said, id, begins)),
    async inspect() {
      await read();
    },
  };
}

const text = v.string('text');
const optional = v.optional(text);
const report = v.object({
  at: timestamp,
  state: v.picklist(states, 'a state'),
  sentence: text,
  versions: v.optional(v.array(text, 'a list')),
  reason: optional,
  by: optional,
  request: optional,
  commitUrl: optional,
  registryUrl: optional,
});
const about = { topic: text, model: text, environment: optional, registry: optional };
const either = v.union([
  v.object({ ...about, label: report, rollout: v.optional(report) }),
  v.object({ ...about, rollout: report }),
]);

/** With the fields in one order, so that equal messages have equal memos. */
function memoOf(message: Message): string {
  return JSON.stringify(v.parse(either, message));
}

/** Undefined when it is not what this version writes. */
function messageIn(memo: string): Message | undefined {
  try {
    return v.parse(either, JSON.parse(memo));
  } catch {
    return undefined;
  }
}
