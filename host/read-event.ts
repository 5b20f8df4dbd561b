// From headers and bytes to what a function is given: a CloudEvent, or the body of a plain POST. Passes on what the stock
// runtime (faas-js-runtime 3.0.2) passes for everything valid; what is invalid is refused here instead of answered 500.
import type { IncomingHttpHeaders } from 'node:http';
import type { CloudEvent } from 'cloudevents';
import { StopError } from '../events/errors.ts';
import { isObject } from '../events/json-object.ts';
import { nestsDeeperThan } from '../io/nesting.ts';
import { loadSdk } from './sdk.ts';

export interface Incoming {
  /** JSON parsed, text as text, else bytes; undefined when there are none. */
  body: unknown;
  event?: CloudEvent<unknown>;
}

/** CloudEvents 1.0.2, "Required attributes". */
const required = ['specversion', 'id', 'source', 'type'] as const;

/** Attributes of one event, and characters of one of them: far above what any sender of ours or of Knative uses. */
const maxAttributes = 64;
const maxAttribute = 4_096;

/** Levels of JSON; events have fewer than ten, and half a million would cost twenty times a plain parse. */
const maxDepth = 1_000;

/** RFC 3339, as the `Timestamp` type of CloudEvents. */
const timestamp = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * `parse` false, for functions that read the bytes: data of a binary event stays bytes, and a body that is no event undefined
 * (context.rawBody has it). Throws StopError 400.
 */
export async function readIncoming(headers: IncomingHttpHeaders, bytes: Buffer, parse = true): Promise<Incoming> {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (mediaType.startsWith('application/cloudevents-batch'))
    throw new StopError(400, 'Expected one CloudEvent, got a batch.');
  if (mediaType === 'application/cloudevents+json') return structured(headers, bytes);
  if (mediaType.startsWith('application/cloudevents'))
    throw new StopError(400, 'Expected a structured CloudEvent as application/cloudevents+json, got another format.');
  if (required.some((name) => headers[`ce-${name}`] !== undefined))
    return binary(headers, parse ? parsed(mediaType, bytes) : bytes);
  return { body: parse ? parsed(mediaType, bytes) : undefined };
}

async function binary(headers: IncomingHttpHeaders, data: unknown): Promise<Incoming> {
  checkSizes(Object.entries(headers).filter(([name]) => name.startsWith('ce-')));
  checkAttributes((name) => headers[`ce-${name}`]);
  // Not all headers: the SDK takes memory with the square of their number.
  const read = Object.entries(headers).filter(([name]) => name.startsWith('ce-') || name === 'content-type');
  const event = await toEvent(Object.fromEntries(read), undefined, data);
  return { body: data, event };
}

async function structured(headers: IncomingHttpHeaders, bytes: Buffer): Promise<Incoming> {
  const body = json(bytes);
  if (!isObject(body)) throw new StopError(400, 'Expected a structured CloudEvent to be one JSON object.');
  // With data in either form.
  if (Object.keys(body).length > maxAttributes + 2) throw tooMany();
  const { data, data_base64: base64, ...attributes } = body;
  checkSizes(Object.entries(attributes));
  for (const [name, value] of Object.entries(attributes)) {
    if (!/^[a-z0-9]+$/.test(name))
      throw new StopError(400, 'Expected attribute names of lower-case letters and digits only.');
    if (value === null) delete attributes[name];
    else if (typeof value === 'object')
      throw new StopError(400, `Expected attribute ${name} to be a string, number or boolean.`);
  }
  checkAttributes((name) => attributes[name]);
  if (base64 === undefined || base64 === null) return { body, event: await toEvent(headers, attributes, data) };
  if (data !== undefined) throw new StopError(400, 'Expected data or data_base64, got both.');
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64))
    throw new StopError(400, 'Expected data_base64 to be base64.');
  return { body, event: await toEvent(headers, attributes, Buffer.from(base64, 'base64')) };
}

/** Before anything is done for each attribute: nobody knows yet who sent them. */
function checkSizes(attributes: readonly (readonly [name: string, value: unknown])[]): void {
  if (attributes.length > maxAttributes) throw tooMany();
  for (const [name, value] of attributes) {
    if (name.length + (typeof value === 'string' ? value.length : 0) > maxAttribute)
      throw new StopError(400, `Expected attributes of at most ${maxAttribute} characters.`);
  }
}

function tooMany(): StopError {
  return new StopError(400, `Expected an event of at most ${maxAttributes} attributes.`);
}

function checkAttributes(attribute: (name: string) => unknown): void {
  for (const name of required) {
    const value = attribute(name);
    if (typeof value !== 'string' || value === '') throw new StopError(400, `Expected CloudEvent attribute ${name}.`);
  }
  if (attribute('specversion') !== '1.0') throw new StopError(400, 'Expected CloudEvents specversion 1.0.');
  const time = attribute('time');
  // The SDK would put the present time in its place.
  if (time !== undefined && !(timestamp.test(String(time)) && !Number.isNaN(Date.parse(String(time)))))
    throw new StopError(400, 'Expected CloudEvent attribute time in RFC 3339.');
}

/** The SDK reads the attributes; data is laid in as it is, because the SDK parses JSON strings twice and drops `0` and `false`. */
async function toEvent(
  headers: IncomingHttpHeaders,
  attributes: Record<string, unknown> | undefined,
  data: unknown,
): Promise<CloudEvent<unknown>> {
  const { CloudEvent, HTTP } = await loadSdk();
  try {
    const head = HTTP.toEvent(
      attributes
        ? { headers: { 'content-type': 'application/cloudevents+json' }, body: attributes }
        : { headers, body: undefined },
    ) as CloudEvent<unknown>;
    const event = data === undefined ? head : new CloudEvent<unknown>({ ...head, data }, false);
    event.validate();
    return event;
  } catch (cause) {
    // Only the name of the attribute: the SDK's message quotes values.
    const [error] = (cause as { errors?: { instancePath?: string }[] }).errors ?? [];
    const name = /^\/([a-z0-9]+)/.exec(error?.instancePath ?? '')?.[1];
    throw new StopError(400, `Expected a valid CloudEvent${name ? `; attribute ${name} is not` : ''}.`, { cause });
  }
}

function parsed(mediaType: string, bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (mediaType === 'application/json') return json(bytes);
  if (mediaType === 'text/plain') return bytes.toString('utf8');
  if (mediaType === 'application/x-www-form-urlencoded')
    return Object.fromEntries(new URLSearchParams(bytes.toString('utf8')));
  return bytes;
}

function json(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!nestsDeeperThan(text, maxDepth)) return JSON.parse(text) as unknown;
  } catch {
    // Not the parser's message: it quotes the text.
    throw new StopError(400, 'Expected the body to be JSON in UTF-8.');
  }
  throw new StopError(400, `Expected JSON of at most ${maxDepth} levels.`);
}
