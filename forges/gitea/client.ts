// Calls to Gitea's API: what each is below, redirects, and what an answer means that was not asked for. Gives the token to no other
// origin than the configured one.
import * as v from 'valibot';
import { limits } from '../../config/limits.ts';
import { TryAgainError } from '../../events/errors.ts';
import { type Answer, type Call, cameIn, createApi, jsonOf, readAnswer, shaped } from '../../io/api-client.ts';
import type { Io } from '../../io/io.ts';
import type { ServerClock } from '../../io/server-clock.ts';
import { placeOf } from '../../io/what-came.ts';
import type { ForgeOptions } from '../forge.ts';
import { apiErrorWire, fullId } from './wire.ts';

/** What is asked for. */
export interface Question extends Call {
  /** What the route is below: `/repos/{owner}/{name}`, unless `server`. */
  of?: 'server';
  /** Statuses beside 200. */
  also?: readonly number[];
  /** What to say to a person after a status, where the question knows better than its status alone. */
  hints?: Readonly<Record<number, string>>;
}

export interface Client {
  /** As configured, without a slash at the end. */
  readonly url: string;
  /** The answer, which has status 200 or one of `also`. */
  ask(question: Question): Promise<Answer>;
  /** The JSON of an answer, or TryAgainError naming the question. */
  read<T extends v.GenericSchema>(question: Question, answer: Answer, shape: T): v.InferOutput<T>;
  /** Where a question goes to, to know its length beforehand. */
  address(question: Question): string;
  /** Names the question. */
  error(question: Question, text: string): TryAgainError;
  clock: ServerClock;
}

/** Gitea also takes branches, tags and short ids where a commit is asked for, and each of them can move or be ambiguous. */
export function checkId(id: string): void {
  if (!fullId.test(id)) throw new TryAgainError('expected a full object id of 40 or 64 hex digits to ask Gitea for');
}

const redirects = [301, 302, 307, 308];
const maxRedirects = 3;
const lookAtUrl = 'look at GITEA_URL and at what stands in front of it';

export function createClient(options: ForgeOptions, io: Pick<Io, 'api' | 'clock'>): Client {
  const api = createApi(
    {
      ...options,
      api: '/api/v1',
      scheme: 'token',
      timeoutMs: limits.forgeCall,
      name: (method, route, host) => `${method} ${route} at ${host}`,
    },
    io.api,
    io,
  );
  const located = (question: Question): Call =>
    question.of === 'server' ? question : { ...question, route: `/repos/${options.repository}${question.route}` };
  const error = (question: Question, text: string) => api.error(located(question), text);

  async function ask(question: Question): Promise<Answer> {
    const call = located(question);
    let url = api.address(call);
    for (let hops = 0; ; hops++) {
      const answer = await api.send(call, url);
      const { status } = answer;
      if (status === 200 || question.also?.includes(status)) return answer;
      if (!redirects.includes(status)) throw unexpected(question, answer);
      // A renamed or moved repository: Gitea redirects from its old name for as long as nobody takes it.
      if (hops === maxRedirects) throw error(question, `more than ${maxRedirects} redirects`);
      url = next(question, answer);
    }
  }

  function next(question: Question, { askedAt, status, headers: { location } }: Answer): string {
    const base = new URL(api.url);
    const to = location && URL.canParse(location, askedAt) ? new URL(location, askedAt) : undefined;
    if (!to) throw error(question, `status ${status} without a usable Location`);
    if (to.origin !== base.origin)
      throw error(
        question,
        `redirected to ${placeOf(to.href)}, which is not followed because it would get the token; ` +
          (to.host === base.host
            ? `GITEA_URL should begin with ${to.protocol}//`
            : 'if that is where Gitea is now, GITEA_URL should say so; if it is a sign-in page, look at what stands in front of Gitea'),
      );
    to.username = '';
    to.password = '';
    return to.href;
  }

  function unexpected(question: Question, answer: Answer): TryAgainError {
    const { status } = answer;
    // Gitea's own errors are JSON with a message; those of its pages, of another server and of proxies are not.
    const isApi = v.is(v.object({ message: v.string() }), jsonOf(answer));
    const where = isApi ? (question.hints?.[status] ?? lookAt(answer, question, options)) : lookBefore(status);
    const came = isApi ? undefined : cameIn(api, located(question), answer);
    return error(question, `expected status 200, got ${[status, came].filter(Boolean).join(', ')}; ${where}`);
  }

  return {
    url: api.url,
    ask,
    read: (question, answer, shape) =>
      readAnswer(api, located(question), answer, (json) => shaped(shape, json, 'its JSON'), lookBefore(200)),
    address: (question) => api.address(located(question)),
    error,
    clock: api.clock,
  };
}

/** The message of an error that Gitea itself gives; undefined when it is another's, a proxy's in front of it or the router's. */
export function apiMessage(answer: Answer): string | undefined {
  const body = jsonOf(answer);
  return v.is(apiErrorWire, body) ? body.message : undefined;
}

/** Where to look when what answered is not Gitea, which then has seen neither token nor question. */
function lookBefore(status: number): string {
  if (status === 429) return 'too many requests: look at the rate limit of the proxy in front of Gitea';
  if (status >= 500) return "look at Gitea's log, or that of the proxy in front of it";
  return `the answer is not of the API of Gitea: ${lookAtUrl}`;
}

function lookAt({ status, token }: Answer, { method = 'GET' }: Question, options: ForgeOptions): string {
  const { repository, tokenName: name } = options;
  const isSet = token !== '';
  if (status === 401) return isSet ? `${name} is wrong, expired or revoked` : `${name} is needed and not set`;
  if (status === 403) {
    if (!isSet) return `${name} is not set`;
    return method === 'GET'
      ? `${name} lacks the scope read:repository or may see public repositories only`
      : `${name} lacks the scope write:repository, or its owner may not do this in ${repository}`;
  }
  if (status === 404)
    return `not there, or the repository ${repository} is not visible ${isSet ? `to ${name}` : `without a token, and ${name} is not set`}`;
  if (status === 409) return 'the repository may be empty';
  if (status === 429 || status >= 500) return lookBefore(status);
  return lookAtUrl;
}
