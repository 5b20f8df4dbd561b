// The console's HTTP: the page's files, what happens as server-sent events, one happening or one row's history in full, and what
// the page's buttons do. On loopback, unless somebody says who may read it; no address of a file comes from a request.

import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { forOwnNames } from '../host/own-names.ts';
import { type Access, createGate, type Refusal } from './access.ts';
import { ActionError, type Actions, type Fields } from './action.ts';
import { refusalOf } from './guard.ts';
import type { Deployed } from './overview.ts';

export interface Routes {
  token: string;
  live(response: ServerResponse, lastEventId: string | undefined): void;
  /** The happening of that number in full, masked. */
  inFull(seq: number): unknown;
  actions: Actions;
  /** Newest first. Throws ActionError. */
  history?(environment: string, model: string): Promise<Deployed[]>;
}

/** Where others can reach the page, too. */
export interface Reach {
  /** IP address of the interface that takes requests; undefined: all of them. */
  address: string | undefined;
  access: Access;
  /** ms after which a page has to ask anew, so that a token that was taken back reads no more; it comes back where it was. Five minutes by default. */
  longestStream?: number;
}

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** All that a browser gets. */
const page = new URL('./page/', import.meta.url);

const usualStream = 300_000;
const maxBody = 256 * 1024;

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // Not no-referrer: with that browsers send no Origin we could check.
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * Resolves with the port when it listens; without `reach` on loopback, for whoever asks for this machine by its name. `close` ends
 * all connections, also those that hang.
 */
export async function listen(
  routes: Routes,
  wanted: number,
  reach?: Reach,
): Promise<{ port: number; close(): Promise<void> }> {
  const files = await readdir(page);
  const gate = reach && createGate(reach.access);
  // A page of elsewhere whose name leads here is no danger where a browser would have to send it the token of another origin.
  const forOurs = gate ? (listener: RequestListener) => listener : forOwnNames;
  const server = createServer(
    forOurs((request, response) => {
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
      serve(request, response).catch((error: Error) => {
        const known = error instanceof ActionError;
        if (!known) console.error(`console: ${error.stack}`);
        if (!response.headersSent)
          json(response, known ? 409 : 500, {
            error: known ? error.message : 'The console failed; its log says more.',
          });
      });
    }),
  );
  server.listen(wanted, reach ? reach.address : '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!;
    // For whatever looks after the process, which knows no token.
    if (path === '/health/liveness' || path === '/health/readiness') return void response.writeHead(200).end();
    const refusal: Refusal | undefined = gate?.(request) ?? refusalOf(request, routes.token);
    if (refusal) return json(response, refusal.status, { error: refusal.message }, refusal.headers);
    if (request.method === 'POST') {
      const [, name = ''] = /^\/act\/([a-z-]+)$/.exec(path) ?? [];
      const action = Object.hasOwn(routes.actions, name) ? routes.actions[name] : undefined;
      if (!action) return json(response, 404, { error: 'no such action' });
      return json(response, 200, { done: await action(fieldsOf(await readBody(request))) });
    }
    if (path === '/live') {
      if (reach) endAfter(response, reach.longestStream ?? usualStream);
      return routes.live(response, request.headers['last-event-id'] as string | undefined);
    }
    const [, seq] = /^\/happening\/(\d{1,12})$/.exec(path) ?? [];
    if (seq !== undefined) {
      const found = routes.inFull(Number(seq));
      return found ? json(response, 200, found) : json(response, 404, { error: 'It is no longer kept.' });
    }
    const [, query] = /^\/history\?(.*)$/.exec(path) ?? [];
    if (query !== undefined && routes.history) {
      const asked = new URLSearchParams(query);
      return json(response, 200, await routes.history(asked.get('environment') ?? '', asked.get('model') ?? ''));
    }
    const wanted = path === '/' ? 'index.html' : path.slice(1);
    const file = files.find((name) => name === wanted);
    if (!file) return json(response, 404, { error: 'no such page' });
    const body = await readFile(new URL(file, page));
    response.writeHead(200, { 'content-type': types[file.split('.').at(-1)!]!, 'cache-control': 'no-cache' }).end(body);
  }
}

function endAfter(response: ServerResponse, ms: number): void {
  const timer = setTimeout(() => response.end(), ms).unref();
  response.on('close', () => clearTimeout(timer));
}

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
    .end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (Number(request.headers['content-length'] ?? maxBody + 1) > maxBody)
    throw new ActionError(`expected a body of at most ${maxBody} bytes, with its length`);
  try {
    const value: unknown = JSON.parse(await text(request));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ActionError('expected a JSON object');
}

function fieldsOf(body: Record<string, unknown>): Fields {
  const optional = (name: string) => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const required = (name: string) => {
    const value = optional(name)?.trim();
    if (!value) throw new ActionError(`expected ${name}`);
    return value;
  };
  return {
    text: required,
    optional,
    flag: (name) => body[name] === true,
    number(name) {
      const value = required(name);
      if (!/^\d{1,9}$/.test(value)) throw new ActionError(`expected ${name} to be a number`);
      return Number(value);
    },
  };
}
