// The pages beside the function: liveness, readiness, metrics.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { explain } from '../io/explain.ts';
import type { Io } from '../io/io.ts';
import type { FunctionModule, HealthCheck, HealthReply } from './function-module.ts';
import { refusal } from './refusal.ts';

interface Page {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Undefined when the path is none of these. Readiness is 503 from the moment the host drains. */
export function answerHealth(
  path: string,
  module: FunctionModule,
  draining: boolean,
  io: Io,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> | undefined {
  const page = pageOf(path, module, draining, io, request);
  return page && answer(page, draining, request, response);
}

async function answer(
  page: () => Promise<Page>,
  draining: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const readable = request.method === 'GET' || request.method === 'HEAD';
  const { status, headers, body } = readable
    ? await page()
    : { ...refusal(405, 'Expected GET.'), headers: { 'content-type': 'application/json', allow: 'GET, HEAD' } };
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length, ...(draining ? { connection: 'close' } : {}) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function pageOf(
  path: string,
  { liveness, readiness }: FunctionModule,
  draining: boolean,
  io: Io,
  request: IncomingMessage,
): (() => Promise<Page>) | undefined {
  if (path === (liveness?.path ?? '/health/liveness')) return () => ask(liveness, request, io);
  if (path === (readiness?.path ?? '/health/readiness'))
    return async () => (draining ? refusal(503, 'This instance is ending.') : ask(readiness, request, io));
  if (path === '/metrics' && !isFromOutside(request)) {
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    return async () => ({ status: 200, headers, body: io.metrics.text() });
  }
  return undefined;
}

/** Metrics are for a scraper that calls the Pod itself; every ingress, router and gateway adds one of these headers. */
function isFromOutside({ headers }: IncomingMessage): boolean {
  return headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
}

/** Calls a check as the stock runtime does: what it returns or sends is the body, a throw means 503. */
async function ask(check: HealthCheck | undefined, request: IncomingMessage, io: Io): Promise<Page> {
  const page: Page = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '' };
  let sent: unknown;
  const reply: HealthReply = {
    code(status) {
      page.status = status;
      return reply;
    },
    header(name, value) {
      page.headers[name.toLowerCase()] = value;
      return reply;
    },
    send(body) {
      sent = body ?? '';
      return undefined;
    },
  };
  try {
    const returned = check ? await check(request, reply) : 'OK';
    const body = sent ?? returned ?? '';
    page.body = typeof body === 'string' ? body : JSON.stringify(body);
    return page;
  } catch (error) {
    io.log('error', 'health check failed', explain(error));
    return refusal(503, 'The health check failed. The log says more.');
  }
}
