// Commit statuses: create and list.

import { goJson } from '../../go-json.ts';
import { payloadCommit } from '../shapes/commit.ts';
import { apiUrl, repositoryShape } from '../shapes/repository.ts';
import { userShape } from '../shapes/user.ts';
import { accessOf, nextId, type Status, stamp } from '../world.ts';
import { requireWrite } from './access.ts';
import {
  cut,
  failure,
  type Handler,
  json,
  listed,
  notFound,
  pageOf,
  type RepositoryRequest,
  readBody,
} from './request.ts';
import { resolveCommit } from './resolve.ts';

function shape({ world, repository }: RepositoryRequest, status: Status): Record<string, unknown> {
  return {
    id: status.id,
    status: status.state,
    target_url: status.targetUrl,
    description: status.description,
    url: `${apiUrl(world, repository)}/statuses/${status.sha}`,
    context: status.context,
    creator: userShape(world, status.creator, 'anonymous'),
    created_at: stamp(status.created),
    updated_at: stamp(status.updated),
  };
}

/** Measured: any word is taken for a state, and an unknown commit gives 500. */
export const createStatus: Handler = (request) => {
  const { world, repository, args } = request;
  const doer = requireWrite(request);
  const sha = resolveCommit(repository, args[0]!, { short: false });
  if (!sha) throw failure(world, 500, '');
  const body = readBody(request);
  const now = world.now();
  const status: Status = {
    id: nextId(world, 'status'),
    sha,
    state: String(body.state ?? ''),
    context: String(body.context || 'default'),
    description: String(body.description ?? ''),
    targetUrl: String(body.target_url ?? ''),
    creator: doer,
    created: now,
    updated: now,
  };
  repository.statuses.push(status);
  send(request, status);
  return json(201, shape(request, status));
};

/** The `status` event; its keys are sorted (modules/structs/hook.go, CommitStatusPayload). Unknown to the old servers. */
function send({ world, repository }: RepositoryRequest, status: Status): void {
  if (!world.generation.hookEvents.includes('status')) return;
  const text = goJson(
    {
      commit: payloadCommit(world, repository, status.sha, { paths: true }),
      context: status.context,
      created_at: stamp(status.created),
      description: status.description,
      id: status.id,
      repository: repositoryShape(world, repository, accessOf(repository, repository.owner)),
      sender: userShape(world, status.creator, 'anonymous'),
      sha: status.sha,
      state: status.state,
      target_url: status.targetUrl || (world.askedAt ?? world.rootUrl),
      updated_at: stamp(status.updated),
    },
    { indent: 2 },
  );
  world.send({ repository, type: 'status', payload: () => text });
}

export const listStatuses: Handler = (request) => {
  const sha = resolveCommit(request.repository, request.args[0]!, { short: false });
  if (!sha) throw notFound(request.world);
  const found = request.repository.statuses.filter((status) => status.sha === sha);
  return listed(
    cut(found, pageOf(request)).map((status) => shape(request, status)),
    found.length,
  );
};
