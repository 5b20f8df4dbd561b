// Moves refs and tells the hooks of it: push, create, delete, one event per ref, as Gitea's push queue makes them
// (services/repository/push.go). Never writes objects.

import { goJson } from '../go-json.ts';
import { ancestors, listCommits } from './git/history.ts';
import { ZERO_ID } from './git/objects.ts';
import { branchMoved, branchRemoved } from './pulls.ts';
import { payloadCommit } from './shapes/commit.ts';
import { htmlUrl, repositoryShape } from './shapes/repository.ts';
import { userShape } from './shapes/user.ts';
import { accessOf, BRANCHES, type Hook, type Repository, TAGS, type User, type World } from './world.ts';

/** A ref and where it shall point; `after` of zeros deletes it. */
export type RefUpdate = { ref: string; after: string };

/** Commits of a new branch that are looked at, before the cut to the newest few. */
const NEW_BRANCH_COMMITS = 10;

type Moved = RefUpdate & { before: string };

/**
 * Moves refs as one `git push` does and sends what follows from it.
 */
export function push(world: World, repository: Repository, pusher: User, updates: readonly RefUpdate[]): void {
  const moved = moveRefs(world, repository, updates);
  for (const update of moved) announce(world, repository, pusher, update);
}

/** Moves the refs only. What a merge does before its pull request is closed. */
export function moveRefs(world: World, repository: Repository, updates: readonly RefUpdate[]): Moved[] {
  const moved: Moved[] = [];
  for (const { ref, after } of updates) {
    const before = repository.refs.get(ref) ?? ZERO_ID;
    if (before === after) continue;
    const wasEmpty = repository.refs.size === 0;
    if (after === ZERO_ID) repository.refs.delete(ref);
    else repository.refs.set(ref, after);
    // The first branch pushed into an empty repository becomes its default when the default one does not exist.
    if (wasEmpty && ref.startsWith(BRANCHES) && !repository.refs.has(BRANCHES + repository.defaultBranch)) {
      repository.defaultBranch = ref.slice(BRANCHES.length);
    }
    moved.push({ ref, before, after });
  }
  if (moved.length > 0) repository.updated = world.now();
  return moved;
}

/** The events of one ref that has moved. */
export function announce(asked: World, repository: Repository, pusher: User, update: Moved): void {
  // From a queue, long after the request that pushed.
  const { askedAt: _, ...world } = asked;
  world.live.emit('push', { repository: repository.name, owner: repository.owner.login, ...update });
  if (update.ref.startsWith(TAGS)) announceTag(world, repository, pusher, update);
  else if (update.ref.startsWith(BRANCHES)) announceBranch(world, repository, pusher, update);
}

function announceTag(world: World, repository: Repository, pusher: User, update: Moved): void {
  const url = htmlUrl(world, repository);
  const gone = update.after === ZERO_ID;
  const commit = gone ? undefined : repository.store.peel(update.after);
  // A tag of anything but a commit is left out by the server, with a line in its log.
  if (!gone && !commit) return;
  sendPush(world, repository, pusher, {
    ref: update.ref,
    // Measured: zeros also for a tag that moved.
    before: gone ? update.before : ZERO_ID,
    after: update.after,
    compareUrl: gone ? world.rootUrl : `${url}/compare/${ZERO_ID}...${update.after}`,
    commits: [],
    total: 0,
    head: commit,
  });
  if (gone) sendDelete(world, repository, pusher, update.ref, 'tag');
  else sendCreate(world, repository, pusher, update.ref, 'tag', update.after);
}

function announceBranch(world: World, repository: Repository, pusher: User, update: Moved): void {
  const { store } = repository;
  const branch = update.ref.slice(BRANCHES.length);
  if (update.after === ZERO_ID) {
    sendDelete(world, repository, pusher, update.ref, 'branch');
    branchRemoved(world, repository, pusher, branch);
    return;
  }
  const isNew = update.before === ZERO_ID;
  const commits = isNew
    ? commitsOfNewBranch(repository, update.after)
    : listCommits(store, [update.after], [update.before]);
  if (isNew) sendCreate(world, repository, pusher, update.ref, 'branch', update.after);
  const oldest = commits.at(-1);
  let from: string | undefined = update.before;
  if (isNew) from = oldest && store.commit(oldest).parents[0];
  if (isNew && !from && branch !== repository.defaultBranch) from = repository.defaultBranch;
  sendPush(world, repository, pusher, {
    ref: update.ref,
    before: update.before,
    after: update.after,
    compareUrl: from ? `${htmlUrl(world, repository)}/compare/${from}...${update.after}` : world.rootUrl,
    commits: commits.slice(0, world.limits.feedCommits),
    total: commits.length,
    head: update.after,
  });
  branchMoved(world, repository, pusher, branch);
}

/** The newest commits that are on no other branch. Source: modules/git/repo_commit.go, commitsBefore. */
function commitsOfNewBranch(repository: Repository, head: string): string[] {
  const { store } = repository;
  const heads = [...repository.refs].filter(([ref]) => ref.startsWith(BRANCHES)).map(([, id]) => id);
  const reached = heads.map((other) => ancestors(store, [other]));
  const commits: string[] = [];
  for (const id of listCommits(store, [head]).slice(0, NEW_BRANCH_COMMITS)) {
    if (reached.filter((ids) => ids.has(id)).length > 1) break;
    commits.push(id);
  }
  return commits;
}

type PushContent = {
  ref: string;
  before: string;
  after: string;
  compareUrl: string;
  commits: string[];
  total: number;
  head: string | undefined;
};

function sendPush(world: World, repository: Repository, pusher: User, content: PushContent): void {
  const account = userShape(world, pusher, 'anonymous');
  const shape = (id: string) => payloadCommit(world, repository, id, { paths: true });
  const text = goJson(
    {
      ref: content.ref,
      before: content.before,
      after: content.after,
      compare_url: content.compareUrl,
      commits: content.commits.map(shape),
      total_commits: content.total,
      head_commit: content.head ? shape(content.head) : null,
      repository: repositoryShape(world, repository, accessOf(repository, repository.owner)),
      pusher: account,
      sender: account,
    },
    { indent: 2 },
  );
  world.send({ repository, type: 'push', ref: content.ref, payload: () => text });
}

function sendCreate(
  world: World,
  repository: Repository,
  sender: User,
  ref: string,
  kind: 'branch' | 'tag',
  sha: string,
): void {
  const content = {
    sha,
    ref: shortName(ref),
    ref_type: kind,
    // Measured on all three servers: built as for a caller without a token, so the owner's address is hidden and nothing is permitted.
    repository: repositoryShape(world, repository, 'none'),
    sender: userShape(world, sender, 'anonymous'),
  };
  world.send({
    repository,
    type: 'create',
    ref,
    payload: (hook) => refPayload(world, hook, content, ref),
  });
}

function sendDelete(world: World, repository: Repository, sender: User, ref: string, kind: 'branch' | 'tag'): void {
  const content = {
    ref: shortName(ref),
    ref_type: kind,
    pusher_type: 'user',
    repository: repositoryShape(world, repository, accessOf(repository, repository.owner)),
    sender: userShape(world, sender, 'anonymous'),
  };
  world.send({
    repository,
    type: 'delete',
    ref,
    payload: (hook) => refPayload(world, hook, content, ref),
  });
}

/** Forgejo keeps full names for its own kind of hook, and rewrites them as a map, keys sorted, for a gitea hook. */
function refPayload(world: World, hook: Hook, content: Record<string, unknown>, ref: string): string {
  if (!world.generation.forgejo) return goJson(content, { indent: 2 });
  return hook.type === 'gitea' ? goJson(content, { sorted: true }) : goJson({ ...content, ref }, { indent: 2 });
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

/** `refs/heads/x` renamed by API: measured as delete of the old and create of the new name, and no push. */
export function renameBranch(world: World, repository: Repository, doer: User, from: string, to: string): void {
  const id = repository.refs.get(BRANCHES + from);
  if (!id) throw new Error(`no branch ${from} to rename`);
  repository.refs.delete(BRANCHES + from);
  repository.refs.set(BRANCHES + to, id);
  if (repository.defaultBranch === from) repository.defaultBranch = to;
  for (const pull of repository.pulls) {
    if (pull.base === from) pull.base = to;
  }
  sendDelete(world, repository, doer, BRANCHES + from, 'branch');
  sendCreate(world, repository, doer, BRANCHES + to, 'branch', id);
}
