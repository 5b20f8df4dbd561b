// Folders of files in the object store: list, look up, and write them. Never touches commits or refs.

import { compareEntries, EMPTY_TREE_ID, isFolder, type TreeEntry } from './objects.ts';
import type { ObjectStore } from './store.ts';

/** A path and what stands there. `mode` as in a tree (40000 for a folder). */
export type PathEntry = { path: string; mode: string; id: string };

/** What a file is: its mode and the id of its content. */
export type FileEntry = { mode: string; id: string };

/** One change of a commit: new content (text or bytes), an existing object, or null to delete. */
export type FileChange = string | Buffer | null | { content?: string | Buffer; id?: string; mode?: string };

/** Everything below a tree in the order of `git ls-tree -r -t`: a folder comes before what is in it. */
export function listTree(store: ObjectStore, treeId: string, recursive: boolean, prefix = ''): PathEntry[] {
  return store.tree(treeId).flatMap((entry): PathEntry[] => {
    const here = { path: prefix + entry.name, mode: entry.mode, id: entry.id };
    if (!recursive || !isFolder(entry.mode)) return [here];
    return [here, ...listTree(store, entry.id, true, `${here.path}/`)];
  });
}

/** What stands at a path ('' is the root folder). */
export function lookUp(store: ObjectStore, treeId: string, path: string): TreeEntry | undefined {
  let found: TreeEntry = { mode: '40000', name: '', id: treeId };
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (!isFolder(found.mode)) return undefined;
    const next = store.tree(found.id).find((entry) => entry.name === name);
    if (!next) return undefined;
    found = next;
  }
  return found;
}

/** All files (no folders) of a tree by path. */
export function filesOf(store: ObjectStore, treeId: string): Map<string, FileEntry> {
  const files = new Map<string, FileEntry>();
  for (const entry of listTree(store, treeId, true)) {
    if (!isFolder(entry.mode)) files.set(entry.path, { mode: entry.mode, id: entry.id });
  }
  return files;
}

/** Writes the trees for a set of files and returns the id of the root. Folders exist only by what is in them. */
export function writeFiles(store: ObjectStore, files: ReadonlyMap<string, FileEntry>): string {
  const entries: TreeEntry[] = [];
  const folders = new Map<string, Map<string, FileEntry>>();
  for (const [path, file] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) {
      entries.push({ mode: file.mode, name: path, id: file.id });
      continue;
    }
    const name = path.slice(0, slash);
    const inside = folders.get(name) ?? new Map<string, FileEntry>();
    inside.set(path.slice(slash + 1), file);
    folders.set(name, inside);
  }
  for (const [name, inside] of folders) entries.push({ mode: '40000', name, id: writeFiles(store, inside) });
  return entries.length === 0 ? EMPTY_TREE_ID : store.writeTree(entries.sort(compareEntries));
}

/** The tree that results when these changes are made to another. A file in the way of a folder is replaced by it. */
export function applyChanges(
  store: ObjectStore,
  treeId: string,
  changes: Readonly<Record<string, FileChange>>,
): string {
  const files = filesOf(store, treeId);
  for (const [path, change] of Object.entries(changes)) {
    if (change === null) {
      if (!files.delete(path)) throw new Error(`cannot delete ${path}: no such file`);
      continue;
    }
    const wanted = typeof change === 'string' || Buffer.isBuffer(change) ? { content: change } : change;
    const id = wanted.id ?? (wanted.content === undefined ? files.get(path)?.id : store.writeBlob(wanted.content));
    if (id === undefined) throw new Error(`cannot change the mode of ${path}: no such file`);
    for (const other of [...files.keys()]) {
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) files.delete(other);
    }
    files.set(path, { mode: wanted.mode ?? files.get(path)?.mode ?? '100644', id });
  }
  return writeFiles(store, files);
}
