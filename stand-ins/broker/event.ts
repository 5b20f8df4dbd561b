// A CloudEvent as a broker sees it: attributes as the header values they travel in, never decoded, and data as bytes. Reads
// both modes of the HTTP binding, writes binary only, as Knative's filter does. Judges no content.
import type { IncomingHttpHeaders } from 'node:http';
import { coreAttributes } from '../../events/core-attributes.ts';
import { memberText } from './json-member.ts';

export interface BrokerEvent {
  /** By name; header text as it came: percent-encoding stays, raw UTF-8 shows as Latin-1. */
  attributes: Readonly<Record<string, string>>;
  contentType?: string;
  data: Buffer;
  /** Headers that go along with the event: traces and the like. */
  passed: Readonly<Record<string, string>>;
}

/**
 * What a message turned out to be. `incomplete`: an event without id, source or type. `unreadable`: says it is an event, or
 * has a body where none may be, and cannot be taken.
 */
export type Reading =
  | { kind: 'event'; event: BrokerEvent }
  | { kind: 'empty' }
  | { kind: 'incomplete' | 'unreadable'; reason: string };

const extensionName = /^[a-z0-9]+$/;
/** Measured on Knative 1.22; `authorization` and everything else stays behind. */
const passes = /^(?:traceparent|tracestate|x-request-id|x-b3-.*|knative-.*)$/;
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

/** A request to the broker or an answer of a subscriber. */
export function readMessage(headers: IncomingHttpHeaders, body: Buffer): Reading {
  const contentType = headers['content-type'];
  const mediaType = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  const passed = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      passes.test(name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
  if (mediaType.startsWith('application/cloudevents')) {
    if (mediaType !== 'application/cloudevents+json') return unreadable(`expected one event, came ${mediaType}`);
    return structured(body, passed);
  }
  if (headers['ce-specversion'] === undefined) {
    return body.length === 0 ? { kind: 'empty' } : unreadable('expected an event or nothing, came another body');
  }
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') attributes[name.slice(3)] = value;
  }
  return checked(attributes, contentType, body, passed);
}

function structured(body: Buffer, passed: Record<string, string>): Reading {
  const text = body.toString('utf8');
  let members: unknown;
  try {
    members = JSON.parse(text);
  } catch {
    return unreadable('expected a structured event to be JSON');
  }
  if (typeof members !== 'object' || members === null || Array.isArray(members))
    return unreadable('expected a structured event to be one JSON object');
  const { data, data_base64: base64, ...named } = members as Record<string, unknown>;
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(named)) {
    if (value === null) continue;
    if (typeof value === 'object') return unreadable(`expected attribute ${name} to be a string, number or boolean`);
    // Measured: 1.5 becomes "1". Text leaves as UTF-8 bytes, which Node writes when they are given as Latin-1.
    const plain = typeof value === 'number' ? Math.trunc(value) : value;
    attributes[name.toLowerCase()] = Buffer.from(String(plain), 'utf8').toString('latin1');
  }
  const contentType = attributes.datacontenttype;
  const isJson = contentType === undefined || /^(?:application|text)\/(?:.*\+)?json\b/i.test(contentType);
  let bytes = Buffer.alloc(0);
  if (typeof base64 === 'string') bytes = Buffer.from(base64, 'base64');
  else if (typeof data === 'string' && !isJson) bytes = Buffer.from(data, 'utf8');
  // The very text, because 1.10 and 1.1 are different versions.
  else if (data !== undefined) bytes = Buffer.from(memberText(text, 'data') ?? '', 'utf8');
  return checked(attributes, contentType, bytes, passed);
}

function checked(
  given: Readonly<Record<string, string>>,
  contentType: string | undefined,
  data: Buffer,
  passed: Record<string, string>,
): Reading {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!extensionName.test(name)) return unreadable(`expected attribute names of a-z and 0-9, came ${name}`);
    // Measured: an empty attribute of the specification is none, an empty extension goes through.
    if (name !== 'datacontenttype' && (value !== '' || !coreAttributes.has(name))) attributes[name] = value;
  }
  if (attributes.specversion !== '1.0' && attributes.specversion !== '0.3')
    return unreadable('expected specversion 1.0');
  for (const name of ['id', 'source', 'type']) {
    if (attributes[name] === undefined) return { kind: 'incomplete', reason: `expected attribute ${name}` };
  }
  if (attributes.time !== undefined) {
    const time = inUtc(attributes.time);
    if (time === undefined) return unreadable('expected attribute time in RFC 3339');
    attributes.time = time;
  }
  return { kind: 'event', event: { attributes, ...(contentType === undefined ? {} : { contentType }), data, passed } };
}

/** Digits below the second are kept as they are: Date has milliseconds only. */
function inUtc(text: string): string | undefined {
  const [, seconds, fraction = '', zone] = rfc3339.exec(text) ?? [];
  const moment = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(moment)) return undefined;
  const digits = fraction.replace(/\.?0+$/, '');
  return `${new Date(moment).toISOString().slice(0, 19)}${digits}Z`;
}

function unreadable(reason: string): Reading {
  return { kind: 'unreadable', reason };
}

/** What a subscriber gets: binary mode, whatever the producer chose. */
export function toHeaders(event: BrokerEvent): Record<string, string> {
  const headers: Record<string, string> = { ...event.passed };
  if (event.contentType !== undefined) headers['content-type'] = event.contentType;
  for (const [name, value] of Object.entries(event.attributes)) headers[`ce-${name}`] = value;
  return headers;
}

/** The same event with these attributes laid over its own; undefined takes one away. */
export function withAttributes(event: BrokerEvent, changes: Readonly<Record<string, string | undefined>>): BrokerEvent {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...event.attributes, ...changes })) {
    if (value !== undefined) attributes[name] = value;
  }
  return { ...event, attributes };
}
