// Our host for a function of func's contract (function-module.ts): one small file over node:http. It bounds, reads, refuses
// and drains, so that a function sees whole, valid requests only. Ends no process: that is supervise.ts.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import { StopError, TryAgainError } from '../events/errors.ts';
import { explain } from '../io/explain.ts';
import type { Io } from '../io/io.ts';
import { givenTraceId } from '../io/trace.ts';
import { within } from '../io/within.ts';
import { answerBadRequest, isSendingOn, linger } from './bad-request.ts';
import { buildContext, contextLog } from './context.ts';
import type { FunctionModule } from './function-module.ts';
import { answerHealth } from './health.ts';
import { boundConnections } from './idle-connections.ts';
import { checkLength, createBudget, Gone, readBody } from './read-body.ts';
import { type Incoming, readIncoming } from './read-event.ts';
import { type Refusal, refusal } from './refusal.ts';
import { checkHeaders, splitTarget } from './request-head.ts';
import { type Written, writeAnswer } from './write-answer.ts';

export interface HostOptions {
  /** 0: any free one. */
  port: number;
  /** Default: all interfaces, IPv6 where there is one. */
  hostname?: string | undefined;
  /** Bytes of a request's body. */
  bodyLimit: number;
  /** ms within which a request must have come whole. */
  requestTimeoutMs: number;
  /** ms that `close` may take. */
  gracePeriodMs: number;
  io: Io;
  /** False: the function reads bytes, so neither a plain body nor the data of a binary event is parsed for it. */
  parseBody?: boolean;
}

export interface Host {
  port: number;
  /**
   * Takes no more requests, ends those that are there, then the function's `shutdown`; all within the grace period. Says
   * how many requests were cut off and whether `shutdown` ended well and gave nothing up. Asked again, it gives the same answer.
   */
  close(): Promise<{ cut: number; clean: boolean }>;
}

/**
 * Requests at a time, far above what Knative sends to one instance (100 by default); above that one whose body has not come
 * whole is cut off, else the new one gets 503.
 */
const maxRequests = 1_000;

/** Bytes of all bodies at a time; above that 503. Two webhooks of the greatest size. */
const maxBuffered = 64 * 1024 * 1024;

/** Bytes of those that only bodies of at most 1 MiB may use. */
const keptForSmallBodies = 16 * 1024 * 1024;

/** Connections; above this many one that does nothing is closed. */
const maxConnections = 2_000;

/** ms and bytes: a body that brings less in that time is given up (a request has half a minute for 25 MiB). */
const slowest = { windowMs: 5_000, bytes: 16 * 1024 };

/** ms; longer than Go's and Envoy's pools keep theirs (90 s, 60 s), so that a sender never writes into a connection being closed. */
const keepAliveTimeout = 120_000;

/**
 * A request may be on its way into a connection that looks idle from here, or whole in one that waits in the kernel's queue
 * (libuv takes one a turn): closed at that moment, it is reset, and a forge never sends again. So an ending host goes on
 * listening, then keeps open what is there, each until nothing came for so many turns of so many ms, and answers 503.
 */
const quietTurns = 10;
const quietTurn = 20;

/** ms; who still connects then does not hear that the instance is ending. */
const longestListening = 1_000;

/** What `this` is in a handler, as with the stock runtime. */
const scope = Object.freeze({});

/** Runs `init`, then listens. Throws what `init` throws, and a plain sentence when the port cannot be had. */
export async function serve(module: FunctionModule, options: HostOptions): Promise<Host> {
  const { io, bodyLimit, requestTimeoutMs } = options;
  // In the order in which they came.
  const active = new Map<IncomingMessage, ServerResponse>();
  const budget = createBudget(maxBuffered, keptForSmallBodies);
  const requests = io.metrics.counter('http_requests_total', 'Requests to the function by status.');
  const duration = io.metrics.histogram('http_request_duration_seconds', 'From the head of a request to its answer.');
  const say = contextLog(io.log);
  const lastAnswers = new WeakMap<Socket, ServerResponse>();
  const leastRate = { ...slowest, windowMs: Math.min(slowest.windowMs, requestTimeoutMs / 4) };
  let draining = false;
  let arrivals = 0;
  let connected = 0;

  async function onRequest(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const { path, query } = splitTarget(request.url ?? '');
    lastAnswers.set(request.socket, response);
    // A sender that closed the connection is not an error here.
    response.on('error', () => {});
    const page = answerHealth(path, module, draining, io, request, response);
    if (page) return page.catch(() => void response.destroy());
    const start = io.clock.monotonic();
    arrivals += 1;
    response.once('close', () => {
      active.delete(request);
      requests.add({ code: response.headersSent ? String(response.statusCode) : 'none' });
      duration.observe({}, (io.clock.monotonic() - start) / 1000);
    });
    try {
      checkDoor(path, query, request);
      active.set(request, response);
      send(response, await run(request, response, waits));
    } catch (error) {
      if (error instanceof Gone) return;
      // One that waits for "100 Continue" may send its body or not: what comes next on the connection is anybody's guess.
      const lastOne = waits || isSendingOn(request, bodyLimit) || (draining && !request.complete);
      refuse(request, response, refusalFor(error, request), lastOne);
    }
  }

  /** Everything that can be said before a byte of the body is read. */
  function checkDoor(path: string, query: string | undefined, request: IncomingMessage): void {
    if (path !== '/') throw new StopError(400, 'Expected the path /.');
    if (request.method !== 'POST') throw new StopError(405, 'Expected POST.');
    if (draining) throw new TryAgainError('This instance is ending; try again.');
    if (query) throw new StopError(400, 'Expected a URL without a query string.');
    checkHeaders(request);
    checkLength(request, bodyLimit);
    if (active.size >= maxRequests) makeRoom();
  }

  /** By the one whose body has not come whole for longest: a thousand silent strangers must keep nobody out. */
  function makeRoom(): void {
    const unfinished = [...active.keys()].find(({ complete }) => !complete);
    if (unfinished === undefined) throw new TryAgainError('Too many requests at a time; try again.');
    active.delete(unfinished);
    unfinished.destroy();
  }

  async function run(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<Written> {
    if (waits) response.writeContinue();
    let bytes: Buffer | undefined = await readBody(request, bodyLimit, budget, leastRate);
    const { length } = bytes;
    try {
      let incoming: Incoming | undefined = await readIncoming(request.headers, bytes, options.parseBody);
      const context = buildContext(request, bytes, incoming, say);
      const handling = module.handle.call(scope, context, incoming.event ?? incoming.body);
      // A function may wait for long; what it does not hold itself must not wait with it.
      bytes = incoming = undefined;
      return await writeAnswer(await handling);
    } finally {
      budget.give(length);
    }
  }

  /** Our own refusals keep their status. Anything else that is thrown is an error in our code, which only the log explains. */
  function refusalFor(error: unknown, request: IncomingMessage): Refusal {
    const id = givenTraceId(request.headers.traceparent);
    const trace = id === undefined ? {} : { trace: id };
    if (error instanceof StopError || error instanceof TryAgainError) {
      const status = error instanceof StopError ? error.status : 503;
      io.log('warn', 'request refused', { ...trace, status, reason: error.message });
      return refusal(status, error.message);
    }
    io.log('error', 'request failed', { ...trace, ...explain(error) });
    return refusal(500, 'An error in this function. Its log says more.');
  }

  function send(response: ServerResponse, { status, headers, body }: Written): void {
    const bodyless = status === 204 || status === 304;
    const length: Record<string, string> = bodyless ? {} : { 'content-length': String(body.length) };
    response.writeHead(status, { ...headers, ...length, ...(draining ? { connection: 'close' } : {}) });
    // An empty body would be written all the same, in a vector with the head.
    response.end(bodyless || body.length === 0 ? undefined : body);
  }

  function refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { status, headers, body }: Refusal,
    lastOne: boolean,
  ): void {
    if (response.headersSent) return void response.destroy();
    const close = lastOne || draining ? { connection: 'close' } : {};
    response.writeHead(status, { ...headers, ...(status === 405 ? { allow: 'POST' } : {}), ...close });
    if (!lastOne || request.complete) return void response.end(request.method === 'HEAD' ? undefined : body);
    response.write(body);
    linger(request, response);
  }

  const server = http.createServer({
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(requestTimeoutMs, 10_000),
    connectionsCheckingInterval: Math.min(1_000, Math.ceil(requestTimeoutMs / 4)),
    keepAliveTimeout,
  });
  // All of them: Node drops those beyond 2,000 unseen, a second signature among them. Their bytes are bounded (16 kB).
  server.maxHeadersCount = 0;
  const connections = boundConnections(server, maxConnections);
  server.on('connection', () => {
    connected += 1;
  });
  server.on('request', (request, response) => void onRequest(request, response, false));
  server.on('checkContinue', (request, response) => void onRequest(request, response, true));
  server.on('clientError', (error, socket) => {
    // What comes after a whole request must not be answered before it, nor into the middle of an answer.
    const last = lastAnswers.get(socket as Socket);
    if (last && !last.writableFinished && (last.headersSent || last.req.complete)) return void socket.destroy();
    answerBadRequest(error, socket as Socket, io.log);
  });

  await module.init?.();
  const port = await listen(server, options);

  let closing: Promise<{ cut: number; clean: boolean }> | undefined;
  async function close(): Promise<{ cut: number; clean: boolean }> {
    draining = true;
    const start = io.clock.monotonic();
    const end = start + options.gracePeriodMs;
    // The function's own ending gets a share even when requests use up the rest.
    const reserve = Math.min(2_000, options.gracePeriodMs / 5);
    if (connections.size > 0) await untilQuiet(() => connected, Math.min(end - reserve, start + longestListening));
    // Only listens no more; http's own would close idle connections, too.
    net.Server.prototype.close.call(server);
    if (connections.size > 0) await untilQuiet(() => arrivals, end - reserve);
    server.close();
    server.closeIdleConnections();
    const left = () => Math.max(0, end - io.clock.monotonic());
    await within(io.clock, left() - reserve, allClosed(active.values()));
    const cut = active.size;
    server.closeAllConnections();
    const clean = await within(io.clock, left(), ending(module, left(), io));
    return { cut, clean: clean === true };
  }

  /** Until `count` has not grown for some turns. Not by the clock alone: after a stall it would say "quiet" at once. */
  async function untilQuiet(count: () => number, end: number): Promise<void> {
    for (let turns = 0; turns < quietTurns && io.clock.monotonic() < end; turns++) {
      const before = count();
      await io.clock.sleep(quietTurn);
      if (count() > before) turns = 0;
    }
  }

  return {
    port,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function listen(server: http.Server, { port, hostname }: HostOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const known = {
        EADDRINUSE: 'it is in use',
        EACCES: 'not permitted',
        EADDRNOTAVAIL: 'no address of this machine',
      };
      const why = known[cause.code as keyof typeof known] ?? cause.code;
      reject(new Error(`Cannot listen on port ${port}${hostname ? ` of ${hostname}` : ''}: ${why}`, { cause }));
    });
    server.listen({ port, host: hostname }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Requests that have been taken, each until its answer is out. */
async function allClosed(active: Iterable<ServerResponse>): Promise<true> {
  for (const response of active) if (!response.closed) await new Promise((resolve) => response.once('close', resolve));
  return true;
}

async function ending(module: FunctionModule, msLeft: number, io: Io): Promise<boolean> {
  try {
    return (await module.shutdown?.(msLeft)) !== false;
  } catch (error) {
    io.log('error', 'shutdown failed', explain(error));
    return false;
  }
}
