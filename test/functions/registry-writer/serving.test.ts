import assert from 'node:assert/strict';
import * as servingObserved from '../../../events/serving-observed.ts';
import { sign } from '../../../events/signature.ts';
import { commit, createWorld, repository, serving, type World } from './world.ts';

describe('registry-writer and what serves', () => {
  let world: World;
  afterEach(() => world.close());

  /** The model jukebox, of which Git deploys version 2 and version 1 was deployed before. */
  const given = async (...options: Parameters<typeof createWorld>) => {
    world = await createWorld(...options);
    world.registry.addModel({
      name: 'jukebox',
      versions: [{ name: '1', labels: ['test'] }, { name: '2' }, { name: '3' }],
    });
    await world.send(world.promotion([serving('1')]));
    await world.send(
      world.promotion([serving('2', { commit: commit('d') })], { observedAt: world.at(1), head: commit('b') }),
    );
  };
  let causes = 0;
  const event = (more: Partial<servingObserved.ServingObservation> = {}) => {
    const id = `cause-${++causes}`;
    return servingObserved.make(
      {
        environment: 'prod',
        model: 'jukebox',
        cluster: 'here',
        namespace: 'user1-prod',
        workload: { kind: 'InferenceService', name: 'jukebox' },
        observedAt: world.at(2),
        phase: 'progressing',
        reason: 'no new Pod is available yet',
        serving: [{ version: '1', uri: 'oci://x/jukebox:1', pods: 1 }],
        target: { version: '2', uri: 'oci://x/jukebox:2' },
        repository,
        head: commit('b'),
        cause: { id, type: 'dev.mlops.model.promoted.v1' },
        ...more,
      },
      { cause: { source: repository, id }, time: new Date().toISOString() },
    );
  };
  const see = async (more?: Partial<servingObserved.ServingObservation>) => {
    const answer = await world.post(event(more));
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal(answer.headers['ce-type'], 'dev.mlops.registry.updated.v1');
    return JSON.parse(answer.body.toString());
  };
  const verified: Partial<servingObserved.ServingObservation> = {
    phase: 'verified',
    reason: undefined,
    serving: [{ version: '2', uri: 'oci://x/jukebox:2', pods: 1 }],
  };
  /** Only what says what serves. */
  const shown = (version?: string) =>
    Object.fromEntries(
      Object.entries(world.properties('jukebox', version)).filter(([key]) =>
        /\.(serving|servingSince|servedUntil|weight|rollout|cluster|seenAt)$/.test(key),
      ),
    );

  it('labels what serves while a rollout goes on, and moves the label when it is done, beside what Git deploys', async () => {
    await given();
    const before = [world.properties('jukebox', '1'), world.properties('jukebox', '2')];

    const update = await see();

    assert.equal(update.outcome, 'changed');
    assert.deepEqual(shown('1'), { 'prod.serving': '', 'prod.servingSince': world.at(2) });
    assert.deepEqual(shown('2'), { 'prod.rollout': 'progressing' });
    assert.deepEqual(shown(), { 'prod.cluster': 'here', 'prod.seenAt': world.at(2) });
    assert.deepEqual(
      update.changes.map(({ on, name }: { on: string; name: string }) => `${on} ${name}`),
      ['model jukebox', 'version 1', 'version 2'],
    );

    await see({ ...verified, observedAt: world.at(3) });

    assert.deepEqual(shown('1'), { 'prod.servingSince': world.at(2), 'prod.servedUntil': world.at(3) });
    assert.deepEqual(shown('2'), { 'prod.serving': '', 'prod.servingSince': world.at(3) });
    const ours = [...Object.keys(shown('1')), ...Object.keys(shown('2'))];
    const rest = (version: string) =>
      Object.fromEntries(Object.entries(world.properties('jukebox', version)).filter(([key]) => !ours.includes(key)));
    assert.deepEqual([rest('1'), rest('2')], before);
  });

  it('counts what does not serve an hour after its merge, at each observation, until it serves', async () => {
    await given();
    const counted = () => world.metrics('rollouts_overdue_total{');
    /** Version 3 is deployed by another commit, merged so long ago. */
    const merged = (minutes: number, digit: string, ms: number) => {
      const promotedAt = new Date(Date.now() - minutes * 60_000).toISOString();
      return world.send(
        world.promotion([serving('3', { commit: commit(digit), promotedAt })], { observedAt: world.at(ms) }),
      );
    };
    const target = { version: '3' };
    await merged(59, 'e', 10);
    await see({ phase: 'failed', target, observedAt: world.at(20) });
    assert.deepEqual(counted(), []);

    await world.send(world.promotion([serving('2')], { observedAt: world.at(30) }));
    await merged(61, 'f', 40);
    for (const phase of ['failed', 'failed', 'drifted'] as const)
      await see({ phase, target, observedAt: world.at(50) });
    await see({ ...verified, target, observedAt: world.at(60) });
    // Of what Git deploys alone.
    await see({ phase: 'progressing', target: undefined, observedAt: world.at(60) });
    await see({ phase: 'progressing', target: { version: '2' }, observedAt: world.at(60) });
    // One that is older than what is known says nothing.
    await see({ phase: 'failed', target, observedAt: world.at(50) });
    assert.deepEqual(counted(), [
      'rollouts_overdue_total{environment="prod",phase="failed"} 2',
      'rollouts_overdue_total{environment="prod",phase="drifted"} 1',
    ]);
  });

  it('says why a rollout failed, and takes that away when Git deploys another version', async () => {
    await given();
    await see({ phase: 'failed', reason: 'container kserve-container: ImagePullBackOff' });
    assert.equal(shown('2')['prod.rollout'], 'failed: container kserve-container: ImagePullBackOff');
    await world.send(world.promotion([serving('1')], { observedAt: world.at(3), head: commit('c') }));
    assert.equal(shown('2')['prod.rollout'], 'failed: container kserve-container: ImagePullBackOff');
    await see({
      ...verified,
      serving: [{ version: '1', uri: 'x', pods: 1 }],
      target: { version: '1' },
      observedAt: world.at(4),
    });
    assert.deepEqual(shown('2'), {});
    assert.deepEqual(shown('1'), { 'prod.serving': '', 'prod.servingSince': world.at(2) });
  });

  it('sends one PATCH for each version that changes, and none while nothing does', async () => {
    await given();
    assert.equal((await world.count(() => see())).writes, 3);
    const again = await world.count(async () => {
      assert.equal((await see({ observedAt: world.at(5), reason: 'still no new Pod' })).outcome, 'unchanged');
    });
    assert.deepEqual([again.writes, again.reads], [0, 2]);
    assert.equal((await world.count(() => see({ ...verified, observedAt: world.at(6) }))).writes, 3);
  });

  it('never lets an older observation replace a newer one, not even one that changed nothing', async () => {
    await given();
    await see({ observedAt: world.at(2) });
    await see({ observedAt: world.at(8) });
    const update = await see({ ...verified, observedAt: world.at(5) });
    assert.equal(update.outcome, 'ignored');
    assert.match(update.reason, /^older than what is known/);
    assert.deepEqual(shown('2'), { 'prod.rollout': 'progressing' });
    const [warning] = world.lines.filter(({ message }) => message === 'observation ignored');
    assert.equal(warning?.fields.model, 'jukebox');
  });

  it('refuses what another cluster says, and says what to do if the first one is gone', async () => {
    await given();
    await see();
    const update = await see({ ...verified, cluster: 'there', observedAt: world.at(3) });
    assert.equal(update.outcome, 'ignored');
    assert.match(update.reason, /observed by the cluster here; .* remove prod\.cluster from the model/);
    // So the commit is told nothing of it either.
    assert.equal(update.rollout, undefined);
    assert.deepEqual(shown('1'), { 'prod.serving': '', 'prod.servingSince': world.at(2) });
    await world.edit('jukebox', undefined, (properties) => delete properties['prod.cluster']);
    await see({ ...verified, cluster: 'there', observedAt: world.at(3) });
    assert.equal(shown()['prod.cluster'], 'there');
  });

  it('names what serves and cannot be labelled, and labels nothing for it', async () => {
    await given();
    const update = await see({
      serving: [
        { version: '9', uri: 'oci://x/jukebox:9', pods: 1 },
        { uri: 's3://somewhere/else', pods: 1 },
      ],
    });
    assert.equal(
      update.reason,
      '9 serves and is not registered; s3://somewhere/else serves, which is no artifact that Git could deploy here',
    );
    assert.deepEqual(
      ['1', '2', '3'].flatMap((version) => Object.keys(shown(version))),
      ['prod.rollout'],
    );
  });

  it('gives each version its share while several serve', async () => {
    await given();
    const canary = [
      { version: '1', uri: 'x', pods: 3, weight: 90 },
      { version: '2', uri: 'y', pods: 1, weight: 10 },
    ];
    await see({ serving: canary });
    assert.deepEqual([shown('1')['prod.weight'], shown('2')['prod.weight']], ['90', '10']);
    await see({ ...verified, observedAt: world.at(3) });
    assert.deepEqual([shown('1')['prod.weight'], shown('2')['prod.weight']], [undefined, undefined]);
  });

  it('answers with the commits of the observation, else with those of the record and what was observed', async () => {
    await given();
    const known = await see({ commits: [commit('e')] });
    assert.deepEqual([known.commits, known.rollout.phase], [[commit('e')], 'progressing']);
    assert.equal(known.observedAt, world.at(2));
    const found = await see({ ...verified, observedAt: world.at(3) });
    assert.deepEqual(found.commits, [commit('d')]);
    assert.deepEqual(found.rollout, {
      phase: 'verified',
      serving: verified.serving,
      target: { version: '2', uri: 'oci://x/jukebox:2' },
    });
  });

  it('says of a model that is not registered that it is left alone', async () => {
    await given();
    const update = await see({ model: 'karaoke' });
    assert.deepEqual([update.outcome, update.reason], ['ignored', 'no registered model has the name karaoke']);
    assert.equal(update.rollout.phase, 'progressing');
  });

  it('is no drift: a reconcile finds nothing to do', async () => {
    await given();
    await see();
    const models = [{ model: 'jukebox', versions: [{ version: '2', applications: ['jukebox'] }] }];
    const answer = await world.observe({ observedAt: world.at(9), head: commit('b'), models });
    assert.equal(answer.status, 202, answer.body.toString());
  });

  it('repairs what another writer undid in between, in the same event', async () => {
    await given();
    await see();
    let undone = false;
    world.beforeCall = async ({ method, url }) => {
      if (undone || method !== 'GET' || !url.includes('/versions') || shown('2')['prod.serving'] === undefined) return;
      undone = true;
      await world.edit('jukebox', '2', (properties) => delete properties['prod.serving']);
    };
    await see({ ...verified, observedAt: world.at(3) });
    assert.ok(undone);
    assert.equal(shown('2')['prod.serving'], '');
    assert.equal(shown('1')['prod.serving'], undefined);
  });

  it('refuses an observation that is not signed, or too old, where it can tell', async () => {
    const key = 'a-signing-key-of-the-tests';
    await given({}, { EVENT_SIGNING_KEY: key });
    assert.equal((await world.post(event())).status, 401);
    assert.equal((await world.post(sign(event({ observedAt: world.at(-7_200_000) }), key))).status, 422);
    assert.equal((await world.post(sign(event(), key))).status, 200);
  });
});
