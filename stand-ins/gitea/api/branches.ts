// Branches: read, list, create, delete.

import { ZERO_ID } from '../git/objects.ts';
import { push } from '../pushes.ts';
import { payloadCommit } from '../shapes/commit.ts';
import { accessOf, BRANCHES, branchHead, branchNames } from '../world.ts';
import { requireWrite } from './access.ts';
import {
  cut,
  failure,
  type Handler,
  json,
  linkHeader,
  listed,
  noContent,
  notFound,
  pageOf,
  type RepositoryRequest,
  readBody,
} from './request.ts';
import { resolveCommit } from './resolve.ts';

function branchShape(request: RepositoryRequest, name: string): Record<string, unknown> {
  const { world, repository, doer } = request;
  const writes = ['write', 'admin'].includes(accessOf(repository, doer));
  return {
    name,
    commit: payloadCommit(world, repository, branchHead(repository, name)!, { paths: false }),
    protected: false,
    required_approvals: 0,
    enable_status_check: false,
    status_check_contexts: [],
    user_can_push: writes,
    user_can_merge: writes,
    effective_branch_protection_name: '',
  };
}

export const getBranch: Handler = (request) => {
  const { world, repository, rest } = request;
  if (!branchHead(repository, rest)) {
    const old = world.generation.name !== 'gitea-1.26';
    throw notFound(world, undefined, old ? [`branch does not exist [name: ${rest}]`] : null);
  }
  return json(200, branchShape(request, rest));
};

/** The branch with the newest commit comes first. */
export const listBranches: Handler = (request) => {
  const { repository } = request;
  const age = (name: string) => repository.store.commit(branchHead(repository, name)!).committer.seconds;
  const sorted = branchNames(repository).sort((a, b) => age(b) - age(a));
  const page = pageOf(request);
  const shown = cut(sorted, page).map((name) => branchShape(request, name));
  return listed(shown, sorted.length, { link: linkHeader(request, page, sorted.length) });
};

export const createBranch: Handler = (request) => {
  const { world, repository } = request;
  const doer = requireWrite(request);
  const body = readBody(request);
  const name = String(body.new_branch_name ?? '');
  const from = String(body.old_ref_name ?? repository.defaultBranch);
  const start = resolveCommit(repository, from, { short: false });
  if (name === '') throw failure(world, 422, '[NewBranchName]: Required');
  if (!start) throw notFound(world, 'The old branch does not exist');
  if (branchHead(repository, name)) throw failure(world, 409, 'The branch already exists.');
  push(world, repository, doer, [{ ref: BRANCHES + name, after: start }]);
  return json(201, branchShape(request, name));
};

export const deleteBranch: Handler = (request) => {
  const { world, repository, rest } = request;
  const doer = requireWrite(request);
  if (!branchHead(repository, rest)) throw notFound(world);
  if (rest === repository.defaultBranch) throw failure(world, 403, 'can not delete default branch');
  push(world, repository, doer, [{ ref: BRANCHES + rest, after: ZERO_ID }]);
  return noContent();
};
