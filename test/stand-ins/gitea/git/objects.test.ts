// Objects as bytes, with ids that Git itself gives them (each checked with `git hash-object` and `git mktree`).

import assert from 'node:assert/strict';
import {
  decodeCommit,
  decodeTag,
  decodeTree,
  EMPTY_TREE_ID,
  encodeCommit,
  encodeTag,
  encodeTree,
  objectId,
  signatureTime,
} from '../../../../stand-ins/gitea/git/objects.ts';

const blob = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';
const who = { name: 'Zoë Müller', email: 'zoe@example.test', seconds: 1_700_000_000, zone: '+0130' };

describe('Git objects', () => {
  it('have the ids that everybody knows', () => {
    assert.equal(objectId('blob', Buffer.alloc(0)), blob);
    assert.equal(objectId('tree', encodeTree([])), EMPTY_TREE_ID);
    assert.equal(objectId('blob', Buffer.from('what is up, doc?')), 'bd9dbf5aae1a3862dd1526723246b20206e5fc37');
  });

  it('sort a folder as if its name ended in a slash', () => {
    const names = ['a', 'a.b', 'a-b', 'a0', 'ü'].map((name) => ({
      mode: name === 'a' ? '40000' : '100644',
      name,
      id: blob,
    }));
    assert.deepEqual(
      decodeTree(encodeTree(names)).map(({ name }) => name),
      ['a-b', 'a.b', 'a', 'a0', 'ü'],
    );
  });

  it('come back as they went in', () => {
    const commit = {
      tree: EMPTY_TREE_ID,
      parents: [blob, blob],
      author: who,
      committer: who,
      message: 'Grüße\n\n\nEnde',
    };
    assert.deepEqual(decodeCommit(encodeCommit(commit)), commit);
    const tag = { object: blob, type: 'blob' as const, name: 'v1', tagger: who, message: 'One\n' };
    assert.deepEqual(decodeTag(encodeTag(tag)), tag);
  });

  it('with a signature of several lines are still read', () => {
    const text = encodeCommit({
      tree: EMPTY_TREE_ID,
      parents: [],
      author: who,
      committer: who,
      message: 'm\n',
    }).toString();
    const signed = text.replace('\n\n', '\ngpgsig -----BEGIN\n \n line\n -----END\n\n');
    assert.equal(decodeCommit(Buffer.from(signed)).message, 'm\n');
  });

  it('tell their time in their own zone', () => {
    assert.equal(signatureTime(who), '2023-11-14T23:43:20+01:30');
    assert.equal(signatureTime({ ...who, zone: '+0000' }), '2023-11-14T22:13:20Z');
    assert.equal(signatureTime({ ...who, zone: '-0500' }), '2023-11-14T17:13:20-05:00');
  });
});
