// Pull requests: read, list, open, edit, merge, and their commits.

import { listCommits } from '../git/history.ts';
import { MergeRefusedError, mergePull } from '../merges.ts';
import { closePull, openPull, reopenPull, retitlePull } from '../pulls.ts';
import { apiCommit } from '../shapes/commit.ts';
import { pullShape } from '../shapes/pull.ts';
import { accessOf, branchHead, type MergeStyle, type Pull } from '../world.ts';
import { requireWrite } from './access.ts';
import { partsOf } from './commits.ts';
import {
  cut,
  failure,
  type Handler,
  json,
  linkHeader,
  listed,
  notFound,
  pageHeaders,
  pageOf,
  type RepositoryRequest,
  readBody,
} from './request.ts';

function requirePull({ world, repository, args }: RepositoryRequest): Pull {
  const pull = repository.pulls.find((candidate) => String(candidate.number) === args[0]);
  if (!pull) throw notFound(world);
  return pull;
}

function shape({ world, repository, doer }: RepositoryRequest, pull: Pull, inList = false): Record<string, unknown> {
  return pullShape(world, repository, pull, doer, accessOf(repository, doer), { inList });
}

export const getPull: Handler = (request) => json(200, shape(request, requirePull(request)));

export const listPulls: Handler = (request) => {
  const { repository, query } = request;
  const state = query.get('state') ?? 'open';
  const found = repository.pulls.filter((pull) => state === 'all' || pull.state === state);
  const by: Record<string, (a: Pull, b: Pull) => number> = {
    oldest: (a, b) => a.created.getTime() - b.created.getTime() || a.number - b.number,
    recentupdate: (a, b) => b.updated.getTime() - a.updated.getTime() || b.number - a.number,
  };
  found.sort(by[query.get('sort') ?? ''] ?? ((a, b) => b.number - a.number));
  const page = pageOf(request);
  const shown = cut(found, page).map((pull) => shape(request, pull, true));
  return listed(shown, found.length, { link: linkHeader(request, page, found.length) });
};

export const createPull: Handler = (request) => {
  const { world, repository, doer } = request;
  if (!doer) throw failure(world, 401, 'token is required');
  const body = readBody(request);
  const [head, base] = [String(body.head ?? ''), String(body.base ?? '')];
  if (!branchHead(repository, base) || !branchHead(repository, head)) throw notFound(world);
  if (head === base)
    throw failure(world, 422, 'Invalid PullRequest: There are no changes between the head and the base');
  const open = repository.pulls.find((pull) => pull.state === 'open' && pull.head === head && pull.base === base);
  if (open) {
    throw failure(
      world,
      409,
      `pull request already exists for these targets [id: ${open.id}, issue_id: ${open.id}, head_repo_id: ` +
        `${repository.id}, base_repo_id: ${repository.id}, head_branch: ${head}, base_branch: ${base}]`,
    );
  }
  const pull = openPull(world, repository, doer, {
    title: String(body.title ?? ''),
    body: String(body.body ?? ''),
    head,
    base,
  });
  return json(201, shape(request, pull));
};

export const patchPull: Handler = (request) => {
  const { world, repository, doer } = request;
  if (!doer) throw failure(world, 401, 'token is required');
  const pull = requirePull(request);
  const body = readBody(request);
  if (typeof body.title === 'string' && body.title !== pull.title) {
    retitlePull(world, repository, pull, doer, body.title);
  }
  if (body.state === 'closed' && pull.state === 'open') closePull(world, repository, pull, doer);
  if (body.state === 'open' && pull.state === 'closed') {
    if (pull.merged) throw failure(world, 412, 'cannot change state of this pull request, it was already merged');
    reopenPull(world, repository, pull, doer);
  }
  return json(201, shape(request, pull));
};

const STYLES: readonly MergeStyle[] = [
  'merge',
  'rebase',
  'rebase-merge',
  'squash',
  'fast-forward-only',
  'manually-merged',
];

/** 405 while the server still checks, or when there is a conflict: one must ask again, as with Gitea. */
export const mergeByApi: Handler = (request) => {
  const { world, repository } = request;
  const doer = requireWrite(request);
  const pull = requirePull(request);
  const body = readBody(request);
  const style = body.Do as MergeStyle;
  if (!STYLES.includes(style)) throw failure(world, 422, `[Do]: In(${STYLES.join(',')})`);
  try {
    mergePull(world, repository, pull, doer, { style });
  } catch (error) {
    if (error instanceof MergeRefusedError && error.status === 404) throw notFound(world);
    if (error instanceof MergeRefusedError) throw failure(world, error.status, error.message);
    throw error;
  }
  return { status: 200 };
};

export const getPullCommits: Handler = (request) => {
  const { world, repository } = request;
  const pull = requirePull(request);
  const page = pageOf(request);
  const commits = listCommits(repository.store, [pull.headId], [pull.mergeBase]);
  const shown = cut(commits, page).map((id) => apiCommit(world, repository, id, partsOf(request)));
  const names = ', X-Page, X-PerPage, X-PageCount, X-HasMore';
  return listed(shown, commits.length, { names, more: pageHeaders(page, commits.length) });
};
