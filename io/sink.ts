// Sends one CloudEvent to a sink in binary mode. The SDK's own transport hides the status and waits for ever.
import type { CloudEvent } from 'cloudevents';
import { coreAttributes } from '../events/core-attributes.ts';
import { encodeAttributeValue } from '../events/wire.ts';
import type { Http, HttpResponse } from './io.ts';

/** In the body, or as `content-type`. */
const sentOtherwise = new Set(['data', 'data_base64', 'datacontenttype']);

export interface SendOptions {
  /** For the whole exchange. */
  timeoutMs: number;
  /** Extensions laid over the event's own: `extensions` of K_CE_OVERRIDES (Knative, SinkBinding). */
  overrides?: Readonly<Record<string, string>>;
  /** PEM of the sink's CA. */
  ca?: string | undefined;
  /** Sent as Bearer. */
  token?: string | undefined;
}

/**
 * Any status is an answer; throws TryAgainError when there is none. Attributes are text in memory and percent-encoded here
 * (HTTP binding 1.0.2, 3.1.3.2). Data that is text or bytes is sent byte for byte, anything else as JSON.
 */
export async function sendEvent(
  http: Http,
  url: string,
  event: CloudEvent<unknown>,
  { timeoutMs, overrides = {}, ca, token }: SendOptions,
): Promise<HttpResponse> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const attributes: Readonly<Record<string, unknown>> = { ...event, ...extensions(overrides) };
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || sentOtherwise.has(name)) continue;
    headers[`ce-${name}`] = encodeAttributeValue(String(value));
  }
  // W3C Trace Context travels as headers; proxies and brokers read it there.
  for (const name of ['traceparent', 'tracestate']) {
    const value = attributes[name];
    if (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)) headers[name] = value;
  }
  return http({ method: 'POST', url, headers, body: bodyOf(event.data), timeoutMs, ca });
}

function extensions(overrides: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(overrides).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(named.filter(([name]) => /^[a-z0-9]+$/.test(name) && !coreAttributes.has(name)));
}

function bodyOf(data: unknown): string | Uint8Array | undefined {
  if (data === undefined) return undefined;
  return typeof data === 'string' || data instanceof Uint8Array ? data : JSON.stringify(data);
}
