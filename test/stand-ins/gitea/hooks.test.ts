// Which hooks hear of what.

import assert from 'node:assert/strict';
import { GENERATIONS } from '../../../stand-ins/gitea/generations.ts';
import { expandEvents, globPattern } from '../../../stand-ins/gitea/hooks.ts';
import { createGiteaStandIn, type GenerationName, type NewHook } from '../../../stand-ins/gitea/index.ts';

/** What hooks of one kind are sent of a branch, a tag and a pull request. */
async function heard(hook: Partial<NewHook>, generation: GenerationName = 'gitea-1.26'): Promise<string[]> {
  const gitea = await createGiteaStandIn({ generation });
  try {
    gitea.setDeliveryRule(() => 'drop');
    const fleet = gitea.createRepository('ada/mlops-gitops', { files: { a: '1\n' } });
    fleet.createWebhook({ url: 'http://127.0.0.1:9/', ...hook });
    fleet.commit({ branch: 'feature/one', files: { a: '2\n' }, message: 'two' });
    fleet.tag('v1');
    const pull = fleet.openPullRequest({ title: 'One', head: 'feature/one' });
    fleet.mergePullRequest(pull.number, { deleteBranch: true });
    return gitea.deliveries().map(({ eventType, payload }) => {
      const { ref, action } = JSON.parse(payload) as { ref?: string; action?: string };
      return `${eventType} ${ref ?? action}`;
    });
  } finally {
    await gitea.close();
  }
}

const PULL = ['pull_request opened', 'pull_request closed'];
const MAIN = ['push refs/heads/main'];
const FEATURE = ['push refs/heads/feature/one'];
const TAG = ['push refs/tags/v1'];

describe('a hook', () => {
  const rows: [string, Partial<NewHook>, string[]][] = [
    ['hears of pushes only, when it names no event', {}, [...FEATURE, ...TAG, ...MAIN]],
    ['hears of nothing, when it names an unknown event', { events: ['bogus'] }, []],
    ['hears of nothing, when it is switched off', { active: false }, []],
    ['hears of requests', { events: ['pull_request'] }, PULL],
    [
      'hears of branches and tags',
      { events: ['create', 'delete'] },
      ['create feature/one', 'create v1', 'delete feature/one'],
    ],
    [
      'with a filter hears of that branch, and of all requests',
      { events: ['push', 'pull_request'], branchFilter: 'main' },
      ['pull_request opened', 'pull_request closed', ...MAIN],
    ],
    ['with a pattern hears of branches with slashes', { branchFilter: 'feature*' }, FEATURE],
    ['with a full name hears of that ref', { branchFilter: 'refs/tags/*' }, TAG],
    ['with a choice hears of each', { branchFilter: '{main,refs/tags/v*}' }, [...TAG, ...MAIN]],
    ['with a pattern hears of no tag by its short name', { branchFilter: '{main,v*}' }, MAIN],
  ];
  for (const [name, hook, expected] of rows) {
    it(name, async () => assert.deepEqual(await heard(hook), expected));
  }

  it('of Gitea 1.22 hears of tags whatever its filter', async () => {
    assert.deepEqual(await heard({ branchFilter: 'main' }, 'gitea-1.22'), [...TAG, ...MAIN]);
  });
});

describe('events a hook asks for', () => {
  const { 'gitea-1.26': current, 'gitea-1.22': old } = GENERATIONS;
  it('stand for their group where they name one', () => {
    assert.deepEqual(expandEvents(current, ['issues']), [
      'issues',
      'issue_assign',
      'issue_label',
      'issue_milestone',
      'issue_comment',
    ]);
    assert.deepEqual(expandEvents(current, ['pull_request_only']), ['pull_request']);
    assert.equal(expandEvents(old, ['pull_request_review']).length, 3);
    assert.deepEqual(expandEvents(current, ['pull_request_review']), ['pull_request_review']);
    assert.deepEqual(expandEvents(old, ['status', 'push']), ['push']);
  });
});

describe('a branch filter', () => {
  it('takes everything but its signs as it is written', () => {
    assert.ok(globPattern('release-1.?').test('release-1.2'));
    assert.ok(!globPattern('release-1.?').test('release-142'));
    assert.ok(globPattern('[ab]*').test('beta'));
    assert.ok(!globPattern('[!ab]*').test('beta'));
    assert.ok(globPattern('(x)|$').test('(x)|$'));
  });
});
