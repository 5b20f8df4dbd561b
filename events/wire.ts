// Attributes between memory and HTTP headers. In memory an attribute is its text; in a header it is percent-encoded as the
// HTTP binding says (1.0.2, 3.1.3.2), which the CloudEvents SDK neither writes nor reads. Opens no socket.
import { isUtf8 } from 'node:buffer';
import { CloudEvent } from 'cloudevents';
import { StopError } from './errors.ts';
import { isObject } from './json-object.ts';
import { type as pingType } from './ping.ts';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Not attributes, or sent as a header of their own. */
const untouched = new Set(['data', 'data_base64', 'datacontenttype', 'specversion', 'time']);

/** Percent-encodes everything but printable ASCII, and of that space, double quote and percent. Lone surrogates become U+FFFD. */
export function encodeAttributeValue(text: string): string {
  // Nearly all values: a search takes less than a replacement of nothing.
  if (!/[^!#$&-~]/.test(text)) return text;
  const whole = Buffer.from(text, 'utf8').toString('utf8');
  return whole.replaceAll('%', '%25').replace(/[^!#-~]+/gu, (run) => encodeURIComponent(run));
}

/**
 * Reads one header value: quotes removed, one round of percent-decoding, raw UTF-8 (which Node shows as Latin-1, and which
 * the Go SDK sends) put right. What is malformed stays as it is.
 */
export function decodeAttributeValue(header: string): string {
  let text = rawUtf8(header);
  if (/^"(?:[^"\\]|\\.)*"$/s.test(text)) text = text.slice(1, -1).replace(/\\(.)/gs, '$1');
  return decodePercent(text);
}

/** One round; runs of bytes that are no UTF-8 stay encoded. */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => utf8(Buffer.from(run.replaceAll('%', ''), 'hex')) ?? run);
}

function rawUtf8(header: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of bytes
  if (!/[\x80-\xff]/.test(header) || /[^\x00-\xff]/.test(header)) return header;
  return utf8(Buffer.from(header, 'latin1')) ?? header;
}

/** A byte order mark stays. Never by an exception: a stranger's header can hold a thousand runs that are no UTF-8. */
function utf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : undefined;
}

/** The same event with attributes as headers carry them: for binary mode only. */
export function encodeAttributes<T>(event: CloudEvent<T>): CloudEvent<T> {
  return withAttributes(event, encodeAttributeValue, event.data) as CloudEvent<T>;
}

/**
 * The same event with attributes as text and data as an object, from what an HTTP host made of a request. `headers` tell the
 * mode: attributes of a binary one (it has `ce-id`) are decoded; those of a structured one, or of an event that never
 * was on the wire (no headers), are text already. Throws StopError 400 when the data is not a JSON object; a ping may carry anything.
 */
export function decodeAttributes(event: CloudEvent<unknown>, headers: Headers = {}): CloudEvent<object> {
  const data = event.type === pingType ? pingData(event.data) : dataObject(event.data);
  return withAttributes(event, decoder(headers), data) as CloudEvent<object>;
}

/** As decodeAttributes, with data as it came: for dead-letter, which also takes events whose data makes no sense. */
export function decodeHead(event: CloudEvent<unknown>, headers: Headers = {}): CloudEvent<unknown> {
  return withAttributes(event, decoder(headers), event.data);
}

function decoder(headers: Headers): (text: string) => string {
  const structured = /^\s*application\/cloudevents\b/i.test(headerText(headers['content-type']));
  const binary = !structured && headers['ce-id'] !== undefined;
  return binary ? decodeAttributeValue : (text) => text;
}

function headerText(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

function withAttributes(
  event: CloudEvent<unknown>,
  change: (text: string) => string,
  data: unknown,
): CloudEvent<unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64' || value === undefined || value === null) continue;
    attributes[name] = typeof value === 'string' && !untouched.has(name) ? change(value) : value;
  }
  return new CloudEvent<unknown>({ ...attributes, data }, false);
}

function pingData(data: unknown): object {
  try {
    return dataObject(data);
  } catch {
    return {};
  }
}

/** Hosts hand over an object, JSON text, or bytes (base64 of a structured event even as a Uint32Array, one element a byte). */
function dataObject(data: unknown): object {
  let value: unknown = data ?? {};
  if (ArrayBuffer.isView(value)) {
    value = utf8(value instanceof Uint8Array ? value : Uint8Array.from(value as Uint32Array));
    if (value === undefined) throw new StopError(400, 'Expected data in UTF-8.');
  }
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value) as unknown;
    } catch {
      // Not the parser's message: it quotes the data.
      throw new StopError(400, 'Expected the data to be JSON.');
    }
  }
  if (!isObject(value)) throw new StopError(400, 'Expected the data to be a JSON object.');
  return value;
}
