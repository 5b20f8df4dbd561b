// Brings two sides of a history together: whole trees, and one file both sides changed. Never writes a commit.
// A change both sides made to the same or touching lines is a conflict, as in `git merge-file`.

import { diffLines, type Hunk, splitLines } from './lines.ts';
import type { ObjectStore } from './store.ts';
import { type FileEntry, filesOf, writeFiles } from './trees.ts';

/** Either the merged tree, or the paths that could not be merged. */
export type MergeResult = { tree: string; conflicts?: undefined } | { tree?: undefined; conflicts: string[] };

export function mergeTrees(store: ObjectStore, base: string | undefined, ours: string, theirs: string): MergeResult {
  const [was, mine, yours] = [base, ours, theirs].map((id) =>
    id === undefined ? new Map<string, FileEntry>() : filesOf(store, id),
  ) as [Map<string, FileEntry>, Map<string, FileEntry>, Map<string, FileEntry>];
  const merged = new Map<string, FileEntry>();
  const conflicts: string[] = [];
  for (const path of new Set([...mine.keys(), ...yours.keys()])) {
    const [old, a, b] = [was.get(path), mine.get(path), yours.get(path)];
    if (same(a, b) || same(old, b)) {
      if (a) merged.set(path, a);
    } else if (same(old, a)) {
      if (b) merged.set(path, b);
    } else {
      const file = old && a && b ? mergeFile(store, old, a, b) : undefined;
      if (file) merged.set(path, file);
      else conflicts.push(path);
    }
  }
  // One side made a file where the other made a folder.
  for (const path of merged.keys()) {
    if ([...merged.keys()].some((other) => other.startsWith(`${path}/`))) conflicts.push(path);
  }
  return conflicts.length > 0 ? { conflicts: conflicts.sort() } : { tree: writeFiles(store, merged) };
}

function same(a: FileEntry | undefined, b: FileEntry | undefined): boolean {
  return a?.id === b?.id && a?.mode === b?.mode;
}

function mergeFile(store: ObjectStore, old: FileEntry, a: FileEntry, b: FileEntry): FileEntry | undefined {
  const mode = a.mode === old.mode ? b.mode : a.mode;
  if (a.id === b.id) return { mode, id: a.id };
  if ([old, a, b].some((file) => !file.mode.startsWith('100'))) return undefined;
  const [was, mine, yours] = [old, a, b].map((file) => store.blob(file.id)) as [Buffer, Buffer, Buffer];
  if ([was, mine, yours].some((content) => content.includes(0))) return undefined;
  // latin1 keeps every byte, whatever the encoding of the file is.
  const text = mergeText(was.toString('latin1'), mine.toString('latin1'), yours.toString('latin1'));
  return text === undefined ? undefined : { mode, id: store.writeBlob(Buffer.from(text, 'latin1')) };
}

/** Both changes of a text in one, or undefined when they touch each other. */
export function mergeText(base: string, ours: string, theirs: string): string | undefined {
  const [was, mine, yours] = [base, ours, theirs].map(splitLines) as [string[], string[], string[]];
  const changes = [
    ...diffLines(was, mine).map((hunk) => ({ hunk, lines: mine.slice(hunk.newStart, hunk.newEnd) })),
    ...diffLines(was, yours).map((hunk) => ({ hunk, lines: yours.slice(hunk.newStart, hunk.newEnd) })),
  ].sort((a, b) => a.hunk.oldStart - b.hunk.oldStart || a.hunk.oldEnd - b.hunk.oldEnd);
  const result: string[] = [];
  let at = 0;
  let last: { hunk: Hunk; lines: string[] } | undefined;
  for (const change of changes) {
    if (last && sameChange(last, change)) continue;
    if (last && change.hunk.oldStart <= last.hunk.oldEnd) return undefined;
    result.push(...was.slice(at, change.hunk.oldStart), ...change.lines);
    at = change.hunk.oldEnd;
    last = change;
  }
  return [...result, ...was.slice(at)].join('');
}

function sameChange(a: { hunk: Hunk; lines: string[] }, b: { hunk: Hunk; lines: string[] }): boolean {
  return (
    a.hunk.oldStart === b.hunk.oldStart && a.hunk.oldEnd === b.hunk.oldEnd && a.lines.join('') === b.lines.join('')
  );
}
