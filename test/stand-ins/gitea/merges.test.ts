// What each style of merging leaves in Git, and when a merge is refused.

import assert from 'node:assert/strict';
import {
  createGiteaStandIn,
  type GiteaStandIn,
  type MergeStyle,
  type RepositoryHandle,
} from '../../../stand-ins/gitea/index.ts';
import { MergeRefusedError } from '../../../stand-ins/gitea/merges.ts';

describe('merging a pull request', () => {
  let gitea: GiteaStandIn;
  let fleet: RepositoryHandle;
  const before = 'a\nb\nc\nd\ne\n';

  const open = (change: string, title = 'Change') => {
    const branch = `branch-${fleet.repository.pulls.length + 1}`;
    const [one, two] = fleet.pushCommits(
      [
        { files: { 'file.txt': change }, message: 'One' },
        { files: { 'other.txt': 'x\n' }, message: 'Two' },
      ],
      { branch },
    );
    return { pull: fleet.openPullRequest({ title, head: branch }), one: one!, two: two!, branch };
  };
  const parents = (id: string) => fleet.repository.store.commit(id).parents;
  const message = (id: string) => fleet.repository.store.commit(id).message;

  beforeEach(async () => {
    gitea = await createGiteaStandIn();
    gitea.setDeliveryRule(() => 'drop');
    fleet = gitea.createRepository('ada/mlops-gitops', { files: { 'file.txt': before } });
  });
  afterEach(() => gitea.close());

  const styles: Exclude<MergeStyle, 'manually-merged'>[] = [
    'merge',
    'squash',
    'rebase',
    'rebase-merge',
    'fast-forward-only',
  ];
  for (const style of styles) {
    it(`by ${style} brings all of it to the base, with one push`, () => {
      const { pull, two, branch } = open('A\nb\nc\nd\ne\n');
      fleet.createWebhook({ url: 'http://127.0.0.1:9/' });
      const after = fleet.mergePullRequest(pull.number, { style });
      fleet.repository.hooks = [];
      assert.equal(fleet.head(), after);
      assert.deepEqual([...fleet.files()], [...fleet.files(branch)]);
      assert.equal(pull.merged?.commit, after);
      assert.equal(gitea.deliveries().length, 1);
      const shape = { merge: 2, squash: 1, rebase: 1, 'rebase-merge': 2, 'fast-forward-only': 1 }[style];
      assert.equal(parents(after).length, shape);
      // The base has not moved: the original commits stay.
      assert.equal(after === two, style === 'rebase' || style === 'fast-forward-only');
    });
  }

  it('by rebase writes the commits anew, in their order, when the base has moved', () => {
    const { pull, two } = open('A\nb\nc\nd\ne\n');
    const moved = fleet.commit({ files: { 'file.txt': 'a\nb\nc\nd\nE\n' }, message: 'Elsewhere' });
    const after = fleet.mergePullRequest(pull.number, { style: 'rebase' });
    assert.notEqual(after, two);
    assert.deepEqual([message(after), message(parents(after)[0]!)], ['Two\n', 'One\n']);
    assert.deepEqual(parents(parents(after)[0]!), [moved]);
    assert.equal(fleet.files().get('file.txt'), 'A\nb\nc\nd\nE\n');
  });

  it('by fast-forward-only is refused when the base has moved', () => {
    const { pull } = open('A\nb\nc\nd\ne\n');
    fleet.commit({ files: { z: 'z' }, message: 'Elsewhere' });
    assert.throws(() => fleet.mergePullRequest(pull.number, { style: 'fast-forward-only' }), MergeRefusedError);
    assert.equal(pull.state, 'open');
  });

  it('is refused when both sides changed the same line', () => {
    const { pull } = open('A\nb\nc\nd\ne\n');
    const head = fleet.commit({ files: { 'file.txt': 'Z\nb\nc\nd\ne\n' }, message: 'Elsewhere' });
    assert.equal(pull.check, 'conflict');
    assert.throws(() => fleet.mergePullRequest(pull.number), { status: 405 });
    assert.equal(fleet.head(), head);
  });

  it('is refused twice', () => {
    const { pull } = open('A\nb\nc\nd\ne\n');
    fleet.mergePullRequest(pull.number);
    assert.throws(() => fleet.mergePullRequest(pull.number), { status: 405 });
  });

  it('can be taken back, and the taking back too', () => {
    const { pull } = open('A\nb\nc\nd\ne\n');
    const merged = fleet.mergePullRequest(pull.number);
    const reverted = fleet.revert(merged);
    assert.equal(fleet.files().get('file.txt'), before);
    assert.equal(fleet.files().has('other.txt'), false);
    assert.match(message(reverted), /^Revert "Merge pull request 'Change' \(#1\).*reversing\nchanges made to /s);
    fleet.revert(reverted);
    assert.equal(fleet.files().get('other.txt'), 'x\n');
  });

  it('closes a request whose branch is deleted, unmerged', () => {
    const { pull, branch } = open('A\nb\nc\nd\ne\n');
    fleet.deleteBranch(branch);
    assert.equal(pull.state, 'closed');
    assert.equal(pull.merged, undefined);
  });
});
