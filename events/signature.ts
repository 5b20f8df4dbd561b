// Proof that an event was sent by a function of ours. Without it (EVENT_SIGNING_KEY), whoever can post to the broker can move labels.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CloudEvent } from 'cloudevents';
import { StopError } from './errors.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import { decodePercent } from './wire.ts';

/**
 * Adds the extension `signature`: hex HMAC-SHA256, keyed with the UTF-8 bytes of `key`, over id, type, source, subject and the
 * data bytes (UTF-8 of JSON.stringify(data), as they are sent), each as its length in bytes in decimal, a colon, and
 * itself (`2:ab`). Attributes as text, before percent-encoding; an absent subject counts as empty. `data`:
 * what the data says where it is JSON text, as a webhook is passed on: its receiver has it parsed.
 */
export function sign<T>(event: CloudEvent<T>, key: string, data: unknown = event.data): CloudEvent<T> {
  return event.cloneWith({ signature: signatureOf(event, key, data) }, false) as CloudEvent<T>;
}

/** Signed with the key, where there is one. */
export function signWhere<T>(key: string | undefined, event: CloudEvent<T>, data?: unknown): CloudEvent<T> {
  return key === undefined ? event : sign(event, key, data);
}

/** Comes before anything else of the event is read. Without a key every event is accepted. Throws StopError 401. */
export function checkSignature(event: CloudEvent<unknown>, key: string | undefined): void {
  if (key === undefined || isSigned(event, key)) return;
  throw new StopError(401, 'Expected a good signature: EVENT_SIGNING_KEY has to be the same for all functions.');
}

/** Attributes that are signed, as text. */
export type SignedAttributes = Pick<CloudEvent<unknown>, 'id' | 'type' | 'source' | 'subject'>;

/** Whether the event, with its attributes decoded (wire.ts), carries a good signature. */
export function isSigned(event: CloudEvent<unknown>, key: string): boolean {
  return signedAttributes(event, key) !== undefined;
}

/**
 * The attributes as they were signed; undefined without a good signature. A broker that delivers in JSON format puts the header's
 * encoded text into the JSON, so the attributes decoded once more are tried, too; whoever quotes attributes has to quote these.
 */
export function signedAttributes(event: CloudEvent<unknown>, key: string): SignedAttributes | undefined {
  const given = event.signature;
  if (typeof given !== 'string' || !/^[0-9a-f]{64}$/i.test(given)) return undefined;
  const bytes = Buffer.from(given, 'hex');
  try {
    // Both are always computed, so that the time this takes says nothing about the key.
    const [asRead, decoded] = [(text: string) => text, decodePercent].map((form) => {
      const { id, type, source, subject } = event;
      const attributes = {
        id: form(id),
        type: form(type),
        source: form(source),
        ...(subject === undefined ? {} : { subject: form(subject) }),
      };
      const isGood = timingSafeEqual(bytes, Buffer.from(signatureOf(attributes, key, event.data), 'hex'));
      return isGood ? attributes : undefined;
    });
    return asRead ?? decoded;
  } catch {
    // Data nested so deep that it cannot be written again was not written by us.
    return undefined;
  }
}

function signatureOf({ id, type, source, subject }: SignedAttributes, key: string, data: unknown): string {
  return createHmac('sha256', key)
    .update(lengthPrefixed([id, type, source, subject ?? '', JSON.stringify(data ?? {})]))
    .digest('hex');
}
