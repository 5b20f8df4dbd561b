// Makes the event of a verified delivery. It does not judge the payload, which is passed on as it is.
import type { CloudEvent } from 'cloudevents';
import { StopError } from '../../events/errors.ts';
import { make } from '../../events/gitea-webhook.ts';
import { signWhere } from '../../events/signature.ts';
import type { Delivery, ForgeAdapter } from '../../forges/forge.ts';

export interface Receipt {
  /** RFC 3339. */
  time: string;
  traceparent: string;
}

/** `key`: signs it. Throws StopError 422: a push that makes no sense, or nothing that says where the webhook comes from. */
export function eventOf(
  delivery: Delivery,
  forge: Pick<ForgeAdapter, 'readPush' | 'shorten'>,
  receipt: Receipt,
  key?: string,
): CloudEvent<string> {
  const { id, event, eventType, source, partitionkey = source, subject, payload } = delivery;
  if (source === undefined) throw new StopError(422, 'Expected repository.html_url in the webhook.');
  const { payload: short, ...sent } = forge.shorten(delivery);
  const attributes = { id, event, source, partitionkey: partitionkey!, ...receipt, ...sent };
  if (eventType !== 'push') return signWhere(key, make({ ...attributes, eventType, subject }), short);
  const { ref, before, after } = forge.readPush(payload);
  // A push always moves its ref; only the forge's button "test delivery" sends one that does not (its ref may be anything).
  const kind = before === after ? 'ping' : 'push';
  return signWhere(key, make({ ...attributes, eventType: kind, subject: ref, push: { ref, before, after } }), short);
}
