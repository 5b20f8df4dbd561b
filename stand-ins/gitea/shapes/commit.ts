// A commit in the two forms these servers give it: short in payloads and branches, long in the API.

import { changedPaths } from '../git/diff.ts';
import { type Signature, signatureTime } from '../git/objects.ts';
import type { ObjectStore } from '../git/store.ts';
import { NEVER, type Repository, userByEmail, type World } from '../world.ts';
import { apiUrl, htmlUrl } from './repository.ts';
import { userShape } from './user.ts';

const UNSIGNED = {
  verified: false,
  reason: 'gpg.error.not_signed_commit',
  signature: '',
  signer: null,
  payload: '',
};

function person(world: World, who: Signature): Record<string, unknown> {
  return { name: who.name, email: who.email, username: userByEmail(world, who.email)?.login ?? '' };
}

/**
 * A commit of a payload. `paths`: the lists of a push; without them they are null and `verification` is filled, as in
 * test deliveries and in a branch.
 */
export function payloadCommit(
  world: World,
  repository: Repository,
  id: string,
  options: { paths: boolean },
): Record<string, unknown> {
  const commit = repository.store.commit(id);
  const paths = options.paths ? changedPaths(repository.store, id) : { added: null, removed: null, modified: null };
  return {
    id,
    message: commit.message,
    url: `${htmlUrl(world, repository)}/commit/${id}`,
    author: person(world, commit.author),
    committer: person(world, commit.committer),
    verification: options.paths ? null : UNSIGNED,
    timestamp: signatureTime(commit.author),
    added: paths.added,
    removed: paths.removed,
    modified: paths.modified,
  };
}

export type CommitParts = { stat: boolean; files: boolean; verification: boolean };

/** A commit of the API (services/convert/git_commit.go). Its `tree.sha` is the commit's id there: Gitea's own quirk. */
export function apiCommit(
  world: World,
  repository: Repository,
  id: string,
  parts: CommitParts = { stat: true, files: true, verification: true },
): Record<string, unknown> {
  const commit = repository.store.commit(id);
  const api = apiUrl(world, repository);
  const account = (who: Signature) => {
    const user = userByEmail(world, who.email);
    return user ? userShape(world, user, 'anonymous') : null;
  };
  const date = (who: Signature) => ({ name: who.name, email: who.email, date: signatureTime(who) });
  return {
    url: `${api}/git/commits/${id}`,
    sha: id,
    created: signatureTime(commit.committer),
    html_url: `${htmlUrl(world, repository)}/commit/${id}`,
    commit: {
      url: `${api}/git/commits/${id}`,
      author: date(commit.author),
      committer: date(commit.committer),
      message: commit.message,
      tree: { url: `${api}/git/trees/${id}`, sha: id, created: signatureTime(commit.committer) },
      verification: parts.verification ? UNSIGNED : null,
    },
    author: account(commit.author),
    committer: account(commit.committer),
    parents: commit.parents.map((parent) => ({ url: `${api}/git/commits/${parent}`, sha: parent, created: NEVER })),
    files: parts.files ? fileList(repository.store, id) : null,
    // Lines are not counted: nobody asks for them.
    stats: parts.stat ? { total: 0, additions: 0, deletions: 0 } : null,
  };
}

function fileList(store: ObjectStore, id: string): Record<string, unknown>[] {
  const lists = changedPaths(store, id);
  return (['added', 'removed', 'modified'] as const).flatMap((status) =>
    lists[status].map((filename) => ({ filename, status })),
  );
}
