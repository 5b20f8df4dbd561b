// By which request and by whom, when the push is not the newest, or was lost: over a Gitea that merges as the real one does.
import assert from 'node:assert/strict';
import { createGitea } from '../../../forges/gitea/api.ts';
import { createAxiosHttp } from '../../../io/axios-http.ts';
import { clock } from '../../../io/clock.ts';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../local/gitea/index.ts';
import { config, drift, parseWorld, prod, promotionsOf, push } from './parse-world.ts';

const bob = { name: 'Bob', email: 'bob@localhost' };
const styles = ['merge', 'squash', 'rebase', 'rebase-merge', 'fast-forward-only'] as const;

describe('who promoted a version', () => {
  let gitea: GiteaStandIn;
  let repository: RepositoryHandle;
  let count = 0;

  beforeEach(async () => {
    gitea = await createGiteaStandIn({ users: ['acme', 'grace', 'bob'].map((login) => ({ login })) });
    repository = gitea.createRepository('acme/fleet', {
      files: { [prod('jukebox')]: config('1'), [prod('radio')]: config('1', 'radio') },
      collaborators: { grace: 'write', bob: 'write' },
    });
    count = 0;
  });
  afterEach(() => gitea.close());

  const head = () => repository.head()!;
  const url = () => `${gitea.url}/acme/fleet`;

  /** A request of bob's with two commits, merged by grace. */
  function merge(style: (typeof styles)[number], files: Record<string, string>): { before: string; after: string } {
    const before = head();
    const branch = `promotion-${++count}`;
    repository.createBranch(branch, before, 'bob');
    for (const change of [files, { 'NOTES.md': String(count) }])
      repository.commit({ branch, files: change, message: 'Promote', author: bob, pusher: 'bob' });
    const { number } = repository.openPullRequest({ title: `Promote ${count}`, head: branch, author: 'bob' });
    return { before, after: repository.mergePullRequest(number, { style, by: 'grace' }) };
  }

  /** Title of the request and who promoted, of each model that the event makes known. */
  async function told(event: Parameters<ReturnType<typeof parseWorld>['on']>[0]) {
    const forge = createGitea(
      { url: gitea.url, repository: 'acme/fleet', token: () => gitea.token('bob'), ca: () => undefined },
      { api: createAxiosHttp(), clock },
    );
    const { on, handed } = parseWorld({ forge });
    await on(event);
    return promotionsOf(handed).map(({ model, serving: [one] }) => [
      `${model} ${one?.version}`,
      one?.pullRequest?.title,
      one?.promotedBy.login,
    ]);
  }
  const pushed = ({ before, after }: { before: string; after: string }) =>
    push(before, after, { repository: { html_url: url() } });
  const drifted = (...models: string[]) => drift(head(), models, { repository: url() });

  for (const style of styles) {
    it(`is told of a request merged by ${style} before the head of another one`, async () => {
      const first = merge(style, { [prod('jukebox')]: config('2') });
      const second = merge(style, { [prod('radio')]: config('2', 'radio') });
      assert.deepEqual(await told(pushed(first)), [
        ['jukebox 2', 'Promote 1', 'grace'],
        ['radio 2', 'Promote 2', 'grace'],
      ]);
      assert.deepEqual(await told(pushed(second)), [['radio 2', 'Promote 2', 'grace']]);
    });

    it(`is told of a request merged by ${style} whose push was lost`, async () => {
      merge(style, { [prod('jukebox')]: config('2') });
      repository.commit({ files: { 'README.md': 'later' }, message: 'Later', author: bob });
      assert.deepEqual(await told(drifted('jukebox')), [['jukebox 2', 'Promote 1', 'grace']]);
    });
  }

  it('is not told of a request whose merge the branch no longer has', async () => {
    const { before } = merge('merge', { [prod('jukebox')]: config('2') });
    const own = repository.head('promotion-1')!;
    repository.forcePush('main', before);
    repository.forcePush('main', own, 'bob');
    assert.deepEqual(await told(drifted('jukebox')), [['jukebox 2', undefined, 'bob']]);
  });

  it('is not told of a request that was merged when its commit had been pushed to the branch already', async () => {
    const branch = 'same';
    repository.createBranch(branch, head(), 'bob');
    const own = repository.commit({ branch, files: { [prod('jukebox')]: config('2') }, message: 'x', author: bob });
    const { number } = repository.openPullRequest({ title: 'Late', head: branch, author: 'bob' });
    repository.forcePush('main', own, 'bob');
    repository.commit({ files: { 'README.md': 'meanwhile' }, message: 'Meanwhile', author: bob });
    repository.mergePullRequest(number, { style: 'merge', by: 'grace' });
    assert.deepEqual(await told(drifted('jukebox')), [['jukebox 2', undefined, 'bob']]);
  });
});
