import assert from 'node:assert/strict';
import type { Change } from '../../cli/history/fleet-history.ts';
import { type ContextStatus, missingStatuses } from '../../promotions/commit-status.ts';
import type { Phase } from '../../promotions/rollout/judge.ts';
import { rolloutEntry } from '../../promotions/rollout-status.ts';
import { type CliWorld, config, createCliWorld, pathOf } from './world.ts';

describe('post-deployment history', () => {
  let world: CliWorld;
  let time: number;
  const day = (n: number) => `2026-10-${String(n).padStart(2, '0')}`;
  /** Everything from now on happens at noon of that day. */
  const on = (n: number) => {
    time = Date.parse(`${day(n)}T12:00:00Z`);
  };

  beforeEach(async () => {
    on(1);
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.0.0') }, { clock: () => new Date(time) });
  });
  afterEach(() => world.close());

  function pull(version: string, style: 'merge' | 'squash' | 'rebase', wrong?: string): number {
    const branch = `promote-${version}`;
    world.repository.createBranch(branch);
    if (wrong)
      world.repository.commit({ branch, files: { [pathOf('jukebox')]: config('jukebox', wrong) }, message: 'Wrong' });
    world.repository.commit({ branch, files: { [pathOf('jukebox')]: config('jukebox', version) }, message: 'Right' });
    const { number } = world.repository.openPullRequest({ title: `Promote ${version}`, head: branch });
    world.repository.mergePullRequest(number, { style });
    return number;
  }

  const periods = async (...args: string[]) => {
    const { json, stderr } = await world.run(['history', 'jukebox', '--json', ...args]);
    assert.ok(json.environments, stderr);
    const found: {
      from: string;
      to?: string;
      by?: string;
      pullRequest?: { number: number };
      versions: { version: string }[];
    }[] = json.environments[0].periods;
    return found.map(({ from, to, versions, pullRequest, by }) =>
      [
        from.slice(0, 10),
        to?.slice(0, 10) ?? 'now',
        versions.map(({ version }) => version).join(',') || 'nothing',
        pullRequest?.number ?? '-',
        by,
      ].join(' '),
    );
  };

  it('shows each period with person and pull request, for every merge style, newest first', async () => {
    on(3);
    pull('1.1.0', 'merge', 'typo');
    on(5);
    pull('1.2.0', 'squash', 'typo');
    on(7);
    world.repository.commit({ files: { [pathOf('jukebox')]: config('jukebox', '1.3.0') }, message: 'By hand' });
    on(8);
    world.repository.commit({ files: { 'README.md': 'Other\n' }, message: 'Nothing of it' });
    on(9);
    world.repository.deleteFiles([pathOf('jukebox')]);
    on(11);
    world.repository.commit({ files: { [pathOf('jukebox')]: config('jukebox', '1.2.0') }, message: 'Again' });
    assert.deepEqual(await periods(), [
      `${day(11)} now 1.2.0 - ada`,
      `${day(9)} ${day(11)} nothing - ada`,
      `${day(7)} ${day(9)} 1.3.0 - ada`,
      `${day(5)} ${day(7)} 1.2.0 2 ada`,
      `${day(3)} ${day(5)} 1.1.0 1 ada`,
      `${day(1)} ${day(3)} 1.0.0 - ada`,
    ]);
    const text = await world.run(['history', 'jukebox']);
    assert.match(text.stdout, /2026-10-05 12:00 UTC +2026-10-07 12:00 UTC +1\.2\.0 +#2 +ada/);
    assert.match(text.stdout, /2026-10-11 12:00 UTC +now +1\.2\.0 +- +ada/);
  });

  it('shows what was deployed at a moment, and at the end of a day', async () => {
    on(3);
    pull('1.1.0', 'merge', 'typo');
    const at = async (when: string) => (await world.run(['history', 'jukebox', '--at', when])).stdout;
    assert.match(
      await at(day(2)),
      /at 2026-10-02T23:59:59\.999Z: 1\.0\.0 \(jukebox\)\n +from 2026-10-01T12:00:00Z to 2026-10-03T12:00:00Z/,
    );
    assert.match(await at(day(3)), /: 1\.1\.0 \(jukebox\)\n.+and still\n.+pull request #1 Promote 1\.1\.0 \(http/);
    assert.match(await at('2026-10-03 11:59 UTC'), /: 1\.0\.0/);
    assert.match(await at('2026-10-03T14:00:00+02:00'), /: 1\.1\.0/);
    assert.match(await at('2026-09-30'), /nothing: it was not deployed yet/);
    assert.deepEqual(await periods('--at', day(2)), [`${day(1)} ${day(3)} 1.0.0 - ada`]);
    const wrong = await world.run(['history', 'jukebox', '--at', 'yesterday']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /Expected a time such as 2026-11-02T09:30:00Z/);
  });

  it('follows a model from folder to folder, and through files of another name', async () => {
    on(2);
    world.repository.renameFolder('model-deployments/prod/jukebox', 'model-deployments/prod/music');
    on(4);
    world.repository.commit({ files: { [pathOf('music')]: config('jukebox', '2.0.0') }, message: 'Promote' });
    on(6);
    world.repository.renameFolder('model-deployments/prod/music', 'model-deployments/prod/songs');
    assert.deepEqual(
      (await periods()).map((line: string) => line.split(' ').slice(0, 3).join(' ')),
      [`${day(6)} now 2.0.0`, `${day(4)} ${day(6)} 2.0.0`, `${day(2)} ${day(4)} 1.0.0`, `${day(1)} ${day(2)} 1.0.0`],
    );
  });

  it('finds a withdrawn model by its folder, or by the path that is given', async () => {
    on(2);
    world.repository.commit({ files: { [pathOf('radio')]: config('jingle', '5') }, message: 'Radio' });
    on(4);
    world.repository.deleteFiles([pathOf('radio')]);
    const lost = await world.run(['history', 'jingle']);
    assert.equal(lost.code, 1);
    assert.match(lost.stderr, /no deployment of jingle in prod[\s\S]+--path/);
    const { stdout, code } = await world.run(['history', 'jingle', '--path', pathOf('radio')]);
    assert.equal(code, 0);
    assert.match(stdout, /2026-10-04 12:00 UTC +now +nothing[\s\S]+2026-10-02 12:00 UTC +2026-10-04 12:00 UTC +5/);
  });

  describe('--serving', () => {
    const statuses = new Map<string, ContextStatus[]>();
    /** As commit-status tells it. */
    async function observe(
      commit: string,
      model: string,
      hour: number,
      phase: Phase,
      version: string,
      served = version,
    ) {
      const entry = rolloutEntry({
        environment: 'prod',
        model,
        observedAt: `${day(3)}T${hour}:00:00.000Z`,
        phase,
        ...(phase === 'failed' && { reason: 'container main: ImagePullBackOff' }),
        serving: [{ version: served, uri: 'x' }],
        target: { version },
      });
      const known = statuses.get(commit) ?? [];
      for (const status of missingStatuses(known, entry)) {
        known.push(status);
        const answer = await fetch(`${world.gitea.url}/api/v1/repos/ada/mlops-gitops/statuses/${commit}`, {
          method: 'POST',
          headers: { authorization: `token ${world.gitea.token('ada')}`, 'content-type': 'application/json' },
          body: JSON.stringify({ ...status, context: 'rollout/prod' }),
        });
        assert.equal(answer.status, 201);
      }
      statuses.set(commit, known);
    }

    it('shows what served when, newest first, also where another model of the commit had trouble', async () => {
      const first = world.repository.head()!;
      await observe(first, 'jukebox', 10, 'verified', '1.0.0');
      on(3);
      pull('1.1.0', 'merge');
      const merge = world.repository.head()!;
      await observe(merge, 'jukebox', 13, 'progressing', '1.1.0', '1.0.0');
      await observe(merge, 'karaoke', 14, 'failed', '9', '8');
      await observe(merge, 'jukebox', 15, 'failed', '1.1.0', '1.0.0');
      await observe(merge, 'jukebox', 16, 'verified', '1.1.0');
      const { stdout, code } = await world.run(['history', 'jukebox', '--serving']);
      assert.equal(code, 0, stdout);
      const [, shown = ''] = stdout.split('Observed in the cluster\n');
      assert.deepEqual(
        shown
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.trim().split(/ {2,}/)),
        [
          ['2026-10-03 16:00 UTC', 'success', merge.slice(0, 10), 'jukebox: 1.1.0 serves in prod, as deployed in Git.'],
          [
            '2026-10-03 15:00 UTC',
            'failure',
            merge.slice(0, 10),
            'jukebox: the rollout of 1.1.0 to prod failed; 1.0.0 serves. Reason: container main: ImagePullBackOff',
          ],
          [
            '2026-10-03 13:00 UTC',
            'pending',
            merge.slice(0, 10),
            'jukebox: 1.1.0 is being rolled out to prod; until then 1.0.0 serves.',
          ],
          ['2026-10-03 10:00 UTC', 'success', first.slice(0, 10), 'jukebox: 1.0.0 serves in prod, as deployed in Git.'],
        ],
      );
      const { json } = await world.run(['history', 'jukebox', '--serving', '--json', '--at', '2026-10-03T15:30:00Z']);
      assert.deepEqual(
        json.environments[0].serving.map(({ at, state }: { at: string; state: string }) => [at, state]),
        [[`${day(3)}T15:00:00.000Z`, 'failure']],
      );
    });

    it('says when nothing was observed, and wants a model', async () => {
      assert.match(
        (await world.run(['history', 'jukebox', '--serving'])).stdout,
        /nothing, as far as the commit statuses/,
      );
      assert.doesNotMatch((await world.run(['history', 'jukebox'])).stdout, /Observed/);
      const wrong = await world.run(['history', '--serving']);
      assert.deepEqual([wrong.code, /expected a model/.test(wrong.stderr)], [2, true]);
    });
  });

  it('goes back as far as --limit, and says that there is more', async () => {
    for (let n = 2; n < 9; n++) {
      on(n);
      world.repository.commit({ files: { [pathOf('jukebox')]: config('jukebox', `1.${n}`) }, message: 'Promote' });
    }
    assert.equal((await periods('--limit', '3')).length, 3);
    assert.match((await world.run(['history', 'jukebox', '--limit', '3'])).stdout, /older ones with --limit/);
    assert.match(
      (await world.run(['history', 'jukebox', '--limit', '3', '--at', day(2)])).stdout,
      /before what was read: use --limit/,
    );
    assert.equal((await periods('--limit', '8')).length, 8);
  });

  it('compares with the deployment records of the registry, and says where the two disagree', async () => {
    on(3);
    pull('1.1.0', 'merge');
    const record = (more: Record<string, string>) => ({
      'prod.application': 'jukebox',
      'prod.commit': 'c'.repeat(40),
      ...more,
    });
    world.registry.addModel({
      name: 'jukebox',
      versions: [
        {
          name: '1.0.0',
          properties: record({
            'prod.promotedAt': '2026-10-01T12:00:00Z',
            'prod.retiredAt': '2026-10-03T12:00:05.000Z',
            'prod.replacedBy': '1.1.0',
          }),
        },
        {
          name: '1.1.0',
          labels: ['prod'],
          properties: record({
            'prod.promotedAt': '2026-10-03T12:00:00Z',
            'prod.promotedBy': 'ada',
            'prod.pullRequest': `${world.gitea.url}/ada/mlops-gitops/pulls/1`,
          }),
        },
      ],
    });
    const same = await world.run(['history', 'jukebox']);
    assert.equal(same.code, 0);
    assert.doesNotMatch(same.stdout, /disagree/);
    assert.match(same.stdout, /labelled, since 2026-10-03 12:00 UTC/);

    on(5);
    world.repository.commit({ files: { [pathOf('jukebox')]: config('jukebox', '1.0.0') }, message: 'Back' });
    const { code, stdout } = await world.run(['history', 'jukebox']);
    assert.equal(code, 3);
    assert.match(stdout, /Git deploys 1\.0\.0 now; the registry does not label it\./);
    assert.match(stdout, /The registry labels 1\.1\.0; Git deployed it until 2026-10-05T12:00:00Z\./);
  });

  it('shows all models at once, newest first, as far as --limit; and what was deployed at a moment', async () => {
    world.env.ENVIRONMENTS = 'prod,test';
    on(3);
    world.repository.commit({ files: { [pathOf('karaoke', 'test')]: config('karaoke', '0.1.0') }, message: 'New' });
    on(5);
    const number = pull('1.1.0', 'squash', 'typo');
    on(6);
    world.repository.commit({ files: { 'model-deployments/prod/x.txt': 'Nothing of a model' }, message: 'Other' });
    on(7);
    world.repository.commit({
      files: { [pathOf('jukebox')]: null, [pathOf('karaoke')]: config('karaoke', '0.2.0') },
      message: 'Swap',
    });
    const changes = async (...args: string[]) => {
      const { json, stderr } = await world.run(['history', '--json', ...args]);
      assert.ok(json.changes, stderr);
      const all: Change[] = json.changes;
      const lines = all.map(({ from, environment, model, versions, before, pullRequest }) =>
        [from.slice(0, 10), environment, model, before.join() || '-', versions.join() || '-', pullRequest?.number].join(
          ' ',
        ),
      );
      return [...lines, ...(json.more ? ['more'] : [])];
    };
    const all = [
      `${day(7)} prod jukebox 1.1.0 - `,
      `${day(7)} prod karaoke - 0.2.0 `,
      `${day(5)} prod jukebox 1.0.0 1.1.0 ${number}`,
      `${day(3)} test karaoke - 0.1.0 `,
      `${day(1)} prod jukebox - 1.0.0 `,
    ];
    assert.deepEqual(await changes(), all);
    assert.deepEqual(await changes('-e', 'test'), [all[3]]);
    const before = world.gitea.accessLog.length;
    assert.deepEqual(await changes('--limit', '3'), [...all.slice(0, 3), 'more']);
    const calls = world.gitea.accessLog.length - before;
    assert.ok(calls <= 8 + 4 * 4, `${calls} calls`);

    const at = async (time: string, ...args: string[]) => (await world.run(['history', '--at', time, ...args])).stdout;
    assert.match(await at(day(6)), /prod +jukebox +1\.1\.0\ntest +karaoke +0\.1\.0\n/);
    assert.match(await at(day(2)), /prod +jukebox +1\.0\.0\ntest +nothing\n/);
    assert.match(await at('2026-09-01'), /prod +nothing\ntest +nothing\n/);
    const tooOld = await world.run(['history', '--at', day(1), '--limit', '1']);
    assert.equal(tooOld.code, 1);
    assert.match(tooOld.stderr, /before what was read \(1 commit\)\.\n→ Go back further with --limit/);
    assert.equal((await world.run(['history', '--path', 'a'])).code, 2);
  });
});
