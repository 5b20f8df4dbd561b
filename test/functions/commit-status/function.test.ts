import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import type { RegistryChange, RegistryUpdate } from '../../../events/registry-updated.ts';
import { sign } from '../../../events/signature.ts';
import type { HttpResponse } from '../../../io/io.ts';
import type { Promotion } from '../../../promotions/promotion.ts';
import { at, createWorld, type World } from './world.ts';

const isAccepted = ({ status, body }: HttpResponse) => assert.deepEqual([status, body.toString()], [202, '']);

describe('commit-status', () => {
  let world: World;
  let commit: string;
  beforeEach(async () => {
    world = await createWorld();
    commit = world.commits[1]!;
  });
  afterEach(() => world.close());

  /** The newest entry in prod: state, and the text before the bracket. */
  async function newest(of = commit): Promise<[string, string] | undefined> {
    const status = (await world.shown(of))['registry/prod'];
    return status && [status.state, status.description.replace(/ \[.*$/s, '')];
  }

  it('says that a promotion is on its way, then that the registry has it', async () => {
    const event = world.promoted(1, { head: commit });
    isAccepted(await world.post(event));
    assert.deepEqual(await newest(), ['pending', 'jukebox: Git deploys 2 in prod; the registry is being updated.']);
    const changes: RegistryChange[] = [
      { on: 'version', name: '2', set: { prod: '' }, removed: [] },
      { on: 'version', name: '1', set: {}, removed: ['prod'] },
    ];
    isAccepted(await world.post(world.updated(event, { changes })));
    assert.deepEqual(await newest(), ['success', 'jukebox: the registry labels 2 with prod, no longer 1.']);
    assert.equal((await world.history(commit)).length, 2);
  });

  it('stands where people look: on the merge commit, else on the commit', async () => {
    const [merge, change] = [world.commits[2]!, world.commits[1]!];
    const { serving } = world.promoted(1, { head: change }).data as Promotion;
    const pullRequest = { number: 7, url: `${world.repository}/pulls/7`, title: 'Promote', mergeCommit: merge };
    const event = world.promoted(1, { serving: [{ ...serving[0]!, pullRequest }] });
    isAccepted(await world.post(event));
    assert.deepEqual(
      [await newest(merge), await newest(change)].map((one) => one?.[0]),
      ['pending', undefined],
    );
  });

  it('finds the merge commit of what a reconcile knows by its own commit alone, also of an early commit of a request', async () => {
    const fleet = world.gitea.repository('ada/mlops-gitops')!;
    const path = 'model-deployments/prod/jukebox/config.yaml';
    fleet.createBranch('next', world.commits[2]!);
    const change = fleet.commit({
      branch: 'next',
      files: { [path]: 'name: jukebox\nversion: "4"\n' },
      message: 'Four',
    });
    fleet.commit({ branch: 'next', files: { 'README.md': 'More\n' }, message: 'More' });
    const merge = fleet.mergePullRequest(fleet.openPullRequest({ title: 'Four', head: 'next' }).number, {
      style: 'merge',
    });
    const event = world.promoted(1, { head: change, cause: 'reconcile' });
    await world.post(world.updated(event));
    await world.post(event);
    assert.equal((await newest(merge))?.[0], 'success');
    assert.deepEqual(await world.shown(change), {});
  });

  it('says at which time of Git, by whom and where, in a part that the next entry is compared with', async () => {
    await world.post(world.promoted(1, { head: commit }));
    const { description } = (await world.shown(commit))['registry/prod']!;
    assert.ok(description.endsWith(` [pending ${at(1)} jukebox]`), description);
  });

  it('says of what was left alone why, and does not call it done', async () => {
    const event = world.promoted(1, { head: commit });
    await world.post(world.updated(event, { outcome: 'ignored', reason: 'not registered: jukebox 2' }));
    assert.deepEqual(await newest(), ['warning', 'jukebox: left as it was in the registry: not registered: jukebox 2']);
  });

  it('says of what was lost why and what helps, until the reconcile has healed it', async () => {
    const event = world.promoted(1, { head: commit });
    await world.post(event);
    isAccepted(await world.post(world.lost(event)));
    assert.deepEqual(await newest(), [
      'failure',
      'jukebox: the registry was not updated: registry-writer answered 503. When the cause is gone there is nothing to do: the next reconcile brings the registry in sync with Git; a ping sent now does so at once.',
    ]);
    const again = world.promoted(1800, { head: commit, cause: 'reconcile' });
    await world.post(again);
    await world.post(world.updated(again));
    assert.deepEqual(await newest(), ['success', 'jukebox: registry and Git are in sync.']);
    // The report of the loss comes once more, much later.
    await world.post(world.lost(event));
    assert.equal((await newest())?.[0], 'success');
  });

  it('says nothing of what only rollout-observer or notify did not get: the registry was told', async () => {
    const event = world.promoted(1, { head: commit });
    const answer = world.updated(event);
    await world.post(answer);
    const before = await newest();
    for (const [lost, receiver] of [
      [event, 'rollout-observer'],
      [answer, 'notify'],
    ] as const) {
      isAccepted(await world.post(world.lost(lost, { failure: { kind: 'answer', receiver, code: 503 } })));
      assert.deepEqual(await newest(), before);
    }
  });

  it('says of a lost answer that only the answer is lost', async () => {
    const event = world.promoted(1, { head: commit });
    const answer = world.updated(event);
    await world.post(world.lost(answer, { commits: [commit] }));
    const [state, text] = (await newest())!;
    assert.equal(state, 'warning');
    assert.match(text, /^jukebox: the answer of the registry was lost: /);
    await world.post(answer);
    assert.equal((await newest())?.[0], 'success');
  });

  it('says of each file that is warned of what is wrong with it, beside what became of the promotion', async () => {
    const path = 'model-deployments/prod/jukebox/config.yaml';
    const broken = 'model-deployments/prod/radio/config.yaml';
    const event = world.warned(1, [
      { path, commit, severity: 'warning', reason: 'The key version stands there twice; the last one counts.' },
      { path: broken, commit: world.commits[2]!, severity: 'failure', reason: 'It cannot be read (empty key).' },
    ]);
    isAccepted(await world.post(event));
    isAccepted(await world.post(event));
    assert.deepEqual(await newest(world.commits[2]!), ['failure', `${broken}: It cannot be read (empty key).`]);
    const warned = `${path}: The key version stands there twice; the last one counts.`;
    assert.deepEqual(await newest(), ['warning', warned]);
    // That the registry has it makes the file no better.
    const promoted = world.promoted(1, { head: commit });
    await world.post(world.updated(promoted));
    assert.deepEqual(await newest(), ['warning', `2 models: 1 left alone, 1 done. ${warned}`]);
    assert.equal((await world.history(world.commits[2]!)).length, 1);
  });

  it('warns of a version that is labelled and archived', async () => {
    const event = world.promoted(1, { head: commit });
    await world.post(world.updated(event, { warnings: ['Version 2 is archived in the registry.'] }));
    assert.deepEqual(await newest(), [
      'warning',
      'jukebox: registry and Git are in sync. Version 2 is archived in the registry.',
    ]);
  });

  it('says of a withdrawal on the head what it took away', async () => {
    const event = world.withdrawn(1, { head: commit });
    await world.post(event);
    assert.deepEqual(await newest(), [
      'pending',
      'jukebox: Git no longer deploys it in prod; the registry is being updated.',
    ]);
    await world.post(world.updated(event, { changes: [{ on: 'version', name: '1', set: {}, removed: ['prod'] }] }));
    assert.deepEqual(await newest(), ['success', 'jukebox: the registry no longer labels 1 with prod.']);
  });

  it('says that a push was not read, under no environment, until a later reading reports the commit', async () => {
    const push = (ref: string) =>
      world.lost(
        new CloudEvent({
          id: 'd1',
          type: 'dev.knative.source.gitea.push',
          source: world.repository,
          subject: ref,
          data: {},
        }),
        { commits: [commit], failure: { kind: 'refusal', receiver: 'parse', code: 503 } },
      );
    await world.post(push('refs/heads/other'));
    assert.deepEqual(await world.shown(commit), {});
    await world.post(push('refs/heads/main'));
    const shown = (await world.shown(commit)).registry;
    assert.equal(shown?.state, 'failure');
    assert.match(shown!.description, /^The push was not read: parse answered 503\./);
    // Read before the push was given up: other models of it may still be missing.
    await world.post(world.promoted(1, { head: commit }));
    assert.equal((await world.shown(commit)).registry?.state, 'failure');
    await world.post(world.promoted(1800, { head: commit }));
    assert.equal((await world.shown(commit)).registry?.state, 'success');
    await world.post(push('refs/heads/main'));
    assert.equal((await world.shown(commit)).registry?.state, 'success');
  });

  it('keeps environments apart and adds up the models of each', async () => {
    const events = ['jukebox', 'tuner', 'radio'].map((model) => world.promoted(1, { head: commit, model }));
    await Promise.all(events.map(world.post));
    await world.post(world.promoted(1, { head: commit, environment: 'staging' }));
    assert.deepEqual(await newest(), ['pending', (await newest())![1]]);
    assert.match((await newest())![1], /^3 models: 3 waiting\. /);
    await Promise.all(events.slice(1).map((event) => world.post(world.updated(event))));
    assert.match((await newest())![1], /^3 models: 1 waiting, 2 done\. jukebox: Git deploys/);
    await world.post(world.updated(events[0]!));
    assert.match((await newest())![1], /^3 models: 3 done\. /);
    const { state } = (await world.shown(commit))['registry/staging']!;
    assert.equal(state, 'pending');
  });

  it('says nothing twice, whatever comes doubled', async () => {
    const event = world.promoted(1, { head: commit });
    for (const one of [event, event, world.updated(event), event, world.updated(event)])
      isAccepted(await world.post(one));
    assert.deepEqual(
      (await world.history(commit)).map(({ state }) => state),
      ['pending', 'success'],
    );
  });

  it('shows the last entry of events in any order, doubled, several at a time', async () => {
    const first = world.promoted(1, { head: commit });
    const second = world.promoted(2, { head: commit });
    const tuner = world.promoted(2, { head: commit, model: 'tuner' });
    const all = [
      first,
      world.lost(first),
      second,
      world.updated(second),
      tuner,
      world.updated(tuner, { outcome: 'ignored', reason: 'x' }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...all, ...all], { minLength: 6 }),
        fc.boolean(),
        async (order, together) => {
          const at = world.gitea.repository('ada/mlops-gitops')!;
          at.repository.statuses.length = 0;
          // Whatever came is followed by everything, once, in turn: nothing may be left behind.
          if (together) await Promise.all(order.map(world.post));
          else for (const event of order) await world.post(event);
          for (const event of all) isAccepted(await world.post(event));
          const shown = (await world.shown(commit))['registry/prod']!;
          assert.equal(shown.state, 'warning');
          assert.match(
            shown.description,
            /^2 models: 1 left alone, 1 done\. tuner: left as it was in the registry: x \[/,
          );
        },
      ),
      { numRuns: 12 },
    );
  });

  it('adds many models of one commit in batches, so that readings do not grow with their square', async () => {
    const models = Array.from({ length: 60 }, (_, i) => `model-${i}`);
    const promoted = models.map((model) => world.promoted(1, { head: commit, model }));
    const before = world.gitea.accessLog.length;
    const answers = await Promise.all(
      promoted.flatMap((event) => [world.post(event), world.post(world.updated(event))]),
    );
    for (const answer of answers) isAccepted(answer);
    const calls = world.gitea.accessLog.slice(before);
    // Alone, each of the 120 events reads the commit two or three times, up to three pages each time: 750 calls.
    assert.ok(calls.filter(({ method }) => method === 'GET').length < 360, String(calls.length));
    const shown = (await world.shown(commit))['registry/prod']!;
    assert.equal(shown.state, 'success');
    assert.match(shown.description, /^60 models: 60 done\. /);
    // Where the end is known, what was on its way need not be said.
    assert.ok((await world.history(commit)).length < 110);
  });

  it('writes to commits of its own repository only, whose name may differ in case', async () => {
    const elsewhere = world.promoted(1, { head: commit, repository: 'https://gitea.example.test/ada/mlops-gitops' });
    isAccepted(await world.post(elsewhere));
    isAccepted(await world.post(world.promoted(1, { head: commit, repository: `${world.repository}-2` })));
    assert.deepEqual(await world.shown(commit), {});
    assert.deepEqual(
      world.lines.filter(({ message }) => message === 'event').map(({ fields }) => [fields.outcome, fields.reason]),
      Array.from({ length: 2 }, () => ['ignored', 'another repository than GITEA_REPOSITORY']),
    );
    await world.post(world.promoted(1, { head: commit, repository: world.repository.replace('/ada/', '/ADA/') }));
    assert.equal((await newest())?.[0], 'pending');
  });

  it('knows its repository again that is read at another address, or was renamed since the event', async () => {
    const fleet = world.gitea.repository('ada/mlops-gitops');
    world.gitea.world.rootUrl = 'https://git.example.test/';
    const publicly = 'https://git.example.test/ada/mlops-gitops';
    const { id, created } = fleet.repository;
    const named = { repository: publicly, repositoryId: `${id}@${created.toISOString().slice(0, 19)}.000Z` };
    const event = world.promoted(1, { head: commit, ...named });
    fleet.rename('renamed');
    isAccepted(await world.post(event));
    assert.equal((await newest())?.[0], 'pending');
    isAccepted(await world.post(world.updated(event, { ...named, repositoryId: '1000@then' })));
    assert.equal((await newest())?.[0], 'pending');
    isAccepted(await world.post(world.updated(event, named)));
    assert.equal((await newest())?.[0], 'success');
  });

  it('has nothing to say about a commit that is not there, and asks no one to try again', async () => {
    isAccepted(await world.post(world.promoted(1, { head: '1234567890'.repeat(4) })));
    assert.equal(world.lines.at(-1)?.fields.reason, 'the repository does not know the commit');
  });

  it('asks to be tried again while Gitea is out of reach, and says which setting is wrong when it refuses', async () => {
    await world.gitea.setDown('refuse');
    assert.equal((await world.post(world.promoted(1, { head: commit }))).status, 503);
    await world.gitea.setDown(false);
    isAccepted(await world.post(world.promoted(1, { head: commit })));
    const reader = await createWorld();
    try {
      const other = await createWorld(
        {},
        { GITEA_URL: reader.gitea.url, GITEA_STATUS_TOKEN: reader.gitea.createToken('ada', ['read:repository']) },
      );
      const answer = await other.post(reader.promoted(1, { head: reader.commits[1]! }));
      assert.equal(answer.status, 503);
      assert.match(answer.body.toString(), /GITEA_STATUS_TOKEN lacks the scope write:repository/);
      await other.close();
    } finally {
      await reader.close();
    }
  });

  it('links to the registry where it knows its page', async () => {
    await world.close();
    world = await createWorld({}, { MODEL_REGISTRY_UI_URL: 'https://dashboard.example.test/model-registry/' });
    await world.post(world.promoted(1, { head: world.commits[1]! }));
    assert.equal(
      (await world.shown(world.commits[1]!))['registry/prod']?.url,
      'https://dashboard.example.test/model-registry',
    );
  });

  it('believes signed events only, when there is a key, losses too', async () => {
    await world.close();
    world = await createWorld({}, { EVENT_SIGNING_KEY: 'a key of some length' });
    commit = world.commits[1]!;
    const event = world.promoted(1, { head: commit });
    const [answer, loss] = [world.updated(event), world.lost(event)];
    const before = world.gitea.accessLog.length;
    for (const one of [event, answer, loss])
      for (const forged of [one, sign(one, 'another key of some length')])
        assert.equal((await world.post(forged)).status, 401);
    assert.equal(world.gitea.accessLog.length, before);
    for (const [one, state] of [
      [event, 'pending'],
      [loss, 'failure'],
      [answer, 'success'],
    ] as const) {
      isAccepted(await world.post(sign(one, 'a key of some length')));
      assert.equal((await newest())?.[0], state);
    }
  });

  describe('of a loss that somebody made up, where there is no key', () => {
    const words = 'Sign in at https://evil.example/ [x](https://evil.example/) <b>now</b>';

    it('says nothing of his', async () => {
      const event = world.promoted(1, { head: commit });
      for (const of of [event, world.updated(event)])
        isAccepted(await world.post(world.lost(of, { commits: [commit], reason: words, remedy: words })));
      const push = { id: words, type: 'dev.knative.source.gitea.push', source: '/x', subject: 'refs/heads/main' };
      isAccepted(
        await world.post(world.lost(new CloudEvent({ ...push, data: {} }), { commits: [commit], reason: words })),
      );
      const told = await world.history(commit);
      assert.equal(told.length, 3);
      for (const { description, url } of told) {
        assert.doesNotMatch(description, /evil|Sign in/);
        assert.equal(url, '');
      }
    });

    it('takes no kind of failure that it does not know', async () => {
      const loss = world.lost(world.promoted(1, { head: commit }));
      for (const failure of [{ kind: words }, { kind: 'refusal', receiver: words }, { kind: 'refusal', code: words }]) {
        const data = { ...(loss.data as object), failure };
        assert.equal((await world.post(loss.cloneWith({ data }, false))).status, 422);
      }
      assert.deepEqual(await world.history(commit), []);
    });

    it('reports losses of watched environments alone', async () => {
      const event = world.promoted(1, { head: commit, environment: 'staging' });
      isAccepted(await world.post(world.lost(event)));
      assert.deepEqual(await world.history(commit), []);
      assert.match(String(world.lines.at(-1)?.fields.reason), /ENVIRONMENTS/);
    });

    it('ends with the next true success, whatever time it claims', async () => {
      for (const observedAt of ['9999-12-31T23:59:59Z', new Date(Date.now() + 60_000).toISOString()]) {
        isAccepted(await world.post(world.lost(world.promoted(1, { head: commit }), { observedAt })));
        assert.equal((await newest())?.[0], 'failure');
        const observedNow = new Date().toISOString();
        isAccepted(await world.post(world.updated(world.promoted(1, { head: commit, observedAt: observedNow }))));
        assert.equal((await newest())?.[0], 'success');
      }
      const lostAt = '9999-12-31T23:59:59Z';
      const push = { id: 'd1', type: 'dev.knative.source.gitea.push', source: '/x', subject: 'refs/heads/main' };
      isAccepted(await world.post(world.lost(new CloudEvent({ ...push, data: {} }), { commits: [commit], lostAt })));
      assert.equal((await world.shown(commit)).registry?.state, 'failure');
      const observedAt = new Date().toISOString();
      isAccepted(await world.post(world.promoted(1, { head: commit, observedAt })));
      assert.equal((await world.shown(commit)).registry?.state, 'success');
    });

    it('adds no more than ten, by two statuses at most, of whatever kinds, and keeps no true entry away', async () => {
      const events = (i: number) => {
        const observedAt = at(i);
        const event = world.promoted(1, { head: commit, model: i % 4 === 0 ? `model-${i}` : 'jukebox', observedAt });
        const push = { id: 'd1', type: 'dev.knative.source.gitea.push', source: '/x', subject: 'refs/heads/main' };
        return [event, world.updated(event), new CloudEvent<unknown>({ ...push, data: {} })][i % 3]!;
      };
      for (let i = 1; i <= 100; i++) {
        const failure = { kind: 'answer', code: 100 + i } as const;
        isAccepted(await world.post(world.lost(events(i), { commits: [commit], lostAt: at(i), failure })));
      }
      const told = await world.history(commit);
      assert.ok(told.length <= 20, `${told.length}`);
      const losses = new Set(told.map(({ description }) => description.replace(/^\d+ models: [^.]*\. /, '')));
      assert.equal(losses.size, 10);
      isAccepted(await world.post(world.updated(world.promoted(200, { head: commit }))));
      assert.ok(
        (await world.history(commit)).some(({ description }) =>
          /jukebox: registry and Git are in sync.* \[success/.test(description),
        ),
      );
    });

    it('adds no more than ten of a hundred where each is about a model of its own', async () => {
      for (let i = 1; i <= 100; i++) {
        const event = world.promoted(1, { head: commit, model: `model-${i}` });
        isAccepted(await world.post(world.lost(event)));
      }
      assert.equal((await world.history(commit)).length, 10);
    });
  });

  it('shows no link and no markup of whatever a model, a version, a file or a reason is called', async () => {
    const mean = '[x](https://evil.example/) <b>x</b> \u202eabc';
    const event = world.promoted(1, { head: commit, model: mean });
    for (const one of [
      event,
      world.updated(event, { outcome: 'ignored', reason: mean, warnings: [mean] }),
      world.updated(event, {
        changes: [{ on: 'version', name: mean, set: { prod: '' }, removed: [] }],
        warnings: [mean],
      }),
      world.warned(2, [{ path: mean, commit, severity: 'warning', reason: mean }]),
      world.lost(world.promoted(3, { head: commit, model: mean })),
    ]) {
      isAccepted(await world.post(one));
      const before = (await world.history(commit)).length;
      // It is found again by what stands there.
      isAccepted(await world.post(one));
      assert.equal((await world.history(commit)).length, before);
    }
    const told = await world.history(commit);
    assert.ok(told.length >= 5);
    for (const { context, description, url } of told) {
      assert.doesNotMatch(description, /https?:|\]\(|<b|\p{Bidi_Control}/u);
      assert.deepEqual([context, url], ['registry/prod', '']);
    }
  });

  it('takes no entry from the future, and puts aside one that a commit has already', async () => {
    const future = '9999-12-31T23:59:59.000Z';
    for (const event of [
      world.promoted(1, { head: commit, observedAt: future }),
      world.updated(world.promoted(1, { head: commit, observedAt: future })),
    ])
      isAccepted(await world.post(event));
    assert.deepEqual(await world.history(commit), []);
    assert.match(String(world.lines.at(-1)?.fields.reason), /in the future/);
    const description = `jukebox: refused. [failure ${future} jukebox]`;
    const made = await fetch(`${world.gitea.url}/api/v1/repos/ada/mlops-gitops/statuses/${commit}`, {
      method: 'POST',
      headers: { authorization: `token ${world.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ context: 'registry/prod', state: 'failure', description }),
    });
    assert.equal(made.status, 201);
    isAccepted(await world.post(world.updated(world.promoted(1, { head: commit }))));
    assert.deepEqual(await newest(), ['success', 'jukebox: registry and Git are in sync.']);
  });

  it('goes by the clock of Gitea, which readings of Git go by', async () => {
    await world.close();
    world = await createWorld({ clock: () => new Date(Date.now() + 3_600_000) });
    commit = world.commits[1]!;
    const observedAt = new Date(Date.now() + 3_590_000).toISOString();
    isAccepted(await world.post(world.promoted(1, { head: commit, observedAt })));
    assert.equal((await newest())?.[0], 'pending');
  });

  it('dates events whose data lacks the time of the reading by the time of the event', async () => {
    const event = world.promoted(1, { head: commit });
    await world.post(event);
    const { observedAt: _, ...data } = world.updated(event).data as RegistryUpdate;
    await world.post(world.updated(event).cloneWith({ data }, false));
    assert.equal((await newest())?.[0], 'success');
  });
});

describe('commit-status with two registries', () => {
  let world: World;
  let commit: string;
  beforeEach(async () => {
    world = await createWorld(
      {},
      {
        FURTHER_REGISTRIES: 'new',
        MODEL_REGISTRY_UI_URL: 'https://old.example.test/ui',
        MODEL_REGISTRY_UI_URL_NEW: 'https://new.example.test/ui',
      },
    );
    commit = world.commits[1]!;
  });
  afterEach(() => world.close());

  const states = async () =>
    Object.fromEntries(Object.values(await world.shown(commit)).map(({ context, state }) => [context, state]));

  it('has an entry of each, so that a commit is green when all registries have its promotion', async () => {
    const event = world.promoted(1, { head: commit });
    isAccepted(await world.post(event));
    assert.deepEqual(await states(), { 'registry/prod': 'pending', 'registry/prod/new': 'pending' });
    await world.post(world.updated(event));
    assert.deepEqual(await states(), { 'registry/prod': 'success', 'registry/prod/new': 'pending' });
    await world.post(world.updated(event, { registryName: 'new' }));
    assert.deepEqual(await states(), { 'registry/prod': 'success', 'registry/prod/new': 'success' });
    const { url } = (await world.shown(commit))['registry/prod/new']!;
    assert.equal(url, 'https://new.example.test/ui');
    // Each event once more, as a broker may send it.
    const before = await world.history(commit);
    for (const again of [event, world.updated(event), world.updated(event, { registryName: 'new' })])
      isAccepted(await world.post(again));
    assert.deepEqual(await world.history(commit), before);
  });

  it('says in which registry a promotion was lost, where that is known, else in all that do not have it', async () => {
    const event = world.promoted(1, { head: commit });
    await world.post(event);
    await world.post(world.lost(event, { registryName: 'new' }));
    assert.deepEqual(await states(), { 'registry/prod': 'pending', 'registry/prod/new': 'failure' });
    await world.post(world.lost(event));
    assert.deepEqual(await states(), { 'registry/prod': 'failure', 'registry/prod/new': 'failure' });
    const again = world.promoted(1800, { head: commit });
    await world.post(again);
    await world.post(world.updated(again));
    await world.post(world.lost(again, { failure: { kind: 'silence' }, lostAt: at(1860) }));
    assert.deepEqual(await states(), { 'registry/prod': 'success', 'registry/prod/new': 'failure' });
  });

  it('says of a lost answer whose it was', async () => {
    const event = world.promoted(1, { head: commit });
    await world.post(event);
    await world.post(
      world.lost(world.updated(event, { registryName: 'new' }), {
        commits: [commit],
        failure: { kind: 'refusal', receiver: 'commit-status', code: 503 },
        registryName: 'new',
      }),
    );
    assert.deepEqual(await states(), { 'registry/prod': 'pending', 'registry/prod/new': 'warning' });
  });

  it('tells of a rollout, of a file and of a push once', async () => {
    await world.post(world.seen(1, { commits: [commit] }));
    await world.post(world.seen(1, { commits: [commit], registryName: 'new' }));
    const path = 'model-deployments/prod/jukebox/config.yaml';
    await world.post(world.warned(1, [{ path, commit, severity: 'warning', reason: 'Odd.' }]));
    assert.deepEqual(await states(), { 'rollout/prod': 'pending', 'registry/prod': 'warning' });
  });

  it('says nothing of a registry that is not among its settings', async () => {
    const event = world.promoted(1, { head: commit });
    isAccepted(await world.post(world.updated(event, { registryName: 'gone' })));
    isAccepted(await world.post(world.lost(event, { registryName: 'gone' })));
    assert.deepEqual(await states(), {});
  });
});
