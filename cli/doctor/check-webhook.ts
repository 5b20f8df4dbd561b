// The webhook as doctor looks at it: is it there, as it should be, and does its address lead to gitea-source.
import { branchFilterOf, differencesOf } from '../../forges/ensure-webhook.ts';
import type { Webhook } from '../../forges/forge.ts';
import { openForge } from '../../forges/index.ts';
import type { ParseSettings } from '../git.ts';
import { isGiteaSource, patience, sortWebhooks } from '../our-webhook.ts';
import { plural } from '../paint.ts';
import type { Shell } from '../shell.ts';
import type { Report } from './finding.ts';

export interface WebhookOptions {
  testDelivery: boolean;
  /** Of the token, for messages. */
  tokenName: string;
  /** The address of ours, where it was told. */
  url?: string | undefined;
  /** The one that is watched. */
  branch: string;
}

/** A push crosses two queues of Gitea, which look every 2 s at most: up to 5 s, measured. */
const arrival = 15_000;

export async function checkWebhook(
  shell: Shell,
  settings: ParseSettings,
  { testDelivery, tokenName, url, branch }: WebhookOptions,
  report: Report,
): Promise<void> {
  shell.progress.step('Looking at webhooks');
  const { webhooks } = openForge({ ...settings, tokenName }, shell.io);
  let list: Webhook[];
  try {
    list = await webhooks.list();
  } catch (error) {
    report(
      'note',
      'webhook',
      `The webhooks cannot be listed with ${tokenName}: ${(error as Error).message}.`,
      'Use a token of an administrator of the repository: post-deployment doctor --token-file <file>.',
    );
    return;
  }
  if (list.length === 0) {
    reportNone('The repository has none', url, report);
    return;
  }
  const { ours, others, unknown } = await sortWebhooks(shell, list, url);
  if (unknown !== undefined)
    report(
      'warning',
      'webhook',
      `Which webhook is ours is not known: ${unknown}. None was tried.`,
      'Say the address of gitea-source: post-deployment doctor --url <address>, or WEBHOOK_URL.',
    );
  else {
    if (ours.length === 0) reportNone(`None calls ${url}`, url, report);
    for (const { id, url: to } of others)
      report('note', 'webhook', `Webhook ${id} to ${to} is not ours and is left alone.`);
  }
  for (const webhook of ours) {
    checkSetting(webhook, settings.branch, branch, report);
    checkHostList(webhook, report);
    const answers = await checkAddress(shell, webhook, report);
    // Gitea sends none for these, and does not say so.
    const sends = webhook.active && webhook.events.includes('push');
    if (testDelivery && sends) await deliver(shell, webhook, answers, report, () => webhooks.test(webhook, branch));
  }
  const same = ours.filter(({ url }, i) => ours.findIndex((other) => other.url === url) !== i);
  if (same.length > 0)
    report(
      'note',
      'webhook',
      `${plural(same.length, 'webhook')} to an address that has one already: every push arrives more than once, which does no harm.`,
      'post-deployment webhook rotate removes the older ones.',
    );
}

function reportNone(said: string, url: string | undefined, report: Report): void {
  report(
    'problem',
    'webhook',
    `${said}, so a promotion is seen only when everything is compared (every 30 minutes).`,
    `post-deployment webhook create --url ${url ?? '<address of gitea-source>'}. A webhook of the organisation, if there is one, does as well.`,
  );
}

function checkSetting(webhook: Webhook, setting: string | undefined, branch: string, report: Report): void {
  const { id, url, active, events, branchFilter } = webhook;
  // A filter that lets everything through costs nothing but starts, and that of the watched branch lets through what counts.
  const enough = ['', '*', '**', branchFilterOf(branch)].includes(branchFilter);
  const wanted = { events: ['push'], branchFilter: enough ? branchFilter : branchFilterOf(setting) };
  // gitea-source takes forms, too.
  const differences = differencesOf({ ...webhook, contentType: 'json' }, wanted);
  const name = `Webhook ${id} to ${url}`;
  if (differences.length === 0) {
    report('ok', 'webhook', `${name}: active, push${branchFilter === '' ? '' : `, branches ${branchFilter}`}.`);
    return;
  }
  report(
    active && events.includes('push') ? 'warning' : 'problem',
    'webhook',
    `${name}: ${differences.join('; ')}.`,
    `post-deployment webhook create --url ${url}`,
  );
}

/** Gitea refuses such addresses at the moment of calling unless its administrator lists them. */
function checkHostList({ url }: Webhook, report: Report): void {
  const { hostname } = new URL(url);
  const kind = isLoopback(hostname)
    ? 'loopback'
    : isPrivate(hostname)
      ? 'private'
      : /\.svc(\.|$)|\.local$/.test(hostname) || !hostname.includes('.')
        ? hostname
        : undefined;
  if (kind === undefined) return;
  const entry = kind === hostname ? (/\.svc(\.|$)/.test(hostname) ? '*.svc.cluster.local' : hostname) : kind;
  report(
    'note',
    'webhook',
    `${hostname} is no public address: Gitea calls it only when its host list holds ${entry} or the like.`,
    `In app.ini: [webhook] ALLOWED_HOST_LIST = external,${entry} (from 28.0 on: [security] ALLOWED_HOST_LIST = ${entry}). --test-delivery shows whether it arrives.`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

function isPrivate(host: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host) || /^\[f[cd]/i.test(host);
}

/** True when gitea-source answers there. */
async function checkAddress(shell: Shell, { url }: Webhook, report: Report): Promise<boolean> {
  try {
    // It refuses GET, because a redirect in front turns a POST into one.
    const answer = await shell.io.api({ method: 'GET', url, timeoutMs: patience });
    const { status, headers } = answer;
    if (isGiteaSource(answer)) {
      report('ok', 'webhook', 'gitea-source answers at its address, asked from here.');
      return true;
    }
    if (status >= 300 && status < 400)
      report(
        'problem',
        'webhook',
        `Its address redirects to ${headers.location ?? 'elsewhere'}: Gitea then sends GET without the event, and takes a 200 for success.`,
        'Use the final address in the webhook.',
      );
    else
      report(
        'warning',
        'webhook',
        `At its address, asked from here, something answers ${status} to GET; gitea-source says 405.`,
        'See that the webhook calls gitea-source itself, on its path /.',
      );
  } catch (error) {
    report(
      'note',
      'webhook',
      `Its address cannot be asked from here (${(error as Error).message}); Gitea may reach it all the same.`,
      '--test-delivery asks Gitea to call it.',
    );
  }
  return false;
}

/** Only the receiver and Gitea's own page know what became of it; the receiver counts. */
async function deliver(
  shell: Shell,
  webhook: Webhook,
  answers: boolean,
  report: Report,
  send: () => Promise<void>,
): Promise<void> {
  shell.progress.step('Waiting for the test delivery');
  try {
    const before = answers ? await counts(shell, webhook) : undefined;
    await send();
    if (before === undefined) {
      report(
        'note',
        'webhook',
        'A test delivery was asked for; from here nobody can see whether it arrived.',
        'Look at the webhook in Gitea (Settings, Webhooks): its history shows the answer.',
      );
      return;
    }
    const end = shell.io.clock.monotonic() + arrival;
    while (shell.io.clock.monotonic() < end) {
      await shell.io.clock.sleep(250);
      const after = (await counts(shell, webhook)) ?? before;
      const grown = [...after]
        .filter(([outcome, count]) => count > (before.get(outcome) ?? 0))
        .map(([outcome]) => outcome);
      if (grown.length === 0) continue;
      if (grown.includes('rejected'))
        report(
          'problem',
          'webhook',
          'A test delivery arrived and was rejected.',
          'Its history in Gitea shows why: 401, the secret differs (post-deployment webhook rotate).',
        );
      else if (grown.includes('ignored'))
        report(
          'problem',
          'webhook',
          'A test delivery arrived and was left alone: GITEA_REPOSITORIES of gitea-source does not name the repository.',
          'Add it there; several are separated by commas.',
        );
      else if (grown.includes('done') || grown.includes('pending'))
        report('ok', 'webhook', 'A test delivery arrived and was taken.');
      else
        report(
          'problem',
          'webhook',
          `A test delivery arrived, and its event could not be handed on (${grown.join(', ')}).`,
          'See the log of gitea-source: the broker, or K_SINK.',
        );
      return;
    }
    report(
      'problem',
      'webhook',
      `A test delivery was asked for and did not arrive within ${arrival / 1000} s.`,
      'Its history in Gitea shows why: webhook can only call allowed HTTP servers means the host list above; no entry at all, that its branch filter keeps the watched branch out.',
    );
  } catch (error) {
    report(
      'warning',
      'webhook',
      `A test delivery could not be asked for: ${(error as Error).message}.`,
      'It needs a token with write:repository: --token-file <file>.',
    );
  }
}

/** Events of gitea-source by outcome, from its own page. */
async function counts(shell: Shell, { url }: Webhook): Promise<Map<string, number> | undefined> {
  const { status, body } = await shell.io.api({
    method: 'GET',
    url: new URL('/metrics', url).href,
    timeoutMs: patience,
  });
  if (status !== 200) return undefined;
  const found = new Map<string, number>();
  for (const [, labels, value] of body.toString('utf8').matchAll(/^post_deployment_events_total\{([^}]*)\} (\d+)/gm)) {
    if (!labels!.includes('function="gitea-source"')) continue;
    const outcome = /outcome="(\w+)"/.exec(labels!)?.[1] ?? 'none';
    found.set(outcome, (found.get(outcome) ?? 0) + Number(value));
  }
  return found;
}
