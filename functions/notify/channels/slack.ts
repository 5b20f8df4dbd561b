// Slack, with the token of a bot: a message is found again by its metadata. The bot needs chat:write and channels:history (of a private
// channel groups:history), and has to be in the channel. https://docs.slack.dev/messaging/message-metadata
import * as v from 'valibot';
import type { ChannelOf } from '../../../config/settings/channels.ts';
import type { Call } from '../../../io/api-client.ts';
import type { Io } from '../../../io/io.ts';
import type { Markup } from '../template.ts';
import { type Channel, createChat } from './channel.ts';
import { createConversation, type Draft, looksBack } from './conversation.ts';

const eventType = 'post_deployment_promotion';

/** Where Slack sees formatting: beside anything but a letter. It has no way to escape these, so others that look alike take their place. */
const formatting = /(?<![\p{L}\p{N}])[*_~`]|[*_~`](?![\p{L}\p{N}])/gu;
const alike: Readonly<Record<string, string>> = { '*': '∗', _: '＿', '~': '∼', '`': 'ˋ' };

/** https://docs.slack.dev/messaging/formatting-message-text#escaping: without `<` there is neither a mention nor a link. */
export const slackMarkup: Markup = {
  text: (text) => escaped(text).replace(formatting, (character) => alike[character]!),
  link: (href) => `<${escaped(href)}>`,
};

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The message is not there, or cannot be edited any longer. */
const notEditable: ReadonlySet<string> = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/** Errors have the status 200, too: https://docs.slack.dev/apis/web-api/#responses */
const answerWire = v.object({
  ok: v.boolean('true or false'),
  error: v.optional(v.string('text')),
  messages: v.optional(
    v.array(v.object({ ts: v.string('text'), metadata: v.nullish(v.record(v.string(), v.unknown())) }), 'a list'),
  ),
});

export function slack(settings: ChannelOf<'slack'>, io: Io): Channel {
  const { channel } = settings;
  const chat = createChat(settings, '/api', io);

  /** Throws on an error, unless it is one of these; then the result has it. */
  async function ask(call: Call, expected?: ReadonlySet<string>): Promise<v.InferOutput<typeof answerWire>> {
    const answer = chat.read(call, await chat.ask(call), answerWire);
    const { ok, error = '' } = answer;
    if (ok || expected?.has(error)) return answer;
    throw chat.error(call, /^\w{1,60}$/.test(error) ? error : 'an error without a name');
  }

  const bodyOf = ({ text, memo }: Draft) => ({
    channel,
    text,
    // Names become no links; an edit would make some, unless it is told.
    parse: 'none',
    metadata: { event_type: eventType, event_payload: { memo } },
  });
  const conversation = {
    async read() {
      const query = { channel, limit: looksBack, include_all_metadata: true };
      const { messages = [] } = await ask({ route: '/conversations.history', query });
      return messages.map(({ ts, metadata }) => {
        const payload = metadata?.event_type === eventType ? metadata.event_payload : undefined;
        return { id: ts, memo: (payload as { memo?: unknown } | undefined)?.memo };
      });
    },
    async post(draft: Draft) {
      const body = { ...bodyOf(draft), unfurl_links: false, unfurl_media: false };
      await ask({ method: 'POST', route: '/chat.postMessage', body, once: true });
    },
    async edit(ts: string, draft: Draft) {
      const { ok } = await ask({ method: 'POST', route: '/chat.update', body: { ...bodyOf(draft), ts } }, notEditable);
      return ok;
    },
  };
  return createConversation(conversation, slackMarkup, settings);
}
