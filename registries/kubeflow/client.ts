// One exchange with the Model Registry: the address, the token, the time limit, and what an answer that is not 200 means.
// Never repeats, never follows a redirect, never believes that something is gone because a look-up by id says so.
import { limits } from '../../config/limits.ts';
import { TryAgainError } from '../../events/errors.ts';
import type { HttpResponse, Io } from '../../io/io.ts';
import { whatCame } from '../../io/what-came.ts';
import type { RegistryOptions, Write } from '../registry.ts';
import { readNotFound, readProblem, ShapeError } from './wire.ts';

export interface Request {
  method: 'GET' | 'PATCH';
  /** Path below the API, with `{id}` for `id`. */
  route: string;
  id?: string;
  query?: Readonly<Record<string, string>>;
  body?: string;
}

export interface Caller {
  /** Address without credentials. */
  readonly url: string;
  /** The JSON of a 200, read by `read`; everything else throws TryAgainError. */
  ask<T>(request: Request, read: (json: unknown) => T): Promise<T>;
  /** As ask. In a dry run nothing is sent, and the result is `pretended`. */
  write<T>(request: Request & { body: string }, read: (json: unknown) => T, pretended: T): Promise<T>;
  /** As ask, for a look-up by name, where a 404 of the registry itself is an answer. */
  find<T>(request: Request, read: (json: unknown) => T): Promise<T | 'none' | 'several'>;
  /** ms since epoch by the `Date` of the latest answer. */
  serverTime(): number | undefined;
}

interface Exchanged {
  response: HttpResponse;
  token: string;
}

export function createCaller(options: RegistryOptions, io: Io, pretend?: (write: Write) => void): Caller {
  const base = new URL(options.url);
  const url = base.origin + base.pathname.replace(/\/+$/, '');
  const root = `${url}/${options.api.replace(/^\/+|\/+$/g, '')}`;
  let date: number | undefined;
  let warned = false;

  function addressOf(request: Request): string {
    const encode = (text: string) => encoded(text, request);
    const path = request.route.replace('{id}', () => encode(request.id ?? ''));
    const query = Object.entries(request.query ?? {}).map(([key, value]) => `${key}=${encode(value)}`);
    return root + path + (query.length === 0 ? '' : `?${query.join('&')}`);
  }

  async function exchange(request: Request): Promise<Exchanged> {
    const token = readSecret(options.token, request).trim();
    // Anything else cannot stand in a header, and the client's own message would show the value.
    if (/[^\x21-\x7e]/.test(token)) throw failed(request, 'the token is not one word of ASCII', TOKEN);
    const ca = readSecret(options.ca, request);
    let response: HttpResponse;
    try {
      response = await io.api({
        method: request.method,
        url: addressOf(request),
        headers: {
          accept: 'application/json',
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(request.body === undefined ? {} : { body: request.body }),
        timeoutMs: limits.registryCall,
        ...(ca === '' ? {} : { ca }),
      });
    } catch (error) {
      if (!(error instanceof TryAgainError)) throw error;
      // A PATCH goes through even when its client has hung up (measured), so nothing is known of it.
      const written = request.method === 'PATCH' ? '; the write may have been done all the same' : '';
      throw failed(request, hide(error.message, token) + written, undefined, error);
    }
    const answered = Date.parse(response.headers.date ?? '');
    if (!Number.isNaN(answered)) date = answered;
    warnOfEnd(response);
    return { response, token };
  }

  /** An API version that is to end says so for months before it answers 410. */
  function warnOfEnd({ headers }: HttpResponse): void {
    if (warned || headers.deprecation === undefined) return;
    warned = true;
    io.log('warn', 'the model registry announces the end of this API version; see MODEL_REGISTRY_API', {
      deprecation: printable(headers.deprecation),
      sunset: printable(headers.sunset ?? ''),
      link: printable(headers.link ?? ''),
    });
  }

  function readAs<T>({ response, token }: Exchanged, request: Request, read: (json: unknown) => T): T {
    try {
      return read(parse(response));
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      const came = json(response) === undefined ? whatCame(response, [token]) : undefined;
      throw failed(request, `status 200, but ${error.message}${came === undefined ? '' : `: ${came}`}`, ADDRESS);
    }
  }

  async function ask<T>(request: Request, read: (json: unknown) => T): Promise<T> {
    const exchanged = await exchange(request);
    if (exchanged.response.status !== 200) throw refused(request, exchanged);
    return readAs(exchanged, request, read);
  }

  return {
    url,
    ask,
    async write(request, read, pretended) {
      if (pretend === undefined) return ask(request, read);
      pretend({ method: request.method, url: addressOf(request), body: request.body });
      return pretended;
    },
    async find(request, read) {
      const exchanged = await exchange(request);
      const { status } = exchanged.response;
      if (status === 200) return readAs(exchanged, request, read);
      const missing = status === 404 ? readNotFound(json(exchanged.response)) : undefined;
      if (missing === undefined) throw refused(request, exchanged);
      return missing;
    },
    serverTime: () => date,
  };
}

const ADDRESS = 'look at MODEL_REGISTRY_URL and MODEL_REGISTRY_API, and at what stands in front of the registry';
const TOKEN = 'look at MODEL_REGISTRY_TOKEN, and at the role that lets its owner "get" the registry\'s service';
const OUTAGE = 'the registry also answers so while its database is away';

/** The registry's own sidecars (kube-rbac-proxy, oauth-proxy) refuse a token in plain text; a mesh in other words. */
function isAboutToken(response: HttpResponse, said: string | undefined): boolean {
  if (response.status !== 401 && response.status !== 403) return false;
  if (said !== undefined || /\bbearer\b/i.test(response.headers['www-authenticate'] ?? '')) return true;
  return /^(unauthorized|forbidden\b.*)$/i.test(response.body.toString('utf8', 0, 1_000).trim());
}

function hint(request: Request, response: HttpResponse, said: string | undefined): string | undefined {
  const { status } = response;
  if (isAboutToken(response, said)) return TOKEN;
  if (status === 401 || status === 403) return `that is not the registry's own answer: ${ADDRESS}`;
  if (status === 410) return 'this API version is gone: look at MODEL_REGISTRY_API';
  if (status < 200 || (status >= 300 && status < 400)) return ADDRESS;
  if (said === undefined) return status === 404 || status === 405 ? ADDRESS : undefined;
  // Measured: with its database stopped the registry answers 404 to every PATCH, and 400 "type mismatch" to any list.
  if (status === 404 && request.method === 'PATCH') return OUTAGE;
  return status === 400 && said.includes('type mismatch') ? OUTAGE : undefined;
}

function refused(request: Request, { response, token }: Exchanged): TryAgainError {
  const said = readProblem(json(response))?.message;
  // A complaint about a page token quotes it: text of an answer, of any content.
  const isQuoted = said !== undefined && request.query?.nextPageToken === undefined;
  const quoted = isQuoted ? `"${printable(hide(said, token))}"` : whatCame(response, [token]);
  const what = `status ${response.status}${quoted === undefined ? '' : `, ${quoted}`}`;
  return failed(request, what, hint(request, response, said));
}

/** As messages name it. */
export function named({ route, id = '' }: Pick<Request, 'route' | 'id'>): string {
  return route.replace('{id}', () => printable(id));
}

function failed(request: Request, what: string, where?: string, cause?: unknown): TryAgainError {
  const message = `model registry: ${request.method} ${named(request)}: ${what}${where === undefined ? '' : `; ${where}`}`;
  return new TryAgainError(message, cause === undefined ? undefined : { cause });
}

/** Half characters have no bytes: neither a name nor a page token with one can be asked for. */
function encoded(text: string, request: Request): string {
  try {
    return encodeURIComponent(text);
  } catch (error) {
    throw failed(request, 'not sent: text that is not Unicode', undefined, error);
  }
}

function readSecret(read: () => string | undefined, request: Request): string {
  try {
    return read() ?? '';
  } catch (error) {
    // Thrown with the file's path; the next try reads it anew.
    throw failed(
      request,
      `not sent: ${error instanceof Error ? error.message : 'a file cannot be read'}`,
      undefined,
      error,
    );
  }
}

function parse(response: HttpResponse): unknown {
  try {
    // Strict about UTF-8: a character read wrongly would be written back wrongly.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(response.body));
  } catch {
    throw new ShapeError('the body is not JSON');
  }
}

function json(response: HttpResponse): unknown {
  try {
    return parse(response);
  } catch {
    return undefined;
  }
}

const hide = (text: string, token: string): string => (token === '' ? text : text.replaceAll(token, '(token)'));

/** At most 200 characters of what others said, on one line. */
const printable = (text: string): string => text.replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 200);
