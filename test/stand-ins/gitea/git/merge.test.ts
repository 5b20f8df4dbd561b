// Two changes of one text in one.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergeText, mergeTrees } from '../../../../stand-ins/gitea/git/merge.ts';
import { ObjectStore } from '../../../../stand-ins/gitea/git/store.ts';
import { applyChanges, filesOf } from '../../../../stand-ins/gitea/git/trees.ts';

const text = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', 'd\n'), { maxLength: 8 }).map((lines) => lines.join(''));

describe('merging texts', () => {
  it('takes the only change there is, on whichever side', () => {
    fc.assert(
      fc.property(text, text, (base, changed) => {
        assert.equal(mergeText(base, changed, base), changed);
        assert.equal(mergeText(base, base, changed), changed);
        assert.equal(mergeText(base, changed, changed), changed);
      }),
    );
  });

  it('is the same whoever is asked first', () => {
    fc.assert(
      fc.property(text, text, text, (base, a, b) => assert.equal(mergeText(base, a, b), mergeText(base, b, a))),
    );
  });

  it('takes changes that are apart, and refuses those that touch', () => {
    assert.equal(mergeText('1\n2\n3\n', 'one\n2\n3\n', '1\n2\nthree\n'), 'one\n2\nthree\n');
    assert.equal(mergeText('1\n2\n3\n', 'one\n2\n3\n', '1\ntwo\n3\n'), undefined);
  });
});

describe('merging trees', () => {
  const store = new ObjectStore();
  const empty = store.writeTree([]);
  const base = applyChanges(store, empty, { 'a/one': '1\n', 'a/two': '2\n', link: { content: 'a', mode: '120000' } });
  const merged = (ours: Parameters<typeof applyChanges>[2], theirs: Parameters<typeof applyChanges>[2]) =>
    mergeTrees(store, base, applyChanges(store, base, ours), applyChanges(store, base, theirs));

  it('brings additions, deletions and modes of both sides together', () => {
    const result = merged({ 'a/one': null, new: 'n\n' }, { 'a/two': { mode: '100755' } });
    assert.deepEqual(
      [...filesOf(store, result.tree!)].map(([path, { mode }]) => [path, mode]),
      [
        ['a/two', '100755'],
        ['link', '120000'],
        ['new', '100644'],
      ],
    );
  });

  it('names what both sides changed', () => {
    assert.deepEqual(merged({ 'a/one': null }, { 'a/one': 'x\n' }).conflicts, ['a/one']);
    assert.deepEqual(
      merged({ link: { content: 'b', mode: '120000' } }, { link: { content: 'c', mode: '120000' } }).conflicts,
      ['link'],
    );
    assert.deepEqual(merged({ new: 'file\n' }, { 'new/file': 'x\n' }).conflicts, ['new']);
  });
});
