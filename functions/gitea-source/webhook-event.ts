// From a verified delivery to the event that tells of it. Decides nothing about truth: the
// payload is passed on as it is.
import type { CloudEvent } from 'cloudevents';
import { StopError } from '../../events/errors.ts';
import { make } from '../../events/gitea-webhook.ts';
import { signWhere } from '../../events/signature.ts';
import { publicAddress } from '../../forges/gitea/identity.ts';
import { readPush } from '../../forges/gitea/push.ts';
import { shortenPush } from '../../forges/gitea/shorten-push.ts';
import { subjectOf } from '../../forges/gitea/subject-of.ts';
import type { Delivery } from '../../forges/gitea/webhook.ts';

export interface Receipt {
  /** RFC 3339. */
  time: string;
  traceparent: string;
}

/** `key`: signs it. Throws StopError 422: a push that makes no sense, or nothing that says where the webhook comes from. */
export function eventOf(delivery: Delivery, receipt: Receipt, key?: string): CloudEvent<string> {
  const { id, event, payload } = delivery;
  const attributes = { id, event, ...originOf(payload), ...receipt };
  if (delivery.eventType !== 'push') {
    const { eventType, text } = delivery;
    return signWhere(key, make({ ...attributes, eventType, subject: subjectOf(eventType, payload), text }), payload);
  }
  const { ref, before, after } = readPush(payload);
  // No push leaves a ref where it was: the forge's button "test delivery" does (its ref may be anything).
  const eventType = before === after ? 'ping' : 'push';
  const { payload: short, ...sent } = shortenPush(delivery);
  return signWhere(key, make({ ...attributes, eventType, subject: ref, push: { ref, before, after }, ...sent }), short);
}

/** `owner/name` in lower case, as GITEA_REPOSITORIES is compared. Undefined: not of a repository. */
export function repositoryOf(payload: Delivery['payload']): string | undefined {
  return text(payload.repository, 'full_name')?.toLowerCase();
}

/** Webhooks of an organisation or of a package may name no repository. */
function originOf(payload: Delivery['payload']): { source: string; partitionkey: string } {
  const { repository, organization, sender } = payload;
  const page = text(repository, 'html_url');
  if (page !== undefined) {
    // Of a merge by the API, the page's host is that of whoever called.
    const url = publicAddress({ html_url: page, url: text(repository, 'url') });
    return { source: url, partitionkey: text(repository, 'full_name') ?? url };
  }
  for (const account of [organization, field(payload.package, 'owner'), sender]) {
    const source = text(account, 'html_url');
    if (source !== undefined) return { source, partitionkey: text(account, 'login') ?? source };
  }
  throw new StopError(422, 'Expected repository.html_url in the webhook.');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
