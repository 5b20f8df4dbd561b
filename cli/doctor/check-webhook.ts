// Checks the webhook: whether it exists, is set up right, and calls an address where gitea-source answers.
import { branchFilterOf, differencesOf, missingEvents, webhookEvents } from '../../forges/ensure-webhook.ts';
import type { Webhook } from '../../forges/forge.ts';
import { openForge } from '../../forges/index.ts';
import { isLoopback } from '../../io/addresses.ts';
import type { ParseSettings } from '../git.ts';
import { isGiteaSource, patience, sortWebhooks } from '../our-webhook.ts';
import { plural } from '../paint.ts';
import type { Shell } from '../shell.ts';
import type { Report } from './findings.ts';

export interface WebhookOptions {
  testDelivery: boolean;
  /** Of the token, for messages. */
  tokenName: string;
  /** The address of our webhook, where it was given. */
  url?: string | undefined;
  /** The branch that is watched. */
  branch: string;
}

/** A push passes two queues of Gitea, which look every 2 s at most: up to 5 s, measured. */
const arrival = 15_000;

export async function checkWebhook(
  shell: Shell,
  settings: ParseSettings,
  { testDelivery, tokenName, url, branch }: WebhookOptions,
  report: Report,
): Promise<void> {
  shell.progress.step('Checking webhooks');
  const { webhooks } = openForge({ ...settings, tokenName }, shell.io);
  let list: Webhook[];
  try {
    list = await webhooks.list();
  } catch (error) {
    report.note(
      `The webhooks cannot be listed with ${tokenName}: ${(error as Error).message}.`,
      'Use a token of an administrator of the repository: post-deployment doctor --token-file <file>.',
    );
    return;
  }
  if (list.length === 0) return reportMissing('The repository has no webhook', url, report);
  const { ours, others, unknown } = await sortWebhooks(shell, list, url);
  if (unknown !== undefined)
    report.warning(
      `It is not known which webhook is ours: ${unknown}. None was tried.`,
      'Give the address of gitea-source: post-deployment doctor --url <address>, or WEBHOOK_URL.',
    );
  else {
    if (ours.length === 0) reportMissing(`No webhook calls ${url}`, url, report);
    for (const { id, url: to } of others) report.note(`Webhook ${id} to ${to} is not ours and is left alone.`);
  }
  for (const webhook of ours) {
    checkSettings(webhook, settings.branch, branch, report);
    checkHostList(webhook, report);
    const answers = await checkAddress(shell, webhook, report);
    // For others Gitea makes no test delivery, and does not say so.
    const sends = webhook.active && webhook.events.includes('push');
    if (testDelivery && sends) await testDeliver(shell, webhook, answers, report, () => webhooks.test(webhook, branch));
  }
  const same = ours.filter(({ url }, i) => ours.findIndex((other) => other.url === url) !== i);
  if (same.length > 0)
    report.note(
      `${plural(same.length, 'webhook')} to an address that has one already: every push arrives more than once, which does no harm.`,
      'post-deployment webhook rotate removes the older ones.',
    );
}

function reportMissing(said: string, url: string | undefined, report: Report): void {
  report.problem(
    `${said}, so a promotion is noticed only by the next reconcile (every 30 minutes).`,
    `post-deployment webhook create --url ${url ?? '<address of gitea-source>'}. A webhook of the organisation works as well.`,
  );
}

/** `watched`: what GITEA_BRANCH says. */
function checkSettings(webhook: Webhook, watched: string | undefined, branch: string, report: Report): void {
  const { id, url, active, events, branchFilter } = webhook;
  // A filter that lets every branch through only costs starts, and that of the watched branch lets through what is needed.
  const enough = ['', '*', '**', branchFilterOf(branch)].includes(branchFilter);
  const wanted = { events: webhookEvents.none, branchFilter: enough ? branchFilter : branchFilterOf(watched) };
  // gitea-source takes forms, too.
  const differences = differencesOf({ ...webhook, contentType: 'json' }, wanted);
  const name = `Webhook ${id} to ${url}`;
  if (differences.length === 0) {
    report.ok(`${name}: active, push${branchFilter === '' ? '' : `, branches ${branchFilter}`}.`);
    if (missingEvents(webhook, webhookEvents.merged).length > 0)
      report.note(
        `${name} is not sent pull requests: a promotion whose push does not arrive waits for the next reconcile, and so does one whose push comes while gitea-source takes more than 5 s to start.`,
        `post-deployment webhook create --url ${url} adds them.`,
      );
    return;
  }
  report[active && events.includes('push') ? 'warning' : 'problem'](
    `${name}: ${differences.join('; ')}.`,
    `post-deployment webhook create --url ${url}`,
  );
}

/** Gitea refuses to call such addresses unless its administrator lists them. */
function checkHostList({ url }: Webhook, report: Report): void {
  const { hostname } = new URL(url);
  const entry = hostListEntry(hostname);
  if (entry === undefined) return;
  report.note(
    `${hostname} is no public address: Gitea calls it only if its list of allowed hosts has ${entry}, or another entry for it.`,
    `In app.ini: [webhook] ALLOWED_HOST_LIST = external,${entry} (from 28.0 on: [security] ALLOWED_HOST_LIST = ${entry}). --test-delivery shows whether it arrives.`,
  );
}

/** Undefined for a public address. */
function hostListEntry(host: string): string | undefined {
  if (isLoopback(host)) return 'loopback';
  if (/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)|^\[f[cd]/i.test(host)) return 'private';
  if (/\.svc(\.|$)/.test(host)) return '*.svc.cluster.local';
  return host.endsWith('.local') || !host.includes('.') ? host : undefined;
}

/** True when gitea-source answers there. */
async function checkAddress(shell: Shell, { url }: Webhook, report: Report): Promise<boolean> {
  try {
    // gitea-source refuses GET, because a redirect in front of it turns a POST into a GET.
    const answer = await shell.io.api({ method: 'GET', url, timeoutMs: patience });
    const { status, headers } = answer;
    if (isGiteaSource(answer)) {
      report.ok('gitea-source answers at its address, called from here.');
      return true;
    }
    if (status >= 300 && status < 400)
      report.problem(
        `Its address redirects to ${headers.location ?? 'elsewhere'}: Gitea then sends GET without the event, and takes a 200 for success.`,
        'Use the final address in the webhook.',
      );
    else
      report.warning(
        `At its address, called from here, something answers ${status} to GET; gitea-source answers 405.`,
        'Check that the webhook calls gitea-source itself, on its path /.',
      );
  } catch (error) {
    report.note(
      `Its address cannot be reached from here (${(error as Error).message}); Gitea may reach it all the same.`,
      '--test-delivery asks Gitea to call it.',
    );
  }
  return false;
}

/** Only gitea-source and Gitea's own page know what became of a delivery; gitea-source counts. */
async function testDeliver(
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
      report.note(
        'Gitea was asked for a test delivery; whether it arrived cannot be seen from here.',
        'The history of the webhook in Gitea (Settings, Webhooks) shows the answer.',
      );
      return;
    }
    reportOutcomes(await waitForCount(shell, webhook, before), report);
  } catch (error) {
    report.warning(
      `A test delivery could not be requested: ${(error as Error).message}.`,
      'It needs a token with write:repository: --token-file <file>.',
    );
  }
}

/** What became of the test delivery. */
function reportOutcomes(outcomes: readonly string[], report: Report): void {
  if (outcomes.length === 0)
    report.problem(
      `Gitea was asked for a test delivery, which did not arrive within ${arrival / 1000} s.`,
      'The history of the webhook in Gitea shows why. "webhook can only call allowed HTTP servers" means the list of allowed hosts (above); no entry at all means that its branch filter excludes the watched branch.',
    );
  else if (outcomes.includes('rejected'))
    report.problem(
      'A test delivery arrived and was rejected.',
      'The history of the webhook in Gitea shows why; 401: the secret differs (post-deployment webhook rotate).',
    );
  else if (outcomes.includes('ignored'))
    report.problem(
      'A test delivery arrived and was ignored: GITEA_REPOSITORIES of gitea-source does not name the repository.',
      'Add it there; several repositories are separated by commas.',
    );
  else if (outcomes.includes('done') || outcomes.includes('pending'))
    report.ok('A test delivery arrived and was accepted.');
  else
    report.problem(
      `A test delivery arrived, and its event could not be handed on (${outcomes.join(', ')}).`,
      'See the log of gitea-source: the broker, or K_SINK.',
    );
}

/** The outcomes that were counted since; empty when none was in time. */
async function waitForCount(shell: Shell, webhook: Webhook, before: Map<string, number>): Promise<string[]> {
  const end = shell.io.clock.monotonic() + arrival;
  while (shell.io.clock.monotonic() < end) {
    await shell.io.clock.sleep(250);
    const after = (await counts(shell, webhook)) ?? before;
    const grown = [...after.keys()].filter((outcome) => after.get(outcome)! > (before.get(outcome) ?? 0));
    if (grown.length > 0) return grown;
  }
  return [];
}

/** Events of gitea-source by outcome, from its metrics. */
async function counts(shell: Shell, { url }: Webhook): Promise<Map<string, number> | undefined> {
  const metrics = new URL('/metrics', url).href;
  const { status, body } = await shell.io.api({ method: 'GET', url: metrics, timeoutMs: patience });
  if (status !== 200) return undefined;
  const found = new Map<string, number>();
  for (const [, labels, value] of body.toString('utf8').matchAll(/^post_deployment_events_total\{([^}]*)\} (\d+)/gm)) {
    if (!labels!.includes('function="gitea-source"')) continue;
    const outcome = /outcome="(\w+)"/.exec(labels!)?.[1] ?? 'none';
    found.set(outcome, (found.get(outcome) ?? 0) + Number(value));
  }
  return found;
}
