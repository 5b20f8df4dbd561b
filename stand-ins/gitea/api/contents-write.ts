// contents by POST, PUT and DELETE: commits made through the API. Each is an ordinary push.

import type { Signature } from '../git/objects.ts';
import { applyChanges, type FileChange, lookUp } from '../git/trees.ts';
import { signatureOf } from '../merges.ts';
import { push } from '../pushes.ts';
import { apiCommit } from '../shapes/commit.ts';
import { BRANCHES, branchHead } from '../world.ts';
import { requireWrite } from './access.ts';
import { contentShape } from './contents.ts';
import { failure, type Handler, json, notFound, type RepositoryRequest, readBody } from './request.ts';

type Edit = { operation: 'create' | 'update' | 'delete'; path: string; content: string; sha: string; from: string };

/** POST and PUT of one path; POST creates, PUT updates (or creates when no `sha` is given). */
export const writeContents: Handler = (request) => {
  const body = readBody(request);
  const method = request.method;
  const operation = method === 'DELETE' ? 'delete' : method === 'POST' ? 'create' : body.sha ? 'update' : 'create';
  return commit(request, body, [
    {
      operation,
      path: request.rest,
      content: String(body.content ?? ''),
      sha: String(body.sha ?? ''),
      from: String(body.from_path ?? ''),
    },
  ]);
};

/** POST without a path: several files in one commit. */
export const writeSeveral: Handler = (request) => {
  const body = readBody(request);
  if (!Array.isArray(body.files)) throw failure(request.world, 422, '[Files]: Required');
  const edits = body.files.map(
    (file: Record<string, unknown>): Edit => ({
      operation: String(file.operation ?? '') as Edit['operation'],
      path: String(file.path ?? ''),
      content: String(file.content ?? ''),
      sha: String(file.sha ?? ''),
      from: String(file.from_path ?? ''),
    }),
  );
  return commit(request, body, edits);
};

function commit(request: RepositoryRequest, body: Record<string, unknown>, edits: readonly Edit[]) {
  const { world, repository } = request;
  const { store } = repository;
  const doer = requireWrite(request);
  const branch = String(body.branch || repository.defaultBranch);
  const target = String(body.new_branch || branch);
  const head = branchHead(repository, branch);
  if (!head && repository.refs.size > 0) throw notFound(world, `branch does not exist [name: ${branch}]`);
  if (target !== branch && branchHead(repository, target)) {
    throw failure(world, 422, `branch already exists [name: ${target}]`);
  }
  const before = head ? store.commit(head).tree : store.writeTree([]);
  const changes = Object.assign({}, ...edits.map((edit) => changeOf(request, before, edit))) as Record<
    string,
    FileChange
  >;
  const id = store.writeCommit({
    tree: applyChanges(store, before, changes),
    parents: head ? [head] : [],
    author: person(body.author, signatureOf(world, doer)),
    committer: person(body.committer, person(body.author, signatureOf(world, doer))),
    message: `${String(body.message || defaultMessage(edits)).trimEnd()}\n`,
  });
  push(world, repository, doer, [{ ref: BRANCHES + target, after: id }]);
  const place = { ref: target, kind: 'branch' as const, commit: id };
  const content = edits.map((edit) => {
    const entry = edit.operation === 'delete' ? undefined : lookUp(store, store.commit(id).tree, edit.path);
    return entry ? contentShape(request, place, edit.path, entry, { content: true }) : null;
  });
  const full = apiCommit(world, repository, id);
  const inner = full.commit as Record<string, unknown>;
  const { author, committer, message, tree, verification } = inner;
  const shape = {
    url: full.url,
    sha: id,
    created: full.created,
    html_url: full.html_url,
    author,
    committer,
    parents: full.parents,
    message,
    tree,
  };
  const single = request.rest !== '';
  const status = request.method === 'POST' ? 201 : 200;
  return json(status, { ...(single ? { content: content[0] } : { files: content }), commit: shape, verification });
}

function changeOf(request: RepositoryRequest, tree: string, edit: Edit): Record<string, FileChange> {
  const { world, repository } = request;
  const source = edit.from || edit.path;
  const entry = lookUp(repository.store, tree, source);
  if (edit.operation !== 'create') {
    if (!entry) throw notFound(world, `repository file does not exist [path: ${source}]`);
    if (edit.sha && edit.sha !== entry.id) {
      throw failure(world, 422, `sha does not match [given: ${edit.sha}, expected: ${entry.id}]`);
    }
  } else if (lookUp(repository.store, tree, edit.path)) {
    throw failure(world, 422, `repository file already exists [path: ${edit.path}]`);
  }
  if (edit.operation === 'delete') return { [edit.path]: null };
  const content = Buffer.from(edit.content, 'base64');
  return { ...(edit.from && edit.from !== edit.path ? { [edit.from]: null } : {}), [edit.path]: content };
}

/** Gitea's own wording when no message is given; several kinds of change are listed in paragraphs. */
function defaultMessage(edits: readonly Edit[]): string {
  const words = { create: 'Add', update: 'Update', delete: 'Delete' } as const;
  return (['create', 'update', 'delete'] as const)
    .map((operation) => [operation, edits.filter((edit) => edit.operation === operation)] as const)
    .filter(([, list]) => list.length > 0)
    .map(([operation, list]) => `${words[operation]} ${list.map((edit) => edit.path).join(', ')}`)
    .join('\n\n');
}

function person(value: unknown, normal: Signature): Signature {
  const given = (value ?? {}) as Record<string, unknown>;
  return {
    ...normal,
    ...(given.name ? { name: String(given.name) } : {}),
    ...(given.email ? { email: String(given.email) } : {}),
  };
}
