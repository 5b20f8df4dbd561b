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
    let count = 0;
    for (const { name, headers, body } of recordedDeliveries()) {
      if (headers['x-gitea-event-type'] !== 'push' || headers['content-type'] !== 'application/json') continue;
      const payload = JSON.parse(body.toString());
      const { html_url: repository, full_name: fullName } = payload.repository;
      const { ref, before, after, pusher } = payload;
      const person = { login: pusher.login, ...(pusher.full_name ? { name: pusher.full_name } : {}) };
      assert.deepEqual(readPush(payload), { repository, fullName, ref, before, after, pusher: person }, name);
      count++;
    }
    assert.ok(count > 250);
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
