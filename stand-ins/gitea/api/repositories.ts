// Repositories: create, read, rename, delete; the signed-in user, and the server's version.

import { createRepository, renameRepository } from '../repositories.ts';
import { repositoryShape } from '../shapes/repository.ts';
import { userShape } from '../shapes/user.ts';
import { accessOf, findRepository, type User } from '../world.ts';
import { requireAdmin } from './access.ts';
import { type Answer, type ApiRequest, failure, type Handler, json, noContent, readBody } from './request.ts';

export const getVersion = ({ world }: ApiRequest): Answer => json(200, { version: world.generation.version });

export const getRepository: Handler = ({ world, repository, doer }) =>
  json(200, repositoryShape(world, repository, accessOf(repository, doer), repository.language));

function requireUser({ world, doer }: ApiRequest): User {
  if (!doer) throw failure(world, 401, 'token is required');
  return doer;
}

export const getUser = (request: ApiRequest): Answer => {
  const user = requireUser(request);
  return json(200, userShape(request.world, user, 'self'));
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

export const patchRepository: Handler = (request) => {
  const { world, repository } = request;
  requireAdmin(request);
  const body = readBody(request);
  if (typeof body.name === 'string') renameRepository(repository, body.name);
  return json(200, repositoryShape(world, repository, 'admin'));
};

export const deleteRepository: Handler = (request) => {
  const { world, repository } = request;
  requireAdmin(request);
  world.repositories.splice(world.repositories.indexOf(repository), 1);
  return noContent();
};
