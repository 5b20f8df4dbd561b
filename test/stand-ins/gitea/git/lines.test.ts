// Differences of texts: whatever the texts, the difference leads from one to the other.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countChanges, diffLines, splitLines } from '../../../../stand-ins/gitea/git/lines.ts';

const text = fc
  .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'd'), { maxLength: 12 })
  .map((lines) => lines.join(''));

describe('the difference of two texts', () => {
  it('leads from the one to the other', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [was, is] = [splitLines(before), splitLines(after)];
        let at = 0;
        const result: string[] = [];
        for (const hunk of diffLines(was, is)) {
          result.push(...was.slice(at, hunk.oldStart), ...is.slice(hunk.newStart, hunk.newEnd));
          at = hunk.oldEnd;
        }
        assert.equal([...result, ...was.slice(at)].join(''), after);
      }),
    );
  });

  it('is the shortest: never more lines than the longest common part leaves over', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [was, is] = [splitLines(before), splitLines(after)];
        const kept = longestCommon(was, is);
        const count = countChanges(Buffer.from(before), Buffer.from(after));
        assert.deepEqual(count, { additions: is.length - kept, deletions: was.length - kept });
      }),
    );
  });

  it('counts nothing in bytes that are no text', () => {
    assert.deepEqual(countChanges(Buffer.from('a\0'), Buffer.from('b\n')), { additions: 0, deletions: 0 });
  });
});

/** Length of the longest common subsequence, by the table everybody knows. */
function longestCommon(was: readonly string[], is: readonly string[]): number {
  let row = Array<number>(is.length + 1).fill(0);
  for (const line of was) {
    const next = [0];
    for (const [at, other] of is.entries())
      next.push(line === other ? row[at]! + 1 : Math.max(row[at + 1]!, next[at]!));
    row = next;
  }
  return row[is.length]!;
}
