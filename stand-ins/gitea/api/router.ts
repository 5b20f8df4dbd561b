// All routes in one table, and the way a request takes: who calls, which route, may they, answer.

import type { World } from '../world.ts';
import { type Category, identify, requireRepository, requireScope } from './access.ts';
import * as branches from './branches.ts';
import * as commits from './commits.ts';
import * as contents from './contents.ts';
import * as writes from './contents-write.ts';
import * as hooks from './hooks.ts';
import * as pulls from './pulls.ts';
import { getRaw } from './raw.ts';
import * as repositories from './repositories.ts';
import { type Answer, ApiError, type ApiRequest, type Handler } from './request.ts';
import * as statuses from './statuses.ts';
import * as trees from './trees.ts';

/** Below a repository. `:x` is one part of the path, `*` all that is left (`*?`: or nothing). */
const BELOW_REPOSITORY: readonly (readonly [string, string, Handler])[] = [
  ['GET', '', repositories.getRepository],
  ['PATCH', '', repositories.patchRepository],
  ['DELETE', '', repositories.deleteRepository],
  ['GET', 'branches', branches.listBranches],
  ['POST', 'branches', branches.createBranch],
  ['GET', 'branches/*', branches.getBranch],
  ['DELETE', 'branches/*', branches.deleteBranch],
  ['GET', 'git/trees/:sha', trees.getTree],
  ['GET', 'git/commits/:sha', trees.getCommit],
  ['GET', 'raw/*', getRaw],
  ['GET', 'contents/*?', contents.getContents],
  ['POST', 'contents', writes.writeSeveral],
  ['POST', 'contents/*', writes.writeContents],
  ['PUT', 'contents/*', writes.writeContents],
  ['DELETE', 'contents/*', writes.writeContents],
  ['GET', 'file-contents', contents.getFileContents],
  ['POST', 'file-contents', contents.getFileContents],
  ['GET', 'commits', commits.getCommits],
  ['GET', 'commits/:sha/pull', commits.getCommitPull],
  ['GET', 'commits/:sha/statuses', statuses.listStatuses],
  ['POST', 'statuses/:sha', statuses.createStatus],
  ['GET', 'pulls', pulls.listPulls],
  ['POST', 'pulls', pulls.createPull],
  ['GET', 'pulls/:number', pulls.getPull],
  ['PATCH', 'pulls/:number', pulls.patchPull],
  ['GET', 'pulls/:number/commits', pulls.getPullCommits],
  ['POST', 'pulls/:number/merge', pulls.mergeByApi],
  ['GET', 'hooks', hooks.listHooks],
  ['POST', 'hooks', hooks.createByApi],
  ['GET', 'hooks/:id', hooks.getHook],
  ['PATCH', 'hooks/:id', hooks.patchHook],
  ['DELETE', 'hooks/:id', hooks.deleteHook],
  ['POST', 'hooks/:id/tests', hooks.testHook],
];

/** Elsewhere, with the part of the token's scopes that is needed; null: none. */
const ELSEWHERE: readonly (readonly [string, string, Category | null, (request: ApiRequest) => Answer])[] = [
  ['GET', 'version', null, repositories.getVersion],
  ['GET', 'user', 'user', repositories.getUser],
  ['POST', 'user/repos', 'repository', repositories.createByApi],
];

type Match = { args: string[]; rest: string };

function match(pattern: string, parts: readonly string[]): Match | undefined {
  const wanted = pattern === '' ? [] : pattern.split('/');
  const args: string[] = [];
  for (const [at, part] of wanted.entries()) {
    if (part === '*' || part === '*?') {
      const rest = parts.slice(at).join('/');
      return rest === '' && part === '*' ? undefined : { args, rest };
    }
    const value = parts[at];
    if (value === undefined || (!part.startsWith(':') && value !== part)) return undefined;
    if (part.startsWith(':')) args.push(value);
  }
  return parts.length === wanted.length ? { args, rest: '' } : undefined;
}

/** Routes that a server does not have at all. */
function isKnown(world: World, pattern: string): boolean {
  return pattern !== 'file-contents' || world.generation.fileContents;
}

const NO_ROUTE: Answer = {
  status: 404,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
};

export type Incoming = Omit<ApiRequest, 'doer' | 'token'>;

export function answer(incoming: Incoming): Answer {
  try {
    return route(incoming);
  } catch (error) {
    if (error instanceof ApiError) return error.answer;
    throw error;
  }
}

function route(incoming: Incoming): Answer {
  const { world, parts, method } = incoming;
  const allowed: string[] = [];
  for (const [verb, pattern, category, handler] of ELSEWHERE) {
    if (!match(pattern, parts)) continue;
    allowed.push(verb);
    if (verb !== method) continue;
    const request = { ...incoming, ...identify(world, incoming.headers) };
    if (category) requireScope(request, category);
    return handler(request);
  }
  const [area, owner, name, ...below] = parts;
  if (area === 'repos' && owner !== undefined && name !== undefined) {
    for (const [verb, pattern, handler] of BELOW_REPOSITORY) {
      const found = isKnown(world, pattern) ? match(pattern, below) : undefined;
      if (!found) continue;
      allowed.push(verb);
      if (verb !== method) continue;
      const request = { ...incoming, ...identify(world, incoming.headers) };
      const repository = requireRepositoryOf(request, owner, name);
      return handler({ ...request, repository, ...found });
    }
  }
  if (allowed.length === 0) return NO_ROUTE;
  return { status: 405, headers: { Allow: [...new Set(allowed)].join(', ') } };
}

/** Scope before existence: a token without it learns nothing of the repository. */
function requireRepositoryOf(request: ApiRequest, owner: string, name: string) {
  requireScope(request, 'repository');
  return requireRepository(request, owner, name);
}
