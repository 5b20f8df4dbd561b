// The header names and values of one delivery, in the order Go's client writes them (sorted by name).

import { createHmac } from 'node:crypto';
import { escapeAll } from './escape.ts';
import type { Generation } from './generations.ts';
import type { Hook } from './world.ts';

/** Coarse event name: review and assignment events of a pull request are all `pull_request` and so on. */
export function coarseEvent(type: string): string {
  if (type.startsWith('pull_request_review_')) {
    return type === 'pull_request_review_request' ? 'pull_request' : type.replace('_review', '');
  }
  if (type === 'pull_request_comment') return 'issue_comment';
  if (type.startsWith('pull_request')) return 'pull_request';
  return type.startsWith('issue_') && type !== 'issue_comment' ? 'issues' : type;
}

export function deliveryHeaders(
  generation: Generation,
  hook: Hook,
  delivery: { uuid: string; eventType: string; payload: string },
): [string, string][] {
  // Without a secret the headers are still there, empty (measured).
  const digest = (algorithm: string) =>
    hook.secret ? createHmac(algorithm, hook.secret).update(delivery.payload).digest('hex') : '';
  const event = coarseEvent(delivery.eventType);
  const sha256 = digest('sha256');
  const values: Record<string, string> = {
    'Content-Type': hook.contentType === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
    'X-Hub-Signature': `sha1=${digest('sha1')}`,
    'X-Hub-Signature-256': `sha256=${sha256}`,
  };
  if (hook.authorizationHeader) values.Authorization = hook.authorizationHeader;
  for (const brand of generation.forgejo ? ['GitHub', 'Gitea', 'Gogs', 'Forgejo'] : ['GitHub', 'Gitea', 'Gogs']) {
    values[`X-${brand}-Delivery`] = delivery.uuid;
    values[`X-${brand}-Event`] = event;
    values[`X-${brand}-Event-Type`] = delivery.eventType;
    if (brand !== 'GitHub') values[`X-${brand}-Signature`] = sha256;
    if (generation.targetTypeHeaders && brand !== 'Gogs') {
      values[`X-${brand}-Hook-Installation-Target-Type`] = 'repository';
    }
  }
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The body as sent: the JSON text, or a form of one field. */
export function deliveryBody(hook: Hook, payload: string): string {
  return hook.contentType === 'json' ? payload : `payload=${escapeAll(payload).replaceAll('%20', '+')}`;
}
