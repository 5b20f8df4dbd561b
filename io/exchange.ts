// What both HTTP clients share: checks before sending, the time limit of the whole exchange, one more try on a connection
// that had gone stale, decoding, and failures in words. Opens no connection itself.
import type { ClientRequest } from 'node:http';
import querystring from 'node:querystring';
import { promisify } from 'node:util';
import { TryAgainError, UntrustedError } from '../events/errors.ts';
import { currentTrace } from './current-trace.ts';
import type { Http, HttpRequest, HttpResponse } from './io.ts';
import { type Signal, Stop } from './stop.ts';

const defaultMaxBytes = 32 * 1024 * 1024;

/** One sending of one request. */
export interface Attempt {
  method: HttpRequest['method'];
  /** Without credentials. */
  url: URL;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Always bytes: Node doubles the encoding of Latin-1 header bytes when the body is a string. */
  body?: Buffer;
  maxBytes: number;
  ca?: string;
  /** Aborts when the time is up. */
  limit: Signal;
  /** Not on a connection that was used before. */
  fresh: boolean;
  /** The proxy that this goes through, and whether the server behind it was reached; written by whoever sends. */
  via?: { proxy: string; reached: boolean };
}

export interface RawAnswer {
  status: number;
  /** Name, value, name, value, as they came. */
  rawHeaders: readonly string[];
  body: Buffer;
}

/** Why there is no whole answer, in words fit for a log. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

/** The server had closed an idle connection just when we used it again, and has answered nothing. */
export class StaleConnection extends Error {
  override name = 'StaleConnection';
}

/** Makes the contract of `Http` out of a function that sends once. */
export function createHttp(send: (attempt: Attempt) => Promise<RawAnswer>): Http {
  return async (request) => {
    const { url, headers } = checked(request);
    const { method, timeoutMs, maxBytes = defaultMaxBytes, ca } = request;
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const limit = new Stop();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    const attempt: Attempt = { method, url, headers, body, maxBytes, ca, limit, fresh: false };
    try {
      return await sendWhole(send, attempt);
    } catch (cause) {
      const reason = limit.aborted ? `no whole answer within ${timeoutMs} ms` : inWords(cause);
      const Kind = !limit.aborted && isUntrusted(cause) ? UntrustedError : TryAgainError;
      throw new Kind(`${method} ${url.host}: ${throughProxy(reason, attempt)}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  };
}

async function sendWhole(send: (attempt: Attempt) => Promise<RawAnswer>, attempt: Attempt): Promise<HttpResponse> {
  const { maxBytes, limit } = attempt;
  try {
    return await decoded(await send(attempt), maxBytes);
  } catch (error) {
    // RFC 9112 9.3.1 asks that only what may be repeated is sent again; here every write is harmless twice.
    if (!(error instanceof StaleConnection) || limit.aborted) throw error;
    attempt.fresh = true;
    return { ...(await decoded(await send(attempt), maxBytes)), repeated: true };
  }
}

/** A header's name, and what its value holds nowhere (RFC 9110 5.6.2, 5.5; the same as Node's own checks). */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const notFieldValue = /[^\t\x20-\x7e\x80-\xff]/;

function checked(request: HttpRequest): { url: URL; headers: Record<string, string> } {
  let url: URL;
  try {
    url = new URL(request.url);
  } catch {
    throw new TryAgainError(`${request.method}: the address is not a URL`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TryAgainError(
      `${request.method} ${url.host}: expected an address with http or https, got ${url.protocol}`,
    );
  const headers: Record<string, string> = {
    accept: '*/*',
    'accept-encoding': 'gzip',
    'user-agent': 'post-deployment-functions',
  };
  const trace = currentTrace();
  if (trace !== undefined) headers.traceparent = trace;
  if (url.username !== '' || url.password !== '') {
    const credentials = [url.username, url.password].map((part) => querystring.unescape(part)).join(':');
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    // axios would send it without the offending characters, which for a token means: another token.
    if (!token.test(name) || notFieldValue.test(value))
      throw new TryAgainError(
        `${request.method} ${url.host}: header ${JSON.stringify(name)} holds characters HTTP does not allow`,
      );
    headers[name.toLowerCase()] = value;
  }
  return { url, headers };
}

/**
 * Whether a request failed on a reused connection before the server said anything. Ask in or after its 'error' event.
 * https://nodejs.org/api/http.html#requestreusedsocket
 */
export function watchForStaleness(request: ClientRequest): (error: unknown) => boolean {
  let before = 0;
  request.on('socket', (socket) => {
    before = socket.bytesRead;
  });
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    const silent = (request.socket?.bytesRead ?? before) === before;
    return request.reusedSocket && silent && (code === 'ECONNRESET' || code === 'EPIPE');
  };
}

/** A promise only where there is something to unpack. */
function decoded({ status, rawHeaders, body }: RawAnswer, maxBytes: number): HttpResponse | Promise<HttpResponse> {
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    const value = rawHeaders[i + 1]!;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding === undefined || encoding === 'identity' || body.length === 0) return { status, headers, body };
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new NoAnswer('answer in an encoding nobody asked for');
  return unzipped({ status, headers, body }, maxBytes);
}

async function unzipped({ status, headers: packed, body }: HttpResponse, maxBytes: number): Promise<HttpResponse> {
  const { gunzip } = await import('node:zlib');
  try {
    const plain = await promisify<Buffer, object, Buffer>(gunzip)(body, { maxOutputLength: maxBytes });
    const { 'content-encoding': _encoding, 'content-length': _length, ...headers } = packed;
    return { status, headers, body: plain };
  } catch (cause) {
    const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new NoAnswer(tooLarge ? tooLargeText(maxBytes) : 'answer is damaged (gzip)', { cause });
  }
}

export function tooLargeText(maxBytes: number): string {
  return `answer is larger than ${maxBytes} bytes`;
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed before the answer was complete',
  EPIPE: 'connection closed before the answer was complete',
  ETIMEDOUT: 'cannot connect in time',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'name of the host cannot be looked up now',
  EHOSTUNREACH: 'host cannot be reached',
  ENETUNREACH: 'network cannot be reached',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  ERR_INVALID_ARG_VALUE: 'cannot send a request like this',
  HPE_HEADER_OVERFLOW:
    'answer with more than 16 kB of headers, as a sign-in page with many cookies gives; look at what stands in front of the server',
};

/** A proxy that did not let us through is what to look at, and not the server, which nobody asked. */
function throughProxy(reason: string, { via, url }: Attempt): string {
  if (via === undefined) return reason;
  if (via.reached) return `${reason} (through the proxy ${via.proxy})`;
  const setting = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  return `the proxy ${via.proxy}: ${reason}; look at ${setting} and NO_PROXY`;
}

const untrusted = /CERT|SIGNATURE|ISSUER|_CA$/;

/** The code of an error or of what caused it. AggregateError: several addresses were tried; its own code is the first one's. */
function codeOf(error: unknown): string | undefined {
  const known = error instanceof StaleConnection ? error.cause : error;
  const { code, cause } = known as { code?: unknown; cause?: { code?: unknown } };
  const name = typeof code === 'string' ? code : cause?.code;
  return typeof name === 'string' ? name : undefined;
}

function isUntrusted(error: unknown): boolean {
  return !(error instanceof NoAnswer) && untrusted.test(codeOf(error) ?? '');
}

/** Only codes and sentences of ours: messages of libraries quote addresses and headers. */
function inWords(error: unknown): string {
  if (error instanceof NoAnswer) return error.message;
  const name = codeOf(error);
  if (name === undefined) return 'no answer';
  if (words[name]) return words[name];
  if (untrusted.test(name)) return `its TLS certificate is not trusted (${name})`;
  if (/^(ERR_SSL|EPROTO|ERR_TLS)/.test(name)) return `no TLS connection (${name})`;
  if (name.startsWith('HPE_')) return `answer is not HTTP (${name})`;
  return `no answer (${name})`;
}
