// Walks commits: what is reachable, in which order, from where two lines parted, and who last touched a path.
// Never reads refs. Orders and rules are those of `git rev-list` (rev-list-options, "History Simplification").

import { samePath } from './diff.ts';
import type { ObjectStore } from './store.ts';

/** Everything reachable from these commits, themselves included. */
export function ancestors(store: ObjectStore, from: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...store.commit(id).parents);
  }
  return seen;
}

export function isAncestor(store: ObjectStore, older: string, newer: string): boolean {
  return ancestors(store, [newer]).has(older);
}

/** A queue that gives the newest committer date first and, among equal ones, who came first (commit.c). */
class DateQueue {
  readonly #open: { id: string; seconds: number }[] = [];
  readonly #known = new Set<string>();
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  add(id: string): void {
    if (this.#known.has(id)) return;
    this.#known.add(id);
    const seconds = this.#store.commit(id).committer.seconds;
    let at = this.#open.length;
    while (at > 0 && this.#open[at - 1]!.seconds < seconds) at -= 1;
    this.#open.splice(at, 0, { id, seconds });
  }

  next(): string | undefined {
    return this.#open.shift()?.id;
  }
}

/** `git rev-list <include> ^<exclude>`: newest first. */
export function listCommits(store: ObjectStore, include: readonly string[], exclude: readonly string[] = []): string[] {
  const hidden = ancestors(store, exclude);
  const queue = new DateQueue(store);
  const found: string[] = [];
  for (const id of include) queue.add(id);
  for (let id = queue.next(); id !== undefined; id = queue.next()) {
    if (hidden.has(id)) continue;
    found.push(id);
    for (const parent of store.commit(id).parents) queue.add(parent);
  }
  return found;
}

/**
 * `git log <from> -- <path>`: the commits that explain how the path came to be what it is. At a merge that agrees with
 * one parent only that side is followed.
 */
export function listCommitsOfPath(
  store: ObjectStore,
  from: string,
  path: string,
  exclude: readonly string[] = [],
  limit = Number.POSITIVE_INFINITY,
): string[] {
  const hidden = ancestors(store, exclude);
  const queue = new DateQueue(store);
  const found: string[] = [];
  queue.add(from);
  for (let id = queue.next(); id !== undefined && found.length < limit; id = queue.next()) {
    if (hidden.has(id)) continue;
    const commit = store.commit(id);
    const same = commit.parents.find((parent) => samePath(store, store.commit(parent).tree, commit.tree, path));
    if (same !== undefined) {
      queue.add(same);
      continue;
    }
    if (commit.parents.length > 0 || !samePath(store, undefined, commit.tree, path)) found.push(id);
    for (const parent of commit.parents) queue.add(parent);
  }
  return found;
}

export function lastCommitOfPath(store: ObjectStore, from: string, path: string): string | undefined {
  return listCommitsOfPath(store, from, path, [], 1)[0];
}

/** The best common ancestor of two commits: one that no other common ancestor can reach. */
export function mergeBase(store: ObjectStore, one: string, other: string): string | undefined {
  const reachable = ancestors(store, [one]);
  const common = listCommits(store, [other]).filter((id) => reachable.has(id));
  const covered = ancestors(
    store,
    common.flatMap((id) => store.commit(id).parents),
  );
  return common.find((id) => !covered.has(id));
}
