// contents and file-contents: a file or a folder with what the server knows of it.

import { escapePath } from '../escape.ts';
import { lastCommitOfPath } from '../git/history.ts';
import { isFolder, isLink, isSubmodule, signatureTime, type TreeEntry } from '../git/objects.ts';
import { lookUp } from '../git/trees.ts';
import { apiUrl, htmlUrl } from '../shapes/repository.ts';
import { BRANCHES, TAGS } from '../world.ts';
import { type ApiError, failure, type Handler, json, notFound, type RepositoryRequest } from './request.ts';
import { resolveCommit } from './resolve.ts';

/** Where a request reads: the ref as it was named (the default branch when it was not) and its commit. */
export type Place = { ref: string; kind: 'branch' | 'tag' | 'commit'; commit: string };

export function placeOf(request: RepositoryRequest): Place {
  const { world, repository, query } = request;
  const ref = query.get('ref') || repository.defaultBranch;
  const commit = resolveCommit(repository, ref, { short: world.generation.contentsTakesShortId });
  if (!commit) {
    throw notFound(world, world.generation.name === 'gitea-1.26' ? undefined : 'GetContentsOrList', [
      `object does not exist [id: ${ref}, rel_path: ]`,
    ]);
  }
  const kind = repository.refs.has(BRANCHES + ref) ? 'branch' : repository.refs.has(TAGS + ref) ? 'tag' : 'commit';
  return { ref, kind, commit };
}

/** A file (or the entry of a folder) as `contents` shows it. A folder's entries come without content. */
export function contentShape(
  request: RepositoryRequest,
  place: Place,
  path: string,
  entry: TreeEntry,
  parts: { content: boolean },
): Record<string, unknown> {
  const { world, repository } = request;
  const { store } = repository;
  const current = world.generation.name === 'gitea-1.26';
  const type = isFolder(entry.mode)
    ? 'dir'
    : isSubmodule(entry.mode)
      ? 'submodule'
      : isLink(entry.mode)
        ? 'symlink'
        : 'file';
  const escaped = escapePath(path);
  const self = `${apiUrl(world, repository)}/contents/${escaped}?ref=${encodeURIComponent(place.ref)}`;
  const at = `${place.kind}/${place.kind === 'commit' ? place.commit : escapePath(place.ref)}`;
  const html = `${htmlUrl(world, repository)}/src/${at}/${escaped}`;
  // Also of a folder: the API names no trees here.
  const git = type === 'submodule' ? null : `${apiUrl(world, repository)}/git/blobs/${entry.id}`;
  const hasBytes = type === 'file' || type === 'symlink';
  const size = hasBytes ? store.size(entry.id) : 0;
  const shown = type === 'file' && parts.content && size <= world.limits.blobSize;
  const last = lastCommitOfPath(store, place.commit, path);
  const commit = last ? store.commit(last) : undefined;
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha: entry.id,
    last_commit_sha: last,
    ...(current && commit
      ? { last_committer_date: signatureTime(commit.committer), last_author_date: signatureTime(commit.author) }
      : {}),
    type,
    size,
    encoding: shown ? 'base64' : null,
    content: shown ? store.blob(entry.id).toString('base64') : null,
    target: type === 'symlink' ? store.blob(entry.id).toString('utf8') : null,
    url: self,
    html_url: html,
    git_url: git,
    download_url: hasBytes ? `${htmlUrl(world, repository)}/raw/${at}/${escaped}` : null,
    submodule_git_url: null,
    _links: { self, git, html },
  };
}

/** The error names the first part of the path that is not there, as Git's look-up does. */
function missing(request: RepositoryRequest, place: Place, path: string): ApiError {
  const { store } = request.repository;
  const names = path.split('/');
  let at = 0;
  const root = store.commit(place.commit).tree;
  while (at < names.length - 1 && lookUp(store, root, names.slice(0, at + 1).join('/'))) at += 1;
  return notFound(request.world, 'GetContentsOrList', [`object does not exist [id: , rel_path: ${names[at]}]`]);
}

export const getContents: Handler = (request) => {
  const { repository, rest } = request;
  const { store } = repository;
  const place = placeOf(request);
  const entry = lookUp(store, store.commit(place.commit).tree, rest);
  if (!entry) throw missing(request, place, rest);
  const path = rest.split('/').filter(Boolean).join('/');
  if (!isFolder(entry.mode)) {
    return json(200, contentShape(request, place, path, entry, { content: true }));
  }
  return json(
    200,
    store
      .tree(entry.id)
      .map((one) => contentShape(request, place, path ? `${path}/${one.name}` : one.name, one, { content: false })),
  );
};

/**
 * Several files at once: POST with the list in the body, or GET with the same JSON in `body`. Measured: null for a
 * path that cannot be read, and only the first 30 paths (one page) are answered, without an error.
 */
export const getFileContents: Handler = (request) => {
  const { world, repository } = request;
  const text = request.method === 'GET' ? (request.query.get('body') ?? '') : request.body.toString('utf8');
  let files: unknown;
  try {
    files = (JSON.parse(text) as { files?: unknown }).files;
  } catch {
    throw failure(world, 422, 'invalid body parameter');
  }
  if (!Array.isArray(files)) throw failure(world, 422, '[Files]: Required');
  const place = placeOf(request);
  const { store } = repository;
  let room = world.limits.responseSize;
  const found = files.slice(0, world.limits.page).map((path: unknown) => {
    const entry = lookUp(store, store.commit(place.commit).tree, String(path));
    if (!entry || isFolder(entry.mode) || room <= 0) return null;
    if (!isSubmodule(entry.mode)) room -= store.size(entry.id);
    return contentShape(request, place, String(path), entry, { content: true });
  });
  return json(200, found);
};
