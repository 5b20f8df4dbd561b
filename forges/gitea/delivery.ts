// Reads one webhook delivery of Gitea, Forgejo or Gogs: authenticates first, then parses the very text that was verified.
// https://docs.gitea.com/usage/webhooks ; what the servers really send is kept in test/fixtures/*/deliveries.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { webhookBytes } from '../../config/limits.ts';
import { StopError } from '../../events/errors.ts';
import { nestsDeeperThan } from '../../io/nesting.ts';
import type { Delivery, ForgeAdapter } from '../forge.ts';
import { formPayload } from './form-payload.ts';
import { originOf } from './origin.ts';
import { subjectOf } from './subject-of.ts';

type Headers = Parameters<ForgeAdapter['readDelivery']>[0];

/** The first that is present decides, so that a proxy which adds one cannot choose an easier one. */
const signatureHeaders = ['x-gitea-signature', 'x-forgejo-signature', 'x-hub-signature-256', 'x-gogs-signature'];
const idHeaders = ['x-gitea-delivery', 'x-forgejo-delivery', 'x-gogs-delivery', 'x-github-delivery'];
const eventHeaders = ['x-gitea-event', 'x-forgejo-event', 'x-gogs-event', 'x-github-event'];
const eventTypeHeaders = ['x-gitea-event-type', 'x-forgejo-event-type', 'x-gogs-event-type', 'x-github-event-type'];

/** Levels; payloads of all generations have fewer than ten. */
const maxDepth = 100;

export function readDelivery(headers: Headers, rawBody: Buffer | string, secrets: readonly string[]): Delivery {
  const body = typeof rawBody === 'string' ? Buffer.from(rawBody, 'utf8') : rawBody;
  // func's stock runtime has no such limit of its own.
  if (body.length > webhookBytes)
    throw new StopError(413, `Expected a webhook of at most ${webhookBytes / 1024 / 1024} MiB.`);
  const signature = readSignature(headers);
  const signed = isForm(headers) ? formPayload(body) : body;
  if (!isSignedByAny(signed, signature, secrets)) throw new StopError(401, wrongSignature);
  const text = utf8(signed);
  const payload = parse(text);
  const id = identifier(headers, idHeaders, 'delivery id', 'X-Gitea-Delivery', /^[\x21-\x7e]{1,200}$/);
  // Empty for package, status and schedule before Gitea 1.24 (go-gitea/gitea#33337), so that either may stand for the other.
  const event = identifier(headers, [...eventHeaders, ...eventTypeHeaders], 'event', 'X-Gitea-Event', eventName);
  const eventType = identifier(headers, [...eventTypeHeaders, ...eventHeaders], 'event', 'X-Gitea-Event', eventName);
  const subject = subjectOf(eventType, payload);
  return { id, event, eventType, ...originOf(payload), ...(subject !== undefined && { subject }), text, payload };
}

/** It becomes the end of a CloudEvents type. */
const eventName = /^[a-z0-9_]{1,100}$/;

const wrongSignature =
  'Expected a webhook signed with the secret: compare the one in Gitea (Settings, Webhooks) with GITEA_WEBHOOK_SECRET.';

/** 32 bytes. A hook without a secret sends the header with no value: that is a wrong one. */
function readSignature(headers: Headers): Buffer {
  const name = signatureHeaders.find((header) => headers[header] !== undefined);
  if (name === undefined) throw new StopError(401, 'Expected a signed webhook (X-Gitea-Signature): it needs a secret.');
  const value = headers[name];
  const [, hex] = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(typeof value === 'string' ? value : '') ?? [];
  const prefixed = typeof value === 'string' && value.startsWith('sha256=');
  if (hex === undefined || prefixed !== (name === 'x-hub-signature-256')) throw new StopError(401, wrongSignature);
  return Buffer.from(hex, 'hex');
}

/** Tries every secret whatever the outcome, so that the time taken reveals nothing about them. */
function isSignedByAny(signed: Buffer, signature: Buffer, secrets: readonly string[]): boolean {
  let found = false;
  for (const secret of secrets) {
    // An empty key is one that everybody knows.
    if (secret === '') continue;
    if (timingSafeEqual(createHmac('sha256', secret).update(signed).digest(), signature)) found = true;
  }
  return found;
}

function isForm(headers: Headers): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type);
}

function utf8(bytes: Buffer): string {
  try {
    // A byte order mark stays, and fails as JSON: what is passed on has to be what was signed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new StopError(400, 'Expected the webhook to be UTF-8.');
  }
}

function parse(text: string): Record<string, unknown> {
  if (nestsDeeperThan(text, maxDepth)) throw new StopError(400, `Expected JSON of at most ${maxDepth} levels.`);
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    // Not the parser's message: it quotes the payload.
    throw new StopError(400, 'Expected the webhook to be JSON.');
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    throw new StopError(400, 'Expected the webhook to be a JSON object.');
  return payload as Record<string, unknown>;
}

/** The first that is not empty. */
function identifier(headers: Headers, names: string[], what: string, example: string, pattern: RegExp): string {
  const value = names.map((name) => headers[name]).find((header) => header !== undefined && header !== '');
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw new StopError(400, `Expected the ${what} in a header such as ${example}.`);
}
