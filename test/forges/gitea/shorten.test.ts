import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gitea } from '../../../forges/gitea/index.ts';
import { readMerge } from '../../../forges/gitea/merge.ts';
import { readPush } from '../../../forges/gitea/push.ts';
import { shorten } from '../../../forges/gitea/shorten.ts';
import { eventOf } from '../../../functions/gitea-source/webhook-event.ts';

const limit = 256_000;
const after = 'a'.repeat(40);

function push(commits: number, files: number, message: number, more: object = {}) {
  const commit = (id: string) => ({
    id,
    message: 'é'.repeat(message),
    author: { name: 'Ada' },
    added: Array.from({ length: files }, (_, i) => `vendor/${i}`),
    removed: [],
    modified: ['model-deployments/prod/shop/config.yaml'],
  });
  const list = Array.from({ length: commits }, (_, i) => commit(i === 0 ? after : String(i).padStart(40, '0')));
  const payload: Record<string, unknown> = {
    ref: 'refs/heads/main',
    before: 'b'.repeat(40),
    after,
    commits: list,
    total_commits: commits,
    head_commit: list[0],
    repository: { html_url: 'https://g.example.com/a/b', full_name: 'a/b', later: { x: [1] } },
    pusher: { login: 'ada' },
    ...more,
  };
  // As Gitea writes it, so that "unchanged" means the bytes.
  return { eventType: 'push', payload, text: JSON.stringify(payload, undefined, 2) };
}

describe('shortening a push', () => {
  it('leaves it alone up to 256 kB, to the byte', () => {
    const { payload } = push(5, 100, 100);
    const room = limit - Buffer.byteLength(JSON.stringify({ ...payload, pad: '' }));
    const fits = { ...payload, pad: 'x'.repeat(room) };
    const given = { eventType: 'push', payload: fits, text: JSON.stringify(fits) };
    assert.deepEqual(shorten(given), { text: given.text, payload: fits });
    const over = { ...payload, pad: 'x'.repeat(room + 1) };
    assert.equal(shorten({ eventType: 'push', payload: over, text: JSON.stringify(over) }).truncated, true);
  });

  it('counts bytes, not characters', () => {
    const { payload } = push(0, 0, 0, { pad: 'é'.repeat(limit / 2) });
    assert.equal(shorten({ eventType: 'push', payload, text: JSON.stringify(payload) }).truncated, true);
  });

  it('takes the lists of files first, and nothing else', () => {
    const given = push(5, 20_000, 100);
    const { text, payload, truncated } = shorten(given);
    assert.equal(truncated, true);
    assert.equal(text, JSON.stringify(payload));
    assert.ok(Buffer.byteLength(text) < limit);
    const want = structuredClone(given.payload) as {
      commits: Record<string, unknown>[];
      head_commit: Record<string, unknown>;
    };
    for (const commit of [...want.commits, want.head_commit])
      for (const name of ['added', 'removed', 'modified']) delete commit[name];
    assert.deepEqual(JSON.parse(text), want);
  });

  it('then the messages', () => {
    const parsed = JSON.parse(shorten(push(5, 10, 100_000)).text);
    assert.equal(parsed.commits.length, 5);
    for (const commit of [...parsed.commits, parsed.head_commit])
      assert.deepEqual(Object.keys(commit), ['id', 'author']);
  });

  it('then all commits but the head', () => {
    const parsed = JSON.parse(shorten(push(10_000, 1, 1)).text);
    assert.deepEqual(parsed.commits, [{ id: after, author: { name: 'Ada' } }]);
    assert.equal(parsed.total_commits, 10_000);
    assert.equal(parsed.head_commit.id, after);
  });

  it('keeps all that says where to look', () => {
    const given = push(10_000, 20, 100);
    assert.deepEqual(readPush(JSON.parse(shorten(given).text)), readPush(given.payload));
  });

  it('does not stumble over lists that are none', () => {
    const pad = 'x'.repeat(limit);
    for (const commits of [null, undefined, 'x', [null, 5, { id: after }]]) {
      const { payload, text } = push(0, 0, 0, { commits, head_commit: null, pad });
      assert.equal(shorten({ eventType: 'push', payload, text }).truncated, true);
    }
  });

  it('is said on the event, and not done to events that no function takes', () => {
    const { payload, text } = push(5, 20_000, 100);
    const delivery = { id: 'd1', event: 'push', eventType: 'push', source: 'https://g.example.com/a/b', payload, text };
    const receipt = { time: 't', traceparent: 'x' };
    assert.equal(eventOf(delivery, gitea, receipt).truncated, true);
    const other = eventOf({ ...delivery, event: 'wiki', eventType: 'wiki' }, gitea, receipt);
    assert.deepEqual(['truncated' in other, other.data === text], [false, true]);
  });

  it('takes the description from a pull request, and keeps all that says where it was merged', () => {
    const file = '../../fixtures/gitea/deliveries/01-merge-commit/04-pull_request.body';
    const recorded = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
    const payload = structuredClone(recorded);
    payload.pull_request.body = 'é'.repeat(limit);
    const { text, truncated } = shorten({ eventType: 'pull_request', payload, text: JSON.stringify(payload) });
    assert.equal(truncated, true);
    assert.ok(Buffer.byteLength(text) < limit);
    delete recorded.pull_request.body;
    assert.deepEqual(JSON.parse(text), recorded);
    assert.notEqual(readMerge(payload), undefined);
    assert.deepEqual(readMerge(JSON.parse(text)), readMerge(payload));
  });
});
