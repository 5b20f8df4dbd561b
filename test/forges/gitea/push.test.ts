import assert from 'node:assert/strict';
import { StopError } from '../../../events/errors.ts';
import { readPush } from '../../../forges/gitea/push.ts';
import { recordedDeliveries } from './deliveries.ts';

const zeros = '0'.repeat(40);
const good = () => ({
  ref: 'refs/heads/main',
  before: 'b'.repeat(40),
  after: 'a'.repeat(40),
  repository: { html_url: 'https://gitea.example.com/a/b', full_name: 'a/b' } as Record<string, unknown>,
  pusher: { login: 'ada', full_name: 'Ada Example' } as unknown,
});

describe('reading a push', () => {
  it('reads every recorded one', () => {
    let [count, named] = [0, 0];
    for (const { name, headers, body } of recordedDeliveries()) {
      if (headers['x-gitea-event-type'] !== 'push' || headers['content-type'] !== 'application/json') continue;
      const payload = JSON.parse(body.toString());
      const { html_url: repository, full_name: fullName, id, created_at: made, owner } = payload.repository;
      const repositoryId = `${id}@${new Date(made).toISOString()}`;
      const { ref, before, after, pusher, head_commit: head } = payload;
      const person = { login: pusher.login, ...(pusher.full_name ? { name: pusher.full_name } : {}) };
      const own = pusher.login !== owner.login || head?.author.username === pusher.login;
      const read = { repository, repositoryId, fullName, ref, before, after, pusher: own ? person : {} };
      assert.deepEqual(readPush(payload), read, name);
      count++;
      if (own) named++;
    }
    assert.ok(count > 250 && named > 240);
  });

  for (const [name, change, pusher] of [
    ['login and name', {}, { login: 'ada', name: 'Ada Example' }],
    ['no full name', { pusher: { login: 'ada', full_name: '' } }, { login: 'ada' }],
    ['username only', { pusher: { username: 'ada' } }, { login: 'ada' }],
    ['name only', { pusher: { name: 'Ada' } }, { name: 'Ada' }],
    ['no pusher but a sender', { pusher: null, sender: { login: 'bob' } }, { login: 'bob' }],
    ['nobody', { pusher: undefined }, {}],
  ] as const) {
    it(`takes a pusher with ${name}`, () => assert.deepEqual(readPush({ ...good(), ...change }).pusher, pusher));
  }

  const owned = (more: object, mirror = false) => ({
    ...good(),
    repository: { ...good().repository, owner: { login: 'Ada' }, mirror },
    ...more,
  });
  const made = (author: object, committer: object = author) => ({ head_commit: { author, committer } });
  for (const [name, push, login] of [
    ['the owner, of a commit of their own', owned(made({ username: 'ada' })), 'ada'],
    ['the owner, who committed what somebody else wrote', owned(made({ username: 'bob' }, { username: 'ada' })), 'ada'],
    ['the owner, for a deploy key: somebody else made the commit', owned(made({ username: 'bob' })), undefined],
    ['the owner, for a deploy key: Gitea knows no account of who made it', owned(made({ username: '' })), undefined],
    ['the owner, and no commit', owned({ head_commit: null }), undefined],
    ['the owner of a mirror', owned(made({ username: 'ada' }), true), undefined],
    ['an organisation', owned({ ...made({ username: 'bob' }), pusher: { username: 'ADA' } }), undefined],
    ['another than the owner', owned({ ...made({ username: 'cem' }), pusher: { login: 'bob' } }), 'bob'],
  ] as const) {
    it(`names ${login ?? 'nobody'} where the payload names ${name}`, () =>
      assert.equal(readPush(push).pusher.login, login));
  }

  for (const [name, repository, address, id] of [
    ['whoever merged it by', { url: 'https://git.example.test/x/api/v1/repos/A/b' }, 'https://git.example.test/x/A/b'],
    ['none of the API', { url: 'https://gitea.example.com/a/b' }, 'https://gitea.example.com/a/b'],
    ['another repository', { url: 'https://git.example.test/api/v1/repos/a/c' }, 'https://gitea.example.com/a/b'],
    ['none, as of Gogs', { id: 7, created_at: '0001-01-01T00:00:00Z' }, 'https://gitea.example.com/a/b'],
    ['no time', { id: 7 }, 'https://gitea.example.com/a/b'],
    [
      'a time of some zone',
      { id: 7, created_at: '2026-01-01T01:00:00+01:00' },
      'https://gitea.example.com/a/b',
      '7@2026-01-01T00:00:00.000Z',
    ],
  ] as const) {
    it(`takes the public address of the repository beside ${name}`, () => {
      const push = readPush({ ...good(), repository: { ...good().repository, ...repository } });
      assert.deepEqual([push.repository, push.repositoryId], [address, id]);
    });
  }

  it('takes zeros, SHA-256 ids, a short ref and lists that are null', () => {
    const push = { ...good(), before: zeros, after: 'a'.repeat(64), ref: 'main', commits: null, head_commit: null };
    assert.deepEqual(
      [readPush(push).before, readPush(push).after, readPush(push).ref],
      [zeros, 'a'.repeat(64), 'main'],
    );
  });

  for (const [name, change, path] of [
    ['no ref', { ref: undefined }, 'ref'],
    ['an empty ref', { ref: '' }, 'ref'],
    ['a number as ref', { ref: 1 }, 'ref'],
    ['a short id', { before: 'abc' }, 'before'],
    ['an id in capitals', { after: 'A'.repeat(40) }, 'after'],
    ['41 digits', { after: 'a'.repeat(41) }, 'after'],
    ['null as id', { after: null }, 'after'],
    ['no repository', { repository: undefined }, 'repository'],
    ['no address', { repository: { full_name: 'a/b' } }, 'repository.html_url'],
    ['another scheme', { repository: { full_name: 'a/b', html_url: 'file:///etc' } }, 'repository.html_url'],
    ['no owner', { repository: { full_name: 'b', html_url: 'https://g' } }, 'repository.full_name'],
    ['a pusher as text', { pusher: 'ada' }, 'pusher'],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => readPush({ ...good(), ...change }),
        (error) =>
          error instanceof StopError &&
          error.status === 422 &&
          error.message.startsWith(`The push makes no sense: ${path}: expected `),
      );
    });
  }

  for (const data of [undefined, null, 'x', [], 5])
    it(`refuses ${JSON.stringify(data)}`, () =>
      assert.throws(() => readPush(data), { name: 'StopError', status: 422 }));
});
