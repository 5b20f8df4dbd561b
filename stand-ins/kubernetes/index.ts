// A stand-in for the API server of Kubernetes: lists with selectors and pages, watches with bookmarks, and the ways in which they
// fail. Whatever kind of object is asked for exists, with no objects of it to begin with.
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { forOwnNames } from '../../host/own-names.ts';
import { callerOf, closeServer, listenOnLoopback } from '../loopback.ts';
import { type Change, createStore, type KubernetesObject, type Store } from './store.ts';

/** One request, with what was asked for and what was answered; of a watch, how it began. */
export interface KubernetesCall {
  method: string;
  /** As sent, with the query. */
  path: string;
  plural: string;
  namespace: string;
  isWatch: boolean;
  /** 0: no answer was given, or none yet. */
  status: number;
  ms: number;
  /** Who called, as the request's headers say. */
  userAgent?: string;
  traceparent?: string;
}

/** In place of the right answer: a status, no answer at all, or one that breaks off in the middle. */
export type KubernetesFault = { status: number; message?: string } | 'hang' | 'cut';

export interface KubernetesOptions {
  /** 0 (default): any free one. */
  port?: number;
  /** Without one, every token is accepted. */
  token?: string;
}

export interface KubernetesStandIn {
  url: string;
  store: Store;
  /** Every request since the start, in the order in which they came. */
  calls: KubernetesCall[];
  /** `call` when a request has been answered, or a watch has begun. */
  events: EventEmitter<{ call: [KubernetesCall] }>;
  /** Undefined: every namespace is there that anybody asks for. */
  namespaces: ReadonlySet<string> | undefined;
  /** Asked for each request. */
  fault: ((call: KubernetesCall) => KubernetesFault | undefined) | undefined;
  /** Objects of a page, whatever limit is asked for. */
  longestPage: number;
  /** How many watches are open. */
  watches(): number;
  /** Tells every watch the present version. */
  sendBookmarks(): void;
  /** Ends every watch, as the server does after its time: `cut` in the middle of a line. */
  endWatches(how?: 'cut'): void;
  /** Down: connections are refused, and watches end. Up: on the same port. */
  setDown(down: boolean): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
}

interface Watch {
  send(type: string, object: unknown): void;
  end(how?: 'cut'): void;
}

/** What the routes need. */
interface World {
  standIn: KubernetesStandIn;
  open: Set<Watch>;
  token: string | undefined;
}

export async function createKubernetesStandIn(options: KubernetesOptions = {}): Promise<KubernetesStandIn> {
  const store = createStore();
  const open = new Set<Watch>();
  const server = createServer(
    forOwnNames((request, response) => answer({ standIn, open, token: options.token }, request, response)),
  );
  const port = await listenOnLoopback(server, options.port);

  const standIn: KubernetesStandIn = {
    url: `http://127.0.0.1:${port}`,
    store,
    calls: [],
    events: new EventEmitter(),
    namespaces: undefined,
    fault: undefined,
    longestPage: 500,
    watches: () => open.size,
    sendBookmarks() {
      const metadata = { resourceVersion: String(store.version) };
      for (const { send } of open) send('BOOKMARK', { kind: 'Bookmark', metadata });
    },
    endWatches(how) {
      for (const watch of open) watch.end(how);
    },
    async setDown(down) {
      if (down === !server.listening) return;
      if (down) await closeServer(server);
      else await listenOnLoopback(server, port);
    },
    close: () => closeServer(server),
  };
  return standIn;
}

function answer(world: World, request: IncomingMessage, response: ServerResponse): void {
  const { standIn, token } = world;
  const url = new URL(request.url ?? '/', 'http://api.invalid');
  const [, namespace = '', plural = 'namespaces'] =
    /^\/apis?\/(?:[^/]+\/)?[^/]+\/namespaces\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
  const query = url.searchParams;
  const call: KubernetesCall = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    plural,
    namespace,
    isWatch: query.get('watch') === 'true',
    status: 0,
    ms: 0,
    ...callerOf(request),
  };
  standIn.calls.push(call);
  log(call, response, standIn.events);
  const isKnown = token === undefined || request.headers.authorization === `Bearer ${token}`;
  const fault = isKnown ? standIn.fault?.(call) : { status: 401, message: 'Unauthorized' };
  if (fault === 'hang') return;
  if (fault === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"items":[', () => response.destroy());
  } else if (fault !== undefined) refuse(response, fault.status, fault.message ?? 'the server says no');
  else if (namespace === '') refuse(response, 404, 'the server could not find the requested resource');
  else if (plural === 'namespaces') getNamespace(standIn, namespace, response);
  else if (call.isWatch) watch(world, call, query, response);
  else list(standIn, call, query, response);
}

function getNamespace({ namespaces }: KubernetesStandIn, name: string, response: ServerResponse): void {
  if (namespaces?.has(name) ?? true) json(response, 200, { kind: 'Namespace', metadata: { name } });
  else refuse(response, 404, `namespaces "${name}" not found`);
}

function log(call: KubernetesCall, response: ServerResponse, events: KubernetesStandIn['events']): void {
  const start = performance.now();
  const end = () => {
    call.status = response.headersSent ? response.statusCode : 0;
    call.ms = performance.now() - start;
    events.emit('call', call);
  };
  // A watch goes on for minutes: it is told of when it begins.
  if (call.isWatch) setImmediate(end);
  else response.once('close', end);
}

function list(
  { store, longestPage }: KubernetesStandIn,
  { plural, namespace }: KubernetesCall,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const [version, from] = (query.get('continue') ?? `${store.version}/0`).split('/') as [string, string];
  if (store.since(Number(version)) === undefined) {
    refuse(response, 410, 'The provided continue parameter is too old');
    return;
  }
  const all = store.list(plural, namespace).filter((object) => isSelected(object, query));
  const end = Number(from) + Math.min(Number(query.get('limit') ?? longestPage), longestPage);
  const metadata = { resourceVersion: version, ...(end < all.length && { continue: `${version}/${end}` }) };
  json(response, 200, { kind: 'List', metadata, items: all.slice(Number(from), end) });
}

function watch(
  { standIn: { store }, open }: World,
  { plural, namespace }: KubernetesCall,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  const send = (type: string, object: unknown) => void response.write(`${JSON.stringify({ type, object })}\n`);
  const missed = store.since(Number(query.get('resourceVersion')));
  if (missed === undefined) {
    send('ERROR', status(410, 'too old resource version'));
    response.end();
    return;
  }
  const tell = (change: Change) => {
    const { object } = change;
    if (change.plural === plural && object.metadata.namespace === namespace && isSelected(object, query))
      send(change.type, object);
  };
  missed.forEach(tell);
  const forget = store.listen(tell);
  const one: Watch = {
    send,
    end(how) {
      forget();
      open.delete(one);
      if (how === 'cut') response.write('{"type":"MODIF', () => response.destroy());
      else response.end();
    },
  };
  open.add(one);
  // As the server does, by its own clock.
  const ends = setTimeout(() => one.end(), Number(query.get('timeoutSeconds') ?? 3_600) * 1_000);
  response.on('close', () => {
    clearTimeout(ends);
    forget();
    open.delete(one);
  });
}

/** `metadata.name=x`; of labels `a=b` and `a` (it exists), separated by commas. */
function isSelected({ metadata }: KubernetesObject, query: URLSearchParams): boolean {
  const field = query.get('fieldSelector')?.split('=') ?? [];
  if (field.length > 0 && metadata.name !== field.at(-1)) return false;
  const labels = query.get('labelSelector')?.split(',') ?? [];
  return labels.every((selector) => {
    const [key, value] = selector.split('=') as [string, string?];
    const found = metadata.labels?.[key];
    return value === undefined ? found !== undefined : found === value;
  });
}

function status(code: number, message: string): object {
  const reasons: Record<number, string> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 410: 'Expired' };
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason: reasons[code] ?? '', code };
}

function refuse(response: ServerResponse, code: number, message: string): void {
  json(response, code, status(code, message));
}

function json(response: ServerResponse, code: number, value: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
