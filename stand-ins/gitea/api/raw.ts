// raw: a file's bytes at a ref, and the traps measured there.

import { escapeAll } from '../escape.ts';
import { lastCommitOfPath } from '../git/history.ts';
import { isFolder, isLink, isSubmodule } from '../git/objects.ts';
import { lookUp } from '../git/trees.ts';
import { branchHead } from '../world.ts';
import { type Handler, notFound, type RepositoryRequest } from './request.ts';
import { resolveCommit } from './resolve.ts';

export const getRaw: Handler = (request) => {
  const { world, repository, rest: path } = request;
  const { store } = repository;
  const commit = commitOf(request);
  const entry = lookUp(store, store.commit(commit).tree, path);
  if (!entry) throw notFound(world);
  if (isFolder(entry.mode) || isSubmodule(entry.mode)) throw notFound(world, 'getBlobForEntry');
  const content = store.blob(entry.id);
  const changed = lastCommitOfPath(store, commit, path);
  const seconds = changed ? store.commit(changed).committer.seconds : 0;
  const kind = isLink(entry.mode) ? 'symlink' : 'file';
  const age = world.generation.name === 'gitea-1.26' ? 'max-age=21600, no-transform' : 'max-age=300';
  const headers = {
    'Access-Control-Expose-Headers': 'Content-Disposition',
    'Cache-Control': `private, ${age}`,
    'Content-Disposition': disposition(path),
    'Content-Type': contentType(content),
    Etag: `"${entry.id}"`,
    'Last-Modified': new Date(seconds * 1000).toUTCString(),
    'X-Gitea-Object-Type': kind,
    ...(world.generation.forgejo ? { 'X-Forgejo-Object-Type': kind } : {}),
  };
  return { status: 200, headers, body: content };
};

/** That of `?ref=`, else the default branch's. */
function commitOf({ world, repository, query }: RepositoryRequest): string {
  const ref = query.get('ref') ?? '';
  const standard = branchHead(repository, repository.defaultBranch);
  const found = ref === '' ? standard : resolveCommit(repository, ref, { short: true });
  if (found) return found;
  // Measured trap: an unknown name is taken for none.
  if (standard && !/^[0-9a-f]{40}$/i.test(ref) && world.generation.unknownRefServesDefaultBranch) return standard;
  throw notFound(world, ref !== '' && world.generation.name === 'gitea-1.26' ? 'unable to find a git ref' : undefined);
}

function disposition(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const quoted = name.replace(/[\\"]/g, '\\$&');
  // A header carries bytes: the UTF-8 of the name, written as latin1.
  const bytes = Buffer.from(quoted, 'utf8').toString('latin1');
  return `inline; filename="${bytes}"; filename*=UTF-8''${escapeAll(name)}`;
}

/** Text is text/plain, the rest is not guessed further: no part of this system serves pictures. */
function contentType(content: Buffer): string {
  const utf16 = content.length > 1 && (content.readUInt16BE(0) === 0xfeff || content.readUInt16BE(0) === 0xfffe);
  if (utf16) return 'text/plain; charset=utf-16';
  return content.subarray(0, 1024).includes(0) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}
