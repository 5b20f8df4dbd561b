// A merged pull request says where to look, as a push does: alone, before the push, after it and at the same time.
import assert from 'node:assert/strict';
import type { StopError } from '../../../events/errors.ts';
import { longestWait } from '../../../functions/parse/tell-once.ts';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../../stand-ins/gitea/index.ts';
import { giteaAt } from '../../forges/gitea/recorded.ts';
import { manualClock } from '../../io/manual-clock.ts';
import { objectForge } from './object-forge.ts';
import { config, merged, parseWorld, prod, promotionsOf, push, short, test, zeros } from './world.ts';

/** Two models, of which a merge promoted one. */
function world(options: Parameters<typeof parseWorld>[0] = {}) {
  const forge = objectForge();
  const before = forge.commit({ [prod('jukebox')]: config('1'), [prod('radio')]: config('1', 'radio') });
  const after = forge.commit({ [prod('jukebox')]: config('2') });
  forge.merged(after);
  return { ...parseWorld({ forge, ...options }), forge, before, after };
}

describe('parse: a merged pull request', () => {
  it('reports what a push would, with the request, and by whom it was merged', async () => {
    const { on, handed, after } = world();
    assert.equal((await on(merged(after))).outcome, 'done');
    const byMerge = promotionsOf(handed);
    const other = world();
    await other.on(push(other.before, other.after));
    const without = (list: typeof byMerge) => list.map(({ observedAt, ...rest }) => rest);
    assert.deepEqual(without(byMerge), without(promotionsOf(other.handed)));
    assert.deepEqual(
      byMerge.map(({ model, cause, serving: [one] }) => [
        model,
        cause,
        one?.pullRequest?.number,
        one?.promotedBy.login,
      ]),
      [['jukebox', 'push', 7, 'ada']],
    );
  });

  for (const [what, event] of [
    ['that was opened', { action: 'opened', pull: { merged: false } }],
    ['that was closed unmerged', { pull: { merged: false } }],
    ['that was edited after the merge', { action: 'edited' }],
    ['into another branch', { pull: { base: { ref: 'release' } } }],
    ['of quite another repository', { repository: { full_name: 'eve/site' } }],
  ] as const) {
    it(`has nothing to do with a request ${what}`, async () => {
      // With the default branch it asks which one that is.
      for (const env of [{ GITEA_BRANCH: 'main' }, {}] as Record<string, string>[]) {
        const { on, handed, forge, after } = world({ env });
        assert.equal((await on(merged(after, event))).outcome, 'ignored');
        assert.deepEqual(handed, []);
        if (env.GITEA_BRANCH) assert.deepEqual(forge.calls, []);
      }
    });
  }

  it('refuses a merge that makes no sense with 422', async () => {
    const { on } = world();
    await assert.rejects(on(merged('nothing')), (error: StopError) => error.status === 422);
  });

  it('refuses one that nobody signed before it asks Git, where there is a key', async () => {
    const { on, forge, after } = world({ env: { EVENT_SIGNING_KEY: 'a-signing-key-of-the-tests' } });
    await assert.rejects(on(merged(after)), (error: StopError) => error.status === 401);
    assert.deepEqual(forge.calls, []);
  });

  it('compares with where the request branched off when the server does not tell what was before, else reports all', async () => {
    for (const [base, told] of [
      [0, ['prod/jukebox: 2']],
      [undefined, ['prod/jukebox: 2', 'prod/radio: 1']],
    ] as const) {
      const { on, handed, forge, before, after } = world();
      forge.beforeMerge = async () => undefined;
      await on(merged(after, { pull: { merge_base: base === undefined ? zeros : before } }));
      assert.deepEqual(short(handed), told);
    }
  });

  it('does not report again for the push of the same merge, nor the other way round', async () => {
    for (const pushIsFirst of [false, true]) {
      const { on, handed, before, after } = world();
      const both = [merged(after), push(before, after)];
      for (const event of pushIsFirst ? both.reverse() : both) assert.equal((await on(event)).outcome, 'done');
      assert.deepEqual(short(handed), ['prod/jukebox: 2']);
      // The same webhook, sent again by hand.
      await on(push(before, after, { id: 'delivery-3' }));
      assert.deepEqual(short(handed), ['prod/jukebox: 2', 'prod/jukebox: 2']);
    }
  });

  it('does not report again when both come at the same time, as they do to a function that is starting', async () => {
    const { on, handed, before, after } = world();
    await Promise.all([on(merged(after)), on(push(before, after))]);
    assert.deepEqual(short(handed), ['prod/jukebox: 2']);
  });

  it('reports for the push what the broker did not take before', async () => {
    let refuses = true;
    const { on, handed, before, after } = world({ deliver: async () => ({ status: refuses ? 503 : 202 }) });
    await assert.rejects(on(merged(after)));
    refuses = false;
    await on(push(before, after));
    assert.deepEqual(short(handed), ['prod/jukebox: 2']);
  });

  it('does not wait for ever for a broker that is busy with what the other event brought', async () => {
    const { clock, asleep, turn } = manualClock();
    let busy = true;
    let taken = () => {};
    const { on, handed, before, after } = world({
      io: (io) => ({ ...io, clock }),
      deliver: async () => {
        taken();
        return busy ? new Promise<never>(() => {}) : { status: 202 };
      },
    });
    const busyWith = new Promise<void>((resolve) => {
      taken = resolve;
    });
    void on(merged(after));
    await busyWith;
    busy = false;
    const second = on(push(before, after));
    await asleep((ms) => ms === longestWait);
    turn(longestWait);
    await second;
    assert.deepEqual(short(handed), ['prod/jukebox: 2']);
  });

  it('reports what moved between the two events', async () => {
    const { on, handed, forge, before, after } = world();
    await on(merged(after));
    forge.commit({ [test('radio')]: config('3', 'radio'), [prod('radio')]: config('3', 'radio') });
    await on(push(before, after));
    assert.deepEqual(short(handed), ['prod/jukebox: 2', 'prod/jukebox: 2', 'prod/radio: 3']);
  });
});

describe('parse: a merged pull request whose push was lost', () => {
  const bob = { name: 'Bob', email: 'bob@localhost' };
  let gitea: GiteaStandIn;
  let repository: RepositoryHandle;
  beforeEach(async () => {
    gitea = await createGiteaStandIn({ users: ['acme', 'grace', 'bob'].map((login) => ({ login })) });
    repository = gitea.createRepository('acme/fleet', {
      files: {
        [prod('jukebox')]: config('1'),
        [prod('radio')]: config('1', 'radio'),
        [prod('organ')]: config('1', 'organ'),
      },
      collaborators: { grace: 'write', bob: 'write' },
    });
  });
  afterEach(() => gitea.close());

  for (const style of ['merge', 'squash', 'rebase', 'rebase-merge', 'fast-forward-only'] as const)
    for (const moved of style === 'fast-forward-only' ? [false] : [false, true])
      it(`reports the models of a ${style} alone${moved ? ', although the branch had moved meanwhile' : ''}, with the request`, async () => {
        repository.createBranch('promotion', repository.head()!, 'bob');
        // Two commits, of which the first changes one model and the second another one.
        for (const name of ['jukebox', 'organ'])
          repository.commit({
            branch: 'promotion',
            files: { [prod(name)]: config('2', name) },
            message: name,
            author: bob,
          });
        const pull = repository.openPullRequest({ title: 'Promote', head: 'promotion', author: 'bob' });
        if (moved) repository.commit({ files: { [prod('radio')]: config('2', 'radio') }, message: 'x', author: bob });
        const after = repository.mergePullRequest(pull.number, { style, by: 'grace' });

        const { on, handed } = parseWorld({
          forge: giteaAt(gitea.url, { repository: 'acme/fleet', token: () => gitea.token('bob') }),
        });
        const event = { number: pull.number, merge_base: pull.mergeBase, head: { sha: pull.headId } };
        await on(merged(after, { repository: { html_url: `${gitea.url}/acme/fleet` }, pull: event }));
        const told = promotionsOf(handed).map(({ model, serving: [one] }) => [
          model,
          one?.version,
          one?.pullRequest?.title,
          one?.promotedBy.login,
        ]);
        assert.deepEqual(told, [
          ['jukebox', '2', 'Promote', 'grace'],
          ['organ', '2', 'Promote', 'grace'],
        ]);
      });
});
