// What a route sees of a request and how it answers. Never looks at the socket.

import type { EventEmitter } from 'node:events';
import { goJson } from '../../go-json.ts';
import type { Delivery } from '../deliveries.ts';
import type { Hook, Repository, Token, User, World } from '../world.ts';

export type Answer = { status: number; headers?: Record<string, string>; body?: string | Buffer };

export type ApiRequest = {
  world: World;
  method: string;
  /** Path below /api/v1, each part decoded. */
  parts: string[];
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
  doer?: User;
  token?: Token;
  deliver: (hook: Hook, eventType: string, payload: string) => Delivery;
  live: EventEmitter;
};

/** A request below /repos/{owner}/{name} that the doer may make. `rest`: the path that is left for a wildcard. */
export type RepositoryRequest = ApiRequest & { repository: Repository; args: string[]; rest: string };

export type Handler = (request: RepositoryRequest) => Answer;

/** Ends a request with an error answer. */
export class ApiError extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`answer ${answer.status}`);
    this.name = 'ApiError';
    this.answer = answer;
  }
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json;charset=utf-8', ...headers },
    body: `${goJson(value)}\n`,
  };
}

export function noContent(): Answer {
  return { status: 204 };
}

function documentation(world: World): string {
  return `${world.rootUrl}api/swagger`;
}

/** An error of one sentence: `{message, url}`. */
export function failure(world: World, status: number, message: string): ApiError {
  return new ApiError(json(status, { message, url: documentation(world) }));
}

/** The 404 of these servers: `{errors, message, url}`; `message` is the server's usual one unless given. */
export function notFound(world: World, message?: string, errors: string[] | null = null): ApiError {
  return new ApiError(json(404, { errors, message: message ?? world.generation.notFound, url: documentation(world) }));
}

export function readBody(request: ApiRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, as for every body that is no object.
  }
  throw failure(request.world, 422, 'cannot read the request body as a JSON object');
}

/** A parameter that is false only when it says so (`stat`, `files`, `verification`). */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value === null || !['false', '0', 'f', 'off', 'no', 'none', ''].includes(value.toLowerCase());
}

export type Page = { page: number; limit: number };

/** `page` and `limit` (or `per_page`) within the server's bounds. */
export function pageOf(request: ApiRequest): Page {
  const { page, maxPage } = request.world.limits;
  const asked = Number(request.query.get('limit') ?? 0);
  const limit = Number.isInteger(asked) && asked > 0 ? Math.min(asked, maxPage) : page;
  return { page: Math.max(1, Number(request.query.get('page') ?? 1) || 1), limit };
}

export function cut<Item>(items: readonly Item[], { page, limit }: Page): Item[] {
  return items.slice((page - 1) * limit, page * limit);
}

/** A list with the headers that say how long it is. `names`: further ones that scripts of other pages may read. */
export function listed(
  value: unknown,
  total: number,
  { link, names = '', more = {} }: { link?: string | undefined; names?: string; more?: Record<string, string> } = {},
): Answer {
  return json(200, value, {
    'Access-Control-Expose-Headers': `${link ? 'Link, ' : ''}X-Total-Count${names}`,
    ...(link ? { Link: link } : {}),
    'X-Total-Count': String(total),
    ...more,
  });
}

/** Where a page of commits stands in its list. */
export function pageHeaders({ page, limit }: Page, total: number): Record<string, string> {
  const pages = Math.ceil(total / limit);
  return {
    'X-Hasmore': String(page < pages),
    'X-Page': String(page),
    'X-Pagecount': String(pages),
    'X-Perpage': String(limit),
  };
}

/** The `Link` header of a list: next and last, first and prev, where there are any. */
export function linkHeader(request: ApiRequest, { page, limit }: Page, total: number): string | undefined {
  const last = Math.max(1, Math.ceil(total / limit));
  const shown = Math.min(page, last);
  const to = (number: number, rel: string) => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(number));
    query.sort();
    return `<${request.world.rootUrl}api/v1/${request.parts.join('/')}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(shown < last ? [to(shown + 1, 'next'), to(last, 'last')] : []),
    ...(shown > 1 ? [to(1, 'first'), to(shown - 1, 'prev')] : []),
  ];
  return links.length > 0 ? links.join(',') : undefined;
}
