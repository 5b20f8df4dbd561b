// The HTTP client: axios as published, with a check before sending, one time limit for the whole exchange, one more attempt after a
// stale connection, and failures in our own words.
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { promisify } from 'node:util';
import type { AxiosResponse, AxiosStatic } from 'axios';
import { TryAgainError, UntrustedError } from '../events/errors.ts';
import { createConnections, type Limited, takeCredentials } from './connections.ts';
import { codeOf, inWords, isUntrusted, NoAnswer, tooLargeText } from './failures.ts';
import type { Http, HttpRequest, HttpResponse } from './io.ts';
import type { ProxyChoice } from './proxies.ts';
import { readLines } from './read-lines.ts';
import { currentTrace } from './trace.ts';

const defaultMaxBytes = 32 * 1024 * 1024;

let library: Promise<AxiosStatic> | undefined;

/** Loads axios once. A process that only listens does not need it yet. */
export function loadAxios(): Promise<AxiosStatic> {
  library ??= import('axios').then((module) => module.default);
  return library;
}

/** One sending of one request. */
interface Attempt {
  method: HttpRequest['method'];
  /** Without credentials. */
  url: URL;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Always bytes: Node doubles the encoding of Latin-1 header bytes when the body is a string. */
  body?: Buffer;
  maxBytes: number;
  ca?: string;
  onLine?: HttpRequest['onLine'];
  /** Aborts when the time is up. */
  limit: AbortSignal;
  /** Not on a connection that was used before. */
  fresh: boolean;
  /** The proxy that this goes through, and whether the server behind it was reached. */
  via?: { proxy: string; reached: boolean };
}

/** The server had closed an idle connection just when we used it again, and has answered nothing. */
class StaleConnection extends Error {
  override name = 'StaleConnection';
}

/**
 * A client with connections of its own. `proxyFor`: without it every server is asked directly; axios itself would read the
 * environment, and NO_PROXY without CIDR blocks.
 */
export function createHttp(proxyFor?: ProxyChoice): Http {
  const send = createSender(proxyFor);
  return async (request) => {
    const { url, headers } = checked(request);
    const { method, timeoutMs, maxBytes = defaultMaxBytes, ca, onLine, once = false, signal } = request;
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const controller = new AbortController();
    const limit = controller.signal;
    const hangUp = () => controller.abort();
    const timer = setTimeout(hangUp, timeoutMs);
    signal?.addEventListener('abort', hangUp);
    if (signal?.aborted) hangUp();
    const attempt: Attempt = { method, url, headers, body, maxBytes, ca, onLine, limit, fresh: once };
    try {
      return await within(limit, sendTwice(send, attempt));
    } catch (cause) {
      const late = signal?.aborted ? 'given up' : `no whole answer within ${timeoutMs} ms`;
      const reason = limit.aborted ? late : inWords(cause);
      const Kind = !limit.aborted && isUntrusted(cause) ? UntrustedError : TryAgainError;
      throw new Kind(`${method} ${url.host}: ${throughProxy(reason, attempt)}`, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', hangUp);
    }
  };
}

/** Rejects when the time is up, whatever is still waited for: axios says nothing while an agent waits for its connection. */
function within<T>(limit: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new NoAnswer('too late'));
    if (limit.aborted) giveUp();
    limit.addEventListener('abort', giveUp);
    work.then(resolve, reject);
  });
}

async function sendTwice(send: (attempt: Attempt) => Promise<HttpResponse>, attempt: Attempt): Promise<HttpResponse> {
  try {
    return await send(attempt);
  } catch (error) {
    // RFC 9112 9.3.1 asks that only what may be repeated is sent again; here every write is harmless twice.
    if (!(error instanceof StaleConnection) || attempt.limit.aborted) throw error;
    attempt.fresh = true;
    return { ...(await send(attempt)), repeated: true };
  }
}

function createSender(proxyFor?: ProxyChoice): (attempt: Attempt) => Promise<HttpResponse> {
  const connections = createConnections();

  return async (attempt) => {
    const { method, url, headers, body, ca, limit, maxBytes, fresh, onLine } = attempt;
    const proxy = proxyFor?.(url);
    const [axios, { request: open, kept, single }] = await Promise.all([loadAxios(), connections(url.protocol, proxy)]);
    let isStale = (_error: unknown) => false;
    const transport = {
      request(options: RequestOptions, answered: (response: IncomingMessage) => void) {
        const withLimit: RequestOptions & Limited = { ...options, ...(ca === undefined ? {} : { ca }), limit };
        const request = open(withLimit, answered);
        if (proxy !== undefined) watchProxy(request, proxy, attempt);
        isStale = watchForStaleness(request);
        return request;
      },
    };
    const agent = fresh ? single : kept;
    try {
      const answer = await axios.request<Buffer>({
        adapter: 'http',
        method,
        url: url.href,
        // Where none is given, false: axios would call our bytes a form.
        headers: { ...headers, 'content-type': headers['content-type'] ?? false },
        data: body,
        responseType: onLine ? 'stream' : 'arraybuffer',
        // Whoever asked knows what the bytes are; axios would unpack half a gzip without a word.
        transformRequest: [],
        transformResponse: [],
        decompress: false,
        validateStatus: null,
        maxRedirects: 0,
        maxContentLength: onLine ? -1 : maxBytes,
        maxBodyLength: Number.POSITIVE_INFINITY,
        proxy: false,
        httpAgent: agent,
        httpsAgent: agent,
        transport,
        signal: limit,
      });
      // An answer given before the server took all we send: the connection is of no further use.
      const request = answer.request as ClientRequest;
      if (!request.writableFinished) request.destroy();
      if (onLine) answer.data = await readStream(answer, maxBytes, onLine);
      return await decoded(answer, maxBytes);
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error;
      const { cause = error } = error;
      if (isStale(cause)) throw new StaleConnection('stale', { cause });
      if (error.code !== axios.AxiosError.ERR_BAD_RESPONSE) throw cause;
      throw new NoAnswer(
        /maxContentLength/.test(error.message) ? tooLargeText(maxBytes) : inWords({ code: 'ECONNRESET' }),
      );
    }
  };
}

/** Of a success the lines are handed on and nothing is left; of anything else, what it says. */
async function readStream(
  { status, data }: AxiosResponse,
  maxBytes: number,
  onLine: (line: string) => void,
): Promise<Buffer> {
  let said = '';
  const collect = (line: string) => {
    said += `${line}\n`;
    if (said.length > maxBytes) throw new NoAnswer(tooLargeText(maxBytes));
  };
  await readLines(data as IncomingMessage, maxBytes, status === 200 ? onLine : collect);
  return Buffer.from(said);
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
    // Of what is read while it comes, nothing may wait in a compressor.
    'accept-encoding': request.onLine ? 'identity' : 'gzip',
    'user-agent': 'post-deployment-functions',
  };
  const trace = currentTrace();
  if (trace !== undefined) headers.traceparent = trace;
  const credentials = takeCredentials(url);
  if (credentials !== undefined) headers.authorization = credentials;
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
function watchForStaleness(request: ClientRequest): (error: unknown) => boolean {
  let before = 0;
  request.on('socket', (socket) => {
    before = socket.bytesRead;
  });
  return (error) => {
    const code = codeOf(error);
    const silent = (request.socket?.bytesRead ?? before) === before;
    return request.reusedSocket && silent && (code === 'ECONNRESET' || code === 'EPIPE');
  };
}

/** Keeps account of how far a request through a proxy came. https://github.com/TooTallNate/proxy-agents: `proxyConnect` */
function watchProxy(request: ClientRequest, proxy: URL, attempt: Attempt): void {
  const via = { proxy: proxy.host, reached: false };
  attempt.via = via;
  const refuse = (status: number) => {
    via.reached = false;
    request.destroy(new NoAnswer(`it answered ${status}: ${whyRefused(status)}`));
  };
  request.on('proxyConnect', ({ statusCode }: { statusCode?: number }) => {
    if (statusCode === undefined || statusCode === 200) via.reached = attempt.url.protocol === 'https:';
    else refuse(statusCode);
  });
  request.on('socket', () => {
    if (request.reusedSocket) via.reached = true;
  });
  request.prependListener('response', ({ statusCode }) => {
    via.reached = true;
    // Of a proxy alone (RFC 9110 15.5.8).
    if (statusCode === 407) refuse(statusCode);
  });
}

function whyRefused(status: number): string {
  if (status === 407) return 'it asks for another user name and password';
  return status >= 500 ? 'it cannot reach that server' : 'it does not let us through to that server';
}

async function decoded({ status, headers: raw, data }: AxiosResponse<Buffer>, maxBytes: number): Promise<HttpResponse> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const { 'content-encoding': encoding = 'identity', 'content-length': _length, ...others } = headers;
  const kind = encoding.trim().toLowerCase();
  if (kind === 'identity' || data.length === 0) return { status, headers, body: data };
  if (kind !== 'gzip' && kind !== 'x-gzip') throw new NoAnswer('answer in an encoding nobody asked for');
  const { gunzip } = await import('node:zlib');
  try {
    const body = await promisify<Buffer, object, Buffer>(gunzip)(data, { maxOutputLength: maxBytes });
    return { status, headers: others, body };
  } catch (cause) {
    const tooLarge = codeOf(cause) === 'ERR_BUFFER_TOO_LARGE';
    throw new NoAnswer(tooLarge ? tooLargeText(maxBytes) : 'answer is damaged (gzip)', { cause });
  }
}

/** A proxy that did not let us through is what to look at, and not the server, which nobody asked. */
function throughProxy(reason: string, { via, url }: Attempt): string {
  if (via === undefined) return reason;
  if (via.reached) return `${reason} (through the proxy ${via.proxy})`;
  const setting = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  return `the proxy ${via.proxy}: ${reason}; look at ${setting} and NO_PROXY`;
}
