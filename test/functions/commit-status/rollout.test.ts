import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as registryUpdated from '../../../events/registry-updated.ts';
import * as servingObserved from '../../../events/serving-observed.ts';
import type { Phase } from '../../../promotions/rollout/judge.ts';
import { at, createWorld, type SeenMore, type World } from './world.ts';

describe('commit-status and rollouts', () => {
  let world: World;
  let commit: string;
  beforeEach(async () => {
    world = await createWorld();
    commit = world.commits[0]!;
  });
  afterEach(() => world.close());

  const two = [{ version: '2', uri: 'oci://x/jukebox:2', pods: 1 }];
  const verified: SeenMore = { phase: 'verified', reason: undefined, serving: two };
  const failed: SeenMore = { phase: 'failed', reason: 'container kserve-container: CrashLoopBackOff: back-off 10s' };
  async function see(second: number, more?: SeenMore): Promise<void> {
    const { status, body } = await world.post(world.seen(second, more));
    assert.deepEqual([status, body.toString()], [202, '']);
  }
  /** All statuses of rollouts to prod, oldest first: state, and the text before the bracket. */
  async function told(of = commit): Promise<[string, string][]> {
    const all = (await world.history(of)).filter(({ context }) => context === 'rollout/prod');
    return all.map(({ state, description }) => [state, description.replace(/ \[.*$/s, '')]);
  }

  it('says that a version is being rolled out, then that it serves, in a context of its own', async () => {
    await world.post(world.promoted(1, { head: commit }));
    await see(2);
    await see(3, verified);
    assert.deepEqual(await told(), [
      ['pending', 'jukebox: 2 is being rolled out to prod; until then 1 serves. Reason: no new Pod is available yet'],
      ['success', 'jukebox: 2 serves in prod, as deployed in Git.'],
    ]);
    assert.equal((await world.shown(commit))['registry/prod']?.state, 'pending');
    const { description } = (await world.shown(commit))['rollout/prod']!;
    assert.ok(description.endsWith(` [success ${at(3)} jukebox]`), description);
  });

  it('says why a rollout failed, and what serves instead', async () => {
    await see(1);
    await see(2, failed);
    assert.deepEqual((await told()).at(-1), [
      'failure',
      'jukebox: the rollout of 2 to prod failed; 1 serves. Reason: container kserve-container: CrashLoopBackOff: back-off 10s',
    ]);
  });

  const sentences: [string, SeenMore, [string, string]][] = [
    [
      'drift',
      { phase: 'drifted' },
      ['warning', 'jukebox: Git deploys 2 in prod; 1 serves. Reason: no new Pod is available yet'],
    ],
    [
      'nobody knows',
      { phase: 'unknown' },
      ['warning', 'jukebox: it is unknown whether 2 serves in prod. Reason: no new Pod is available yet'],
    ],
    [
      'a removal',
      { target: undefined },
      ['pending', 'jukebox: it is being taken out of prod; until then 1 serves. Reason: no new Pod is available yet'],
    ],
    [
      'a removal that is done',
      { ...verified, serving: [], target: undefined },
      ['success', 'jukebox: nothing serves in prod, and Git deploys nothing.'],
    ],
    [
      'two at once',
      { serving: [...two, { uri: 's3://elsewhere', pods: 1 }], reason: undefined },
      ['pending', 'jukebox: 2 is being rolled out to prod; until then 2 and s3://elsewhere serve.'],
    ],
  ];
  for (const [what, more, expected] of sentences)
    it(`has a sentence for ${what}`, async () => {
      await see(1, more);
      assert.deepEqual(await told(), [expected]);
    });

  it('adds one status for each change of phase, and none for a reason that only counts seconds', async () => {
    await see(1);
    await see(2, { reason: '2 Pods of another version are left' });
    await see(3, failed);
    await see(4, { ...failed, reason: 'container kserve-container: CrashLoopBackOff: back-off 5m0s' });
    await see(5, verified);
    await see(1805, verified);
    assert.deepEqual(
      (await told()).map(([state]) => state),
      ['pending', 'failure', 'success'],
    );
  });

  it('ends on the newest observation, whatever order they come in and however often', async () => {
    const phases: Phase[] = ['verified', 'progressing', 'failed', 'drifted'];
    const deliveries = fc.array(fc.tuple(fc.nat(4), fc.constantFrom(...phases)), { minLength: 1, maxLength: 8 });
    let models = 0;
    await fc.assert(
      fc.asyncProperty(deliveries, fc.infiniteStream(fc.nat()), async (all, keys) => {
        const model = `m${++models}`;
        const seen = [...new Map(all.map(([second, phase]) => [second, phase]))];
        const order = [...seen, ...seen].map((one) => ({ one, key: keys.next().value as number }));
        for (const { one } of order.sort((a, b) => a.key - b.key)) await see(one[0], { model, phase: one[1] });
        const last = seen.reduce((a, b) => (a[0] < b[0] ? b : a))[1];
        const states = {
          verified: 'success',
          progressing: 'pending',
          failed: 'failure',
          drifted: 'warning',
          unknown: '',
        };
        const own = (await world.history(commit)).filter(({ description }) => description.endsWith(` ${model}]`));
        assert.match(own.at(-1)!.description, new RegExp(`\\[${states[last]} \\S+ ${model}\\]$`));
      }),
      { numRuns: 15 },
    );
  });

  it('says nothing of an observation that registry-writer does not count', async () => {
    const { data } = world.seen(2) as { data: registryUpdated.RegistryUpdate };
    const { rollout: _, ...update } = data;
    const reason = 'what serves in prod is observed by the cluster there';
    const event = registryUpdated.make(
      { ...update, outcome: 'ignored', reason },
      { cause: { source: 'x', id: 'y' }, time: at(2) },
    );
    assert.equal((await world.post(event)).status, 202);
    assert.deepEqual(await world.history(commit), []);
    assert.match(String(world.lines.at(-1)?.fields.reason), /does not count: .+ the cluster there/);
  });

  it('says it of a model that is not registered, of which no cluster is known', async () => {
    await see(1, { outcome: 'ignored' });
    assert.deepEqual(
      (await told()).map(([state]) => state),
      ['pending'],
    );
    assert.equal((await world.shown(commit))['registry/prod'], undefined);
  });

  it('says nothing about a lost observation: the next one says what is true', async () => {
    const event = world.seen(2);
    const { id, source, subject } = event;
    const { type } = servingObserved;
    await world.post(world.lost(event, { event: { id, type, source, subject: subject! }, commits: [commit] }));
    assert.deepEqual(await world.history(commit), []);
  });
});
