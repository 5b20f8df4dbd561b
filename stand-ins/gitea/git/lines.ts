// Compares texts line by line: where they differ. Pure.

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

/** Pairs of lines (old, new) that stay: the longest common subsequence, by its lengths from each place to the end. */
function commonLines(before: readonly string[], after: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  for (let x = before.length - 1; x >= 0; x -= 1) {
    for (let y = after.length - 1; y >= 0; y -= 1) {
      const longest = Math.max(lengths[x + 1]![y]!, lengths[x]![y + 1]!);
      lengths[x]![y] = before[x] === after[y] ? lengths[x + 1]![y + 1]! + 1 : longest;
    }
  }
  const kept: [number, number][] = [];
  for (let [x, y] = [0, 0]; x < before.length && y < after.length; ) {
    if (before[x] === after[y]) kept.push([x++, y++]);
    else if (lengths[x + 1]![y]! >= lengths[x]![y + 1]!) x += 1;
    else y += 1;
  }
  return kept;
}
