// One POST to a subscriber over node:http, with the redirects Go's client follows. Any whole answer is an answer.
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';

export interface PostAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** No whole answer. `late`: the time limit, or a body that broke off, of which Knative tells a dead letter nothing. */
export class NoAnswerError extends Error {
  readonly late: boolean;
  constructor(message: string, late: boolean, cause?: unknown) {
    super(message, { cause });
    this.name = 'NoAnswerError';
    this.late = late;
  }
}

/** One POST. Throws NoAnswerError; when `signal` ends it, the signal's reason. */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<PostAnswer>;

/** Go's net/http gives up after ten. */
const maxRedirects = 10;

export const post: Post = async (url, headers, body, timeoutMs, signal) => {
  const limit = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, limit]);
  let target = { method: 'POST', url, headers, body };
  for (let redirects = 0; ; redirects += 1) {
    let answer: PostAnswer;
    try {
      answer = await exchange(target, either);
    } catch (cause) {
      signal.throwIfAborted();
      if (limit.aborted) throw new NoAnswerError(`no answer within ${timeoutMs} ms`, true, cause);
      if (cause instanceof NoAnswerError) throw cause;
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new NoAnswerError(`dispatch error: Post "${url}": ${code ?? message}`, false, cause);
    }
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || !location) return answer;
    if (redirects === maxRedirects) throw new NoAnswerError(`dispatch error: Post "${url}": too many redirects`, false);
    const next = new URL(location, target.url).href;
    // As Go does, and measured: a GET with all ce- headers and no data, which then counts as delivered.
    target =
      answer.status >= 307 ? { ...target, url: next } : { method: 'GET', url: next, headers, body: Buffer.alloc(0) };
  }
};

function exchange(
  target: { method: string; url: string; headers: Readonly<Record<string, string>>; body: Buffer },
  signal: AbortSignal,
): Promise<PostAnswer> {
  const { request } = target.url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const length = target.method === 'POST' ? { 'content-length': String(target.body.length) } : {};
    // A connection each: a kept one that the other side has just closed would look like a failed attempt.
    const outgoing = request(
      target.url,
      { method: target.method, headers: { ...target.headers, ...length }, agent: false, signal },
      (incoming: IncomingMessage) => {
        buffer(incoming).then(
          (body) => resolve({ status: incoming.statusCode!, headers: incoming.headers, body }),
          (cause: unknown) => reject(new NoAnswerError('the answer broke off', true, cause)),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(target.method === 'POST' ? target.body : undefined);
  });
}
