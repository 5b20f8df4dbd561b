// Differences of texts: whatever the texts, the difference leads from one to the other.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diffLines, splitLines } from '../../../../stand-ins/gitea/git/lines.ts';

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
});
