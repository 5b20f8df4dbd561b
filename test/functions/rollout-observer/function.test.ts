import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import fc from 'fast-check';
import { limits } from '../../../config/limits.ts';
import * as servingObserved from '../../../events/serving-observed.ts';
import { isSigned, sign } from '../../../events/signature.ts';
import { uriOf } from '../../../stand-ins/kubernetes/model-cluster.ts';
import { seed } from '../../seed.ts';
import { createWorld, head, namespace, repository, type World } from './world.ts';

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const longAgo = { promotedAt: minutesAgo(60) };

describe('rollout-observer', () => {
  let world: World;
  const open = async (...given: Parameters<typeof createWorld>) => {
    world = await createWorld(...given);
    return world;
  };
  afterEach(() => world.close());

  const phases = () => world.told().map(({ phase }) => phase);
  const kinds = () => world.kubernetes.calls.map(({ plural, isWatch }) => `${isWatch ? 'watch' : 'list'} ${plural}`);
  const watching = () => world.until(() => world.kubernetes.watches() === 3);

  /** Version 1 serves, 2 was promoted and cannot start, and that was told. */
  async function failing() {
    await open();
    const cluster = world.cluster();
    cluster.serves('1');
    cluster.model.broken.add('2');
    const answer = world.post(world.promoted('2'));
    await watching();
    cluster.model.git = '2';
    cluster.settle(3);
    const failed = await world.tellsUntil('failed');
    return { cluster, answer, failed };
  }

  describe('on a promotion', () => {
    it('tells what serves, holds the event, and tells each change of phase until the new version alone serves', async () => {
      await open();
      const cluster = world.cluster();
      cluster.serves('1');
      const event = world.promoted('2');
      const answer = world.post(event);
      await world.tellsUntil('progressing');
      assert.deepEqual(world.told()[0]!.serving, [{ version: '1', uri: uriOf('1'), pods: 1 }]);
      assert.deepEqual(world.told()[0]!.target, { version: '2', uri: uriOf('2') });
      cluster.model.git = '2';
      cluster.settle();
      const { observedAt, ...said } = await world.tellsUntil('verified');
      assert.deepEqual(said, {
        environment: 'prod',
        model: 'jukebox',
        cluster: world.kubernetes.url,
        namespace,
        workload: { kind: 'InferenceService', name: 'jukebox', uid: said.workload.uid, generation: 1 },
        phase: 'verified',
        serving: [{ version: '2', uri: uriOf('2'), pods: 1 }],
        target: { version: '2', uri: uriOf('2') },
        repository,
        head,
        commits: [head],
        cause: { id: event.id, type: event.type },
      });
      const times = world.told().map((one) => one.observedAt);
      assert.deepEqual(times, [...new Set(times)].sort());
      assert.equal(times.at(-1), observedAt);
      const { status, body } = await answer;
      assert.deepEqual([status, body.length], [202, 0]);
      await world.until(() => world.kubernetes.watches() === 0);
      assert.deepEqual(world.metrics('rollouts_watched'), ['rollouts_watched 0']);
    });

    it('reads once and watches nothing when the version serves already', async () => {
      await open();
      world.cluster().serves('2');
      assert.equal((await world.post(world.promoted('2'))).status, 202);
      assert.deepEqual(phases(), ['verified']);
      assert.deepEqual(kinds(), ['list inferenceservices', 'list deployments', 'list replicasets', 'list pods']);
    });

    it('asks four lists and three watches while nothing changes, and gives up after nine minutes', async () => {
      await open();
      world.cluster().serves('1');
      const answer = world.post(world.promoted('2'));
      await watching();
      await world.clock.asleep((ms) => ms === limits.rolloutHold);
      world.clock.turn(limits.rolloutHold);
      assert.equal((await answer).status, 202);
      assert.equal(world.kubernetes.calls.length, 4 + 3);
      assert.deepEqual(phases(), ['progressing']);
      assert.match(String(world.lines.find(({ message }) => message === 'event')?.fields.reason), /next reconcile/);
      await world.until(() => world.kubernetes.watches() === 0);
    });

    it('tells a failure once, with its reason and what still serves, and goes on until Kubernetes gives up', async () => {
      const { cluster, answer, failed } = await failing();
      assert.match(failed.reason!, /ImagePullBackOff/);
      assert.deepEqual(failed.serving, [{ version: '1', uri: uriOf('1'), pods: 1 }]);
      cluster.settle(60);
      assert.equal((await answer).status, 202);
      assert.equal(phases().filter((phase) => phase === 'failed').length, 1);
    });

    it('tells that a failure was mended', async () => {
      const { cluster, answer } = await failing();
      cluster.model.broken.clear();
      cluster.settle(10);
      await world.tellsUntil('verified');
      assert.equal((await answer).status, 202);
      assert.deepEqual(phases().slice(phases().indexOf('failed')), ['failed', 'verified']);
    });

    it('ends the watch for an older promotion of the model when a newer one comes, and takes none that is older', async () => {
      await open();
      const cluster = world.cluster();
      cluster.serves('1');
      const older = world.post(world.promoted('2', { observedAt: minutesAgo(2) }));
      await watching();
      const newer = world.post(world.promoted('3', { observedAt: minutesAgo(1) }));
      assert.equal((await older).status, 202);
      assert.equal((await world.post(world.promoted('2', { observedAt: minutesAgo(2) }))).status, 202);
      cluster.model.git = '3';
      cluster.settle();
      assert.equal((await newer).status, 202);
      assert.equal(world.told().at(-1)!.target?.version, '3');
      assert.equal(world.told().at(-1)!.phase, 'verified');
    });

    it('watches many rollouts with one watch per kind', async () => {
      await open();
      const clusters = ['a', 'b', 'c'].map((name) => world.cluster(name));
      for (const cluster of clusters) cluster.serves('1');
      const before = world.kubernetes.calls.length;
      const answers = ['a', 'b', 'c'].map((model) => world.post(world.promoted('2', { model })));
      await world.until(() => world.told().length === 3 && world.kubernetes.watches() === 3);
      assert.equal(world.kubernetes.calls.length - before, 3 * 4 + 3);
      assert.deepEqual(world.metrics('rollouts_watched'), ['rollouts_watched 3']);
      for (const cluster of clusters) {
        cluster.model.git = '2';
        cluster.settle(10);
      }
      for (const answer of answers) assert.equal((await answer).status, 202);
      assert.equal(phases().filter((phase) => phase === 'verified').length, 3);
      assert.equal(kinds().filter((kind) => kind.startsWith('watch')).length, 3);
    });

    it('says of a withdrawal when nothing is left', async () => {
      await open();
      const cluster = world.cluster();
      cluster.serves('1');
      const answer = world.post(world.withdrawn());
      const first = await world.tellsUntil('progressing');
      assert.deepEqual([first.target, first.serving[0]!.version], [undefined, '1']);
      await watching();
      cluster.model.git = undefined;
      cluster.settle(10);
      const last = await world.tellsUntil('verified');
      assert.deepEqual([last.serving, last.target, last.commits], [[], undefined, [head]]);
      assert.equal((await answer).status, 202);
    });

    it('sees the end of the rollout although its watches end, are cut off and expire', async () => {
      await open();
      const cluster = world.cluster();
      cluster.serves('1');
      const answer = world.post(world.promoted('2'));
      for (const disturb of [
        () => world.kubernetes.endWatches(),
        () => world.kubernetes.endWatches('cut'),
        () => {
          world.kubernetes.store.compact();
          world.kubernetes.endWatches();
        },
      ]) {
        await watching();
        disturb();
        cluster.step('applyByArgoCd');
      }
      cluster.model.git = '2';
      cluster.settle();
      await world.tellsUntil('verified');
      assert.equal((await answer).status, 202);
    });

    it('gives the event back when the process ends, and begins anew when it comes again', async () => {
      await open();
      const cluster = world.cluster();
      cluster.serves('1');
      const event = world.promoted('2');
      const answer = world.post(event);
      await watching();
      await world.restart();
      const { status, body } = await answer;
      assert.equal(status, 503);
      assert.match(body.toString(), /the process ends/);
      cluster.model.git = '2';
      cluster.settle();
      assert.equal((await world.post(event)).status, 202);
      assert.equal(phases().at(-1), 'verified');
    });

    it('says where to look when the cluster does not let it read, at once or while it watches, and tells nothing untrue', async () => {
      await open();
      const cluster = world.cluster();
      cluster.serves('1');
      world.kubernetes.fault = () => ({ status: 403, message: 'pods is forbidden' });
      const refused = await world.post(world.promoted('2'));
      assert.equal(refused.status, 503);
      assert.match(refused.body.toString(), /pods is forbidden.*RoleBinding/);
      assert.deepEqual(world.told(), []);
      world.kubernetes.fault = undefined;
      const answer = world.post(world.promoted('2'));
      await watching();
      world.kubernetes.fault = () => ({ status: 401, message: 'Unauthorized' });
      world.kubernetes.endWatches();
      assert.equal((await answer).status, 503);
      assert.deepEqual(phases(), ['progressing']);
    });

    it('asks for another delivery when the broker does not take what it tells', async () => {
      await open({}, { sinkAnswers: [503] });
      world.cluster().serves('2');
      const event = world.promoted('2');
      assert.equal((await world.post(event)).status, 503);
      assert.equal((await world.post(event)).status, 202);
    });

    it('never says verified while a Pod of another version can answer, and says it in the end', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 20, maxLength: 60 }), async (steps) => {
          const one = await createWorld();
          try {
            const cluster = one.cluster();
            cluster.model.replicas = 2;
            cluster.serves('1');
            const names = Object.keys(cluster.model.controllers) as (keyof typeof cluster.model.controllers)[];
            let taken = 0;
            // First in any order, then in turn, so that the rollout comes to its end.
            const step = () => {
              cluster.step(names[steps[taken] ?? taken % names.length]!);
              taken += 1;
            };
            let alone: boolean[] = [];
            const look = () => void alone.push(cluster.model.answering().every((version) => version === '2'));
            // The cluster goes on between any two reads.
            one.kubernetes.fault = ({ plural, isWatch }) => {
              if (plural === 'inferenceservices') alone = [];
              if (plural === 'pods') look();
              if (!isWatch) step();
              if (plural === 'replicasets' || plural === 'pods') look();
              return undefined;
            };
            cluster.model.git = '2';
            let answered = false;
            const answer = one.post(one.promoted('2')).finally(() => {
              answered = true;
            });
            while (!answered) {
              step();
              // Time for a reading.
              await new Promise((resolve) => setTimeout(resolve, 5));
            }
            assert.equal((await answer).status, 202);
            assert.equal(one.told().at(-1)!.phase, 'verified');
            assert.ok(alone.includes(true), 'another version could answer all the time');
          } finally {
            await one.close();
          }
        }),
        { seed, numRuns: 8 },
      );
      await open();
    });
  });

  describe('on a reconcile', () => {
    it('reads each namespace once and tells of every model of the page', async () => {
      await open();
      for (const [name, version] of Object.entries({ a: '1', b: '1', c: '1' })) world.cluster(name).serves(version);
      assert.equal((await world.post(world.observed({ a: ['1'], b: ['2'], missing: ['1'] }))).status, 202);
      assert.deepEqual(kinds(), ['list inferenceservices', 'list deployments', 'list replicasets', 'list pods']);
      const told = new Map(world.told().map((one) => [one.model, one]));
      assert.deepEqual(
        [...told].map(([model, { phase }]) => [model, phase]),
        [
          ['a', 'verified'],
          ['b', 'drifted'],
          ['missing', 'drifted'],
          // Git does not deploy it.
          ['c', 'drifted'],
        ],
      );
      assert.deepEqual(told.get('b')!.serving, [{ version: '1', uri: uriOf('1', 'b'), pods: 1 }]);
      assert.deepEqual([told.get('c')!.target, told.get('c')!.serving[0]!.version], [undefined, '1']);
      assert.equal(told.get('a')!.commits, undefined);
      assert.match(world.metrics('serving_observations_total').join(), /environment="prod",phase="drifted"\} 3/);
      assert.match(world.metrics('serving_observed_age_seconds').join(), /environment="prod"/);
      assert.match(world.metrics('serving_observed_timestamp_seconds').join(), /environment="prod"\} \d{10}/);
    });

    it('counts as a reading of the environment although nothing runs there, and not when it fails', async () => {
      await open();
      world.kubernetes.fault = () => ({ status: 500 });
      assert.equal((await world.post(world.observed({}))).status, 503);
      assert.deepEqual(world.metrics('serving_observed_timestamp_seconds'), []);
      world.kubernetes.fault = undefined;
      assert.equal((await world.post(world.observed({}))).status, 202);
      assert.equal(world.metrics('serving_observed_timestamp_seconds').length, 1);
    });

    it('takes what Git does not name for withdrawn only on its page, and only when all files could be read', async () => {
      await open();
      for (const name of ['a', 'm']) world.cluster(name).serves('1');
      await world.post(world.observed({}, { complete: false }));
      assert.deepEqual(world.told(), []);
      await world.post(world.observed({}, { page: { from: '', to: 'b', number: 1, of: 2 } }));
      assert.deepEqual(
        world.told().map(({ model }) => model),
        ['a'],
      );
    });

    it('says nothing of a model whose rollout is being watched, nor drifted of one that was promoted just now', async () => {
      await open();
      const cluster = world.cluster();
      cluster.serves('1');
      const answer = world.post(world.promoted('2'));
      await watching();
      await world.post(world.observed({ jukebox: ['2'] }));
      assert.equal(world.told().length, 1);
      world.clock.turn(limits.rolloutHold);
      assert.equal((await answer).status, 202);
      await world.post(world.observed({ jukebox: ['2'] }));
      assert.deepEqual(phases(), ['progressing', 'progressing']);
    });
  });

  describe('with Argo CD', () => {
    const argoCdNamespace = 'user1-toolings';
    const application = (message: string) => ({
      metadata: { name: 'jukebox-prod', namespace: argoCdNamespace },
      spec: { destination: { namespace } },
      status: { conditions: [{ type: 'ComparisonError', message }] },
    });

    it('gives its reason when the cluster is not told what Git deploys, at the end of the nine minutes and at a reconcile', async () => {
      await open({ ARGOCD_NAMESPACE: argoCdNamespace });
      world.cluster().serves('1');
      const answer = world.post(world.promoted('2'));
      await watching();
      world.kubernetes.store.put('applications', application('chart not found'));
      world.clock.turn(limits.rolloutHold);
      assert.equal((await answer).status, 202);
      assert.deepEqual(phases(), ['progressing', 'progressing']);
      assert.match(world.told().at(-1)!.reason!, /^Argo CD: chart not found; the InferenceService asks for /);
      assert.equal(world.kubernetes.calls.length, 5 + 3);
      await world.post(world.observed({ jukebox: ['2'], other: ['1'], third: ['1'] }));
      assert.match(world.told()[2]!.reason!, /^Argo CD: chart not found/);
      assert.equal(kinds().filter((kind) => kind === 'list applications').length, 2);
    });

    it('is no proof, and needs not be readable', async () => {
      await open({ ARGOCD_NAMESPACE: argoCdNamespace });
      world.cluster().serves('1');
      world.kubernetes.store.put('applications', application('out of date'));
      await world.post(world.observed({ jukebox: ['1'] }));
      assert.deepEqual([world.told()[0]!.phase, world.told()[0]!.reason], ['verified', undefined]);
      world.kubernetes.fault = ({ plural }) => (plural === 'applications' ? { status: 403 } : undefined);
      assert.equal((await world.post(world.observed({ jukebox: ['2'] }))).status, 202);
      assert.match(world.told()[1]!.reason!, /^the InferenceService asks for/);
      assert.ok(world.lines.some(({ level, message }) => level === 'warn' && message === 'no reason from Argo CD'));
    });
  });

  describe('at its door', () => {
    it('leaves environments alone that no namespace is named for', async () => {
      await open();
      for (const event of [
        world.promoted('2', { environment: 'test' }),
        world.observed({ jukebox: ['1'] }, { environment: 'test' }),
      ])
        assert.equal((await world.post(event)).status, 202);
      assert.deepEqual([world.told(), world.kubernetes.calls], [[], []]);
    });

    it('takes and sends signed events when there is a key', async () => {
      const key = 'a key of sixteen and more';
      await open({ EVENT_SIGNING_KEY: key });
      world.cluster().serves('2');
      assert.equal((await world.post(world.promoted('2'))).status, 401);
      assert.equal((await world.post(sign(world.promoted('2'), key))).status, 202);
      const [{ attributes, body }] = world.sink.taken as [(typeof world.sink.taken)[0]];
      assert.equal(isSigned(new CloudEvent({ ...attributes, data: JSON.parse(body.toString()) }, false), key), true);
      assert.equal(attributes.type, servingObserved.type);
      assert.equal(attributes.partitionkey, 'jukebox');
    });

    it('answers with the events where there is no broker, and watches nothing', async () => {
      await open({ K_SINK: '' });
      world.cluster().serves('1');
      const { status, body } = await world.post(world.promoted('2'));
      assert.equal(status, 200);
      const events = JSON.parse(body.toString()) as { type: string; data: servingObserved.ServingObservation }[];
      assert.deepEqual(
        events.map(({ type, data }) => [type, data.phase]),
        [[servingObserved.type, 'progressing']],
      );
      assert.equal(world.kubernetes.calls.length, 4);
    });

    it('goes by the version alone where the address that Git says is not the one the cluster asks for', async () => {
      await open({ SERVED_URI: 'oci://{host}/{team}/{name}:{version}', CLUSTER_NAME: 'east' });
      world.cluster().serves('2');
      await world.post(world.promoted('2', {}, { uri: 's3://elsewhere/2' }));
      assert.deepEqual([world.told()[0]!.phase, world.told()[0]!.cluster], ['verified', 'east']);
    });

    it('finds the InferenceService by the name that SERVING_WORKLOAD says', async () => {
      await open({
        SERVING_WORKLOAD: 'inferenceservice/{name}-v2',
        SERVED_URI: 'oci://{host}/{team}/jukebox-v2:{version}',
      });
      world.cluster('jukebox-v2').serves('1');
      await world.post(world.promoted('1', {}, longAgo));
      await world.post(world.observed({}));
      assert.deepEqual(
        world.told().map(({ model, phase, workload }) => [model, phase, workload.name]),
        [
          ['jukebox', 'verified', 'jukebox-v2'],
          ['jukebox', 'drifted', 'jukebox-v2'],
        ],
      );
    });
  });
});
