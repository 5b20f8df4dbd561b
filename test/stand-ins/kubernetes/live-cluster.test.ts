import assert from 'node:assert/strict';
import { judge } from '../../../promotions/rollout/judge.ts';
import { array, type Json, object } from '../../../promotions/rollout/workload.ts';
import { createLiveCluster, type LiveCluster } from '../../../stand-ins/kubernetes/live-cluster.ts';
import { createStore, type Store } from '../../../stand-ins/kubernetes/store.ts';

const namespace = 'user1-prod';
const uriOf = (version: string) => `oci://registry/models/lamp:${version}`;
const deployed = (version: string, name = 'lamp') => ({ namespace, name, uri: uriOf(version) });

describe('cluster in which time passes', () => {
  let store: Store;
  let cluster: LiveCluster;
  afterEach(() => cluster.close());

  function open(stepMs: number): void {
    store = createStore();
    cluster = createLiveCluster(store, stepMs);
  }
  /** Of all that is there: one model. */
  const judged = (version: string | undefined) => {
    const [inferenceService] = store.list('inferenceservices', namespace) as Json[];
    const list = (plural: string) => store.list(plural, namespace) as Json[];
    const owned = { deployments: list('deployments'), replicaSets: list('replicasets'), pods: list('pods') };
    return judge({ ...(inferenceService && { inferenceService }), ...owned }, version && uriOf(version), 0);
  };
  const changed = () =>
    new Promise<void>((resolve) => {
      const stop = store.listen(() => {
        stop();
        resolve();
      });
    });

  it('rolls out by itself what is deployed, and takes out what is not any more', async () => {
    open(1);
    cluster.deploy([deployed('1')]);
    assert.deepEqual(store.list('inferenceservices', namespace), []);
    while (judged('1').phase !== 'verified') await changed();
    cluster.deploy([deployed('2')]);
    const seen = new Set<string>();
    while (judged('2').phase !== 'verified') {
      for (const { uri } of judged('2').serving) seen.add(uri);
      await changed();
    }
    assert.ok(seen.has(uriOf('1')), 'the old version serves until the new one does');
    cluster.deploy([]);
    while (store.list('pods', namespace).length > 0) await changed();
    assert.deepEqual(store.list('inferenceservices', namespace), []);
  });

  it('does not start Pods without an image, until it is pushed or another version is deployed', () => {
    open(1_000_000);
    cluster.deploy([deployed('1')]);
    cluster.settle();
    const told: string[][] = [];
    cluster.images.on('changed', () => told.push(cluster.missing()));
    cluster.missNext = true;
    cluster.deploy([deployed('1')]);
    assert.equal(cluster.missNext, true, 'the same version is no rollout');
    cluster.deploy([deployed('2')]);
    assert.equal(cluster.missNext, false);
    cluster.settle();
    const { phase, reason, serving, settled } = judged('2');
    assert.deepEqual(
      { phase, settled, serving },
      { phase: 'failed', settled: true, serving: [{ uri: uriOf('1'), pods: 1 }] },
    );
    assert.equal(reason, 'container modelcar: ImagePullBackOff: Back-off pulling image "registry/models/lamp:2"');

    cluster.deploy([deployed('1')]);
    cluster.settle();
    assert.equal(judged('1').phase, 'verified');
    cluster.deploy([deployed('2')]);
    cluster.settle();
    assert.equal(judged('2').phase, 'failed');
    cluster.pushImage(uriOf('2'));
    cluster.settle();
    assert.equal(judged('2').phase, 'verified');
    assert.deepEqual(told, [[uriOf('2')], []]);
  });

  it('has objects of its own for each model, which belong together as in Kubernetes', () => {
    open(1_000_000);
    cluster.deploy([deployed('1'), deployed('1', 'radio')]);
    cluster.settle();
    for (const plural of ['deployments', 'replicasets', 'pods']) {
      const all = store.list(plural, namespace);
      assert.equal(all.length, 2, plural);
      assert.equal(new Set(all.map(({ metadata }) => metadata.uid)).size, 2);
    }
    const owners = new Set(store.list('replicasets', namespace).map(({ metadata }) => metadata.uid));
    for (const { metadata } of store.list('pods', namespace))
      assert.ok(owners.has(array(object(metadata).ownerReferences)[0]!.uid as string));
  });
});
