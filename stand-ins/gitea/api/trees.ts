// git/trees and git/commits: Git's objects as the API shows them.

import { isFolder, isSubmodule, ZERO_ID } from '../git/objects.ts';
import { listTree, type PathEntry } from '../git/trees.ts';
import { apiCommit } from '../shapes/commit.ts';
import { apiUrl } from '../shapes/repository.ts';
import { partsOf } from './commits.ts';
import { type ApiError, failure, type Handler, json, listed, notFound, type RepositoryRequest } from './request.ts';
import { resolveCommit, resolveTree } from './resolve.ts';

export const getTree: Handler = (request) => {
  const { world, repository, query } = request;
  const asked = request.args[0]!;
  const found = asked === ZERO_ID ? undefined : resolveTree(repository, asked);
  if (!found) throw failure(world, 400, `sha not found [${asked}]`);
  const recursive = ['true', '1'].includes(query.get('recursive')?.toLowerCase() ?? '');
  const entries = listTree(repository.store, found.tree, recursive);
  const perPage = within(Number(query.get('per_page') ?? 0), world.limits.treesPage);
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const start = (page - 1) * perPage;
  const shown = entries.slice(start, start + perPage);
  const url = `${apiUrl(world, repository)}/git`;
  const shape = {
    sha: found.sha,
    url: `${url}/trees/${found.sha}`,
    // Measured: a page beyond the end has no list at all.
    tree: start > 0 && shown.length === 0 ? null : shown.map((entry) => entryShape(request, url, entry)),
    truncated: isTruncated(request, start, perPage, entries.length),
    page,
    total_count: entries.length,
  };
  return listed(shape, entries.length);
};

function isTruncated({ world }: RepositoryRequest, start: number, perPage: number, total: number): boolean {
  if (world.generation.truncatedOnLastPage) return total > perPage && start < total;
  return start + perPage < total;
}

function within(asked: number, most: number): number {
  return Number.isInteger(asked) && asked > 0 && asked <= most ? asked : most;
}

function entryShape({ repository }: RepositoryRequest, url: string, entry: PathEntry): Record<string, unknown> {
  const kind = isFolder(entry.mode) ? 'tree' : isSubmodule(entry.mode) ? 'commit' : 'blob';
  return {
    path: entry.path,
    mode: entry.mode.padStart(6, '0'),
    type: kind,
    size: kind === 'blob' ? repository.store.size(entry.id) : 0,
    sha: entry.id,
    // A submodule's commit is in another repository: no address.
    url: kind === 'commit' ? '' : `${url}/${kind === 'tree' ? 'trees' : 'blobs'}/${entry.id}`,
  };
}

export const getCommit: Handler = (request) => {
  const { world, repository } = request;
  const asked = request.args[0]!;
  const id = resolveCommit(repository, asked, { short: true });
  if (!id) throw unknownCommit(request, asked);
  return json(200, apiCommit(world, repository, id, partsOf(request)));
};

function unknownCommit({ world }: RepositoryRequest, asked: string): ApiError {
  return notFound(world, world.generation.name === 'gitea-1.26' ? `commit doesn't exist: ${asked}` : asked);
}
