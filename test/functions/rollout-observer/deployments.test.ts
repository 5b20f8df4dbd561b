// What serves where there is no KServe: Deployments whose container has the model as its image.
import assert from 'node:assert/strict';
import { limits } from '../../../config/limits.ts';
import { uriOf } from '../../../stand-ins/kubernetes/model-cluster.ts';
import { createWorld, namespace, type World } from './world.ts';

const longAgo = { promotedAt: new Date(Date.now() - 3_600_000).toISOString() };
const byName = { SERVED_URI: 'oci://{registry}/models/{name}:{version}' };

describe('rollout-observer and Deployments without KServe', () => {
  let world: World;
  const open = async (env: Record<string, string> = {}) => {
    world = await createWorld({ SERVING_WORKLOAD: 'deployment/{application}/server', ...env });
    return world;
  };
  afterEach(() => world.close());

  const phases = () => world.told().map(({ phase }) => phase);
  const last = () => {
    const { phase, serving, target } = world.told().at(-1)!;
    return { phase, serves: serving.map(({ version, uri }) => version ?? uri), target: target?.version };
  };
  const of = (...applications: string[]) => ({ applications, ...longAgo });

  it('follows a rollout in the Deployment that is called like the application, and reads the version from the tag', async () => {
    await open();
    const cluster = world.deployment('juke');
    cluster.serves('1');
    const answer = world.post(world.promoted('2', {}, { applications: ['juke'] }));
    await world.until(() => world.kubernetes.watches() === 2);
    assert.deepEqual(last(), { phase: 'progressing', serves: ['1'], target: '2' });
    cluster.model.git = '2';
    cluster.settle(10);
    const { workload, serving, namespace: where } = await world.tellsUntil('verified');
    assert.deepEqual([workload.kind, workload.name, where], ['Deployment', 'juke', namespace]);
    assert.deepEqual(serving, [{ version: '2', uri: uriOf('2', 'juke'), pods: 1 }]);
    assert.equal((await answer).status, 202);
  });

  it('asks three lists and two watches while nothing changes', async () => {
    await open();
    world.deployment('juke').serves('1');
    const answer = world.post(world.promoted('2', {}, { applications: ['juke'] }));
    await world.until(() => world.kubernetes.watches() === 2);
    await world.clock.asleep((ms) => ms === limits.rolloutHold);
    world.clock.turn(limits.rolloutHold);
    assert.equal((await answer).status, 202);
    assert.equal(world.kubernetes.calls.length, 3 + 2);
  });

  it('says why a rollout fails, and what still serves', async () => {
    await open();
    const cluster = world.deployment('juke');
    cluster.serves('1');
    cluster.model.broken.add('2');
    const answer = world.post(world.promoted('2', {}, { applications: ['juke'] }));
    await world.until(() => world.kubernetes.watches() === 2);
    cluster.model.git = '2';
    cluster.settle(60);
    assert.match((await world.tellsUntil('failed')).reason!, /ImagePullBackOff/);
    assert.equal((await answer).status, 202);
    assert.deepEqual(last(), { phase: 'failed', serves: ['1'], target: '2' });
  });

  it('adds up the Deployments of a model, and says the worst of them', async () => {
    await open();
    world.deployment('east', 'jukebox').serves('2');
    const west = world.deployment('west', 'jukebox');
    west.serves('1');
    await world.post(world.promoted('2', {}, of('east', 'west')));
    assert.deepEqual(last(), { phase: 'drifted', serves: ['1', '2'], target: '2' });
    west.serves('2');
    await world.post(world.promoted('2', {}, of('east', 'west')));
    assert.deepEqual(last(), { phase: 'verified', serves: ['2'], target: '2' });
    assert.equal(world.told().at(-1)!.serving[0]!.pods, 2);
  });

  it('watches many rollouts, and counts an application once that deploys two versions', async () => {
    await open();
    const clusters = ['a', 'b', 'c', 'd'].map((name) => world.deployment(name));
    for (const cluster of clusters) cluster.serves('1');
    const answers = ['a', 'b', 'c', 'd'].map((model) =>
      world.post(world.promoted('2', { model }, { applications: [model, model] })),
    );
    await world.until(() => world.told().length === 4 && world.kubernetes.watches() === 2);
    for (const { serving } of world.told()) assert.equal(serving[0]!.pods, 1);
    for (const cluster of clusters) {
      cluster.model.git = '2';
      cluster.settle(10);
    }
    for (const answer of answers) assert.equal((await answer).status, 202);
  });

  it('holds each application to its own version', async () => {
    await open();
    world.deployment('east', 'jukebox').serves('1');
    world.deployment('west', 'jukebox').serves('2');
    const event = world.promoted('1', {}, of('east'));
    const data = event.data as { serving: object[] };
    const both = [...data.serving, { ...data.serving[0], version: '2', applications: ['west'] }];
    await world.post(event.cloneWith({ data: { ...data, serving: both } }));
    assert.deepEqual(last(), { phase: 'verified', serves: ['1', '2'], target: '1' });
  });

  it('sees what an application that Git does not have any more still serves, by the name of the model in the image', async () => {
    await open(byName);
    world.deployment('former', 'jukebox').serves('1');
    world.deployment('juke', 'jukebox').serves('2');
    world.deployment('web', 'another').serves('7');
    await world.post(world.observed({ jukebox: ['2'] }));
    const told = new Map(world.told().map((one) => [one.model, one]));
    // Applications are called like models here: there is no Deployment `jukebox`, and two others serve it.
    assert.deepEqual([told.get('jukebox')!.phase, told.get('jukebox')!.serving.length], ['drifted', 2]);
    assert.deepEqual([told.get('another')!.phase, told.get('another')!.target], ['drifted', undefined]);
    await world.post(world.promoted('2', {}, of('juke')));
    assert.deepEqual(last(), { phase: 'drifted', serves: ['1', '2'], target: '2' });
    assert.equal(world.told().at(-1)!.reason, 'former: Git deploys no version, and the Deployment is still there');
  });

  it('says of a withdrawal when nothing is left', async () => {
    await open(byName);
    const cluster = world.deployment('juke', 'jukebox');
    cluster.serves('1');
    const answer = world.post(world.withdrawn());
    await world.until(() => world.kubernetes.watches() === 2);
    assert.deepEqual(last(), { phase: 'progressing', serves: ['1'], target: undefined });
    cluster.model.git = undefined;
    cluster.settle(10);
    assert.deepEqual((await world.tellsUntil('verified')).serving, []);
    assert.equal((await answer).status, 202);
  });

  it('finds Deployments by the name of the model, too, and looks at no other container', async () => {
    await open({ SERVING_WORKLOAD: 'deployment/{name}-server/server' });
    world.deployment('jukebox-server', 'jukebox').serves('2');
    world.kubernetes.store.put('deployments', {
      metadata: { name: 'ui-server', namespace },
      spec: { template: { spec: { containers: [{ name: 'ui', image: 'x:1' }] } } },
    });
    await world.post(world.promoted('2', {}, longAgo));
    await world.post(world.observed({ jukebox: ['2'] }));
    assert.deepEqual(phases(), ['verified', 'verified']);
  });
});
