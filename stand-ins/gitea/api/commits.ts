// commits (list) and commits/{sha}/pull: histories as the API shows them.

import { listCommits, listCommitsOfPath } from '../git/history.ts';
import { lookUp } from '../git/trees.ts';
import { apiCommit, type CommitParts } from '../shapes/commit.ts';
import { pullShape } from '../shapes/pull.ts';
import { accessOf, type Pull } from '../world.ts';
import {
  ApiError,
  cut,
  failure,
  flag,
  type Handler,
  json,
  linkHeader,
  listed,
  notFound,
  pageHeaders,
  pageOf,
  type RepositoryRequest,
} from './request.ts';
import { resolveCommit } from './resolve.ts';

export function partsOf(request: RepositoryRequest): CommitParts {
  const { query } = request;
  return { stat: flag(query, 'stat'), files: flag(query, 'files'), verification: flag(query, 'verification') };
}

/** `[git] COMMITS_RANGE_SIZE` */
const COMMITS_OF_PATH = 50;

export const getCommits: Handler = (request) => {
  const { world, repository, query } = request;
  const { store } = repository;
  const asked = query.get('sha') || repository.defaultBranch;
  const from = resolveCommit(repository, asked, { short: true });
  if (!from) {
    if (world.generation.unknownShaOfCommits === 500) throw failure(world, 500, '');
    throw new ApiError(json(404, null));
  }
  const not = query.get('not');
  const hidden = not ? resolveCommit(repository, not, { short: true }) : undefined;
  const exclude = hidden ? [hidden] : [];
  const path = query.get('path') ?? '';
  const all = path ? listCommitsOfPath(store, from, path, exclude) : listCommits(store, [from], exclude);
  if (path && all.length === 0 && !lookUp(store, store.commit(from).tree, path)) {
    throw notFound(world, 'FileCommitsCount');
  }
  const page = pageOf(request);
  // Measured trap: with a path `limit` is not looked at, a page has always 50 commits.
  const shown = cut(all, path ? { ...page, limit: COMMITS_OF_PATH } : page);
  return listed(
    shown.map((id) => apiCommit(world, repository, id, partsOf(request))),
    all.length,
    {
      link: linkHeader(request, page, all.length),
      names: ', X-Page, X-PerPage, X-Total, X-PageCount, X-HasMore',
      more: { ...pageHeaders(page, all.length), 'X-Total': String(all.length) },
    },
  );
};

/** The request whose merge made a commit. Two releases do not look at the commit: one finds nothing, one the wrong one. */
export const getCommitPull: Handler = (request) => {
  const { world, repository, args, doer } = request;
  const pull = findByMerge(request, args[0]!);
  if (!pull) {
    throw failure(
      world,
      404,
      `pull request does not exist [id: 0, issue_id: 0, head_repo_id: 0, base_repo_id: ${repository.id}, head_branch: , base_branch: ]`,
    );
  }
  return json(200, pullShape(world, repository, pull, doer, accessOf(repository, doer)));
};

function findByMerge({ world, repository }: RepositoryRequest, sha: string): Pull | undefined {
  switch (world.generation.commitPull) {
    case 'by-sha':
      return repository.pulls.find((pull) => pull.merged?.commit === sha);
    case 'any-unmerged':
      // 1.22.0 looks for an empty id, and the first request that was never merged has one.
      return repository.pulls.find((pull) => !pull.merged);
    default:
      return undefined;
  }
}
