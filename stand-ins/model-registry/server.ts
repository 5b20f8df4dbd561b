// The HTTP server around the routes: base path, sidecar, checks of the input, faults, log, and the way Go sends a body.

import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { bodyOf, callerOf, closeServer, listenOnLoopback } from '../loopback.ts';
import { forOwnNames } from '../own-names.ts';
import type { Answer } from './answers.ts';
import { behindDatabase, createDatabase, type Database } from './database.ts';
import { BASE_PATH, dispatch } from './dispatch.ts';
import { answerOf, type Fault, type FaultEnd, type Faults, noFaults, sidecar } from './faults.ts';
import { GENERATIONS, type Generation, type GenerationName } from './generations.ts';
import type { World } from './routing.ts';
import {
  addArtifact,
  addModel,
  addVersion,
  type Dump,
  dump,
  labels,
  type SeedArtifact,
  type SeededModel,
  type SeedModel,
  type SeedVersion,
} from './seed.ts';
import { createStore, type Store } from './store.ts';
import { routedPath, send } from './wire.ts';

export interface StandInOptions {
  /** 0 (default): any free one. */
  port?: number;
  /** Default `main-postgres`. */
  generation?: GenerationName;
  /** Before the base path, as behind a gateway: `/model-registry/prod`. */
  pathPrefix?: string;
  /** With a token a sidecar stands in front: 401 without it. */
  token?: string;
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

export interface StandIn {
  /** With the path prefix, without the base path, without a slash at the end. */
  url: string;
  generation: Generation;
  faults: Faults;
  database: Database;
  /** Every request since the start, in the order of their ends. */
  calls: LoggedCall[];
  /** `call` with a LoggedCall at the end of each request. */
  events: EventEmitter<{ call: [LoggedCall] }>;
  /** The tables themselves, past the database's faults. */
  store: Store;
  addModel(model: SeedModel): SeededModel;
  addVersion(modelId: string, version: SeedVersion): SeededModel['versions'][string];
  addArtifact(versionId: string, artifact: SeedArtifact): { id: string };
  dump(): Dump;
  labels(): Record<string, Record<string, string[]>>;
  /** Ends all connections, also those that hang. */
  close(): Promise<void>;
}

export async function createModelRegistryStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const generation = GENERATIONS[options.generation ?? 'main-postgres'];
  const now = options.clock ?? Date.now;
  const store = createStore(generation, now);
  const database = createDatabase(generation);
  const faults = noFaults();
  const calls: LoggedCall[] = [];
  const events = new EventEmitter<{ call: [LoggedCall] }>();
  const prefix = (options.pathPrefix ?? '').replace(/\/+$/, '');
  const world: World = {
    generation,
    store: behindDatabase(store, database),
    beforeWrite: async () => faults.beforeWrite?.(),
  };
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
    if (typeof sent === 'object') send(response, sent, now());
    else if (sent === 'reset') request.socket.destroy();
    // Last, so that who waits for the event finds the answer on its way.
    events.emit('call', log);
  }

  /** What the request ends with; its effect has happened by then. */
  async function end(request: IncomingMessage, bytes: Buffer, number: number): Promise<Answer | 'hang' | 'reset'> {
    const denied = sidecar(request.headers.authorization, options.token, options.forbiddenToken);
    if (denied) return denied;
    const url = new URL(request.url!, 'http://stand-in');
    const rawPath = routedPath(request.url!.split('?')[0]!);
    const path = prefix && rawPath.startsWith(`${prefix}/`) ? rawPath.slice(prefix.length) : prefix ? '' : rawPath;
    const body = bytes.toString('utf8');
    const fault = faults.onRequest?.({
      method: request.method!,
      path: path.startsWith(BASE_PATH) ? path.slice(BASE_PATH.length) : path,
      query: url.searchParams,
      headers: request.headers,
      body,
      number,
    });
    if (faults.latencyMs > 0) await pause(faults.latencyMs);
    if (fault !== undefined && !isAfter(fault)) return ending(fault);
    const own = await dispatch(world, database, { method: request.method!, path, url, body });
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
    generation,
    faults,
    database,
    calls,
    events,
    store,
    addModel: (model) => addModel(store, generation, model),
    addVersion: (modelId, version) => addVersion(store, generation, modelId, version),
    addArtifact: (versionId, artifact) => addArtifact(store, generation, versionId, artifact),
    dump: () => dump(store, generation),
    labels: () => labels(store),
    close: () => closeServer(server),
  };
}

const isAfter = (fault: Fault | undefined): fault is { after: FaultEnd } =>
  typeof fault === 'object' && 'after' in fault;
const ending = (fault: FaultEnd): Answer | 'hang' | 'reset' => (typeof fault === 'string' ? fault : answerOf(fault));
