// Finds the handler of a method and path: parameters, 405 with one Allow a method, plain 404 for all else. It knows no resource.

import type { Answer } from '../registry-faults.ts';
import { methodNotAllowed, noSuchPage } from './answers.ts';
import type { Generation } from './generations.ts';
import type { Store } from './store.ts';

export interface World {
  generation: Generation;
  store: Store;
  /** Awaited between the read and the write of a change, so that others can come between. */
  beforeWrite(): Promise<void>;
}

export interface Call extends World {
  /** From the path, as sent (not decoded). */
  params: Record<string, string>;
  query: URLSearchParams;
  body: string;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;
/** `GET /model_versions/{id}` → handler, below the base path. */
export type Routes = Record<string, Handler>;

export interface Match {
  handler: Handler;
  params: Record<string, string>;
}

/** The handler, or the answer where there is none. `path` starts behind the base path. */
export function findRoute(routes: Routes, method: string, path: string): Match | Answer {
  const allowed: string[] = [];
  for (const [route, handler] of Object.entries(routes)) {
    const [routeMethod, pattern] = route.split(' ') as [string, string];
    const params = matchPath(pattern, path);
    if (!params) continue;
    if (routeMethod === method) return { handler, params };
    allowed.push(routeMethod);
  }
  return allowed.length > 0 ? methodNotAllowed(allowed) : noSuchPage();
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    if (!part.startsWith('{')) {
      if (part !== given[i]) return undefined;
    } else if (given[i] === '' && i === wanted.length - 1) return undefined;
    else params[part.slice(1, -1)] = given[i]!;
  }
  return params;
}
