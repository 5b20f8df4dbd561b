// raw and media: a file's bytes at a ref. With ETag (the blob's id), 304, byte ranges, and the traps measured there.

import { lastCommitOfPath } from '../git/history.ts';
import { isFolder, isLink, isSubmodule } from '../git/objects.ts';
import { lookUp } from '../git/trees.ts';
import { branchHead } from '../world.ts';
import { type Answer, type Handler, notFound, type RepositoryRequest } from './request.ts';
import { resolveCommit } from './resolve.ts';

export const getRaw: Handler = (request) => file(request, 'raw');

export const getMedia: Handler = (request) => file(request, 'media');

function file(request: RepositoryRequest, route: 'raw' | 'media'): Answer {
  const { world, repository, headers } = request;
  const { commit, path } = place(request);
  const { store } = repository;
  const entry = lookUp(store, store.commit(commit).tree, path);
  if (!entry || path === '') throw notFound(world);
  if (isFolder(entry.mode) || isSubmodule(entry.mode)) throw notFound(world, 'getBlobForEntry');
  const content = store.blob(entry.id);
  const changed = lastCommitOfPath(store, commit, path);
  const seconds = changed ? store.commit(changed).committer.seconds : 0;
  const kind = isLink(entry.mode) ? 'symlink' : 'file';
  const always = {
    Etag: `"${entry.id}"`,
    'Last-Modified': new Date(seconds * 1000).toUTCString(),
    'X-Gitea-Object-Type': kind,
    ...(world.generation.forgejo ? { 'X-Forgejo-Object-Type': kind } : {}),
  };
  if (matches(headers['if-none-match'], entry.id)) return { status: 304, headers: always };
  return part(headers.range, content, {
    'Access-Control-Expose-Headers': 'Content-Disposition',
    ...cacheControl(request, route),
    'Content-Disposition': disposition(path),
    'Content-Type': contentType(content),
    ...always,
  });
}

/** How long a copy may be kept; media of Gitea 1.26 leaves the server's usual header. */
function cacheControl({ world }: RepositoryRequest, route: 'raw' | 'media'): Record<string, string> {
  if (world.generation.name !== 'gitea-1.26') return { 'Cache-Control': 'private, max-age=300' };
  return route === 'raw' ? { 'Cache-Control': 'private, max-age=21600, no-transform' } : {};
}

/** Which commit and path are meant: `?ref=`, else a ref as the first parts of the path (the old form), else the default. */
function place(request: RepositoryRequest): { commit: string; path: string } {
  const { world, repository, query } = request;
  const path = clean(request.rest);
  const ref = query.get('ref') ?? '';
  const find = (name: string) => resolveCommit(repository, name, { short: true });
  const standard = branchHead(repository, repository.defaultBranch);
  if (ref !== '') {
    const commit = find(ref);
    if (commit) return { commit, path };
    const looksLikeId = /^[0-9a-f]{40}$/i.test(ref);
    if (looksLikeId || !world.generation.unknownRefServesDefaultBranch || !standard) {
      throw notFound(world, world.generation.name === 'gitea-1.26' ? 'unable to find a git ref' : undefined);
    }
    // Measured trap: an unknown name is taken for none.
    return { commit: standard, path };
  }
  const parts = path.split('/');
  for (let count = 1; count < parts.length; count += 1) {
    const name = parts.slice(0, count).join('/');
    const commit = count === 1 && /^[0-9a-f]{40}$/i.test(name) ? find(name) : branchHead(repository, name);
    if (commit) return { commit, path: parts.slice(count).join('/') };
  }
  if (!standard) throw notFound(world);
  return { commit: standard, path };
}

/** `a/../b` is `b`, as the server's path cleaning makes it. */
function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function matches(header: string | undefined, id: string): boolean {
  return (header ?? '').split(',').some((tag) => ['*', `"${id}"`, `W/"${id}"`].includes(tag.trim()));
}

function part(range: string | undefined, content: Buffer, headers: Record<string, string>): Answer {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (!asked) return { status: 200, headers, body: content };
  const start = Number(asked[1]);
  const end = Math.min(asked[2] ? Number(asked[2]) : content.length - 1, content.length - 1);
  if (start > end) return { status: 416, headers: { 'Content-Range': `bytes */${content.length}` } };
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': `bytes ${start}-${end}/${content.length}` },
    body: content.subarray(start, end + 1),
  };
}

function disposition(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const quoted = name.replace(/[\\"]/g, '\\$&');
  // A header carries bytes: the UTF-8 of the name, written as latin1.
  const bytes = Buffer.from(quoted, 'utf8').toString('latin1');
  const encoded = encodeURIComponent(name).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${bytes}"; filename*=UTF-8''${encoded}`;
}

/** Text is text/plain, the rest is not guessed further: no part of this system serves pictures. */
function contentType(content: Buffer): string {
  const utf16 = content.length > 1 && (content.readUInt16BE(0) === 0xfeff || content.readUInt16BE(0) === 0xfffe);
  if (utf16) return 'text/plain; charset=utf-16';
  return content.subarray(0, 1024).includes(0) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}
