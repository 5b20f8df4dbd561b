// Compares texts line by line: how much changed, where, and two changes of one text brought together. Pure.
// Source of the method: E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), which Git uses too.

/** A place where the texts differ: lines [oldStart, oldEnd) became lines [newStart, newEnd). Counted from 0. */
export type Hunk = { oldStart: number; oldEnd: number; newStart: number; newEnd: number };

/** Lines with their line end; a last line without one is a different line. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The shortest way from one list of lines to another. */
export function diffLines(before: readonly string[], after: readonly string[]): Hunk[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let [oldEnd, newEnd] = [before.length, after.length];
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd -= 1;
    newEnd -= 1;
  }
  const kept = commonLines(before.slice(start, oldEnd), after.slice(start, newEnd));
  const hunks: Hunk[] = [];
  let [oldAt, newAt] = [start, start];
  for (const [oldLine, newLine] of [
    ...kept.map(([a, b]) => [a + start, b + start] as const),
    [oldEnd, newEnd] as const,
  ]) {
    if (oldAt < oldLine || newAt < newLine) {
      hunks.push({ oldStart: oldAt, oldEnd: oldLine, newStart: newAt, newEnd: newLine });
    }
    [oldAt, newAt] = [oldLine + 1, newLine + 1];
  }
  return hunks;
}

/** Pairs of lines (old, new) that stay, by Myers' greedy search with its trace kept. */
function commonLines(before: readonly string[], after: readonly string[]): [number, number][] {
  const size = before.length + after.length;
  const trace: Map<number, number>[] = [];
  let reach = new Map<number, number>([[1, 0]]);
  for (let depth = 0; depth <= size; depth += 1) {
    const next = new Map<number, number>();
    for (let line = -depth; line <= depth; line += 2) {
      const down = line === -depth || (line !== depth && (reach.get(line - 1) ?? -1) < (reach.get(line + 1) ?? -1));
      let x = down ? (reach.get(line + 1) ?? 0) : (reach.get(line - 1) ?? 0) + 1;
      while (x < before.length && x - line < after.length && before[x] === after[x - line]) x += 1;
      next.set(line, x);
      if (x >= before.length && x - line >= after.length) return walkBack([...trace, reach], before, after);
    }
    trace.push(reach);
    reach = new Map([...reach, ...next]);
  }
  return [];
}

function walkBack(
  trace: Map<number, number>[],
  before: readonly string[],
  after: readonly string[],
): [number, number][] {
  const kept: [number, number][] = [];
  let [x, y] = [before.length, after.length];
  for (let depth = trace.length - 1; depth >= 0; depth -= 1) {
    const reach = trace[depth]!;
    const line = x - y;
    const down = line === -depth || (line !== depth && (reach.get(line - 1) ?? -1) < (reach.get(line + 1) ?? -1));
    const from = down ? line + 1 : line - 1;
    const fromX = depth === 0 ? 0 : (reach.get(from) ?? 0);
    const fromY = depth === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      kept.unshift([x, y]);
    }
    [x, y] = [fromX, fromY];
  }
  return kept;
}

export type LineCount = { additions: number; deletions: number };

/** `git diff --numstat` of two texts. Binary content (a NUL byte) counts nothing. */
export function countChanges(before: Buffer, after: Buffer): LineCount {
  if (before.includes(0) || after.includes(0)) return { additions: 0, deletions: 0 };
  const hunks = diffLines(splitLines(before.toString('latin1')), splitLines(after.toString('latin1')));
  return {
    additions: hunks.reduce((sum, hunk) => sum + hunk.newEnd - hunk.newStart, 0),
    deletions: hunks.reduce((sum, hunk) => sum + hunk.oldEnd - hunk.oldStart, 0),
  };
}
