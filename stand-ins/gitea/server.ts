// The HTTP side: one node:http server, its access log, and the ways it can be made to fail. Knows no route.

import type { EventEmitter } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { forOwnNames } from '../own-names.ts';
import { allHeaders, answerPath } from './answer.ts';
import type { Answer } from './api/request.ts';
import type { Delivery } from './deliveries.ts';
import type { Hook, World } from './world.ts';

export type AccessEntry = {
  at: Date;
  method: string;
  path: string;
  status: number;
  ms: number;
  /** Who called, as the request's headers say. */
  userAgent?: string;
  traceparent?: string;
};

/**
 * A fault for requests: an answer instead of the real one, a pause before it, no answer at all (`hang`), or a closed
 * connection (`reset`). Undefined: the real answer.
 */
export type Fault =
  | { status: number; body?: string; headers?: Record<string, string> }
  | { delayMs: number }
  | 'hang'
  | 'reset';

export type ServerRule = (request: { method: string; path: string; query: URLSearchParams }) => Fault | undefined;

/** hang: accepts and never answers. refuse: connections are refused. */
export type Outage = 'hang' | 'refuse';

/** Gitea's own limit is that of the proxy in front; larger bodies end the connection. */
const MAX_BODY = 64 * 1024 * 1024;

export type ServerParts = {
  /** Names it answers to, beside those of this machine and of `rootUrl`. */
  hosts: readonly string[];
  world: World;
  live: EventEmitter;
  deliver: (hook: Hook, eventType: string, payload: string) => Delivery;
};

export class GiteaServer {
  readonly accessLog: AccessEntry[] = [];
  rule: ServerRule = () => undefined;
  readonly #parts: ServerParts;
  readonly #server: http.Server;
  readonly #sockets = new Set<Socket>();
  #outage: Outage | undefined;
  #port = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    // Who gave it a public address reads it there, too.
    const named = () => [new URL(parts.world.rootUrl).hostname, ...parts.hosts];
    this.#server = http.createServer(forOwnNames((request, response) => void this.#serve(request, response), named));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    return this.#port;
  }

  async setDown(outage: Outage | false): Promise<void> {
    if (this.#outage === 'refuse' && outage !== 'refuse') await this.listen(this.#port);
    this.#outage = outage || undefined;
    if (outage === 'refuse') await this.#stop();
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.#stop();
  }

  async #stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const started = performance.now();
    const at = this.#parts.world.now();
    const [path = '/', search = ''] = splitOnce(request.url ?? '/', '?');
    const query = new URLSearchParams(search);
    const method = request.method ?? 'GET';
    response.on('close', () => {
      const status = response.headersSent ? response.statusCode : 0;
      const entry: AccessEntry = { at, method, path: request.url ?? '/', status, ms: performance.now() - started };
      const { 'user-agent': userAgent, traceparent } = request.headers;
      if (userAgent !== undefined) entry.userAgent = userAgent;
      if (typeof traceparent === 'string') entry.traceparent = traceparent;
      this.accessLog.push(entry);
      this.#parts.live.emit('request', entry);
    });
    const body = await readAll(request);
    if (body === undefined) return;
    const fault = this.#fault(method, path, query);
    if (fault === 'hang') return;
    if (fault === 'reset') {
      request.socket.destroy();
      return;
    }
    if (fault && 'status' in fault) {
      this.#write(response, method, { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' });
      return;
    }
    if (fault) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const headers = request.headers as Record<string, string | undefined>;
    this.#write(response, method, answerPath({ ...this.#parts, method, path, query, headers, body }));
  }

  #fault(method: string, path: string, query: URLSearchParams): Fault | undefined {
    if (this.#outage === 'hang') return 'hang';
    return this.rule({ method, path, query });
  }

  #write(response: http.ServerResponse, method: string, { status, headers = {}, body = '' }: Answer): void {
    const all = allHeaders(this.#parts.world, headers);
    const content = typeof body === 'string' ? Buffer.from(body) : body;
    if (status !== 204 && status !== 304) all['Content-Length'] = String(content.length);
    response.writeHead(status, all);
    response.end(method === 'HEAD' || status === 204 || status === 304 ? undefined : content);
  }
}

function splitOnce(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

async function readAll(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > MAX_BODY) {
        request.socket.destroy();
        return undefined;
      }
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
