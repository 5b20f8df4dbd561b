// `post-deployment webhook create|show|rotate|delete`: sets up the repository's webhook, by forges/ensure-webhook.ts.
import {
  branchFilterOf,
  differencesOf,
  ensureWebhook,
  findWebhooks,
  rotateWebhook,
} from '../../forges/ensure-webhook.ts';
import type { WantedWebhook, Webhook, Webhooks } from '../../forges/forge.ts';
import { openForge } from '../../forges/index.ts';
import type { FunctionName } from '../../functions/table.ts';
import { givenUrl, howToFind, sortWebhooks } from '../our-webhook.ts';
import { type Paint, plural, printable } from '../paint.ts';
import { CommandError, type Result, wrongUse } from '../result.ts';
import { type Shell, sure } from '../shell.ts';

export interface WebhookOptions {
  url?: string;
  event: string[];
  tokenFile?: string;
  wait: number;
  yes?: boolean;
}

export async function create(shell: Shell, options: WebhookOptions): Promise<Result> {
  const url = givenUrl(shell, options.url);
  if (url === undefined)
    throw wrongUse('--url: expected the address at which Gitea reaches gitea-source; it is missing.', howToFind);
  const { webhooks, wanted } = open(shell, options);
  shell.progress.step('Reading webhooks');
  const ensured = await ensureWebhook(webhooks, wanted(url));
  const { webhook, did, differences, surplus } = ensured;
  return {
    exitCode: 0,
    json: ensured,
    text: (paint) =>
      [
        `${paint.green(did === 'created' ? 'Created' : did === 'mended' ? 'Corrected' : 'Unchanged')}: ${describe(webhook)}`,
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
  shell.progress.step('Reading webhooks');
  const list = await webhooks.list();
  const { ours, unknown } = await sortWebhooks(shell, list, givenUrl(shell, options.url));
  const wanted = { events: options.event, branchFilter: branchFilterOf(settings.parse.branch) };
  const shown = list
    .filter((webhook) => options.url === undefined || ours.includes(webhook))
    .map((webhook) => {
      const isOurs = ours.includes(webhook);
      return { ...webhook, ours: isOurs, differences: isOurs ? differencesOf(webhook, wanted) : [] };
    });
  const repository = settings.parse.repository;
  const none = `${repository} has no webhook${options.url ? ` to ${printable(options.url)}` : ''}.`;
  return {
    exitCode: 0,
    json: { repository, webhooks: shown },
    text: (paint) =>
      [
        ...shown.flatMap((webhook) => [
          `${describe(webhook)}${webhook.ours || unknown !== undefined ? '' : paint.dim(', not ours')}`,
          ...webhook.differences.map((text) => `  ${paint.yellow('differs')}: ${printable(text)}`),
        ]),
        ...(shown.length === 0 ? [none, '→ post-deployment webhook create --url <address of gitea-source>'] : []),
        ...(shown.length > 0 && unknown !== undefined
          ? [
              `It is not known which webhook is ours: ${printable(unknown)}.`,
              '→ Give its address: --url, or WEBHOOK_URL.',
            ]
          : []),
      ].join('\n'),
  };
}

export async function rotate(shell: Shell, options: WebhookOptions): Promise<Result> {
  const { webhooks, wanted } = open(shell, options);
  shell.progress.step('Reading webhooks');
  const url = await chosenUrl(shell, webhooks, options);
  const older = await findWebhooks(webhooks, url);
  const question = `Create a new webhook with the first secret of GITEA_WEBHOOK_SECRET, and remove ${older.map(describe).join('; ')}?`;
  if (older.length > 0 && !(await sure(shell, question, options.yes)))
    throw new CommandError('Nothing was changed.', { next: 'Answer y, or add --yes.' });
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
        '→ Deliveries are now signed with the first secret of GITEA_WEBHOOK_SECRET. Remove the old secret from it.',
      ].join('\n'),
  };
}

export async function remove(shell: Shell, options: WebhookOptions): Promise<Result> {
  const { webhooks } = open(shell, options);
  shell.progress.step('Reading webhooks');
  const found = await findWebhooks(webhooks, await chosenUrl(shell, webhooks, options));
  if (found.length > 0) {
    const question = `Remove ${found.map(describe).join('; ')}? Promotions are then noticed only by the next reconcile.`;
    if (!(await sure(shell, question, options.yes)))
      throw new CommandError('Nothing was removed.', { next: 'Answer y, or add --yes.' });
    for (const webhook of found) await webhooks.remove(webhook);
  }
  return {
    exitCode: 0,
    json: { removed: found },
    text: () =>
      found.length === 0 ? 'There is no such webhook.' : found.map((one) => `Removed: ${describe(one)}`).join('\n'),
  };
}

/** `wanted`: the webhook that calls this address. */
function open(shell: Shell, options: WebhookOptions) {
  const withToken = <N extends FunctionName>(targets: readonly N[]) =>
    shell.settings(targets, options.tokenFile ? { GITEA_TOKEN: undefined, GITEA_TOKEN_FILE: options.tokenFile } : {});
  const settings = withToken(['parse']);
  const { parse } = settings;
  const tokenName = options.tokenFile ? 'the token of --token-file' : 'GITEA_TOKEN';
  const { webhooks } = openForge({ ...parse, tokenName }, shell.io);
  const wanted = (url: string): WantedWebhook => ({
    url,
    // While the secret is being changed, the first is the new one.
    secret: withToken(['parse', 'gitea-source']).giteaSource.secrets()[0]!,
    events: options.event,
    branchFilter: branchFilterOf(parse.branch),
  });
  return { webhooks, wanted, settings };
}

/** The address in --url or WEBHOOK_URL, else the one at which gitea-source is seen. */
async function chosenUrl(shell: Shell, webhooks: Webhooks, { url }: WebhookOptions): Promise<string> {
  const given = givenUrl(shell, url);
  if (given !== undefined) return given;
  const list = await webhooks.list();
  const { ours, unknown } = await sortWebhooks(shell, list, undefined);
  if (ours[0] !== undefined) return ours[0].url;
  throw wrongUse(
    list.length === 0 ? 'The repository has no webhook.' : `It is not known which webhook is ours: ${unknown}.`,
    'Name its address with --url.',
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
