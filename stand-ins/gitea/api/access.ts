// Who calls, and whether they may: tokens with scopes, and what a private repository hides.

import { accessOf, findRepository, fullName, type Repository, type Token, type User, type World } from '../world.ts';
import { ApiError, type ApiRequest, failure, json, notFound } from './request.ts';

export type Caller = { doer?: User; token?: Token };

/** The caller of a request, by token; nobody without one; 401 with a wrong one. */
export function identify(world: World, headers: Record<string, string | undefined>): Caller {
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(/ +/, 2);
  return /^(token|bearer)$/i.test(scheme) ? byToken(world, value) : {};
}

function byToken(world: World, value: string): Caller {
  const token = world.tokens.get(value);
  if (!token) throw failure(world, 401, world.generation.badToken);
  return { doer: token.user, token };
}

export type Category = 'repository' | 'user';

/** 403 when the caller's token does not cover a request of this kind. */
export function requireScope(request: ApiRequest, category: Category): void {
  const { token, world } = request;
  if (!token) return;
  const level = request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write';
  const enough = [`write:${category}`, 'all', ...(level === 'read' ? [`read:${category}`] : [])];
  if (token.scopes.some((scope) => enough.includes(scope))) return;
  const required = `${level}:${category}`;
  const said = 'token does not have at least one of required scope(s)';
  throw failure(
    world,
    403,
    world.generation.name === 'gitea-1.26'
      ? `${said}, required=[${required}], token scope=${token.scopes.join(',')}`
      : `${said}: [${required}]`,
  );
}

/** The repository of a request, if it exists and the caller may see it; 404 says the same of both. */
export function requireRepository(request: ApiRequest, owner: string, name: string): Repository {
  const { world, doer, token } = request;
  const repository = findRepository(world, owner, name);
  if (!repository) redirectRenamed(request, `${owner}/${name}`);
  if (!repository || accessOf(repository, doer) === 'none') throw notFound(world);
  if (world.generation.publicOnlyProtects && token?.scopes.includes('public-only') && repository.private) {
    throw failure(world, 403, 'token scope is limited to public repos');
  }
  return repository;
}

/** A former name leads to the present one for as long as nobody takes it; Gitea 1.26 redirects without a token, too (measured). */
function redirectRenamed({ world, parts, query }: ApiRequest, former: string): void {
  const repository = world.repositories.find(({ formerNames }) => formerNames.includes(former.toLowerCase()));
  if (!repository) return;
  const below = parts.slice(3).map((part) => `/${encodeURIComponent(part)}`);
  const search = query.size === 0 ? '' : `?${query}`;
  const location = `/api/v1/repos/${fullName(repository)}${below.join('')}${search}`;
  const link = location.replaceAll('&', '&amp;');
  throw new ApiError({
    status: 301,
    headers: { 'Content-Type': 'text/html; charset=utf-8', Location: location },
    body: `<a href="${link}">Moved Permanently</a>.\n\n`,
  });
}

/** 401 without a token, 403 for a user who may only read. */
export function requireWrite(request: ApiRequest & { repository: Repository }): User {
  const { world, doer, repository } = request;
  if (!doer) throw failure(world, 401, 'token is required');
  if (!['write', 'admin'].includes(accessOf(repository, doer))) {
    throw new ApiError(
      json(403, { message: 'user should have a permission to write to a repo', url: `${world.rootUrl}api/swagger` }),
    );
  }
  return doer;
}

export function requireAdmin(request: ApiRequest & { repository: Repository }): User {
  const { world, doer, repository } = request;
  if (!doer) throw failure(world, 401, 'token is required');
  if (accessOf(repository, doer) !== 'admin') {
    throw failure(world, 403, 'user should be an owner or a collaborator with admin write of a repository');
  }
  return doer;
}
