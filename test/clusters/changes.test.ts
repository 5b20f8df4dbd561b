import assert from 'node:assert/strict';
import { type Changes, createChanges } from '../../clusters/changes.ts';
import { type Kubernetes, openKubernetes } from '../../clusters/kubernetes.ts';
import { inferenceServices, nameLabel, type Workloads } from '../../clusters/workloads.ts';
import type { TryAgainError } from '../../events/errors.ts';
import { createIo } from '../../io/real-io.ts';
import { object, type Workload } from '../../promotions/rollout/workload.ts';
import { createKubernetesStandIn, type KubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import { closeAfterEach } from '../try-again.ts';

const namespace = 'user1-prod';
const service = (name: string, spec: object = {}) => ({ metadata: { name, namespace }, spec });
const part = (name: string, of: string, more: Record<string, string> = {}) => ({
  metadata: { name, namespace, labels: { [nameLabel]: of, ...more } },
});

describe('workloads and their changes', () => {
  const keep = closeAfterEach();
  let server: KubernetesStandIn;
  let kubernetes: Kubernetes;
  let changes: Changes;
  let workloads: Workloads;
  const io = createIo({ name: 'test' });

  beforeEach(async () => {
    server = keep(await createKubernetesStandIn());
    kubernetes = openKubernetes({ url: server.url, token: () => undefined, ca: () => undefined }, io);
    workloads = inferenceServices(kubernetes);
    // No pause between two watches.
    changes = createChanges(kubernetes, workloads, { clock: { ...io.clock, sleep: () => io.clock.sleep(0) } });
    server.store.put('inferenceservices', service('jukebox'));
    server.store.put('inferenceservices', service('other'));
    server.store.put('deployments', part('jukebox-predictor', 'jukebox', { component: 'predictor' }));
    server.store.put('deployments', part('jukebox-transformer', 'jukebox', { component: 'transformer' }));
    server.store.put('replicasets', part('jukebox-predictor-1', 'jukebox'));
    server.store.put('pods', part('jukebox-predictor-1-a', 'jukebox'));
    server.store.put('pods', part('gone-predictor-1-a', 'gone'));
    server.store.put('pods', { metadata: { name: 'something-else', namespace } });
  });

  const shape = (workload: Workload = { deployments: [], replicaSets: [], pods: [] }) => {
    const names = (all: readonly object[]) => all.map((one) => object(object(one).metadata).name);
    return [
      workload.inferenceService !== undefined,
      names(workload.deployments),
      names(workload.replicaSets),
      names(workload.pods),
    ];
  };
  const jukebox = [true, ['jukebox-predictor'], ['jukebox-predictor-1'], ['jukebox-predictor-1-a']];

  it('reads what belongs to one InferenceService, the predictor alone, in four calls', async () => {
    assert.deepEqual(shape((await workloads.read(namespace, 'jukebox')).workloads.get('jukebox')), jukebox);
    assert.deepEqual(
      server.calls.map(({ plural }) => plural),
      ['inferenceservices', 'deployments', 'replicasets', 'pods'],
    );
  });

  it('asks nothing about a name that no object can have', async () => {
    for (const name of ['Juke Box', 'a,b', 'a=b', '', 'x'.repeat(64)]) {
      const { workloads: found, versions } = await workloads.read(namespace, name);
      assert.deepEqual([found.size, versions], [0, undefined]);
    }
    assert.equal(server.calls.length, 0);
  });

  it('reads all of a namespace in four calls, also what of which only Pods are left', async () => {
    const { workloads: all } = await workloads.readAll(namespace);
    assert.deepEqual([...all.keys()].sort(), ['gone', 'jukebox', 'other']);
    assert.deepEqual(shape(all.get('jukebox')!), jukebox);
    assert.deepEqual(shape(all.get('other')!), [true, [], [], []]);
    assert.deepEqual(shape(all.get('gone')!), [false, [], [], ['gone-predictor-1-a']]);
    assert.equal(server.calls.length, 4);
  });

  /** Counts what it is told, and waits for it. */
  function listener() {
    let [told, error, wake] = [0, undefined as TryAgainError | undefined, () => {}];
    return {
      hear: (ended?: TryAgainError) => {
        told += 1;
        error = ended ?? error;
        wake();
      },
      count: () => told,
      async next(): Promise<TryAgainError | undefined> {
        const before = told;
        while (told === before && error === undefined) await new Promise<void>((resolve) => (wake = resolve));
        return error;
      },
    };
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await io.clock.sleep(1);
  }

  it('tells whoever listens of changes of that name alone, with one watch per kind for all of them', async () => {
    const [one, two, other] = [listener(), listener(), listener()];
    const stops = [
      changes.listen(namespace, 'jukebox', one.hear),
      changes.listen(namespace, 'jukebox', two.hear),
      changes.listen(namespace, 'other', other.hear),
    ];
    const { versions } = await workloads.read(namespace, 'jukebox');
    for (let n = 0; n < 3; n += 1) changes.start(namespace, versions!);
    await until(() => server.watches() === 3);
    assert.equal(server.calls.filter(({ isWatch }) => isWatch).length, 3);
    for (const change of [
      () => server.store.put('inferenceservices', service('jukebox', { changed: true })),
      () => server.store.put('deployments', part('jukebox-predictor', 'jukebox')),
      () => server.store.remove('pods', namespace, 'jukebox-predictor-1-a'),
    ]) {
      const told = Promise.all([one.next(), two.next()]);
      change();
      await told;
    }
    assert.deepEqual([one.count(), two.count(), other.count()], [3, 3, 0]);
    stops.pop()!();
    stops.pop()!();
    assert.equal(server.watches(), 3);
    stops.pop()!();
    await until(() => server.watches() === 0);
  });

  it('misses nothing between the list and the watch, nor when a watch ends or is cut off', async () => {
    const one = listener();
    const stop = changes.listen(namespace, 'jukebox', one.hear);
    const { versions } = await workloads.read(namespace, 'jukebox');
    server.store.put('pods', part('jukebox-predictor-2-a', 'jukebox'));
    let told = one.next();
    changes.start(namespace, versions!);
    await told;
    for (const how of [undefined, 'cut'] as const) {
      await until(() => server.watches() === 3);
      told = one.next();
      server.endWatches(how);
      server.store.put('pods', part(`jukebox-predictor-2-${how}`, 'jukebox'));
      assert.equal(await told, undefined);
    }
    stop();
  });

  it('lists again when the version is too old, and then tells everybody', async () => {
    const one = listener();
    const stop = changes.listen(namespace, 'jukebox', one.hear);
    const { versions } = await workloads.read(namespace, 'jukebox');
    server.store.put('pods', part('unrelated', 'other'));
    server.store.compact();
    const told = one.next();
    changes.start(namespace, versions!);
    assert.equal(await told, undefined);
    await until(() => server.watches() === 3);
    stop();
  });

  it('says when it cannot watch any longer, and begins anew for whoever comes later', async () => {
    const one = listener();
    const stop = changes.listen(namespace, 'jukebox', one.hear);
    const { versions } = await workloads.read(namespace, 'jukebox');
    server.fault = ({ isWatch, plural }) => (isWatch && plural === 'pods' ? { status: 403 } : undefined);
    changes.start(namespace, versions!);
    while ((await one.next()) === undefined);
    assert.match((await one.next())!.message, /status 403/);
    await until(() => server.watches() === 0);
    server.fault = undefined;
    const two = listener();
    const stopTwo = changes.listen(namespace, 'jukebox', two.hear);
    changes.start(namespace, versions!);
    stop();
    const told = two.next();
    server.store.put('pods', part('jukebox-predictor-3-a', 'jukebox'));
    assert.equal(await told, undefined);
    stopTwo();
    await until(() => server.watches() === 0);
  });
});
