// Opens, edits, closes and checks pull requests, and tells the hooks. Merging is in merges.ts.

import { goJson } from '../go-json.ts';
import { isAncestor, mergeBase } from './git/history.ts';
import { mergeTrees } from './git/merge.ts';
import { pullShape } from './shapes/pull.ts';
import { repositoryShape } from './shapes/repository.ts';
import { userShape } from './shapes/user.ts';
import {
  accessOf,
  branchHead,
  nextId,
  type Pull,
  type Repository,
  requireBranch,
  type User,
  type World,
} from './world.ts';

export type NewPull = { title: string; body?: string; head: string; base: string };

export function openPull(world: World, repository: Repository, author: User, wanted: NewPull): Pull {
  const base = requireBranch(repository, wanted.base);
  const head = requireBranch(repository, wanted.head);
  const now = world.now();
  const number = nextId(world, `issue of ${repository.id}`);
  const pull: Pull = {
    id: nextId(world, 'pull request'),
    number,
    author,
    title: wanted.title,
    body: wanted.body ?? '',
    base: wanted.base,
    head: wanted.head,
    headId: head.id,
    mergeBase: mergeBase(repository.store, base.id, head.id) ?? base.id,
    state: 'open',
    check: 'checking',
    created: now,
    updated: now,
  };
  repository.pulls.push(pull);
  check(repository, pull);
  sendPull(world, repository, pull, author, 'opened', { late: -1 });
  return pull;
}

/** Can the request be merged? Conflicts only; Gitea counts an empty one as mergeable. */
export function check(repository: Repository, pull: Pull): void {
  const { store } = repository;
  const base = branchHead(repository, pull.base);
  if (!base) return;
  pull.mergeBase = mergeBase(store, base, pull.headId) ?? pull.mergeBase;
  const merged = mergeTrees(
    store,
    store.commit(pull.mergeBase).tree,
    store.commit(base).tree,
    store.commit(pull.headId).tree,
  );
  pull.check = merged.tree === undefined ? 'conflict' : 'mergeable';
}

export function closePull(world: World, repository: Repository, pull: Pull, doer: User): void {
  pull.state = 'closed';
  pull.updated = world.now();
  pull.closed = pull.updated;
  sendPull(world, repository, pull, doer, 'closed', { late: 1 });
}

export function reopenPull(world: World, repository: Repository, pull: Pull, doer: User): void {
  pull.state = 'open';
  pull.updated = world.now();
  delete pull.closed;
  check(repository, pull);
  sendPull(world, repository, pull, doer, 'reopened', { late: -1 });
}

export function retitlePull(world: World, repository: Repository, pull: Pull, doer: User, title: string): void {
  const from = pull.title;
  pull.title = title;
  pull.updated = world.now();
  sendPull(world, repository, pull, doer, 'edited', { changes: { title: { from } } });
}

/** A branch got new commits: requests from it are `synchronized`, requests into it are checked anew. */
export function branchMoved(world: World, repository: Repository, doer: User, branch: string): void {
  const head = branchHead(repository, branch)!;
  for (const pull of repository.pulls.filter((candidate) => candidate.state === 'open')) {
    if (pull.head === branch && pull.headId !== head) {
      pull.headId = head;
      pull.updated = world.now();
      const base = branchHead(repository, pull.base);
      if (base) pull.mergeBase = mergeBase(repository.store, base, head) ?? pull.mergeBase;
      pull.check = 'checking';
      sendPull(world, repository, pull, doer, 'synchronized');
      check(repository, pull);
    } else if (pull.base === branch) {
      if (repository.autodetectManualMerge && mergedByHand(repository, pull, head)) {
        markMerged(world, pull, doer, mergeCommitOf(repository, pull, head));
        sendPull(world, repository, pull, doer, 'closed', { late: 1 });
      } else {
        // At once; a real server takes 3 to 5 s, in which it refuses a merge with 405 (measured).
        check(repository, pull);
      }
    }
  }
}

function mergedByHand(repository: Repository, pull: Pull, baseHead: string): boolean {
  return pull.headId !== pull.mergeBase && isAncestor(repository.store, pull.headId, baseHead);
}

/** The oldest commit on the base's own line that holds the request's head: the merge, or the head itself. */
function mergeCommitOf(repository: Repository, pull: Pull, baseHead: string): string {
  const { store } = repository;
  let found = baseHead;
  for (let id: string | undefined = baseHead; id; id = store.commit(id).parents[0]) {
    if (!isAncestor(store, pull.headId, id)) break;
    found = id;
  }
  return found;
}

/** A branch is gone: requests from it and into it are closed, unmerged. */
export function branchRemoved(world: World, repository: Repository, doer: User, branch: string): void {
  for (const pull of repository.pulls) {
    if (pull.state === 'open' && (pull.head === branch || pull.base === branch)) {
      closePull(world, repository, pull, doer);
    }
  }
}

export function markMerged(world: World, pull: Pull, by: User, commit: string): void {
  const now = world.now();
  pull.merged = { at: now, by, commit };
  pull.state = 'closed';
  pull.check = 'mergeable';
  pull.updated = now;
  pull.closed = now;
}

type PullAction = 'opened' | 'closed' | 'reopened' | 'edited' | 'synchronized';

export type PullEventOptions = {
  changes?: Record<string, unknown>;
  /** How far the count of open requests lags behind (measured: most events carry that of before). */
  late?: number;
};

export function sendPull(
  world: World,
  repository: Repository,
  pull: Pull,
  sender: User,
  action: PullAction,
  { changes, late = 0 }: PullEventOptions = {},
): void {
  const current = world.generation.name === 'gitea-1.26';
  const access = accessOf(repository, sender);
  // The older servers build the request as for a caller without a token: addresses hidden, nothing permitted.
  const shape = current
    ? pullShape(world, repository, pull, sender, access, { late })
    : pullShape(world, repository, pull, undefined, 'none', { late });
  const outside = action === 'opened' && !current ? 0 : late;
  const text = goJson(
    {
      action,
      number: pull.number,
      ...(changes ? { changes: { ...changes, ...(current ? { added_labels: null, removed_labels: null } : {}) } } : {}),
      pull_request: shape,
      requested_reviewer: null,
      repository: repositoryShape(world, repository, access, '', outside),
      sender: userShape(world, sender, 'anonymous'),
      commit_id: '',
      review: null,
    },
    { indent: 2 },
  );
  world.live.emit('pull_request', { action, number: pull.number, repository: repository.name });
  world.send({
    repository,
    type: action === 'synchronized' ? 'pull_request_sync' : 'pull_request',
    payload: () => text,
  });
}
