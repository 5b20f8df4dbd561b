// The way of one request through the host: what its head says, its body within bounds, the function, the answer. Every error
// becomes an answer of ours.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { StopError, TryAgainError } from '../events/errors.ts';
import { explain } from '../io/explain.ts';
import type { Io } from '../io/io.ts';
import { givenTraceId } from '../io/trace.ts';
import { isSendingOn, linger } from './bad-request.ts';
import { buildContext, contextLog } from './context.ts';
import type { FunctionContext, FunctionModule } from './function-module.ts';
import { answerHealth } from './health.ts';
import { type Budget, checkLength, createBudget, Gone, type LeastRate, readBody } from './read-body.ts';
import { type Incoming, readIncoming } from './read-event.ts';
import { internalErrorText, type Refusal, refusal } from './refusal.ts';
import { checkHeaders, splitTarget } from './request-head.ts';
import type { HostOptions } from './server.ts';
import { type Written, writeAnswer } from './write-answer.ts';

/**
 * Requests at a time, far above what Knative sends to one instance (100 by default); above that one whose body has not come
 * whole is cut off, else the new one gets 503.
 */
const maxRequests = 1_000;

/**
 * Bytes of all bodies at a time; above that 503. Larger bodies than 1 MiB may use 48 MiB of them, so one of the greatest size always
 * finds room; one that can never do so would get 503 for ever.
 */
export const maxBuffered = 64 * 1024 * 1024;

/** Bytes of those that only bodies of at most 1 MiB may use. */
export const keptForSmallBodies = 16 * 1024 * 1024;

/** ms and bytes: a body that brings less in that time is given up (a request has half a minute for 25 MiB). */
const slowest = { windowMs: 5_000, bytes: 16 * 1024 };

/** What `this` is in a handler, as with the stock runtime. */
const scope = Object.freeze({});

/** One host while it runs. */
export interface Hosting {
  readonly module: FunctionModule;
  readonly options: HostOptions;
  readonly io: Io;
  /** Requests that were taken, in the order in which they came. */
  readonly active: Map<IncomingMessage, ServerResponse>;
  readonly lastAnswers: WeakMap<Socket, ServerResponse>;
  readonly budget: Budget;
  readonly leastRate: LeastRate;
  readonly log: FunctionContext['log'];
  draining: boolean;
  /** Requests to the function, and connections, since the start. */
  arrivals: number;
  connected: number;
  /** Counts one request. `ms`: from its head to the end of its answer. */
  count(response: ServerResponse, ms: number): void;
}

export function createHosting(module: FunctionModule, options: HostOptions): Hosting {
  const { io, requestTimeoutMs } = options;
  const requests = io.metrics.counter('http_requests_total', 'Requests to the function by status.');
  const duration = io.metrics.histogram('http_request_duration_seconds', 'From the head of a request to its answer.');
  return {
    module,
    options,
    io,
    active: new Map(),
    lastAnswers: new WeakMap(),
    budget: createBudget(maxBuffered, keptForSmallBodies),
    leastRate: { ...slowest, windowMs: Math.min(slowest.windowMs, requestTimeoutMs / 4) },
    log: contextLog(io.log),
    draining: false,
    arrivals: 0,
    connected: 0,
    count(response, ms) {
      requests.add({ code: response.headersSent ? String(response.statusCode) : 'none' });
      duration.observe({}, ms / 1000);
    },
  };
}

/** `waits`: the sender waits for "100 Continue" before it sends the body. */
export async function takeRequest(
  hosting: Hosting,
  request: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<void> {
  const { module, options, io, active } = hosting;
  const { path, query } = splitTarget(request.url ?? '');
  hosting.lastAnswers.set(request.socket, response);
  // A sender that went away is no error of ours.
  response.on('error', () => {});
  const page = answerHealth(path, module, hosting.draining, io, request, response);
  if (page) return page.catch(() => void response.destroy());
  const start = io.clock.monotonic();
  hosting.arrivals += 1;
  response.once('close', () => {
    active.delete(request);
    hosting.count(response, io.clock.monotonic() - start);
  });
  try {
    checkDoor(hosting, path, query, request);
    active.set(request, response);
    send(response, await run(hosting, request, response, waits), hosting.draining);
  } catch (error) {
    if (error instanceof Gone) return;
    // One that waits for "100 Continue" may send its body or not: what comes next on the connection is anybody's guess.
    const lastOne = waits || isSendingOn(request, options.bodyLimit) || (hosting.draining && !request.complete);
    refuse(request, response, refusalFor(error, request, io), { lastOne, close: lastOne || hosting.draining });
  }
}

/** Everything that can be refused before a byte of the body is read. */
function checkDoor(
  { active, draining, options }: Hosting,
  path: string,
  query: string | undefined,
  request: IncomingMessage,
): void {
  if (path !== '/') throw new StopError(400, 'Expected the path /.');
  if (request.method !== 'POST') throw new StopError(405, 'Expected POST.');
  if (draining) throw new TryAgainError('This instance is ending; try again.');
  if (query) throw new StopError(400, 'Expected a URL without a query string.');
  checkHeaders(request);
  checkLength(request, options.bodyLimit);
  if (active.size >= maxRequests) makeRoom(active);
}

/** Cuts off the request whose body has not come whole for longest: a thousand silent strangers must keep nobody out. */
function makeRoom(active: Hosting['active']): void {
  const unfinished = [...active.keys()].find(({ complete }) => !complete);
  if (unfinished === undefined) throw new TryAgainError('Too many requests at a time; try again.');
  active.delete(unfinished);
  unfinished.destroy();
}

async function run(
  { module, options, budget, leastRate, log }: Hosting,
  request: IncomingMessage,
  response: ServerResponse,
  waits: boolean,
): Promise<Written> {
  if (waits) response.writeContinue();
  let bytes: Buffer | undefined = await readBody(request, options.bodyLimit, budget, leastRate);
  const { length } = bytes;
  try {
    let incoming: Incoming | undefined = await readIncoming(request.headers, bytes, options.parseBody);
    const context = buildContext(request, bytes, incoming, log);
    const handling = module.handle.call(scope, context, incoming.event ?? incoming.body);
    // A function may wait for long; what it does not hold itself must not wait with it.
    bytes = incoming = undefined;
    return await writeAnswer(await handling);
  } finally {
    budget.give(length);
  }
}

/** A refusal of ours keeps its status; whatever else was thrown is an error of ours, which only the log describes. */
function refusalFor(error: unknown, request: IncomingMessage, io: Io): Refusal {
  const id = givenTraceId(request.headers.traceparent);
  const trace = id === undefined ? {} : { trace: id };
  if (error instanceof StopError || error instanceof TryAgainError) {
    const status = error instanceof StopError ? error.status : 503;
    io.log('warn', 'request refused', { ...trace, status, reason: error.message });
    return refusal(status, error.message);
  }
  io.log('error', 'request failed', { ...trace, ...explain(error) });
  return refusal(500, internalErrorText);
}

function send(response: ServerResponse, { status, headers, body }: Written, close: boolean): void {
  const bodyless = status === 204 || status === 304;
  const length: Record<string, string> = bodyless ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...headers, ...length, ...(close && { connection: 'close' }) });
  // An empty body would be written all the same, in a vector with the head.
  response.end(bodyless || body.length === 0 ? undefined : body);
}

/** `lastOne`: nothing more is read from the connection. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Refusal,
  { lastOne, close }: { lastOne: boolean; close: boolean },
): void {
  if (response.headersSent) return void response.destroy();
  const more = { ...(status === 405 && { allow: 'POST' }), ...(close && { connection: 'close' }) };
  response.writeHead(status, { ...headers, ...more });
  if (!lastOne || request.complete) return void response.end(request.method === 'HEAD' ? undefined : body);
  response.write(body);
  linger(request, response);
}
