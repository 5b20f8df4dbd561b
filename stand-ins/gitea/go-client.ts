// One HTTP request the way Go's default client makes it for a webhook: header case and order, 5 seconds for all of it,
// up to ten redirects, of which 301, 302 and 303 turn the POST into a GET without body. Never tries twice.

import http from 'node:http';
import https from 'node:https';

export type ClientRequest = {
  url: string;
  headers: readonly [string, string][];
  body: string;
  timeoutMs: number;
  agents: { http: http.Agent; https: https.Agent };
};

/** status 0: no answer; `body` says why in Go's words. */
export type ClientAnswer = { status: number; headers: Record<string, string>; body: string };

const MAX_REDIRECTS = 10;

/** Gitea stores no more of an answer than this (measured: 1,048,576 bytes). */
const STORED_BODY = 1_048_576;

/** Names that RFC 6761 keeps out of the DNS; no name server is asked for them. */
const NEVER_RESOLVES = /\.(test|invalid|example)$/;

const CUT_OFF = 'context deadline exceeded (Client.Timeout or context cancellation while reading body)';

export async function callHook(request: ClientRequest): Promise<ClientAnswer> {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const first = `Delivery: Post ${JSON.stringify(request.url)}: `;
  let [url, method] = [request.url, 'POST'];
  for (let calls = 1; ; calls += 1) {
    let answer: ClientAnswer;
    try {
      if (NEVER_RESOLVES.test(new URL(url).hostname))
        throw Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
      answer = await once(request, url, method, deadline);
    } catch (error) {
      const verb = method === 'POST' ? 'Post' : 'Get';
      return {
        status: 0,
        headers: {},
        body: `Delivery: ${verb} ${JSON.stringify(url)}: ${reason(error, url, deadline)}`,
      };
    }
    const target = answer.headers.Location;
    if (![301, 302, 303, 307, 308].includes(answer.status) || target === undefined) return answer;
    if (calls >= MAX_REDIRECTS) return { status: 0, headers: {}, body: `${first}stopped after 10 redirects` };
    url = new URL(target, url).href;
    if (answer.status < 307) method = 'GET';
  }
}

function once(request: ClientRequest, address: string, method: string, signal: AbortSignal): Promise<ClientAnswer> {
  const url = new URL(address);
  const secure = url.protocol === 'https:';
  const body = method === 'POST' ? Buffer.from(request.body) : undefined;
  const headers: Record<string, string> = { Host: url.host, 'User-Agent': 'Go-http-client/1.1' };
  if (body) headers['Content-Length'] = String(body.length);
  for (const [name, value] of request.headers) {
    if (body || name !== 'Content-Type') headers[name] = value;
  }
  headers['Accept-Encoding'] = 'gzip';
  const agent = secure ? request.agents.https : request.agents.http;
  return new Promise((resolve, reject) => {
    const call = (secure ? https : http).request(url, { method, headers, agent, signal, setHost: false });
    // Go does not say `Connection: keep-alive`.
    call.removeHeader('Connection');
    let late: (() => void) | undefined;
    call.on('error', (error) => (late ? late() : reject(error)));
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      const finish = (text: string) =>
        resolve({ status: response.statusCode ?? 0, headers: headerMap(response.rawHeaders), body: text });
      // The status has been seen: a body that does not end in time still counts as delivered (measured).
      late = () => finish(`read body: ${CUT_OFF}`);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => finish(Buffer.concat(chunks).subarray(0, STORED_BODY).toString('utf8')));
      response.on('error', late);
    });
    call.end(body);
  });
}

function headerMap(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) headers[goHeaderName(raw[at]!)] = raw[at + 1]!;
  return headers;
}

/** `x-forgejo-id` becomes `X-Forgejo-Id` (textproto.CanonicalMIMEHeaderKey). */
function goHeaderName(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function reason(error: unknown, address: string, deadline: AbortSignal): string {
  if (deadline.aborted) return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  const { code, message } = error as NodeJS.ErrnoException;
  const url = new URL(address);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (code === 'ECONNREFUSED') return `dial tcp ${url.hostname}:${port}: connect: connection refused`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${url.hostname}: no such host`;
  if (code === 'ECONNRESET') return 'EOF';
  return message;
}
