import assert from 'node:assert/strict';
import type { CloudEvent } from 'cloudevents';
import { type StopError, TryAgainError } from '../../../events/errors.ts';
import * as registryDrifted from '../../../events/registry-drifted.ts';
import { isSigned, sign } from '../../../events/signature.ts';
import { objectForge } from './object-forge.ts';
import {
  config,
  drift,
  type Options,
  observationsOf,
  parseWorld,
  ping,
  prod,
  promotionsOf,
  push,
  short,
  test,
  zeros,
} from './world.ts';

describe('parse: which events concern it', () => {
  const world = (options: { env?: Record<string, string> } = {}) => {
    const forge = objectForge();
    const [before, after] = [
      forge.commit({ [prod('jukebox')]: config('1') }),
      forge.commit({ [prod('jukebox')]: config('2') }),
    ];
    return { ...parseWorld({ forge, ...options }), before, after };
  };

  for (const [what, change, deleted] of [
    [
      'another repository',
      { repository: { full_name: 'acme/other', html_url: 'https://git.example.test/acme/other' } },
    ],
    ['a repository of the same name elsewhere', { repository: { html_url: 'https://other.example.test/acme/fleet' } }],
    ['another branch', { ref: 'refs/heads/feature' }],
    ['a branch that differs in case', { ref: 'refs/heads/Main' }],
    ['a tag named like the branch', { ref: 'refs/tags/main' }],
    ['a branch by its short name', { ref: 'main' }],
    ['the deletion of the branch', {}, true],
  ] as const) {
    it(`has nothing to do with ${what}`, async () => {
      const { on, handed, before, after } = world();
      const result = await on(push(before, deleted ? zeros : after, change));
      assert.equal(result.outcome, 'ignored');
      assert.match(result.reason ?? '', /^about /);
      assert.deepEqual(handed, []);
    });
  }

  it('compares the repository without case and without a slash at the end', async () => {
    const { on, handed, before, after } = world();
    await on(
      push(before, after, {
        repository: { full_name: 'ACME/Fleet', html_url: 'https://GIT.example.test/ACME/Fleet/' },
      }),
    );
    assert.deepEqual(short(handed), ['prod/jukebox: 2']);
    assert.equal(promotionsOf(handed)[0]?.repository, 'https://git.example.test/acme/fleet');
  });

  it('asks Git nothing about events that name quite another repository or no branch', async () => {
    const { on, forge, before, after } = world();
    await on(push(before, after, { repository: { full_name: 'else/other' } }));
    await on(push(before, after, { ref: 'refs/tags/v1' }));
    assert.deepEqual(forge.calls, []);
  });

  for (const former of ['acme/fleet-2025', 'mlops/fleet'])
    it(`knows the repository again that GITEA_REPOSITORY calls ${former}, and says its former address`, async () => {
      const { on, before, after, handed } = world({ env: { GITEA_REPOSITORY: former } });
      await on(push(before, after));
      await on(ping());
      const formerly = [`https://git.example.test/${former}`];
      assert.deepEqual(promotionsOf(handed.slice(0, 1))[0]?.formerly, formerly);
      const [seen] = observationsOf(handed.slice(-1));
      assert.deepEqual([seen?.repository, seen?.formerly], ['https://git.example.test/acme/fleet', formerly]);
    });

  it('knows the repository by the address it is read by, and asks nothing about others of its owner', async () => {
    const made = { id: 7, created_at: '2026-01-01T00:00:00Z' };
    const forge = objectForge({ alsoAt: ['http://gitea.svc:3000/acme/fleet'], id: '7@2026-01-01T00:00:00.000Z' });
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const after = forge.commit({ [prod('jukebox')]: config('2') });
    const { on, handed } = parseWorld({ forge });
    // As a request merged by that address says, and as an installation before this one named it.
    await on(push(before, after, { repository: { html_url: 'http://gitea.svc:3000/acme/fleet' } }));
    await on(drift(after, ['jukebox'], { repository: 'http://gitea.svc:3000/acme/fleet' }));
    for (const { repository, repositoryId, formerly } of promotionsOf(handed))
      assert.deepEqual(
        [repository, repositoryId, formerly],
        ['https://git.example.test/acme/fleet', '7@2026-01-01T00:00:00.000Z', ['http://gitea.svc:3000/acme/fleet']],
      );
    assert.equal(handed.length, 2);

    const calls = forge.calls.length;
    const named = (name: string, more: object) => ({
      repository: { full_name: `acme/${name}`, html_url: `https://git.example.test/acme/${name}`, ...more },
    });
    assert.equal((await on(push(before, after, named('site', { ...made, id: 8 })))).outcome, 'ignored');
    assert.equal(forge.calls.length, calls);
    // The event is older than the name.
    assert.equal((await on(push(before, after, named('fleet-2025', made)))).outcome, 'done');
    assert.equal(handed.length, 3);
  });

  it('says no former address of a repository that has its name still', async () => {
    const { on, before, after, handed } = world({ env: { GITEA_REPOSITORY: 'Acme/Fleet' } });
    await on(push(before, after));
    assert.equal('formerly' in promotionsOf(handed)[0]!, false);
  });

  it('watches the branch of the settings, else the default branch', async () => {
    const forge = objectForge({ branch: 'trunk' });
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const after = forge.commit({ [prod('jukebox')]: config('2') });
    const byDefault = parseWorld({ forge });
    await byDefault.on(push(before, after, { ref: 'refs/heads/trunk' }));
    assert.equal((await byDefault.on(push(before, after))).outcome, 'ignored');
    assert.deepEqual(short(byDefault.handed), ['prod/jukebox: 2']);
    const bySetting = parseWorld({ forge, env: { GITEA_BRANCH: 'release' } });
    await bySetting.on(push(before, after, { ref: 'refs/heads/release' }));
    assert.equal(promotionsOf(bySetting.handed)[0]?.branch, 'release');
  });

  it('refuses a push that makes no sense with 422', async () => {
    const { on } = world();
    await assert.rejects(on(push('main', 'nothing')), (error: StopError) => error.status === 422);
  });
});

describe('parse: a push', () => {
  it('reports what changed, with the pull request of the head', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1'), [prod('radio')]: config('5', 'radio') });
    const bot = forge.commit({ [prod('jukebox')]: config('1.10') });
    const after = forge.commit({ 'README.md': 'merged' });
    forge.merged(after);
    assert.equal((await on(push(before, after))).outcome, 'done');
    const [promotion, ...more] = promotionsOf(handed);
    assert.deepEqual(more, []);
    const { observedAt, ...rest } = promotion!;
    assert.ok(!Number.isNaN(Date.parse(observedAt)));
    assert.deepEqual(rest, {
      environment: 'prod',
      model: 'jukebox',
      cause: 'push',
      repository: 'https://git.example.test/acme/fleet',
      branch: 'main',
      head: after,
      complete: true,
      serving: [
        {
          version: '1.10',
          applications: ['jukebox'],
          path: prod('jukebox'),
          commit: bot,
          uri: 'oci://quay.io/user1/jukebox:1.10',
          promotedAt: '2026-10-02T09:00:00Z',
          promotedBy: { login: 'ada' },
          pullRequest: {
            number: 7,
            url: 'https://git.example.test/acme/fleet/pulls/7',
            title: 'Promote',
            mergeCommit: after,
          },
        },
      ],
    });
    assert.equal(handed[0]?.subject, 'prod/jukebox');
    assert.equal(handed[0]?.traceparent, `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`);
  });

  it('names the pusher and the commit of a direct push', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const after = forge.commit({ [prod('jukebox')]: config('2') }, { committedAt: '2026-10-03T10:00:00+02:00' });
    await on(push(before, after));
    const [served] = promotionsOf(handed)[0]?.serving ?? [];
    assert.deepEqual(
      [served?.commit, served?.promotedAt, served?.promotedBy, served?.pullRequest],
      [after, '2026-10-03T10:00:00+02:00', { login: 'grace', name: 'Grace' }, undefined],
    );
  });

  it('looks the pull request up by commit, and names the author, when the head is another one than was pushed', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const squashed = forge.commit({ [prod('jukebox')]: config('2'), [prod('radio')]: config('1', 'radio') });
    forge.merged(squashed, { number: 8 });
    const direct = forge.commit({ [prod('radio')]: config('2', 'radio') }, { author: 'bob' });
    const head = forge.commit({ 'README.md': 'later' });
    forge.merged(head, { number: 9 });
    await on(push(before, squashed));
    const [jukebox, radio] = promotionsOf(handed).map(({ serving }) => serving[0]);
    assert.deepEqual([jukebox?.pullRequest?.number, jukebox?.promotedBy], [8, { login: 'ada' }]);
    assert.deepEqual([radio?.commit, radio?.pullRequest, radio?.promotedBy], [direct, undefined, { login: 'bob' }]);
  });

  it('does not credit the push with files that it did not change', async () => {
    const { forge, on, handed } = parseWorld();
    const first = forge.commit({ [prod('a')]: config('1', 'a') }, { author: 'bob' });
    const after = forge.commit({ 'README.md': 'x' });
    forge.merged(after);
    await on(push(zeros, after));
    const [served] = promotionsOf(handed)[0]?.serving ?? [];
    assert.deepEqual([served?.commit, served?.pullRequest, served?.promotedBy], [first, undefined, { login: 'bob' }]);
  });

  it('does not credit a request with a file that was there before it, when the branch is pushed back to its merge', async () => {
    const { forge, on, handed } = parseWorld();
    const first = forge.commit({ [prod('jukebox')]: config('1') }, { author: 'bob' });
    const merge = forge.commit({ [prod('radio')]: config('1', 'radio') });
    forge.merged(merge, { number: 9 });
    const later = forge.commit({ [prod('jukebox')]: config('2') });
    forge.reset(merge);
    await on(push(later, merge));
    const [served] = promotionsOf(handed)[0]?.serving ?? [];
    assert.deepEqual([served?.commit, served?.pullRequest, served?.promotedBy.login], [first, undefined, 'grace']);
  });

  it('reports all models of the head when `before` is zeros or not there any more', async () => {
    const { forge, on, handed } = parseWorld();
    const gone = forge.commit({ [prod('a')]: config('1', 'a'), [prod('b')]: config('1', 'b') });
    const after = forge.commit({ 'README.md': 'x' });
    await on(push(zeros, after));
    assert.deepEqual(short(handed.splice(0)), ['prod/a: 1', 'prod/b: 1']);
    await on(push('f'.repeat(40), after));
    assert.deepEqual(short(handed.splice(0)), ['prod/a: 1', 'prod/b: 1']);
    await on(push(gone, after));
    assert.deepEqual(handed, []);
  });

  const before = {
    [prod('jukebox')]: config('1'),
    [prod('radio')]: config('5', 'radio'),
    [test('jukebox')]: config('0'),
  };
  const changes: [string, Record<string, string | null>, string[]][] = [
    ['nothing for a change elsewhere', { 'README.md': 'x', 'toolings/post/config.yaml': config('9') }, []],
    ['nothing for an environment that is not watched', { [test('jukebox')]: config('9') }, []],
    ['a file that is gone as withdrawn', { [prod('jukebox')]: null }, ['prod/jukebox: -']],
    ['a file that is empty as withdrawn', { [prod('jukebox')]: '---\n' }, ['prod/jukebox: -']],
    [
      'a file without version as withdrawn, though it names a model',
      { [prod('jukebox')]: 'name: jukebox\n' },
      ['prod/jukebox: -'],
    ],
    ['a folder renamed', { [prod('jukebox')]: null, [prod('other')]: config('1') }, ['prod/jukebox: 1']],
    ['a model renamed', { [prod('jukebox')]: config('1', 'box') }, ['prod/box: 1', 'prod/jukebox: -']],
    [
      'a changed file with the same version',
      { [prod('jukebox')]: `${config('1')}canary:\n  trafficPercent: 20\n` },
      ['prod/jukebox: 1'],
    ],
    ['a second application of a model', { [prod('second')]: config('2') }, ['prod/jukebox: 1, 2']],
    [
      'several models',
      { [prod('jukebox')]: config('2'), [prod('radio')]: config('6', 'radio') },
      ['prod/jukebox: 2', 'prod/radio: 6'],
    ],
    ['a floating version as it stands', { [prod('jukebox')]: config('latest') }, ['prod/jukebox: latest']],
  ];
  for (const [what, change, expected] of changes) {
    it(`reports ${what}`, async () => {
      const { forge, on, handed } = parseWorld();
      const first = forge.commit(before);
      await on(push(first, forge.commit(change)));
      assert.deepEqual(short(handed), expected);
    });
  }

  it('reports every watched environment, the uri in one of them only', async () => {
    const { forge, on, handed } = parseWorld({ env: { ENVIRONMENTS: 'test,prod' } });
    const first = forge.commit(before);
    await on(push(first, forge.commit({ [prod('jukebox')]: config('2'), [test('jukebox')]: config('2') })));
    assert.deepEqual(short(handed), ['test/jukebox: 2', 'prod/jukebox: 2']);
    assert.deepEqual(
      promotionsOf(handed).map(({ serving }) => serving[0]?.uri),
      [undefined, 'oci://quay.io/user1/jukebox:2'],
    );
  });

  it('watches with * all that have files now or before, and leaves names that cannot be environments', async () => {
    const { forge, on, handed, lines } = parseWorld({ env: { ENVIRONMENTS: '*' } });
    const first = forge.commit({
      ...before,
      'model-deployments/Staging_1/a/config.yaml': config('1', 'a'),
      'model-deployments/state/a/config.yaml': config('1', 'a'),
    });
    await on(push(first, forge.commit({ [test('jukebox')]: null })));
    assert.deepEqual(short(handed), ['test/jukebox: -']);
    assert.deepEqual(
      lines.map(({ fields }) => fields.environment),
      ['Staging_1', 'state'],
    );
  });

  it('undoes what a force push to an older commit took back', async () => {
    const { forge, on, handed } = parseWorld();
    const first = forge.commit(before);
    const second = forge.commit({ [prod('jukebox')]: config('2') });
    forge.reset(first);
    await on(push(second, first));
    assert.deepEqual(short(handed), ['prod/jukebox: 1']);
  });

  it('says that a push took a model away only when the branch contains what was before: who signs chooses `before`', async () => {
    const { forge, on, handed } = parseWorld();
    const first = forge.commit(before);
    const aside = forge.commit({ [prod('foreign')]: config('9', 'foreign') });
    forge.reset(first);
    const second = forge.commit({ [prod('radio')]: null });
    await on(push(aside, second));
    await on(push(first, second));
    assert.deepEqual(
      promotionsOf(handed).map(({ model, serving, cause }) => [model, serving.length, cause]),
      [
        ['foreign', 0, 'reconcile'],
        ['radio', 0, 'reconcile'],
        ['radio', 0, 'push'],
      ],
    );
  });

  it('asks which commit contains which only when something is taken away, once', async () => {
    const { forge, on } = parseWorld();
    const asked = () => forge.calls.filter((call) => call.startsWith('contains')).length;
    const first = forge.commit(before);
    const second = forge.commit({ [prod('jukebox')]: config('2') });
    await on(push(first, second));
    assert.equal(asked(), 0);
    await on(
      push(second, forge.commit({ [prod('jukebox')]: null, [prod('radio')]: null, [prod('lamp')]: config('1') })),
    );
    assert.equal(asked(), 1);
  });

  it('reads no blob twice, nor again for the next head', async () => {
    const { forge, on } = parseWorld({ env: { ENVIRONMENTS: '*' } });
    const first = forge.commit({
      [prod('a')]: config('1'),
      [prod('b')]: config('1'),
      [prod('c')]: config('3', 'c'),
      [test('a')]: config('1'),
    });
    const second = forge.commit({ [prod('a')]: config('2') });
    await on(push(first, second));
    assert.deepEqual(forge.calls.filter((call) => call.startsWith('file ')).length, 3);
    forge.calls.length = 0;
    await on(push(first, second));
    assert.deepEqual(
      forge.calls.filter((call) => call.startsWith('file ')),
      [],
    );
  });
});

describe('parse: a ping', () => {
  it('sends pages of what is observed, and nothing else', async () => {
    const { forge, on, handed } = parseWorld({ env: { ENVIRONMENTS: 'prod,test,empty' } });
    const head = forge.commit({
      [prod('z')]: config('1', 'a'),
      [prod('b')]: config('1', 'a'),
      [prod('c')]: config('2', 'a'),
      [test('u')]: 'image: x\n',
      [prod('bad')]: 'version: [',
    });
    await on(ping());
    assert.deepEqual(
      observationsOf(handed).map(({ observedAt, ...rest }) => rest),
      [
        {
          environment: 'prod',
          complete: false,
          models: [
            {
              model: 'a',
              versions: [
                { version: '1', applications: ['b', 'z'], uri: 'oci://quay.io/user1/a:1' },
                { version: '2', applications: ['c'], uri: 'oci://quay.io/user1/a:2' },
              ],
            },
          ],
        },
        { environment: 'test', complete: true, models: [] },
        { environment: 'empty', complete: true, models: [] },
      ].map((one) => ({
        ...one,
        repository: 'https://git.example.test/acme/fleet',
        branch: 'main',
        head,
        page: { from: '', number: 1, of: 1 },
      })),
    );
    assert.equal(forge.calls.filter((call) => call.startsWith('pull')).length, 0);
  });

  it('pages a large environment', async () => {
    const { forge, on, handed } = parseWorld();
    forge.commit(
      Object.fromEntries(Array.from({ length: 600 }, (_, i) => [prod(`application-${i}`), config('1', `model-${i}`)])),
    );
    await on(ping());
    const pages = observationsOf(handed);
    assert.ok(pages.length > 1);
    assert.equal(new Set(pages.flatMap(({ models }) => models.map(({ model }) => model))).size, 600);
    assert.ok(handed.every((event) => Buffer.byteLength(JSON.stringify(event.data)) < 32_000));
  });
});

describe('parse: a drift', () => {
  it('reports the models named, promoted or withdrawn, as a reconcile', async () => {
    const { forge, on, handed } = parseWorld();
    const head = forge.commit(
      { [prod('jukebox')]: config('1'), [prod('radio')]: config('5', 'radio') },
      { author: 'bob' },
    );
    await on(drift(head, ['gone', 'radio']));
    assert.deepEqual(short(handed), ['prod/gone: -', 'prod/radio: 5']);
    const [, radio] = promotionsOf(handed);
    assert.deepEqual([radio?.cause, radio?.serving[0]?.promotedBy], ['reconcile', { login: 'bob' }]);
  });

  it('is refused unsigned, or with more models or other names than a registry has, before Git is asked', async () => {
    const key = 'k'.repeat(32);
    const { forge, on, handed } = parseWorld({ env: { EVENT_SIGNING_KEY: key } });
    const head = forge.commit({ [prod('jukebox')]: config('1') });
    const calls = forge.calls.length;
    const named = (count: number) => Array.from({ length: count }, (_, i) => `gone-${i}`);
    for (const [event, status] of [
      [drift(head, ['gone']), 401],
      [sign(drift(head, ['gone']), 'x'.repeat(32)), 401],
      [sign(drift(head, named(registryDrifted.maxModels + 1)), key), 422],
      [sign(drift(head, ['n'.repeat(256)]), key), 422],
      [sign(drift(head, ['a\nb']), key), 422],
    ] as const)
      await assert.rejects(on(event), (error: StopError) => error.status === status);
    assert.equal(forge.calls.length, calls);
    assert.deepEqual(handed, []);
    await on(sign(drift(head, ['gone']), key));
    assert.deepEqual(short(handed), ['prod/gone: -']);
    assert.ok(handed.every((event) => isSigned(event, key)));
  });

  it('has nothing to do with another repository or an environment that is not watched', async () => {
    for (const env of [{ ENVIRONMENTS: 'prod' }, { ENVIRONMENTS: '*' }]) {
      const { forge, on, handed } = parseWorld({ env });
      const head = forge.commit({ [prod('jukebox')]: config('1') });
      assert.equal(
        (await on(drift(head, ['jukebox'], { repository: 'https://git.example.test/acme/other' }))).outcome,
        'ignored',
      );
      assert.equal((await on(drift(head, ['jukebox'], { environment: 'test' }))).outcome, 'ignored');
      assert.deepEqual(handed, []);
    }
  });
});

describe('parse: handing on', () => {
  const ready = (options: Options = {}) => {
    const world = parseWorld(options);
    const before = world.forge.commit({
      [prod('a')]: config('1', 'a'),
      [prod('b')]: config('1', 'b'),
      [prod('c')]: config('1', 'c'),
    });
    const after = world.forge.commit({
      [prod('a')]: config('2', 'a'),
      [prod('b')]: config('2', 'b'),
      [prod('c')]: config('2', 'c'),
    });
    return { ...world, before, after };
  };

  it('tries all, says how many were not taken, and repeats with the same ids', async () => {
    const statuses = [202, 503, 400];
    const ids: string[] = [];
    const { on, before, after } = ready({
      deliver: async (event) => {
        ids.push(event.id);
        return { status: statuses.shift() ?? 202 };
      },
    });
    await assert.rejects(on(push(before, after)), (error: TryAgainError) => {
      assert.ok(error instanceof TryAgainError);
      assert.match(error.message, /^2 of 3 events .*1 × the broker answered 503; 1 × the broker answered 400$/);
      return true;
    });
    await on(push(before, after));
    assert.deepEqual(ids.slice(3), ids.slice(0, 3));
    assert.equal(new Set(ids).size, 3);
    await on(push(before, after, { id: 'another delivery' }));
    assert.equal(new Set(ids).size, 6);
  });

  it('is done when nobody can be reached only after all were tried', async () => {
    let tried = 0;
    const { on, before, after } = ready({
      deliver: async () => {
        tried += 1;
        throw new TryAgainError('POST broker: connection refused');
      },
    });
    await assert.rejects(on(push(before, after)), /3 of 3 events .*3 × POST broker: connection refused/);
    assert.equal(tried, 3);
  });

  it('gives the event back where there is no sink, several as a batch', async () => {
    const { forge, on, before, after } = ready({ deliver: null });
    const { batch, reply } = await on(push(before, after));
    assert.deepEqual(short(batch ?? []), ['prod/a: 2', 'prod/b: 2', 'prod/c: 2']);
    assert.equal(reply, undefined);
    const one = await on(push(after, forge.commit({ [prod('a')]: null })));
    assert.deepEqual(short([one.reply!]), ['prod/a: -']);
    assert.equal(one.batch, undefined);
    const head = await forge.head('main');
    const none = await on(push(head, head));
    assert.deepEqual([none.outcome, none.reply, none.batch], ['done', undefined, undefined]);
  });

  it('signs when there is a key', async () => {
    const key = 'k'.repeat(32);
    const { on, handed, before, after } = ready({ env: { EVENT_SIGNING_KEY: key } });
    await on(sign(push(before, after), key));
    await on(ping());
    assert.equal(handed.length, 4);
    assert.ok(handed.every((event) => isSigned(event, key)));
  });

  it('refuses a push that nobody signed before it asks Git, where there is a key: it would say who pushed', async () => {
    const key = 'k'.repeat(32);
    const { forge, on, handed, before, after } = ready({ env: { EVENT_SIGNING_KEY: key } });
    const calls = forge.calls.length;
    const signed = sign(push(before, after), key);
    const { data } = signed as CloudEvent<{ pusher: object }>;
    for (const event of [
      push(before, after),
      sign(push(before, after), 'x'.repeat(32)),
      signed.cloneWith({ data: { ...data, pusher: { login: 'mallory' } } }, false),
      signed.cloneWith({ data: { ...data, before: after } }, false),
      // Also where there would be nothing to do.
      push(before, after, { ref: 'refs/tags/v1' }),
      push(before, '0'.repeat(40)),
    ])
      await assert.rejects(on(event as CloudEvent<unknown>), (error: StopError) => error.status === 401);
    assert.equal(forge.calls.length, calls);
    assert.deepEqual(handed, []);
    await on(signed);
    assert.deepEqual(short(handed), ['prod/a: 2', 'prod/b: 2', 'prod/c: 2']);
  });

  it('reads again from the start when the head moved meanwhile', async () => {
    const { forge, on, handed, before, after } = ready({
      deliver: async () => {
        if (handed.length === 0) forge.commit({ [prod('a')]: config('3', 'a'), [prod('c')]: config('1', 'c') });
        return { status: 202 };
      },
    });
    await on(push(before, after));
    assert.deepEqual(short(handed.slice(3)), ['prod/a: 3', 'prod/b: 2']);
  });

  it('leaves a head that never rests to the next attempt', async () => {
    let version = 10;
    const { forge, on, before, after } = ready({
      deliver: async () => {
        forge.commit({ [prod('a')]: config(String(version++), 'a') });
        return { status: 202 };
      },
    });
    await assert.rejects(on(push(before, after)), TryAgainError);
    assert.ok(version < 30);
  });

  it('waits for nobody while it reads: a broker may come back before it answers', async () => {
    let asked = false;
    const { forge, on, handed, before, after } = ready({
      deliver: async () => {
        // A synchronous broker: the answer waits for what the event causes, here a drift for this very function.
        if (!asked) {
          asked = true;
          await on(drift(await forge.head('main'), ['a']));
        }
        return { status: 202 };
      },
    });
    await on(push(before, after));
    assert.equal(handed.length, 4);
  });

  it('reads one head at a time, each observed later than the one before', async () => {
    const forge = objectForge();
    let reading = 0;
    let most = 0;
    const { tree } = forge;
    forge.tree = async (commit) => {
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setImmediate(resolve));
      reading -= 1;
      return tree(commit);
    };
    forge.commit({ [prod('a')]: config('1', 'a') });
    const { on, handed } = parseWorld({
      forge,
      io: (io) => ({ ...io, clock: { ...io.clock, now: () => 1_790_000_000_000 } }),
    });
    forge.offset = 250.4;
    await Promise.all([on(ping()), on(ping()), on(ping())]);
    assert.equal(most, 1);
    const start = 1_790_000_000_250;
    // The second and the third waited for the same reading.
    assert.deepEqual(
      observationsOf(handed).map(({ observedAt }) => Date.parse(observedAt)),
      [start, start + 1],
    );
  });

  it('passes on that Git cannot be read, and withdraws nothing', async () => {
    const { forge, on, handed, before, after } = ready();
    forge.files = async () => {
      throw new TryAgainError('GET raw: status 500');
    };
    await assert.rejects(on(push(before, after)), TryAgainError);
    assert.deepEqual(handed, []);
  });
});
