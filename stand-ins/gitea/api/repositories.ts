// Repositories and what stands around them: search, create, edit, the signed-in user, tokens, settings, version.

import { createRepository, removeRepository, renameRepository } from '../repositories.ts';
import { repositoryShape } from '../shapes/repository.ts';
import { userShape } from '../shapes/user.ts';
import { accessOf, findRepository, type Repository, type User } from '../world.ts';
import { requireAdmin } from './access.ts';
import {
  type Answer,
  type ApiRequest,
  cut,
  failure,
  type Handler,
  json,
  noContent,
  pageOf,
  readBody,
} from './request.ts';

export const getVersion = ({ world }: ApiRequest): Answer => json(200, { version: world.generation.version });

export const getSettings = ({ world }: ApiRequest): Answer => {
  const { limits } = world;
  return json(200, {
    max_response_items: limits.maxPage,
    default_paging_num: limits.page,
    default_git_trees_per_page: limits.treesPage,
    default_max_blob_size: limits.blobSize,
    ...(world.generation.name === 'gitea-1.26' ? { default_max_response_size: limits.responseSize } : {}),
  });
};

export const getRepository: Handler = ({ world, repository, doer }) =>
  json(200, repositoryShape(world, repository, accessOf(repository, doer), repository.language));

function visible({ world, doer }: ApiRequest): Repository[] {
  return world.repositories.filter((repository) => accessOf(repository, doer) !== 'none');
}

function listShape(request: ApiRequest, repositories: readonly Repository[]): Record<string, unknown>[] {
  return cut(repositories, pageOf(request)).map((repository) =>
    repositoryShape(request.world, repository, accessOf(repository, request.doer), repository.language),
  );
}

export const searchRepositories = (request: ApiRequest): Answer => {
  const word = (request.query.get('q') ?? '').toLowerCase();
  const found = visible(request).filter((repository) => repository.name.toLowerCase().includes(word));
  return json(
    200,
    { ok: true, data: listShape(request, found) },
    { 'Access-Control-Expose-Headers': 'X-Total-Count', 'X-Total-Count': String(found.length) },
  );
};

export function requireUser({ world, doer }: ApiRequest): User {
  if (!doer) throw failure(world, 401, 'token is required');
  return doer;
}

export const getUser = (request: ApiRequest): Answer => {
  const user = requireUser(request);
  return json(200, userShape(request.world, user, 'self'));
};

export const listUserRepositories = (request: ApiRequest): Answer => {
  const user = requireUser(request);
  const found = visible(request).filter((repository) => accessOf(repository, user) !== 'read');
  return json(200, listShape(request, found), {
    'Access-Control-Expose-Headers': 'X-Total-Count',
    'X-Total-Count': String(found.length),
  });
};

export const createByApi = (request: ApiRequest): Answer => {
  const { world } = request;
  const user = requireUser(request);
  const body = readBody(request);
  const name = String(body.name ?? '');
  if (!/^[\w.-]+$/.test(name)) throw failure(world, 422, '[Name]: Required');
  if (findRepository(world, user.login, name)) {
    throw failure(world, 409, 'The repository with the same name already exists.');
  }
  const repository = createRepository(world, {
    owner: user,
    name,
    private: body.private === true,
    defaultBranch: String(body.default_branch || 'main'),
    autoInit: body.auto_init === true,
  });
  return json(201, repositoryShape(world, repository, 'admin'));
};

/** Measured trap: settings of pull requests are taken only together with `has_pull_requests: true`. */
export const patchRepository: Handler = (request) => {
  const { world, repository } = request;
  requireAdmin(request);
  const body = readBody(request);
  if (typeof body.name === 'string') renameRepository(repository, body.name);
  if (typeof body.private === 'boolean') repository.private = body.private;
  if (body.archived === true) repository.archived = world.now();
  if (body.archived === false) delete repository.archived;
  if (typeof body.default_branch === 'string') repository.defaultBranch = body.default_branch;
  if (body.has_pull_requests === true) {
    if (typeof body.allow_manual_merge === 'boolean') repository.allowManualMerge = body.allow_manual_merge;
    if (typeof body.autodetect_manual_merge === 'boolean') {
      repository.autodetectManualMerge = body.autodetect_manual_merge;
    }
  }
  return json(200, repositoryShape(world, repository, 'admin'));
};

export const deleteRepository: Handler = (request) => {
  const { world, repository } = request;
  const doer = requireAdmin(request);
  removeRepository(world, repository, doer);
  return noContent();
};
