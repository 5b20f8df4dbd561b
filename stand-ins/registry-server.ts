// The HTTP server of a registry that stands in: sidecar, faults, log. It knows no route.

import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { forOwnNames } from '../host/own-names.ts';
import { bodyOf, callerOf, closeServer, listenOnLoopback } from './loopback.ts';
import { type Answer, answerOf, type Fault, type FaultEnd, type Faults, noFaults, sidecar } from './registry-faults.ts';

export interface ServerOptions {
  /** 0 (default): any free one. */
  port?: number;
  /** Before the base path, as behind a gateway: `/model-registry/prod`. */
  pathPrefix?: string;
  /** With a token a sidecar stands in front: 401 without it. */
  token?: string;
  /** The token is the password of this user. */
  user?: string;
  /** A token that is known and has no rights: 403. */
  forbiddenToken?: string;
  /** Host names it answers to, beside those of this machine. */
  hosts?: readonly string[];
  /** PEM; makes it HTTPS. */
  tls?: { key: string; cert: string };
  /** Milliseconds since 1970, for all times and the `Date` header. Default: the process's clock. */
  clock?: () => number;
}

export interface LoggedCall {
  method: string;
  /** As sent, with the query. */
  path: string;
  /** 0: no answer was given. */
  status: number;
  ms: number;
  /** Who called, as the request's headers say. */
  userAgent?: string;
  traceparent?: string;
}

export interface ApiRequest {
  method: string;
  /** Decoded, with the base path; empty outside the path prefix. */
  path: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What answers behind the sidecar. */
export interface Api {
  basePath: string;
  dispatch(request: ApiRequest): Promise<Answer>;
  /** From the path as sent to the one that is routed. */
  routedPath(sent: string): string;
  /** Bytes of a body beyond which it goes out in chunks. */
  buffered?: number;
}

export interface RegistryServer {
  /** With the path prefix, without the base path, without a slash at the end. */
  url: string;
  faults: Faults;
  /** Every request since the start, in the order of their ends. */
  calls: LoggedCall[];
  /** `call` with a LoggedCall at the end of each request. */
  events: EventEmitter<{ call: [LoggedCall] }>;
  /** Ends all connections, also those that hang. */
  close(): Promise<void>;
}

/** `faults`: those that `api` asks, too. */
export async function openRegistryServer(
  api: Api,
  options: ServerOptions,
  faults: Faults = noFaults(),
): Promise<RegistryServer> {
  const now = options.clock ?? Date.now;
  const calls: LoggedCall[] = [];
  const events = new EventEmitter<{ call: [LoggedCall] }>();
  const prefix = (options.pathPrefix ?? '').replace(/\/+$/, '');
  const { basePath, buffered = Number.POSITIVE_INFINITY } = api;
  let count = 0;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const number = ++count;
    const bytes = await bodyOf(request);
    const sent = bytes && (await end(request, bytes, number));
    const log: LoggedCall = {
      method: request.method!,
      path: request.url!,
      status: typeof sent === 'object' ? sent.status : 0,
      ms: performance.now() - started,
      ...callerOf(request),
    };
    calls.push(log);
    if (typeof sent === 'object') send(response, sent, now(), buffered);
    else if (sent === 'reset') request.socket.destroy();
    // Last, so that who waits for the event finds the answer on its way.
    events.emit('call', log);
  }

  /** What the request ends with; its effect has happened by then. */
  async function end(request: IncomingMessage, bytes: Buffer, number: number): Promise<Answer | 'hang' | 'reset'> {
    const denied = sidecar(request.headers.authorization, options);
    if (denied) return denied;
    const { headers } = request;
    const method = request.method!;
    const url = new URL(request.url!, 'http://stand-in');
    const rawPath = api.routedPath(request.url!.split('?')[0]!);
    const path = prefix && rawPath.startsWith(`${prefix}/`) ? rawPath.slice(prefix.length) : prefix ? '' : rawPath;
    const body = bytes.toString('utf8');
    const fault = faults.onRequest?.({
      method,
      path: path.startsWith(basePath) ? path.slice(basePath.length) : path,
      query: url.searchParams,
      headers,
      body,
      number,
    });
    if (faults.latencyMs > 0) await pause(faults.latencyMs);
    if (fault !== undefined && !isAfter(fault)) return ending(fault);
    const own = await api.dispatch({ method, path, url, headers, body });
    return isAfter(fault) ? ending(fault.after) : own;
  }

  const listener = forOwnNames(
    (request, response) => {
      respond(request, response).catch((error: unknown) => {
        // A defect of the stand-in itself: reported, never a hang.
        response.writeHead(599, { 'Content-Type': 'text/plain' }).end(`stand-in failed: ${(error as Error).stack}`);
      });
    },
    () => options.hosts ?? [],
  );
  const server: Server = options.tls ? createSecureServer(options.tls, listener) : createServer(listener);
  const port = await listenOnLoopback(server, options.port);

  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}${prefix}`,
    faults,
    calls,
    events,
    close: () => closeServer(server),
  };
}

const isAfter = (fault: Fault | undefined): fault is { after: FaultEnd } =>
  typeof fault === 'object' && 'after' in fault;
const ending = (fault: FaultEnd): Answer | 'hang' | 'reset' => (typeof fault === 'string' ? fault : answerOf(fault));

function send(response: ServerResponse, answer: Answer, time: number, buffered: number): void {
  const names = [...new Set(answer.headers.map(([name]) => name))];
  for (const name of names) {
    const values = answer.headers.filter(([other]) => other === name).map(([, value]) => value);
    response.setHeader(name, values.length === 1 ? values[0]! : values);
  }
  response.setHeader('Date', new Date(time).toUTCString());
  response.statusCode = answer.status;
  const bytes = Buffer.byteLength(answer.body, 'utf8');
  if (bytes > buffered) response.write(answer.body);
  else response.setHeader('Content-Length', bytes);
  response.end(bytes > buffered ? undefined : answer.body);
}
