// Walks through a small history with a side branch: what is reachable, in which order, and who changed a file last.
// The expectations are those of `git rev-list` and `git merge-base` on the same history.

import assert from 'node:assert/strict';
import { changedPaths } from '../../../../stand-ins/gitea/git/diff.ts';
import { listCommits, listCommitsOfPath, mergeBase } from '../../../../stand-ins/gitea/git/history.ts';
import { ObjectStore } from '../../../../stand-ins/gitea/git/store.ts';
import { applyChanges, type FileChange } from '../../../../stand-ins/gitea/git/trees.ts';

describe('a history', () => {
  const store = new ObjectStore();
  const write = (seconds: number, parents: string[], files: Record<string, FileChange>) => {
    const who = { name: 'A', email: 'a@example.test', seconds, zone: '+0000' };
    const tree = applyChanges(store, parents[0] ? store.commit(parents[0]).tree : store.writeTree([]), files);
    return store.writeCommit({ tree, parents, author: who, committer: who, message: `at ${seconds}\n` });
  };
  // root - main1 ----- main2 - merge
  //      \- side1 - side2 ----/
  const root = write(1, [], { a: '1\n', b: '1\n' });
  const main1 = write(2, [root], { a: '2\n' });
  const side1 = write(3, [root], { b: '2\n' });
  const main2 = write(4, [main1], { c: '1\n' });
  const side2 = write(5, [side1], { 'd/e': '1\n' });
  const merge = write(6, [main2, side2], { b: '2\n', 'd/e': '1\n' });

  it('is listed newest first', () => {
    assert.deepEqual(listCommits(store, [merge]), [merge, side2, main2, side1, main1, root]);
  });

  it('leaves out what is reachable from elsewhere', () => {
    assert.deepEqual(listCommits(store, [merge], [main2]), [merge, side2, side1]);
    assert.deepEqual(listCommits(store, [main1], [merge]), []);
  });

  it('names who changed a path, and goes past merges that only brought it in', () => {
    assert.deepEqual(listCommitsOfPath(store, merge, 'b'), [side1, root]);
    assert.deepEqual(listCommitsOfPath(store, merge, 'a'), [main1, root]);
    assert.deepEqual(listCommitsOfPath(store, merge, 'd'), [side2]);
    assert.deepEqual(listCommitsOfPath(store, merge, 'none'), []);
  });

  it('parted where it parted', () => {
    assert.equal(mergeBase(store, main2, side2), root);
    assert.equal(mergeBase(store, merge, side1), side1);
    assert.equal(mergeBase(store, write(1, [], { x: '1\n' }), main1), undefined);
  });

  it('shows of a merge what it brought to its first parent', () => {
    assert.deepEqual(changedPaths(store, merge), { added: ['d/e'], removed: [], modified: ['b'] });
  });

  it('shows a move as a removal and an addition, a new mode as a change, a new type not at all', () => {
    const moved = write(7, [merge], { a: null, z: { content: '2\n' } });
    assert.deepEqual(changedPaths(store, moved), { added: ['z'], removed: ['a'], modified: [] });
    const mode = write(8, [merge], { a: { mode: '100755' } });
    assert.deepEqual(changedPaths(store, mode), { added: [], removed: [], modified: ['a'] });
    const link = write(9, [merge], { a: { content: 'b', mode: '120000' } });
    assert.deepEqual(changedPaths(store, link), { added: [], removed: [], modified: [] });
  });
});
