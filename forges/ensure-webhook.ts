// Compares a repository's webhook with what it should be, and creates, mends or replaces it. Safe to repeat. A webhook is ours when it
// calls our address.
import type { PullRequestUse } from '../config/settings/settings.ts';
import { sameUrl } from '../io/addresses.ts';
import type { WantedWebhook, Webhook, Webhooks } from './forge.ts';

export interface Ensured {
  webhook: Webhook;
  did: 'created' | 'mended' | 'unchanged';
  /** What was mended, as sentences. */
  differences: string[];
  /** Older ones that call the same address: every push reaches us once more. `rotateWebhook` removes them. */
  surplus: Webhook[];
}

/** Those that call this address, newest first. */
export async function findWebhooks(webhooks: Webhooks, url: string): Promise<Webhook[]> {
  return (await webhooks.list()).filter((webhook) => sameUrl(webhook.url, url)).reverse();
}

/**
 * Events a webhook has to be sent, by Gitea's names: pushes, and of pull requests what GITEA_PULL_REQUESTS is for. `_only`: of a
 * request's own life, without labels, assignments and comments.
 */
export const webhookEvents: Readonly<Record<PullRequestUse, readonly string[]>> = {
  none: ['push'],
  merged: ['push', 'pull_request_only'],
  wake: ['push', 'pull_request_only', 'pull_request_review'],
};

/** Those of `wanted` that the webhook is not sent. Servers show other names than they are asked for. */
export function missingEvents({ events }: Pick<Webhook, 'events'>, wanted: readonly string[]): string[] {
  const shown = (event: string) => [
    event,
    event.replace(/_only$/, ''),
    ...(event === 'pull_request_review' ? ['pull_request_review_approved'] : []),
  ];
  return wanted.filter((event) => !shown(event).some((name) => events.includes(name)));
}

/** What differs from what is wanted, as sentences. The secret cannot be compared: no server shows it. */
export function differencesOf(webhook: Webhook, wanted: Pick<WantedWebhook, 'events' | 'branchFilter'>): string[] {
  const missing = missingEvents(webhook, wanted.events);
  const filter = (glob: string) => (glob === '' ? 'all branches' : `branch filter ${glob}`);
  return [
    ...(webhook.active ? [] : ['it was switched off']),
    ...(webhook.contentType === 'json' ? [] : [`content type ${webhook.contentType} instead of json`]),
    ...(missing.length === 0 ? [] : [`event ${missing.join(', ')} missing`]),
    ...(sameFilter(webhook.branchFilter, wanted.branchFilter)
      ? []
      : [`${filter(webhook.branchFilter)} instead of ${filter(wanted.branchFilter)}`]),
  ];
}

/** Creates a webhook, or mends the newest that calls the address. An existing one keeps its secret. */
export async function ensureWebhook(webhooks: Webhooks, wanted: WantedWebhook): Promise<Ensured> {
  const [webhook, ...surplus] = await findWebhooks(webhooks, wanted.url);
  if (webhook === undefined)
    return { webhook: await webhooks.create(wanted), did: 'created', differences: [], surplus };
  const differences = differencesOf(webhook, wanted);
  if (differences.length === 0) return { webhook, did: 'unchanged', differences, surplus };
  return { webhook: await webhooks.mend(webhook, wanted), did: 'mended', differences, surplus };
}

/**
 * Creates a webhook with the wanted secret, awaits `settle`, then removes the older ones: no server can change a secret, and what is
 * still queued for a webhook is lost with it. When this is cut short there is one webhook too many, which the next rotation removes.
 */
export async function rotateWebhook(
  webhooks: Webhooks,
  wanted: WantedWebhook,
  settle: () => Promise<void>,
): Promise<{ webhook: Webhook; removed: Webhook[] }> {
  const older = await findWebhooks(webhooks, wanted.url);
  const webhook = await webhooks.create(wanted, older);
  if (older.length > 0) await settle();
  for (const one of older) await webhooks.remove(one);
  return { webhook, removed: older };
}

/** Gitea's glob for exactly this branch; empty for all. */
export function branchFilterOf(branch: string | undefined): string {
  return (branch ?? '').replace(/[{}!,]/g, '\\$&');
}

/** Gitea takes these three for "all". */
function sameFilter(a: string, b: string): boolean {
  const plain = (glob: string) => (glob === '*' || glob === '**' ? '' : glob);
  return plain(a) === plain(b);
}
