// Merges a pull request in each style Gitea knows, and reverts commits. Each style ends in exactly one push.
// Source: services/pull/merge*.go; messages and ids as measured.

import { listCommits, mergeBase } from './git/history.ts';
import { mergeTrees } from './git/merge.ts';
import type { Signature } from './git/objects.ts';
import type { ObjectStore } from './git/store.ts';
import { check, markMerged, sendPull } from './pulls.ts';
import { announce, moveRefs, push } from './pushes.ts';
import {
  BRANCHES,
  type MergeStyle,
  type Pull,
  type Repository,
  requireBranch,
  type User,
  type World,
} from './world.ts';

/** Why a merge is refused; `status` is what the API answers then. */
export class MergeRefusedError extends Error {
  readonly status: 404 | 405 | 409;

  constructor(status: 404 | 405 | 409, message: string) {
    super(message);
    this.name = 'MergeRefusedError';
    this.status = status;
  }
}

export type MergeOptions = {
  style: MergeStyle;
  deleteBranch?: boolean;
  /** Only for `manually-merged`: the commit on the base that did it. */
  mergeCommit?: string;
};

/** Merges, moves the base branch, closes the request and sends both events. Returns the new head of the base. */
export function mergePull(world: World, repository: Repository, pull: Pull, doer: User, options: MergeOptions): string {
  if (pull.merged) throw new MergeRefusedError(405, `pull request #${pull.number} is merged already`);
  if (pull.state === 'closed') throw new MergeRefusedError(404, `pull request #${pull.number} is closed`);
  if (options.style === 'manually-merged') return markManually(world, repository, pull, doer, options);
  if (pull.check === 'checking') throw new MergeRefusedError(405, 'Please try again later');
  check(repository, pull);
  if (pull.check === 'conflict') throw new MergeRefusedError(405, 'Please try again later');
  const after = makeCommits(world, repository, pull, doer, options);
  const moved = moveRefs(world, repository, [{ ref: BRANCHES + pull.base, after }]);
  markMerged(world, pull, doer, after);
  const late = world.generation.forgejo ? 1 : 0;
  // The pull request's event comes first (35 of 35 measured).
  sendPull(world, repository, pull, doer, 'closed', { late });
  for (const update of moved) announce(world, repository, doer, update);
  if (options.deleteBranch) {
    push(world, repository, doer, [{ ref: BRANCHES + pull.head, after: '0'.repeat(40) }]);
  }
  return after;
}

function markManually(world: World, repository: Repository, pull: Pull, doer: User, options: MergeOptions): string {
  if (!repository.allowManualMerge) {
    throw new MergeRefusedError(405, 'manually-merged is not allowed an allowed merge style for this repository');
  }
  const commit = options.mergeCommit ?? '';
  const base = requireBranch(repository, pull.base);
  if (!listCommits(repository.store, [base.id]).includes(commit)) {
    throw new MergeRefusedError(405, 'Wrong commit ID');
  }
  markMerged(world, pull, doer, commit);
  sendPull(world, repository, pull, doer, 'closed', { late: 1 });
  return commit;
}

export function signatureOf(world: World, user: User): Signature {
  const name = user.fullName || user.login;
  return { name, email: user.email, seconds: Math.floor(world.now().getTime() / 1000), zone: '+0000' };
}

function makeCommits(world: World, repository: Repository, pull: Pull, doer: User, options: MergeOptions): string {
  const { store } = repository;
  const base = requireBranch(repository, pull.base).id;
  const who = signatureOf(world, doer);
  const merged = (theirs: string) =>
    mergeTrees(store, treeOf(store, mergeBase(store, base, theirs)), treeOf(store, base)!, treeOf(store, theirs)!);
  const commitMerge = (theirs: string) =>
    store.writeCommit({
      tree: treeOrRefuse(merged(theirs)),
      parents: [base, theirs],
      author: who,
      committer: who,
      message: `Merge pull request '${pull.title}' (#${pull.number}) from ${pull.head} into ${pull.base}\n`,
    });
  switch (options.style) {
    case 'merge':
      return commitMerge(pull.headId);
    case 'squash':
      return store.writeCommit({
        tree: treeOrRefuse(merged(pull.headId)),
        parents: [base],
        // Gitea: the poster is the author, whoever merges commits.
        author: { ...signatureOf(world, pull.author) },
        committer: who,
        message: `${pull.title} (#${pull.number})\n`,
      });
    case 'rebase':
      return rebase(repository, pull, base, who);
    case 'rebase-merge':
      return commitMerge(rebase(repository, pull, base, who));
    case 'fast-forward-only':
      if (mergeBase(store, base, pull.headId) !== base) {
        throw new MergeRefusedError(409, 'merge is not possible: the base branch has moved');
      }
      return pull.headId;
    default:
      throw new MergeRefusedError(405, `unknown merge style ${JSON.stringify(options.style)}`);
  }
}

function treeOf(store: ObjectStore, commit: string | undefined): string | undefined {
  return commit && store.commit(commit).tree;
}

function treeOrRefuse(result: { tree?: string | undefined; conflicts?: string[] | undefined }): string {
  if (result.tree === undefined) throw new MergeRefusedError(409, `conflict in ${result.conflicts?.join(', ')}`);
  return result.tree;
}

/** Measured: new commits only when the base has moved, else the original ones. Merge commits are left out. */
function rebase(repository: Repository, pull: Pull, base: string, committer: Signature): string {
  const { store } = repository;
  const fork = mergeBase(store, base, pull.headId);
  if (fork === base) return pull.headId;
  const originals = listCommits(store, [pull.headId], [base])
    .reverse()
    .filter((id) => store.commit(id).parents.length === 1);
  let onto = base;
  for (const id of originals) {
    const commit = store.commit(id);
    const tree = treeOrRefuse(mergeTrees(store, treeOf(store, commit.parents[0]), treeOf(store, onto)!, commit.tree));
    onto = store.writeCommit({ ...commit, tree, parents: [onto], committer });
  }
  return onto;
}

/** The commit that takes another back, on top of a head. A merge is taken back against its first parent. */
export function revertCommit(store: ObjectStore, head: string, id: string, who: Signature, message?: string): string {
  const commit = store.commit(id);
  const before = commit.parents[0];
  const tree = treeOrRefuse(
    mergeTrees(store, commit.tree, treeOf(store, head)!, before ? store.commit(before).tree : store.writeTree([])),
  );
  return store.writeCommit({
    tree,
    parents: [head],
    author: who,
    committer: who,
    message: message ?? revertMessage(commit.message, id, commit.parents),
  });
}

/** The wording of `git revert` (sequencer.c). */
function revertMessage(original: string, id: string, parents: readonly string[]): string {
  const title = original.split('\n')[0];
  const of = parents.length > 1 ? `${id}, reversing\nchanges made to ${parents[0]}.` : `${id}.`;
  return `Revert "${title}"\n\nThis reverts commit ${of}\n`;
}
