// By which request and by whom, when the push is not the newest, or was lost: over a Gitea that merges as the real one does.
import assert from 'node:assert/strict';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../stand-ins/gitea/index.ts';
import { giteaAt } from '../../forges/gitea/recorded.ts';
import { objectForge } from './object-forge.ts';
import { config, drift, parseWorld, prod, promotionsOf, push } from './world.ts';

const bob = { name: 'Bob', email: 'bob@localhost' };
const styles = ['merge', 'squash', 'rebase', 'rebase-merge', 'fast-forward-only'] as const;

describe('whether a version still serves in the stint that the registry remembers', () => {
  const served = async (steps: (string | null | Record<string, string | null>)[], since: number) => {
    const forge = objectForge();
    const commits = steps.map((step) =>
      forge.commit(step === null || typeof step === 'string' ? { [prod('jukebox')]: step } : step),
    );
    const { on, handed } = parseWorld({ forge });
    const head = commits.at(-1)!;
    const models = [
      {
        model: 'jukebox',
        git: ['1'],
        registry: [],
        records: [{ version: '1', commit: commits[since] ?? 'f'.repeat(40) }],
      },
    ];
    await on(drift(head, [], { models }));
    return promotionsOf(handed)[0]?.serving[0]?.continues ?? false;
  };
  const note = (text: string) => `${config('1')}# ${text}\n`;
  const moved = { [prod('jukebox')]: null, [prod('radio')]: config('1') };
  const cases: [string, Parameters<typeof served>[0], number, boolean][] = [
    ['the last change is that of the record', [config('0'), config('1')], 1, true],
    ['its file was edited since', [config('1'), note('a'), note('b')], 0, true],
    [
      'its file was edited twenty times since',
      [config('1'), ...Array.from({ length: 20 }, (_, i) => note(`${i}`))],
      0,
      true,
    ],
    [
      'its file was edited too often to tell',
      [config('1'), ...Array.from({ length: 21 }, (_, i) => note(`${i}`))],
      0,
      false,
    ],
    ['another version served since', [config('1'), config('2'), config('1')], 0, false],
    ['another model had the file since', [config('1'), config('1', 'radio'), note('back')], 0, false],
    ['the file was gone since', [config('1'), null, note('back')], 0, false],
    ['the file could not be read since', [config('1'), 'a: [', note('mended')], 0, true],
    ['the folder was renamed since', [config('1'), moved], 0, true],
    [
      'another application took over',
      [config('1'), { [prod('radio')]: config('1') }, { [prod('jukebox')]: null }],
      0,
      true,
    ],
    ['the commit of the record is none of its', [config('1'), note('a')], 2, false],
  ];
  for (const [title, steps, since, right] of cases)
    it(`${right ? 'yes' : 'no'}: ${title}`, async () => assert.equal(await served(steps, since), right));

  it('yes: it served before the push that made the head, but not before an older one', async () => {
    const forge = objectForge();
    const [before, after] = [config('1'), note('a')].map((text) => forge.commit({ [prod('jukebox')]: text }));
    for (const [later, right] of [
      [undefined, true],
      [note('b'), undefined],
    ] as const) {
      if (later !== undefined) forge.commit({ [prod('jukebox')]: later });
      const { on, handed } = parseWorld({ forge });
      await on(push(before!, after!));
      assert.equal(promotionsOf(handed)[0]?.serving[0]?.continues, right);
    }
  });

  it('no: it did not serve before the push', async () => {
    const forge = objectForge();
    const [before, after] = ['0', '1'].map((version) => forge.commit({ [prod('jukebox')]: config(version) }));
    const { on, handed } = parseWorld({ forge });
    await on(push(before!, after!));
    assert.equal(promotionsOf(handed)[0]?.serving[0]?.continues, undefined);
  });
});

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

  /** A request of bob's with two commits, merged by grace; `meanwhile` comes onto the branch while it is open. */
  function merge(
    style: (typeof styles)[number],
    files: Record<string, string>,
    meanwhile?: (originals: string[]) => void,
  ): { before: string; after: string } {
    let before = head();
    const branch = `promotion-${++count}`;
    repository.createBranch(branch, before, 'bob');
    const originals = [files, { 'NOTES.md': String(count) }].map((change) =>
      repository.commit({ branch, files: change, message: 'Promote', author: bob, pusher: 'bob' }),
    );
    const { number } = repository.openPullRequest({ title: `Promote ${count}`, head: branch, author: 'bob' });
    meanwhile?.(originals);
    before = head();
    return { before, after: repository.mergePullRequest(number, { style, by: 'grace' }) };
  }

  /** Title of the request and who promoted, of each model that the event makes known. */
  async function told(event: Parameters<ReturnType<typeof parseWorld>['on']>[0]) {
    const forge = giteaAt(gitea.url, { repository: 'acme/fleet', token: () => gitea.token('bob') });
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
    it(`names a request merged by ${style} before the head of another one`, async () => {
      const first = merge(style, { [prod('jukebox')]: config('2') });
      const second = merge(style, { [prod('radio')]: config('2', 'radio') });
      assert.deepEqual(await told(pushed(first)), [
        ['jukebox 2', 'Promote 1', 'grace'],
        ['radio 2', 'Promote 2', 'grace'],
      ]);
      assert.deepEqual(await told(pushed(second)), [['radio 2', 'Promote 2', 'grace']]);
    });

    for (const moved of style === 'fast-forward-only' ? [false] : [false, true])
      it(`names a request merged by ${style} whose push was lost${moved ? ', while the branch moved' : ''}`, async () => {
        merge(style, { [prod('jukebox')]: config('2') }, () => {
          if (moved) repository.commit({ files: { 'README.md': 'meanwhile' }, message: 'Meanwhile', author: bob });
        });
        repository.commit({ files: { 'README.md': 'later' }, message: 'Later', author: bob });
        assert.deepEqual(await told(drifted('jukebox')), [['jukebox 2', 'Promote 1', 'grace']]);
      });
  }

  it('names no request whose merge the branch no longer has', async () => {
    const { before } = merge('merge', { [prod('jukebox')]: config('2') });
    const own = repository.head('promotion-1')!;
    repository.forcePush('main', before);
    repository.forcePush('main', own, 'bob');
    assert.deepEqual(await told(drifted('jukebox')), [['jukebox 2', undefined, 'bob']]);
  });

  it('names no request that was squashed or rebased when its commit had come onto the branch another way', async () => {
    for (const style of ['squash', 'rebase', 'rebase-merge'] as const) {
      const title = `before ${style}`;
      // By a push of the very commit, and of a copy of it, as a cherry-pick makes one, with another committer.
      for (const copied of [false, true]) {
        const version = `${style}-${copied}`;
        merge(style, { [prod('jukebox')]: config(version) }, ([own]) => {
          if (copied)
            repository.commit({ files: { [prod('jukebox')]: config(version) }, message: 'Promote', author: bob });
          else repository.forcePush('main', own!, 'bob');
        });
        repository.commit({ files: { 'README.md': version }, message: 'Later', author: bob });
        assert.deepEqual(await told(drifted('jukebox')), [[`jukebox ${version}`, undefined, 'bob']], title);
      }
    }
  });

  it('is looked for among the requests merged last, by 21 calls at most however many models there are', async () => {
    merge('rebase', { [prod('jukebox')]: config('2') }, () => repository.commit({ files: { a: '1' }, message: 'x' }));
    repository.commit({ files: { [prod('radio')]: config('2', 'radio') }, message: 'Direct', author: bob });
    for (let n = 0; n < 9; n++) merge('merge', { [prod('other')]: config(`${n}`, 'other') });
    const earlier = gitea.accessLog.length;
    assert.deepEqual(
      (await told(drifted('jukebox', 'radio'))).map(([, title]) => title),
      ['Promote 1', undefined],
    );
    const looks = gitea.accessLog
      .slice(earlier)
      .filter(({ path }) => /\/pulls|\/commits\?sha=\w+&(not=\w+&)?stat=false&limit=50/.test(path));
    assert.ok(looks.length > 11 && looks.length <= 21, looks.map(({ path }) => path).join('\n'));
    merge('merge', { [prod('other')]: config('9', 'other') });
    assert.deepEqual(await told(drifted('jukebox')), [['jukebox 2', undefined, 'bob']]);
  });

  it('names no request that was merged when its commit had been pushed to the branch already', async () => {
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
