// A commit as text: `git diff` of it against its first parent, or the mail `git format-patch` makes. No renames.

import { diffAgainstFirstParent, type FileDifference } from '../git/diff.ts';
import { diffLines, type Hunk, splitLines } from '../git/lines.ts';
import { signatureTime, ZERO_ID } from '../git/objects.ts';
import type { ObjectStore } from '../git/store.ts';
import { contentOf } from '../shapes/commit.ts';

/** Lines shown around a change. */
const CONTEXT = 3;

export function unifiedDiff(store: ObjectStore, commitId: string, asMail: boolean): string {
  const diff = diffAgainstFirstParent(store, commitId)
    .map((difference) => fileDiff(store, difference))
    .join('');
  if (!asMail) return diff;
  const commit = store.commit(commitId);
  const [title = '', ...rest] = commit.message.split('\n');
  const { name, email } = commit.author;
  return (
    `From ${commitId} Mon Sep 17 00:00:00 2001\nFrom: ${name} <${email}>\nDate: ${signatureTime(commit.author)}\n` +
    `Subject: [PATCH] ${title}\n${rest.join('\n')}---\n\n${diff}`
  );
}

function fileDiff(store: ObjectStore, { path, before, after }: FileDifference): string {
  const lines = [`diff --git a/${path} b/${path}`];
  if (!before) lines.push(`new file mode ${after!.mode}`);
  else if (!after) lines.push(`deleted file mode ${before.mode}`);
  else if (before.mode !== after.mode) lines.push(`old mode ${before.mode}`, `new mode ${after.mode}`);
  const short = (id: string | undefined) => (id ?? ZERO_ID).slice(0, 7);
  if (before?.id !== after?.id) {
    const mode = before && after && before.mode === after.mode ? ` ${before.mode}` : '';
    lines.push(`index ${short(before?.id)}..${short(after?.id)}${mode}`);
    const [was, is] = [contentOf(store, before), contentOf(store, after)];
    if (was.includes(0) || is.includes(0)) {
      lines.push(`Binary files ${before ? `a/${path}` : '/dev/null'} and ${after ? `b/${path}` : '/dev/null'} differ`);
    } else if (was.length + is.length > 0) {
      lines.push(`--- ${before ? `a/${path}` : '/dev/null'}`, `+++ ${after ? `b/${path}` : '/dev/null'}`);
      return `${lines.join('\n')}\n${hunks(was.toString('utf8'), is.toString('utf8'))}`;
    }
  }
  return `${lines.join('\n')}\n`;
}

function hunks(before: string, after: string): string {
  const [was, is] = [splitLines(before), splitLines(after)];
  const groups: Hunk[][] = [];
  for (const hunk of diffLines(was, is)) {
    const last = groups.at(-1);
    if (last && hunk.oldStart - last.at(-1)!.oldEnd <= 2 * CONTEXT) last.push(hunk);
    else groups.push([hunk]);
  }
  return groups.map((group) => hunkText(was, is, group)).join('');
}

function hunkText(was: readonly string[], is: readonly string[], group: readonly Hunk[]): string {
  const [first, last] = [group[0]!, group.at(-1)!];
  const start = Math.max(0, first.oldStart - CONTEXT);
  const end = Math.min(was.length, last.oldEnd + CONTEXT);
  const newStart = first.newStart - (first.oldStart - start);
  const newEnd = last.newEnd + (end - last.oldEnd);
  const range = (from: number, to: number) =>
    to - from === 1 ? `${from + 1}` : `${to === from ? from : from + 1},${to - from}`;
  const line = (sign: string, text: string) =>
    text.endsWith('\n') ? sign + text : `${sign}${text}\n\\ No newline at end of file\n`;
  let at = start;
  let text = `@@ -${range(start, end)} +${range(newStart, newEnd)} @@\n`;
  for (const hunk of group) {
    text += was
      .slice(at, hunk.oldStart)
      .map((one) => line(' ', one))
      .join('');
    text += was
      .slice(hunk.oldStart, hunk.oldEnd)
      .map((one) => line('-', one))
      .join('');
    text += is
      .slice(hunk.newStart, hunk.newEnd)
      .map((one) => line('+', one))
      .join('');
    at = hunk.oldEnd;
  }
  return (
    text +
    was
      .slice(at, end)
      .map((one) => line(' ', one))
      .join('')
  );
}
