// Faults of a registry that stands in, as a test or the console sets them: per request, latency, a sidecar that wants a token.

export interface Answer {
  status: number;
  /** A name may come several times, as `Allow` does. */
  headers: [string, string][];
  body: string;
}

/** As Go's `http.Error` writes it. */
export function plainError(status: number, text: string): Answer {
  const headers: [string, string][] = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['X-Content-Type-Options', 'nosniff'],
  ];
  return { status, headers, body: `${text}\n` };
}

/** An answer in place of the server's own. */
export interface FaultAnswer {
  status: number;
  headers?: Record<string, string>;
  /** A text, or a value to send as JSON. */
  body?: unknown;
}
/** `hang`: no answer until the client or the stand-in goes; `reset`: the connection ends without an answer. */
export type FaultEnd = FaultAnswer | 'hang' | 'reset';
/** In place of the effect, or after it has happened. */
export type Fault = FaultEnd | { after: FaultEnd };

export interface FaultRequest {
  method: string;
  /** Behind the base path, without the query: `/model_versions/2`. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  /** As sent. */
  body: string;
  /** 1 for the first request since the start, counting all. */
  number: number;
}

export interface Faults {
  /** Asked for every request that got past the sidecar; undefined lets it through. */
  onRequest: ((request: FaultRequest) => Fault | undefined) | undefined;
  /** Milliseconds before each answer; the effect comes after it, also when the client has gone. */
  latencyMs: number;
  /** Awaited between the read and the write of each change: a second writer can come between, as on a real server. */
  beforeWrite: (() => Promise<void>) | undefined;
}

export const noFaults = (): Faults => ({ onRequest: undefined, latencyMs: 0, beforeWrite: undefined });

export function answerOf(fault: FaultAnswer): Answer {
  const body = fault.body === undefined ? '' : typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body);
  const type = typeof fault.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=UTF-8';
  const headers: [string, string][] = Object.entries({ 'Content-Type': type, ...fault.headers });
  return { status: fault.status, headers, body };
}

/** What a proxy in front of the server says without a good token (401) and to one without rights (403), in plain text. */
export function sidecar(
  authorization: string | undefined,
  { token, user, forbiddenToken }: { token?: string; user?: string; forbiddenToken?: string },
): Answer | undefined {
  const as = (secret: string) =>
    user === undefined ? `Bearer ${secret}` : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
  if (token === undefined || authorization === as(token)) return undefined;
  return forbiddenToken !== undefined && authorization === as(forbiddenToken)
    ? plainError(403, 'Forbidden (user=system:serviceaccount:other:default, verb=get, resource=services, subresource=)')
    : plainError(401, 'Unauthorized');
}
