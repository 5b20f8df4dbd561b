// What differs between two trees, and what one commit changed, the way Gitea words it. Never looks for renames.

import { isFolder, isLink, isSubmodule } from './objects.ts';
import type { ObjectStore } from './store.ts';
import type { FileEntry } from './trees.ts';
import { lookUp } from './trees.ts';

export type FileDifference = { path: string; before?: FileEntry; after?: FileEntry };

/** added, removed, modified: Git's A, D, M. retyped: its T (a file became a link or the like). */
export type Status = 'added' | 'removed' | 'modified' | 'retyped';

/** All files that differ, sorted by path in bytes as `git diff --name-status` has them. Undefined is an empty tree. */
export function diffTrees(store: ObjectStore, before: string | undefined, after: string | undefined): FileDifference[] {
  const found: FileDifference[] = [];
  compareFolders(store, before, after, '', found);
  return found.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function compareFolders(
  store: ObjectStore,
  before: string | undefined,
  after: string | undefined,
  prefix: string,
  found: FileDifference[],
): void {
  if (before === after) return;
  const old = new Map(before ? store.tree(before).map((entry) => [entry.name, entry]) : []);
  const now = new Map(after ? store.tree(after).map((entry) => [entry.name, entry]) : []);
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(name), now.get(name)];
    if (was && is && was.id === is.id && was.mode === is.mode) continue;
    const oldFolder = was && isFolder(was.mode) ? was.id : undefined;
    const newFolder = is && isFolder(is.mode) ? is.id : undefined;
    compareFolders(store, oldFolder, newFolder, `${prefix}${name}/`, found);
    const file: FileDifference = { path: prefix + name };
    if (was && !oldFolder) file.before = { mode: was.mode, id: was.id };
    if (is && !newFolder) file.after = { mode: is.mode, id: is.id };
    if (file.before || file.after) found.push(file);
  }
}

function kind(mode: string): string {
  if (isLink(mode)) return 'link';
  return isSubmodule(mode) ? 'submodule' : 'file';
}

export function statusOf(difference: FileDifference): Status {
  if (!difference.before) return 'added';
  if (!difference.after) return 'removed';
  return kind(difference.before.mode) === kind(difference.after.mode) ? 'modified' : 'retyped';
}

export type ChangedPaths = { added: string[]; removed: string[]; modified: string[] };

/**
 * The three lists of a push payload: a commit against its first parent, a root commit against nothing.
 * A change of type is in none of them (measured: Gitea's parser knows A, D and M only).
 */
export function changedPaths(store: ObjectStore, commitId: string): ChangedPaths {
  const paths: ChangedPaths = { added: [], removed: [], modified: [] };
  const { parents, tree } = store.commit(commitId);
  const before = parents[0] && store.commit(parents[0]).tree;
  for (const difference of diffTrees(store, before, tree)) {
    const status = statusOf(difference);
    if (status !== 'retyped') paths[status].push(difference.path);
  }
  return paths;
}

/** Is a path (file or folder) the same in two trees? Git calls that TREESAME. */
export function samePath(store: ObjectStore, before: string | undefined, after: string, path: string): boolean {
  const was = before === undefined ? undefined : lookUp(store, before, path);
  const is = lookUp(store, after, path);
  return was?.id === is?.id && was?.mode === is?.mode;
}
