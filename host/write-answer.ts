// From what a function gives back to status, headers and body: the stock runtime's rules (faas-js-runtime lib/invoker.js),
// but `{statusCode}` without a body is an empty answer instead of its own JSON, and there are no CORS headers.
import { loadSdk } from './sdk.ts';

export interface Written {
  status: number;
  headers: Record<string, string>;
  /** Empty: none. */
  body: Buffer;
}

/** Throws when it is nothing that can be sent. A promise for a reply only. */
export function writeAnswer(returned: unknown): Written | Promise<Written> {
  if (!returned) return { status: 204, headers: {}, body: Buffer.alloc(0) };
  if (isCloudEvent(returned)) return reply(returned);
  const { statusCode, headers, body } = structuredParts(returned);
  const status = statusCode ?? 200;
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new RangeError('not an HTTP status for an answer');
  const bytes = toBytes(body);
  const contentType = typeof returned === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return { status, headers: bytes.length > 0 ? { 'content-type': contentType, ...named } : named, body: bytes };
}

function structuredParts(returned: unknown): { statusCode?: number; headers: object; body?: unknown } {
  if (typeof returned !== 'object' || returned === null || Buffer.isBuffer(returned))
    return { headers: {}, body: returned };
  const { statusCode, headers, body } = returned as { statusCode?: number; headers?: unknown; body?: unknown };
  const given = typeof headers === 'object' && headers !== null ? headers : {};
  if (statusCode === undefined && body === undefined && given !== headers) return { headers: {}, body: returned };
  return { ...(statusCode === undefined ? {} : { statusCode }), headers: given, body };
}

function toBytes(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.from(JSON.stringify(body));
}

/** By name, as the stock runtime does: function and host may carry a copy of the SDK each. */
function isCloudEvent(returned: unknown): returned is Parameters<typeof import('cloudevents').HTTP.binary>[0] {
  return (returned as object).constructor?.name === 'CloudEvent';
}

/** Attributes are sent as they are: the function has encoded them for headers. */
async function reply(event: Parameters<typeof import('cloudevents').HTTP.binary>[0]): Promise<Written> {
  const { HTTP } = await loadSdk();
  const { headers, body } = HTTP.binary(event);
  const sent = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { status: 200, headers: Object.fromEntries(sent), body: toBytes(body) };
}
