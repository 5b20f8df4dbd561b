// What a merge leaves, when it is refused, and how it is taken back. The ids of its commits: the recorded cases, played again.

import assert from 'node:assert/strict';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../stand-ins/gitea/index.ts';
import { MergeRefusedError } from '../../../stand-ins/gitea/merges.ts';

describe('merging a pull request', () => {
  let gitea: GiteaStandIn;
  let fleet: RepositoryHandle;
  const before = 'a\nb\nc\nd\ne\n';

  const open = () => {
    fleet.commit({ branch: 'change', files: { 'file.txt': 'A\nb\nc\nd\ne\n', 'other.txt': 'x\n' }, message: 'One' });
    return fleet.openPullRequest({ title: 'Change', head: 'change' });
  };

  beforeEach(async () => {
    let seconds = 0;
    gitea = await createGiteaStandIn({ clock: () => new Date(++seconds * 1000) });
    gitea.setDeliveryRule(() => 'drop');
    fleet = gitea.createRepository('ada/mlops-gitops', { files: { 'file.txt': before } });
  });
  afterEach(() => gitea.close());

  const shapes = { merge: 2, squash: 1, rebase: 1, 'rebase-merge': 2, 'fast-forward-only': 1 };
  for (const [style, parents] of Object.entries(shapes) as [keyof typeof shapes, number][]) {
    it(`by ${style} leaves ${parents} parents, and the commits as they are where the base has not moved`, () => {
      const pull = open();
      const after = fleet.mergePullRequest(pull.number, { style });
      assert.equal(fleet.repository.store.commit(after).parents.length, parents);
      assert.equal(after === fleet.head('change'), style === 'rebase' || style === 'fast-forward-only');
    });
  }

  it('by fast-forward-only is refused when the base has moved', () => {
    const pull = open();
    fleet.commit({ files: { z: 'z' }, message: 'Elsewhere' });
    assert.throws(() => fleet.mergePullRequest(pull.number, { style: 'fast-forward-only' }), MergeRefusedError);
    assert.equal(pull.state, 'open');
  });

  it('is refused when both sides changed the same line', () => {
    const pull = open();
    const head = fleet.commit({ files: { 'file.txt': 'Z\nb\nc\nd\ne\n' }, message: 'Elsewhere' });
    assert.equal(pull.check, 'conflict');
    assert.throws(() => fleet.mergePullRequest(pull.number), { status: 405 });
    assert.equal(fleet.head(), head);
  });

  it('can be taken back, and the taking back too', () => {
    const pull = open();
    const merged = fleet.mergePullRequest(pull.number);
    const reverted = fleet.revert(merged);
    assert.equal(fleet.files().get('file.txt'), before);
    assert.equal(fleet.files().has('other.txt'), false);
    const { message } = fleet.repository.store.commit(reverted);
    assert.match(message, /^Revert "Merge pull request 'Change' \(#1\).*reversing\nchanges made to /s);
    fleet.revert(reverted);
    assert.equal(fleet.files().get('other.txt'), 'x\n');
  });

  it('closes a request whose branch is deleted, unmerged', () => {
    const pull = open();
    fleet.deleteBranch('change');
    assert.equal(pull.state, 'closed');
    assert.equal(pull.merged, undefined);
  });
});
