// The HTTP side: one node:http server, its access log, and the ways it can be made to fail. Knows no route.

import type { EventEmitter } from 'node:events';
import http from 'node:http';
import { forOwnNames } from '../../host/own-names.ts';
import { bodyOf, callerOf, closeServer, listenOnLoopback } from '../loopback.ts';
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
  #outage: Outage | undefined;
  #port = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    // Who gave it a public address reads it there, too.
    const named = () => [new URL(parts.world.rootUrl).hostname, ...parts.hosts];
    this.#server = http.createServer(forOwnNames((request, response) => void this.#serve(request, response), named));
  }

  async listen(port: number): Promise<number> {
    this.#port = await listenOnLoopback(this.#server, port);
    return this.#port;
  }

  async setDown(outage: Outage | false): Promise<void> {
    if (this.#outage === 'refuse' && outage !== 'refuse') await this.listen(this.#port);
    this.#outage = outage || undefined;
    if (outage === 'refuse') await this.close();
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const started = performance.now();
    const at = this.#parts.world.now();
    const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s);
    const query = new URLSearchParams(search);
    const method = request.method ?? 'GET';
    response.on('close', () => {
      const status = response.headersSent ? response.statusCode : 0;
      const ms = performance.now() - started;
      const entry: AccessEntry = { at, method, path: request.url ?? '/', status, ms, ...callerOf(request) };
      this.accessLog.push(entry);
      this.#parts.live.emit('request', entry);
    });
    const body = await bodyOf(request);
    if (body === undefined) return;
    const fault = this.#outage === 'hang' ? 'hang' : this.rule({ method, path, query });
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault && 'status' in fault) return this.#write(response, method, fault);
    if (fault) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const headers = request.headers as Record<string, string | undefined>;
    this.#write(response, method, answerPath({ ...this.#parts, method, path, query, headers, body }));
  }

  #write(response: http.ServerResponse, method: string, { status, headers = {}, body = '' }: Answer): void {
    const all = allHeaders(this.#parts.world, headers);
    const content = typeof body === 'string' ? Buffer.from(body) : body;
    if (status !== 204 && status !== 304) all['Content-Length'] = String(content.length);
    response.writeHead(status, all);
    response.end(method === 'HEAD' || status === 204 || status === 304 ? undefined : content);
  }
}
