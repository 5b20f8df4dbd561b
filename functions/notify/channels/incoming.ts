// Channels that only take messages: incoming webhooks of Slack, Mattermost and Teams, and webhooks of anybody. Nothing can be found or
// edited there, so each state that is news is a message of its own. What this process has sent it does not send again; after a crash,
// or when an answer was lost, a message may come twice.
import { createHmac } from 'node:crypto';
import { limits } from '../../../config/limits.ts';
import type { ChannelOf } from '../../../config/settings/channels.ts';
import { TryAgainError } from '../../../events/errors.ts';
import { createCache } from '../../../io/cache.ts';
import type { Io } from '../../../io/io.ts';
import { createKeyedLock } from '../../../io/keyed-lock.ts';
import { type Message, mainReport, shown } from '../message.ts';
import { createPace } from '../pace.ts';
import { hrefOf, type Markup, render, usualTemplate } from '../template.ts';
import { type Channel, refused } from './channel.ts';
import { mattermostMarkup } from './mattermost.ts';
import { slackMarkup } from './slack.ts';

type Settings = ChannelOf<'slack-webhook' | 'mattermost-webhook' | 'teams' | 'webhook'>;

/** Notifications that this process remembers having sent. */
const remembered = 1_000;

export function incoming(settings: Settings, io: Io): Channel {
  const { name, url, ca } = settings;
  const pace = createPace(io.clock);
  const lock = createKeyedLock();
  const sent = createCache<true>(remembered, () => 1);
  // The key is in the path or in the query.
  const hidden = [url, ...url.split(/[/?&=]/).filter((part) => part.length > 8)];

  async function post(said: Message, id: string): Promise<void> {
    const { body, headers } = requestOf(settings, said, id, io.clock.now());
    const answer = await pace('message', () =>
      io
        .api({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json', ...headers },
          body,
          timeoutMs: limits.notifyCall,
          once: true,
          ...(ca !== undefined && { ca }),
        })
        .catch((error: unknown) => {
          if (!(error instanceof TryAgainError)) throw error;
          throw new TryAgainError(`${name}: ${error.message}; the message may have arrived all the same`, {
            cause: error,
          });
        }),
    );
    if (answer.status < 200 || answer.status >= 300) throw refused(settings, answer, hidden);
  }

  return {
    tell: (said, id, begins) =>
      lock(id, async () => {
        if (!begins || sent.get(id)) return 'unchanged';
        await post(said, id);
        sent.put(id, true);
        return 'sent';
      }),
  };
}

function requestOf(settings: Settings, said: Message, id: string, now: number) {
  switch (settings.kind) {
    case 'slack-webhook':
      return { body: JSON.stringify({ text: textOf(said, settings.template, slackMarkup), unfurl_links: false }) };
    case 'mattermost-webhook':
      return { body: JSON.stringify({ text: textOf(said, settings.template, mattermostMarkup) }) };
    case 'teams':
      return { body: JSON.stringify(cardOf(said, settings.template)) };
    case 'webhook': {
      const body = JSON.stringify(payloadOf(said));
      return { body, headers: signed(id, Math.floor(now / 1000), body, settings.secrets) };
    }
  }
}

function textOf(said: Message, template = usualTemplate, markup: Markup): string {
  return render(shown(said), template, markup);
}

/** Text runs know no markup (https://learn.microsoft.com/adaptive-cards/schema-explorer/text-run); links are buttons below. */
const plain: Markup = { text: (text) => text, link: (href) => href };
const usualOnCard = usualTemplate.replace(/\n(Request|Commit|Registry): .*/g, '');

/** What Workflows takes (When a Teams webhook request is received); far below the 28 KB that it may have. */
function cardOf(said: Message, template = usualOnCard): object {
  const [title, ...lines] = textOf(said, template, plain).split('\n');
  const block = (text: string | undefined, isTitle = false) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...(isTitle && { weight: 'Bolder' }) }],
  });
  const { request, commitUrl, registryUrl } = shown(said);
  const actions = Object.entries({ Request: request, Commit: commitUrl, Registry: registryUrl }).flatMap(
    ([name, address]) => {
      const href = hrefOf(address);
      return href === undefined ? [] : [{ type: 'Action.OpenUrl', title: name, url: href }];
    },
  );
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [block(title, true), ...lines.map((line) => block(line))],
    actions,
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** docs/notify.md says what it means. Names and reasons are as they came. */
function payloadOf(said: Message): object {
  const { model, environment, registry } = said;
  const { at, state, ...report } = mainReport(said);
  return { type: `promotion.${state}`, timestamp: at, data: { model, environment, registry, state, ...report } };
}

/**
 * Headers of Standard Webhooks 1.0.0, a signature for each secret, so that secrets can be changed one after the other.
 * `seconds`: since epoch, of this attempt. `id`: without a dot, the same for each attempt.
 */
function signed(id: string, seconds: number, body: string, secrets: readonly string[]): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') };
}
