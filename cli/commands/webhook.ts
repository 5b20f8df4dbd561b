// `post-deployment webhook create|show|rotate|delete`: the repository's webhook, through forges/ensure-webhook.ts.
import { httpUrl, Unexpected } from '../../config/setting-checks.ts';
import type { Settings } from '../../config/settings.ts';
import {
  branchFilterOf,
  differencesOf,
  ensureWebhook,
  findWebhooks,
  rotateWebhook,
} from '../../forges/ensure-webhook.ts';
import type { WantedWebhook, Webhook, Webhooks } from '../../forges/forge.ts';
import { webhooks as adapters } from '../../forges/index.ts';
import { type Paint, plural, printable } from '../paint.ts';
import { CommandError, type Result } from '../result.ts';
import { type Shell, sure } from '../shell.ts';

export interface WebhookOptions {
  url?: string;
  event: string[];
  tokenFile?: string;
  wait: number;
  yes?: boolean;
}

export async function create(shell: Shell, options: WebhookOptions): Promise<Result> {
  const { webhooks, wanted } = open(shell, options, urlOf(options.url));
  shell.progress.step('Asking Gitea');
  const ensured = await ensureWebhook(webhooks, wanted());
  const { webhook, did, differences, surplus } = ensured;
  return {
    exitCode: 0,
    json: ensured,
    text: (paint) =>
      [
        `${paint.green(did === 'created' ? 'Created' : did === 'mended' ? 'Mended' : 'As it should be')}: ${describe(webhook)}`,
        ...differences.map((text) => `  was: ${text}`),
        ...(did === 'created'
          ? []
          : ['Its secret cannot be read back. If Gitea shows 401 in its history: post-deployment webhook rotate']),
        ...surplusLines(surplus, paint),
        ...(did === 'created' ? ['→ post-deployment doctor --test-delivery shows whether it arrives.'] : []),
      ].join('\n'),
  };
}

export async function show(shell: Shell, options: WebhookOptions): Promise<Result> {
  const { webhooks, settings } = open(shell, options);
  shell.progress.step('Asking Gitea');
  const list = options.url === undefined ? await webhooks.list() : await findWebhooks(webhooks, urlOf(options.url));
  const wanted = { events: options.event, branchFilter: branchFilterOf(settings.parse?.branch) };
  const shown = list.map((webhook) => ({ ...webhook, differences: differencesOf(webhook, wanted) }));
  return {
    exitCode: 0,
    json: { repository: settings.parse?.repository, webhooks: shown },
    text: (paint) =>
      shown.length === 0
        ? `${settings.parse?.repository} has no webhook${options.url ? ` to ${printable(options.url)}` : ''}.\n→ post-deployment webhook create --url <address of gitea-source>`
        : shown
            .flatMap((webhook) => [
              describe(webhook),
              ...webhook.differences.map((text) => `  ${paint.yellow('differs')}: ${printable(text)}`),
            ])
            .join('\n'),
  };
}

export async function rotate(shell: Shell, options: WebhookOptions): Promise<Result> {
  const { webhooks, wanted } = open(shell, options);
  shell.progress.step('Asking Gitea');
  const url = await chosenUrl(webhooks, options);
  const settle = async () => {
    shell.progress.step(`Waiting ${options.wait} s for deliveries that are queued for the old webhook`);
    await shell.io.clock.sleep(options.wait * 1000);
  };
  const { webhook, removed } = await rotateWebhook(webhooks, wanted(url), settle);
  return {
    exitCode: 0,
    json: { webhook, removed },
    text: (paint) =>
      [
        `${paint.green('Created')}: ${describe(webhook)}`,
        ...removed.map(({ id }) => `Removed: webhook ${id}`),
        '→ Deliveries are now signed with the first secret of GITEA_WEBHOOK_SECRET. Take the old one out of it.',
      ].join('\n'),
  };
}

export async function remove(shell: Shell, options: WebhookOptions): Promise<Result> {
  const { webhooks } = open(shell, options);
  shell.progress.step('Asking Gitea');
  const found = await findWebhooks(webhooks, await chosenUrl(webhooks, options));
  if (found.length > 0) {
    const question = `Remove ${found.map(describe).join('; ')}? Promotions are then seen at the next reconcile only.`;
    if (!(await sure(shell, question, options.yes)))
      throw new CommandError('Nothing was removed.', { next: 'Answer y, or add --yes.' });
    for (const webhook of found) await webhooks.remove(webhook);
  }
  return {
    exitCode: 0,
    json: { removed: found },
    text: () => (found.length === 0 ? 'There is none.' : found.map((one) => `Removed: ${describe(one)}`).join('\n')),
  };
}

/** `url` empty: `wanted` has to be told. */
function open(shell: Shell, options: WebhookOptions, url = '') {
  const withToken = (targets: Parameters<Shell['settings']>[0]) =>
    shell.settings(targets, options.tokenFile ? { GITEA_TOKEN: undefined, GITEA_TOKEN_FILE: options.tokenFile } : {});
  const settings: Settings = withToken(['parse']);
  const { parse } = settings as Required<Settings>;
  const tokenName = options.tokenFile ? 'the token of --token-file' : 'GITEA_TOKEN';
  const webhooks = adapters.gitea({ ...parse, tokenName }, shell.io);
  const wanted = (to = url): WantedWebhook => ({
    url: to,
    // While it is changed, the first is the new one.
    secret: withToken(['parse', 'gitea-source']).giteaSource!.secrets()[0]!,
    events: options.event,
    branchFilter: branchFilterOf(parse.branch),
  });
  return { webhooks, wanted, settings };
}

function urlOf(text: string | undefined): string {
  const url = text === undefined ? undefined : httpUrl(text);
  if (typeof url === 'string') return url;
  const came = text === undefined ? 'it is missing' : `came ${printable(text)}`;
  throw new CommandError(
    `--url: expected ${url instanceof Unexpected ? url.expected : 'the address at which Gitea reaches gitea-source'}; ${came}.`,
    { exitCode: 2, next: 'In a cluster: kubectl get ksvc gitea-source; with npm run local: http://127.0.0.1:8080/' },
  );
}

/** --url, or the address of the only webhook there is. */
async function chosenUrl(webhooks: Webhooks, { url }: WebhookOptions): Promise<string> {
  if (url !== undefined) return urlOf(url);
  const urls = [...new Set((await webhooks.list()).map((webhook) => webhook.url))];
  if (urls.length === 1) return urls[0]!;
  throw new CommandError(
    urls.length === 0
      ? 'The repository has no webhook.'
      : `The repository has webhooks to several addresses: ${urls.map(printable).join(', ')}.`,
    { exitCode: 2, next: 'Say which with --url.' },
  );
}

function describe({ id, url, events, branchFilter, active, contentType }: Webhook): string {
  const filter = branchFilter === '' ? 'all branches' : `branch ${branchFilter}`;
  return printable(
    `webhook ${id} to ${url} (${events.join(', ') || 'no events'}; ${filter}; ${contentType}; ${active ? 'active' : 'off'})`,
  );
}

function surplusLines(surplus: readonly Webhook[], paint: Paint): string[] {
  if (surplus.length === 0) return [];
  const ids = surplus.map(({ id }) => id).join(', ');
  return [
    `${paint.yellow(`${plural(surplus.length, 'older webhook')} to the same address`)} (${ids}): every push arrives more than once, which does no harm.`,
    '→ post-deployment webhook rotate removes them.',
  ];
}
