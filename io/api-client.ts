// One call to the API of a server: address, token, CA, time limit, and the JSON of the answer. Repeats nothing and follows no
// redirect; which status is an error, and where to look then, is for the adapters to say.
import * as v from 'valibot';
import { TryAgainError } from '../events/errors.ts';
import type { Http, HttpRequest, HttpResponse, Io } from './io.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';
import { placeOf, whatCame } from './what-came.ts';

export interface Call {
  /** Default GET. */
  method?: HttpRequest['method'];
  /** Below the API, with `{name}` for each value of `path`, which is encoded segment by segment. */
  route: string;
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | boolean>>;
  /** JSON; text as it is. */
  body?: object | string;
  /** As in HttpRequest: it is not repeated. */
  once?: true;
  /** Answers above this many bytes are an error. */
  maxBytes?: number;
  /** As in HttpRequest: the answer is read line by line while it comes, for at most `timeoutMs`. */
  lines?: { onLine: (line: string) => void; signal: AbortSignal; timeoutMs: number };
}

/** With what it takes to speak about it. */
export interface Answer extends HttpResponse {
  /** The token that was sent, which no message may quote. */
  token: string;
  /** Where it was asked for. */
  askedAt: string;
}

export interface ApiOptions {
  /** Of the server; may carry a path prefix. Credentials, query and fragment are left out. */
  url: string;
  /** Path of the API below it. */
  api: string;
  /** Read before every call; undefined or empty: none is sent. */
  token: () => string | undefined;
  /** The setting that the token comes from, for messages. */
  tokenName: string;
  /** What stands before the token. Without meaning where there is a user. */
  scheme: 'Bearer' | 'token';
  /** The token is the password of this user (RFC 7617). */
  user?: string | undefined;
  /** Sent with every call. */
  headers?: Readonly<Record<string, string>>;
  /** PEM certificates to trust instead of the system's. Read before every call. */
  ca: () => string | undefined;
  timeoutMs: number;
  /** What messages about a call begin with. `route`: filled. */
  name(method: string, route: string, host: string): string;
}

export interface Api {
  /** As configured, without a slash at the end. */
  readonly url: string;
  /** Where a call goes to. */
  address(call: Call): string;
  /** Any status is an answer; throws TryAgainError that names the call when there is none. `to`: another address than its own. */
  send(call: Call, to?: string): Promise<Answer>;
  /** Names the call. */
  error(call: Call, text: string, cause?: unknown): TryAgainError;
  clock: ServerClock;
}

/** `http`: one of `io`, which counts calls and knows the deadline of the event they are made for. */
export function createApi(options: ApiOptions, http: Http, { clock: ours }: Pick<Io, 'clock'>): Api {
  const base = new URL(options.url);
  const url = base.origin + withoutSlashes(base.pathname);
  const root = url + withoutSlashes(`/${options.api}`.replace(/^\/+/, '/'));
  const clock = createServerClock();

  function error(call: Call, text: string, cause?: unknown): TryAgainError {
    const name = options.name(call.method ?? 'GET', fill(call, printable), base.host);
    return new TryAgainError(`${name}: ${text}`, cause === undefined ? undefined : { cause });
  }

  function address(call: Call): string {
    const encode = (text: string) => encodeURIComponent(text);
    try {
      const query = Object.entries(call.query ?? {}).map(([key, value]) => `${key}=${encode(String(value))}`);
      return root + fill(call, encode) + (query.length === 0 ? '' : `?${query.join('&')}`);
    } catch (cause) {
      // Half characters have no bytes: neither a name nor a page token with one can be asked for.
      throw error(call, 'not sent: text that is not Unicode', cause);
    }
  }

  function read(secret: () => string | undefined, call: Call): string {
    try {
      return secret()?.trim() ?? '';
    } catch (cause) {
      // The message names the file; the next attempt reads it anew.
      throw error(call, `not sent: ${cause instanceof Error ? cause.message : 'a file cannot be read'}`, cause);
    }
  }

  async function send(call: Call, to = address(call)): Promise<Answer> {
    const { method = 'GET', body, once, maxBytes } = call;
    const token = read(options.token, call);
    const { user, scheme } = options;
    // Anything else cannot stand in a header, and the client's own message would show the value.
    if (user === undefined && /[^\x21-\x7e]/.test(token))
      throw error(call, `not sent: ${options.tokenName} is not one word of ASCII`);
    const ca = read(options.ca, call);
    const sentAt = ours.now();
    try {
      const answer = await http({
        method,
        url: to,
        headers: {
          accept: 'application/json, */*;q=0.5',
          ...options.headers,
          ...(token !== '' && { authorization: user === undefined ? `${scheme} ${token}` : basic(user, token) }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        timeoutMs: options.timeoutMs,
        ...call.lines,
        ...(once && { once }),
        ...(maxBytes !== undefined && { maxBytes }),
        ...(ca !== '' && { ca }),
      });
      clock.learn(sentAt, ours.now(), answer);
      return { ...answer, token, askedAt: to };
    } catch (cause) {
      if (!(cause instanceof TryAgainError)) throw cause;
      // Servers go on with a write whose client has hung up (measured), so nothing is known of it.
      const doubt = method === 'GET' ? '' : '; the write may have been done all the same';
      throw error(call, cause.message + doubt, cause);
    }
  }

  return { url, address, send, error, clock };
}

/** What came in place of what was asked for, in words; undefined when there is nothing to say. */
export function cameIn(api: Api, call: Call, answer: Answer): string | undefined {
  const redirected = answer.askedAt !== api.address(call) && `after a redirect to ${placeOf(answer.askedAt)}`;
  return [whatCame(answer, [answer.token]), redirected].filter(Boolean).join(', ') || undefined;
}

/** The JSON of an answer; undefined when it is none. Strict about UTF-8: a character read wrongly would be written back wrongly. */
export function jsonOf({ body }: Pick<HttpResponse, 'body'>): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** JSON that is not of the shape expected. Names the place and what was expected there, never the value. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

/** `json` as the schema has it; `what`: what it is, for the message of the ShapeError. */
export function shaped<const S extends v.GenericSchema>(schema: S, json: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ShapeError(`${what}: expected ${issue.expected ?? 'another value'} at ${v.getDotPath(issue) ?? 'its top'}`);
}

/** The JSON of an answer, read by `read`, which may throw ShapeError; TryAgainError naming the call. `where`: where to look then. */
export function readAnswer<T>(api: Api, call: Call, answer: Answer, read: (json: unknown) => T, where: string): T {
  const json = jsonOf(answer);
  try {
    if (json === undefined) throw new ShapeError('the body is not JSON');
    return read(json);
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    const came = json === undefined ? cameIn(api, call, answer) : undefined;
    throw api.error(
      call,
      `status ${answer.status}, but ${cause.message}${came === undefined ? '' : `: ${came}`}; ${where}`,
    );
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function fill({ route, path = {} }: Call, write: (text: string) => string): string {
  return route.replace(/\{(\w+)\}/g, (_, key: string) => path[key]!.split('/').map(write).join('/'));
}

function withoutSlashes(path: string): string {
  return path.replace(/\/+$/, '');
}

/** At most 200 characters of what others named, on one line. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 200);
}
