// What people do to a repository - commit, branch, tag, merge, take back - as functions for the demo, tests and console.
// Each does what a `git push` or a click would, so its webhooks follow by themselves.

import { type Signature, ZERO_ID } from './git/objects.ts';
import { applyChanges, type FileChange, filesOf } from './git/trees.ts';
import { type MergeOptions, mergePull, revertCommit, signatureOf } from './merges.ts';
import { closePull, type NewPull, openPull, reopenPull, retitlePull } from './pulls.ts';
import { push, type RefUpdate, renameBranch } from './pushes.ts';
import {
  BRANCHES,
  branchHead,
  type Pull,
  type Repository,
  requireBranch,
  TAGS,
  type User,
  type World,
} from './world.ts';

/** Who wrote a commit; the clock's time unless given. */
export type Person = { name: string; email: string; date?: Date; zone?: string };

export type CommitWish = {
  /** Path to new text or bytes, to null (delete), or to `{content?, mode?, id?}`. None: an empty commit. */
  files?: Readonly<Record<string, FileChange>>;
  message: string;
  author?: Person;
  committer?: Person;
};

export type PushWish = {
  /** Default: the default branch. A branch that is not there is made, from `from` or the default branch's head. */
  branch?: string;
  from?: string;
  /** Who pushes; default: the owner. */
  pusher?: string;
};

function userOf(world: World, repository: Repository, login: string | undefined): User {
  const user = login === undefined ? repository.owner : world.users.get(login);
  if (!user) throw new Error(`no user ${login}`);
  return user;
}

function signature(world: World, user: User, person: Person | undefined): Signature {
  const normal = signatureOf(world, user);
  if (!person) return normal;
  const seconds = person.date ? Math.floor(person.date.getTime() / 1000) : normal.seconds;
  return { name: person.name, email: person.email, seconds, zone: person.zone ?? '+0000' };
}

/** Writes a commit on top of another and moves nothing. */
export function writeCommit(
  world: World,
  repository: Repository,
  wish: CommitWish & { parents: readonly string[]; writer?: string },
): string {
  const { store } = repository;
  const user = userOf(world, repository, wish.writer);
  const author = signature(world, user, wish.author);
  const first = wish.parents[0];
  return store.writeCommit({
    tree: applyChanges(store, first ? store.commit(first).tree : store.writeTree([]), wish.files ?? {}),
    parents: [...wish.parents],
    author,
    committer: wish.committer || !wish.author ? signature(world, user, wish.committer) : author,
    message: wish.message.endsWith('\n') ? wish.message : `${wish.message}\n`,
  });
}

/** Several commits and one push. Returns their ids, oldest first. */
export function pushCommits(
  world: World,
  repository: Repository,
  wishes: readonly CommitWish[],
  wish: PushWish = {},
): string[] {
  const branch = wish.branch ?? repository.defaultBranch;
  let head = branchHead(repository, branch) ?? wish.from ?? branchHead(repository, repository.defaultBranch);
  const ids = wishes.map((one) => {
    head = writeCommit(world, repository, {
      ...one,
      parents: head ? [head] : [],
      ...(wish.pusher ? { writer: wish.pusher } : {}),
    });
    return head;
  });
  if (head) push(world, repository, userOf(world, repository, wish.pusher), [{ ref: BRANCHES + branch, after: head }]);
  return ids;
}

export function renameFolder(
  world: World,
  repository: Repository,
  from: string,
  to: string,
  wish: PushWish & { message?: string } = {},
): string {
  const { commit } = requireBranch(repository, wish.branch ?? repository.defaultBranch);
  const files: Record<string, FileChange> = {};
  for (const [path, file] of filesOf(repository.store, commit.tree)) {
    if (!path.startsWith(`${from}/`)) continue;
    files[path] = null;
    files[`${to}${path.slice(from.length)}`] = { id: file.id, mode: file.mode };
  }
  if (Object.keys(files).length === 0) throw new Error(`no folder ${from} to rename`);
  return pushCommits(world, repository, [{ files, message: wish.message ?? `Rename ${from} to ${to}` }], wish)[0]!;
}

/** Takes a commit (or a merge, against its first parent) back with a commit on a branch, and pushes it. */
export function revert(
  world: World,
  repository: Repository,
  id: string,
  wish: PushWish & { message?: string } = {},
): string {
  const branch = wish.branch ?? repository.defaultBranch;
  const head = branchHead(repository, branch) ?? requireBranch(repository, repository.defaultBranch).id;
  const user = userOf(world, repository, wish.pusher);
  const after = revertCommit(repository.store, head, id, signatureOf(world, user), wish.message);
  push(world, repository, user, [{ ref: BRANCHES + branch, after }]);
  return after;
}

/** Points refs anywhere, as `git push --force` does; several refs are one push. */
export function pushRefs(world: World, repository: Repository, updates: readonly RefUpdate[], pusher?: string): void {
  push(world, repository, userOf(world, repository, pusher), updates);
}

export function createBranch(world: World, repository: Repository, name: string, from?: string, pusher?: string): void {
  const after = from ?? requireBranch(repository, repository.defaultBranch).id;
  pushRefs(world, repository, [{ ref: BRANCHES + name, after }], pusher);
}

export function deleteBranch(world: World, repository: Repository, name: string, pusher?: string): void {
  requireBranch(repository, name);
  pushRefs(world, repository, [{ ref: BRANCHES + name, after: ZERO_ID }], pusher);
}

export function moveBranchName(world: World, repository: Repository, from: string, to: string, doer?: string): void {
  renameBranch(world, repository, userOf(world, repository, doer), from, to);
}

/** A tag on a commit (default: the default branch's head); with a message an annotated one. Returns what it points at. */
export function tag(
  world: World,
  repository: Repository,
  name: string,
  wish: { at?: string; message?: string; tagger?: Person; pusher?: string } = {},
): string {
  const object = wish.at ?? requireBranch(repository, repository.defaultBranch).id;
  const user = userOf(world, repository, wish.pusher);
  const after =
    wish.message === undefined
      ? object
      : repository.store.writeTag({
          object,
          type: repository.store.type(object) ?? 'commit',
          name,
          tagger: signature(world, user, wish.tagger),
          message: wish.message.endsWith('\n') ? wish.message : `${wish.message}\n`,
        });
  pushRefs(world, repository, [{ ref: TAGS + name, after }], wish.pusher);
  return after;
}

export function deleteTag(world: World, repository: Repository, name: string, pusher?: string): void {
  if (!repository.refs.has(TAGS + name)) throw new Error(`no tag ${name}`);
  pushRefs(world, repository, [{ ref: TAGS + name, after: ZERO_ID }], pusher);
}

function pullOf(repository: Repository, number: number): Pull {
  const pull = repository.pulls.find((candidate) => candidate.number === number);
  if (!pull) throw new Error(`no pull request #${number} in ${repository.name}`);
  return pull;
}

export function openPullRequest(
  world: World,
  repository: Repository,
  wish: Omit<NewPull, 'base'> & { base?: string; author?: string },
): Pull {
  const author = userOf(world, repository, wish.author);
  return openPull(world, repository, author, { ...wish, base: wish.base ?? repository.defaultBranch });
}

/** Returns the new head of the base branch. */
export function mergePullRequest(
  world: World,
  repository: Repository,
  number: number,
  wish: Partial<MergeOptions> & { by?: string } = {},
): string {
  const doer = userOf(world, repository, wish.by);
  return mergePull(world, repository, pullOf(repository, number), doer, { ...wish, style: wish.style ?? 'merge' });
}

export function closePullRequest(world: World, repository: Repository, number: number, by?: string): void {
  closePull(world, repository, pullOf(repository, number), userOf(world, repository, by));
}

export function reopenPullRequest(world: World, repository: Repository, number: number, by?: string): void {
  reopenPull(world, repository, pullOf(repository, number), userOf(world, repository, by));
}

export function retitlePullRequest(
  world: World,
  repository: Repository,
  number: number,
  title: string,
  by?: string,
): void {
  retitlePull(world, repository, pullOf(repository, number), userOf(world, repository, by), title);
}

/** All files at the head of a branch, as text. For checks that want to look past the API. */
export function readFiles(repository: Repository, branch = repository.defaultBranch): Map<string, string> {
  const { commit } = requireBranch(repository, branch);
  const files = [...filesOf(repository.store, commit.tree)];
  return new Map(
    files
      .filter(([, file]) => file.mode !== '160000')
      .map(([path, file]) => [path, repository.store.blob(file.id).toString('utf8')]),
  );
}
