// Calls to the Model Registry, and what an answer that is not 200 means. Never believes that something is gone because a look-up by id
// says so.
import { limits } from '../../config/limits.ts';
import type { TryAgainError } from '../../events/errors.ts';
import { type Answer, type Call, cameIn, createApi, jsonOf, readAnswer } from '../../io/api-client.ts';
import type { HttpResponse, Io } from '../../io/io.ts';
import { quoted } from '../../io/what-came.ts';
import type { RegistryOptions, Write } from '../registry.ts';
import { readNotFound, readProblem } from './wire.ts';

export interface Client {
  /** Address without credentials. */
  readonly url: string;
  /** The JSON of a 200, read by `read`; everything else throws TryAgainError. */
  ask<T>(call: Call, read: (json: unknown) => T): Promise<T>;
  /** As ask, for a look-up by name, where a 404 of the registry itself is an answer. */
  find<T>(call: Call, read: (json: unknown) => T): Promise<T | 'none' | 'several'>;
  /** As ask, of a PATCH. In a dry run nothing is sent, and the result is `pretended`. */
  write<T>(call: Call & { method: 'PATCH'; body: string }, read: (json: unknown) => T, pretended: T): Promise<T>;
  /** Names the call. */
  error(call: Call, text: string): TryAgainError;
  /** ms since epoch by the `Date` of the latest answer. */
  serverTime(): number | undefined;
}

const lookAtAddress = 'look at MODEL_REGISTRY_URL and MODEL_REGISTRY_API, and at what stands in front of the registry';
const lookAtToken = 'look at MODEL_REGISTRY_TOKEN, and at the role that lets its owner "get" the registry\'s service';
const outage = 'the registry also gives this answer while its database is down';

export function createClient(options: RegistryOptions, io: Io, pretend?: (write: Write) => void): Client {
  const api = createApi(
    {
      ...options,
      tokenName: 'MODEL_REGISTRY_TOKEN',
      scheme: 'Bearer',
      timeoutMs: limits.registryCall,
      name: (method, route) => `model registry: ${method} ${route}`,
    },
    io.api,
    io,
  );
  let warned = false;

  /** An API version that is to end says so for months before it answers 410. */
  function warnOfEnd({ headers }: HttpResponse): void {
    if (warned || headers.deprecation === undefined) return;
    warned = true;
    const { deprecation, sunset = '', link = '' } = headers;
    const [said, until, more] = [deprecation, sunset, link].map((text) => quoted(text, []));
    io.log('warn', 'the model registry announces the end of this API version; see MODEL_REGISTRY_API', {
      deprecation: said,
      sunset: until,
      link: more,
    });
  }

  async function send(call: Call): Promise<Answer> {
    const answer = await api.send(call);
    warnOfEnd(answer);
    return answer;
  }

  function readAs<T>(call: Call, answer: Answer, read: (json: unknown) => T): T {
    if (answer.status === 200) return readAnswer(api, call, answer, read, lookAtAddress);
    const said = readProblem(jsonOf(answer));
    // A complaint about a page token quotes it: text of an answer, of any content.
    const isQuoted = said !== undefined && call.query?.nextPageToken === undefined;
    const came = isQuoted ? `"${quoted(said, [answer.token])}"` : cameIn(api, call, answer);
    const parts = [`status ${answer.status}${came === undefined ? '' : `, ${came}`}`, hint(call, answer, said)];
    throw api.error(call, parts.filter(Boolean).join('; '));
  }

  async function ask<T>(call: Call, read: (json: unknown) => T): Promise<T> {
    return readAs(call, await send(call), read);
  }

  return {
    url: api.url,
    ask,
    async find(call, read) {
      const answer = await send(call);
      const missing = answer.status === 404 ? readNotFound(jsonOf(answer)) : undefined;
      return missing ?? readAs(call, answer, read);
    },
    async write(call, read, pretended) {
      if (pretend === undefined) return ask(call, read);
      pretend({ method: 'PATCH', url: api.address(call), body: call.body });
      return pretended;
    },
    error: api.error,
    serverTime: api.clock.latest,
  };
}

/** The registry's own sidecars (kube-rbac-proxy, oauth-proxy) refuse a token in plain text; a mesh in other words. */
function isAboutToken({ status, headers, body }: HttpResponse, said: string | undefined): boolean {
  if (status !== 401 && status !== 403) return false;
  if (said !== undefined || /\bbearer\b/i.test(headers['www-authenticate'] ?? '')) return true;
  return /^(unauthorized|forbidden\b.*)$/i.test(body.toString('utf8', 0, 1_000).trim());
}

/** Where to look after this answer. `said`: the registry's own words. */
function hint({ method }: Call, answer: HttpResponse, said: string | undefined): string | undefined {
  const { status } = answer;
  if (isAboutToken(answer, said)) return lookAtToken;
  if (status === 401 || status === 403) return `that is not the registry's own answer: ${lookAtAddress}`;
  if (status === 410) return 'this API version is gone: look at MODEL_REGISTRY_API';
  if (status < 200 || (status >= 300 && status < 400)) return lookAtAddress;
  if (said === undefined) return status === 404 || status === 405 ? lookAtAddress : undefined;
  // Measured: with its database stopped the registry answers 404 to every PATCH, and 400 "type mismatch" to any list.
  if (status === 404 && method === 'PATCH') return outage;
  return status === 400 && said.includes('type mismatch') ? outage : undefined;
}
