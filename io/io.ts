// Everything a function needs from outside, as one value that is passed down: tests put another world in its place.
// Of what functions use, no layer but this one and host/ opens a socket, reads a clock or a file, draws a random number or writes a log line.
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Connect, send and read the whole answer within this many ms. */
  timeoutMs: number;
  /** Answers above this many bytes are an error. Default 32 MiB. */
  maxBytes?: number;
  /** PEM certificates to trust instead of the system's. */
  ca?: string;
  /** Of an answer 200: gets each line as it comes, and the body of the response is empty. `maxBytes` then limits a line. */
  onLine?: (line: string) => void;
  /** It does harm when it is done twice: it goes on a new connection, and is not repeated. */
  once?: true;
  /** Hangs up, and the call rejects. */
  signal?: AbortSignal;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case; of repeated headers the values joined by ", ". */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** The call was made twice: the first time on a connection that had just been closed. */
  repeated?: true;
}

/**
 * One exchange; any status is an answer, and redirects are not followed. Repeated once, only when a kept connection was closed before
 * any answer. Rejects with TryAgainError when there is no whole answer: refused, reset, too late, cut off, too large, TLS not trusted.
 * The message names host and reason, no secret.
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export interface Clock {
  /** ms since epoch. */
  now(): number;
  /** ms, never goes back. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** One JSON line. Values are text of ours or identifiers, never a payload or a secret. */
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface Counter {
  add(labels: Readonly<Record<string, string>>, value?: number): void;
}

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

export interface Metrics {
  counter(name: string, help: string): Counter;
  /** Seconds; fixed buckets. */
  histogram(name: string, help: string): { observe(labels: Readonly<Record<string, string>>, seconds: number): void };
  /** The value, or one for each set of labels, is asked for when the page is read. */
  gauge(name: string, help: string, read: () => number | readonly Sample[] | undefined): void;
  /** Prometheus text format 0.0.4. */
  text(): string;
}

export interface Io {
  /** Calls to Git and registry, through a proxy where one is set. */
  api: Http;
  /** Events to a sink. Never through a proxy: a broker is a neighbour, whatever HTTPS_PROXY says for the world outside. */
  sink: Http;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** 0 <= x < 1. */
  random(): number;
  /** Text of a file, read again when it changed; throws with the path when it cannot be read. */
  readFile(path: string): string;
}
