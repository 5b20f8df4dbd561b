// Mattermost, with the token of a bot that is in the channel: a message is found again by its props, which nobody is shown.
// https://developers.mattermost.com/api-documentation/
import * as v from 'valibot';
import type { ChannelOf } from '../../../config/settings/channels.ts';
import type { Call } from '../../../io/api-client.ts';
import type { Io } from '../../../io/io.ts';
import type { Markup } from '../template.ts';
import { type Channel, createChat } from './channel.ts';
import { createConversation, type Draft, looksBack } from './conversation.ts';

const prop = 'post_deployment_promotion';

/** What Mattermost makes a mention or a link of: a name behind `@`, any scheme, `www` with a number, a domain before a slash. */
const linked = /@|(?<=\p{L}):(?=\S)|(?<=www\d*)\.|\.(?=\p{L}{2,}\/)/giu;
/** A quote, or a list. */
const atBegin = /(?<=^\s*)(?=[>+-])|(?<=^\s*\d+)(?=[.)]\s)/;

/** Markdown's own escape; what becomes a mention or a link has none, so an invisible character parts it. */
export const mattermostMarkup: Markup = {
  text: (text) =>
    text
      .replace(/[\\`*_~[\]#|!]/g, '\\$&')
      .replace(linked, '$&\u200b')
      .replace(atBegin, '\\'),
  link: (href) => `<${href}>`,
};

const pageWire = v.object({
  order: v.array(v.string('text'), 'a list'),
  posts: v.record(v.string(), v.looseObject({ props: v.nullish(v.record(v.string(), v.unknown())) })),
});

/** Of a message that was deleted, that is another's, or that is too old to be edited on this server. */
const notEditable: ReadonlySet<number> = new Set([400, 403, 404]);

export function mattermost(settings: ChannelOf<'mattermost'>, io: Io): Channel {
  const { channel } = settings;
  const chat = createChat(settings, '/api/v4', io);
  const bodyOf = ({ text, memo }: Draft) => ({ message: text, props: { [prop]: memo } });
  const conversation = {
    async read() {
      const call = { route: '/channels/{channel}/posts', path: { channel }, query: { per_page: looksBack } };
      const { order, posts } = chat.read(call, await chat.ask(call), pageWire);
      return order.map((id) => ({ id, memo: posts[id]?.props?.[prop] }));
    },
    async post(draft: Draft, id: string) {
      const call: Call = {
        method: 'POST',
        route: '/posts',
        // By it the server knows a repetition, for half a minute.
        body: { channel_id: channel, pending_post_id: id, ...bodyOf(draft) },
        once: true,
      };
      chat.read(call, await chat.ask(call), v.looseObject({}));
    },
    async edit(id: string, draft: Draft) {
      const call: Call = { method: 'PUT', route: '/posts/{id}/patch', path: { id }, body: bodyOf(draft) };
      const answer = await chat.ask(call);
      if (notEditable.has(answer.status)) return false;
      chat.read(call, answer, v.looseObject({}));
      return true;
    },
  };
  return createConversation(conversation, mattermostMarkup, settings);
}
