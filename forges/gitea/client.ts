// One call to Gitea's API: address, token, redirects, statuses and shapes. Never repeats a call, and gives the token to no
// other origin than the configured one.
import * as v from 'valibot';
import { limits } from '../../config/limits.ts';
import { TryAgainError } from '../../events/errors.ts';
import type { HttpRequest, HttpResponse, Io } from '../../io/io.ts';
import { placeOf, whatCame } from '../../io/what-came.ts';
import type { ForgeOptions } from '../forge.ts';
import { type ClockOffset, createClockOffset } from './clock-offset.ts';
import { apiErrorWire, fullId } from './wire.ts';

/** What is asked for. */
export interface Question {
  route: string;
  /** What the route is below: `/repos/{owner}/{name}`, unless `server`. */
  of?: 'server';
  /** Values for `{names}`, each encoded segment by segment. */
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string | number | boolean>>;
  /** Default GET. */
  method?: HttpRequest['method'];
  /** Sent as JSON. */
  body?: object;
  /** Beside 200. */
  also?: readonly number[];
  /** Answers above this many bytes are an error. */
  maxBytes?: number;
  /** What to say to a person after a status, where the question knows better than its status alone. */
  hints?: Readonly<Record<number, string>>;
}

export interface Client {
  /** The answer, which has status 200 or one of `also`. */
  ask(question: Question): Promise<HttpResponse>;
  /** The JSON of an answer, or TryAgainError naming the question. */
  read<T extends v.GenericSchema>(question: Question, answer: HttpResponse, shape: T): v.InferOutput<T>;
  /** As configured, without a slash at the end. */
  server: string;
  /** The address a question goes to, to know its length beforehand. */
  address(question: Question): string;
  /** What was asked for where, for messages. */
  name(question: Question): string;
  clockOffset: ClockOffset;
}

/** Gitea also takes branches, tags and short ids where a commit is asked for, and each of them can move or be ambiguous. */
export function checkId(id: string): void {
  if (!fullId.test(id)) throw new TryAgainError('expected a full object id of 40 or 64 hex digits to ask Gitea for');
}

const redirects = [301, 302, 307, 308];
const maxRedirects = 3;

export function createClient(options: ForgeOptions, io: Pick<Io, 'api' | 'clock'>): Client {
  const base = new URL(options.url);
  const server = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
  const root = `${server}/api/v1`;
  const repository = `/repos/${encodeSegments(options.repository)}`;
  const clockOffset = createClockOffset();
  /** How an answer was come by, for messages about it. */
  const asked = new WeakMap<HttpResponse, Asked>();

  const address = (question: Question) => root + (question.of === 'server' ? '' : repository) + fill(question);
  const name = (question: Question) =>
    `${question.method ?? 'GET'} ${question.of === 'server' ? '' : repository}${fillPath(question)} at ${base.host}`;

  async function send(url: string, question: Question, named: string): Promise<HttpResponse> {
    const { method = 'GET', body, maxBytes } = question;
    const token = options.token();
    const headers: Record<string, string> = { accept: 'application/json, */*;q=0.5' };
    if (token) headers.authorization = `token ${token}`;
    if (body) headers['content-type'] = 'application/json';
    const sentAt = io.clock.now();
    let answer: HttpResponse;
    try {
      answer = await io.api({
        method,
        url,
        headers,
        timeoutMs: limits.forgeCall,
        maxBytes,
        ca: options.ca(),
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      if (cause instanceof TryAgainError) throw new TryAgainError(`${named}: ${cause.message}`, { cause });
      throw cause;
    }
    // A cache in front (`Age`) tells an old time.
    if (answer.headers.age === undefined) clockOffset.learn(sentAt, io.clock.now(), answer.headers.date);
    asked.set(answer, { token, ...(url === address(question) ? {} : { redirectedTo: url }) });
    return answer;
  }

  async function ask(question: Question): Promise<HttpResponse> {
    const named = name(question);
    let url = address(question);
    for (let hops = 0; ; hops++) {
      const answer = await send(url, question, named);
      if (answer.status === 200 || question.also?.includes(answer.status)) return answer;
      if (!redirects.includes(answer.status)) throw unexpected(answer, named, question, options, asked.get(answer));
      // A renamed or moved repository: Gitea redirects from its old name for as long as nobody takes it.
      if (hops === maxRedirects) throw new TryAgainError(`${named}: more than ${maxRedirects} redirects`);
      url = next(url, answer, base, named);
    }
  }

  return {
    server,
    ask,
    read: (question, answer, shape) => readJson(answer, shape, name(question), asked.get(answer)),
    address,
    name,
    clockOffset,
  };
}

interface Asked {
  token: string | undefined;
  /** Where the last redirect led. */
  redirectedTo?: string;
}

/** The message of an error that Gitea itself tells; undefined when it is another's, a proxy's in front of it or the router's. */
export function apiMessage(answer: HttpResponse): string | undefined {
  const body = parse(answer);
  return v.is(apiErrorWire, body) ? body.message : undefined;
}

function fillPath({ route, path = {} }: Question): string {
  return route.replace(/\{(\w+)\}/g, (_, key: string) => encodeSegments(path[key]!));
}

function fill(question: Question): string {
  const { query = {} } = question;
  const filled = fillPath(question);
  const pairs = Object.entries(query).map(([key, value]) => `${key}=${encode(String(value))}`);
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
}

function encodeSegments(path: string): string {
  return path.split('/').map(encode).join('/');
}

function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new TryAgainError(`a name that is not Unicode cannot be asked for: ${JSON.stringify(text)}`, { cause });
  }
}

function next(from: string, answer: HttpResponse, base: URL, named: string): string {
  const { location } = answer.headers;
  const to = location && URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (!to) throw new TryAgainError(`${named}: status ${answer.status} without a usable Location`);
  if (to.origin !== base.origin)
    throw new TryAgainError(
      `${named}: redirected to ${placeOf(to.href)}, which is not followed because it would get the token; ` +
        (to.host === base.host
          ? `GITEA_URL should begin with ${to.protocol}//`
          : 'if that is where Gitea is now, GITEA_URL should say so; if it is a sign-in page, look at what stands in front of Gitea'),
    );
  to.username = '';
  to.password = '';
  return to.href;
}

function unexpected(
  answer: HttpResponse,
  named: string,
  question: Question,
  options: ForgeOptions,
  asked?: Asked,
): TryAgainError {
  const { status } = answer;
  if (isApi(answer)) {
    const hint = question.hints?.[status] ?? lookAt(answer, question, options);
    return new TryAgainError(`${named}: expected status 200, got ${status}; ${hint}`);
  }
  return new TryAgainError(
    `${named}: expected status 200, got ${[status, came(answer, asked)].filter(Boolean).join(', ')}; ${lookBefore(status)}`,
  );
}

function came(answer: HttpResponse, { token, redirectedTo }: Asked = { token: undefined }): string | undefined {
  const parts = [whatCame(answer, [token]), redirectedTo && `after a redirect to ${placeOf(redirectedTo)}`];
  return parts.filter(Boolean).join(', ') || undefined;
}

/** Where to look when what answered is not Gitea, which then has seen neither token nor question. */
function lookBefore(status: number): string {
  if (status === 429) return 'too many requests: look at the rate limit of the proxy in front of Gitea';
  if (status >= 500) return "look at Gitea's log, or that of the proxy in front of it";
  return 'the answer is not of the API of Gitea: look at GITEA_URL and at what stands in front of it';
}

function lookAt(answer: HttpResponse, { method = 'GET' }: Question, options: ForgeOptions): string {
  const { repository, tokenName: token } = options;
  const { status } = answer;
  const known = options.token() !== undefined;
  if (status === 401) return known ? `${token} is wrong, expired or revoked` : `${token} is needed and not set`;
  if (status === 403) {
    if (!known) return `${token} is not set`;
    return method === 'GET'
      ? `${token} lacks the scope read:repository or may see public repositories only`
      : `${token} lacks the scope write:repository, or its owner may not do this in ${repository}`;
  }
  if (status === 404)
    return `not there, or the repository ${repository} is not visible ${known ? `to ${token}` : `without a token, and ${token} is not set`}`;
  if (status === 409) return 'the repository may be empty';
  if (status === 429) return 'too many requests: look at the rate limit of Gitea or of the proxy in front of it';
  if (status >= 500) return "look at Gitea's log, or that of the proxy in front of it";
  return 'look at GITEA_URL and at what stands in front of Gitea';
}

/** Gitea's own errors are JSON with a message; those of its pages, of another server and of proxies are not. */
function isApi(answer: HttpResponse): boolean {
  return v.is(v.object({ message: v.string() }), parse(answer));
}

function parse(answer: HttpResponse): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function readJson<T extends v.GenericSchema>(
  answer: HttpResponse,
  shape: T,
  named: string,
  asked?: Asked,
): v.InferOutput<T> {
  const body = parse(answer);
  if (body === undefined) {
    const what = came(answer, asked);
    const seen = what === undefined ? 'something else, or JSON cut off' : `${what}: not of the API of Gitea`;
    throw new TryAgainError(
      `${named}: expected JSON, got ${seen}; look at GITEA_URL and at what stands in front of it`,
    );
  }
  const result = v.safeParse(shape, body, { abortEarly: true });
  if (result.success) return result.output;
  // Only where it is wrong: valibot's own messages quote the value.
  const where = v.getDotPath(result.issues[0]) ?? 'as a whole';
  throw new TryAgainError(`${named}: the JSON is not of the expected shape (${where}); is this a Gitea or Forgejo?`);
}
