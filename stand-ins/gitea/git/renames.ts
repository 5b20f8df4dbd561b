// Finds files that moved: a removed and an added one that are alike. Only counts of lines and lists of files use it;
// payloads and histories never do. Pairs and threshold as `git diff -M` (diffcore-rename.c): half of the bytes or more.

import { type FileDifference, statusOf } from './diff.ts';
import { splitLines } from './lines.ts';
import type { ObjectStore } from './store.ts';

const LEAST_SIMILARITY = 0.5;

/** A difference, and from where the file came when it moved. */
export type Moved = FileDifference & { from?: string };

export function withRenames(store: ObjectStore, differences: readonly FileDifference[]): Moved[] {
  const removed = new Set(differences.filter((one) => statusOf(one) === 'removed'));
  const added = differences.filter((one) => statusOf(one) === 'added');
  const moved = new Map<FileDifference, FileDifference>();
  const candidates = added
    .flatMap((after) => [...removed].map((before) => ({ before, after, score: similarity(store, before, after) })))
    .filter(({ score }) => score >= LEAST_SIMILARITY)
    .sort((a, b) => b.score - a.score);
  for (const { before, after } of candidates) {
    if (!removed.has(before) || moved.has(after)) continue;
    moved.set(after, before);
    removed.delete(before);
  }
  const sources = new Set(moved.values());
  return differences
    .filter((one) => !sources.has(one))
    .map((one): Moved => {
      const source = moved.get(one);
      return source ? { ...one, before: source.before!, from: source.path } : one;
    });
}

function similarity(store: ObjectStore, removed: FileDifference, added: FileDifference): number {
  const [old, now] = [removed.before!, added.after!];
  if (!old.mode.startsWith('100') || !now.mode.startsWith('100'))
    return old.id === now.id && old.mode === now.mode ? 1 : 0;
  if (old.id === now.id) return 1;
  const [was, is] = [store.blob(old.id), store.blob(now.id)];
  const most = Math.max(was.length, is.length);
  if (most === 0 || Math.min(was.length, is.length) / most < LEAST_SIMILARITY) return 0;
  const left = new Map<string, number>();
  for (const line of splitLines(was.toString('latin1'))) left.set(line, (left.get(line) ?? 0) + 1);
  let kept = 0;
  for (const line of splitLines(is.toString('latin1'))) {
    const count = left.get(line) ?? 0;
    if (count === 0) continue;
    left.set(line, count - 1);
    kept += line.length;
  }
  return kept / most;
}
