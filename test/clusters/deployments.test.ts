import assert from 'node:assert/strict';
import { deploymentsWith } from '../../clusters/deployments.ts';
import { openKubernetes } from '../../clusters/kubernetes.ts';
import { createIo } from '../../io/real-io.ts';
import { type Json, object } from '../../promotions/rollout/workload.ts';
import { createKubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import { closeAfterEach } from '../try-again.ts';

const namespace = 'user1-prod';
const labels = { 'pod-template-hash': 'x' };
const owned = (name: string, by: string, more: object = {}) => ({
  metadata: { name, namespace, labels, uid: `uid-of-${name}`, ownerReferences: [{ uid: `uid-of-${by}`, name: by }] },
  ...more,
});
const running = (container: string) => ({
  spec: { template: { spec: { containers: [{ name: container, image: 'x:1' }] } } },
});

describe('Deployments without KServe', () => {
  const keep = closeAfterEach();

  it('are read with what they own, those of that container alone, and what is left of one that is gone', async () => {
    const server = keep(await createKubernetesStandIn());
    const kubernetes = openKubernetes(
      { url: server.url, token: () => undefined, ca: () => undefined },
      createIo({ name: 'test' }),
    );
    const { store } = server;
    for (const name of ['a', 'b']) store.put('deployments', { metadata: { name, namespace }, ...running('server') });
    store.put('deployments', { metadata: { name: 'ui', namespace }, ...running('ui') });
    store.put('replicasets', owned('a-1', 'a', running('server')));
    store.put('replicasets', owned('gone-1', 'gone', running('server')));
    store.put('replicasets', owned('ui-1', 'ui', running('ui')));
    store.put('pods', owned('a-1-x', 'a-1'));
    store.put('pods', owned('gone-1-x', 'gone-1'));
    store.put('pods', owned('ui-1-x', 'ui-1'));
    store.put('pods', { metadata: { name: 'job', namespace } });
    const { workloads, versions } = await deploymentsWith('server', kubernetes).readAll(namespace);
    const names = (all: readonly Json[]) => all.map((one) => object(one.metadata).name);
    assert.deepEqual(
      [...workloads].map(([name, { container, deployments, replicaSets, pods }]) => [
        name,
        container,
        names(deployments),
        names(replicaSets),
        names(pods),
      ]),
      [
        ['a', 'server', ['a'], ['a-1'], ['a-1-x']],
        ['b', 'server', ['b'], [], []],
        ['gone', 'server', [], ['gone-1'], ['gone-1-x']],
      ],
    );
    assert.deepEqual(Object.keys(versions!), ['deployments', 'pods']);
    assert.deepEqual(
      server.calls.map(({ plural }) => plural),
      ['deployments', 'replicasets', 'pods'],
    );
  });
});
