// The same rollout without KServe: a Deployment whose container has the model as its image, as Argo CD applies it.
import { array, type Json, object, uriOfTemplate, type Workload } from '../../../promotions/rollout/workload.ts';
import type { ModelCluster } from '../../../stand-ins/kubernetes/model-cluster.ts';
import type { Store } from '../../../stand-ins/kubernetes/store.ts';

export const container = 'server';

export function withoutKServe({ deployments, replicaSets, pods }: Workload): Workload {
  const images = (owner: Json): Json => {
    const containers = [
      { name: 'proxy', image: 'registry/proxy:7' },
      { name: container, image: uriOfTemplate(owner, {}) },
    ];
    return { ...owner, spec: { ...object(owner.spec), template: { spec: { containers } } } };
  };
  return { container, deployments: deployments.map(images), replicaSets: replicaSets.map(images), pods };
}

/** Brings it to the API server as the Deployment of that name, with all that it owns. */
export function putDeployment(store: Store, namespace: string, name: string, model: ModelCluster): void {
  const { deployments, replicaSets, pods } = withoutKServe(model.readAll());
  put('deployments', deployments);
  put('replicasets', replicaSets);
  put('pods', pods);

  function put(plural: string, objects: readonly Json[]): void {
    const kept = new Set<string>();
    const labels = { app: name, 'pod-template-hash': 'of-a-template' };
    for (const one of objects) {
      const metadata = object(one.metadata);
      const own = plural === 'deployments' ? name : `${name}-${metadata.uid}`;
      const ownerReferences = array(metadata.ownerReferences).map((owner) => ({ ...owner, name }));
      store.put(plural, { ...one, metadata: { ...metadata, ownerReferences, name: own, namespace, labels } });
      kept.add(own);
    }
    for (const { metadata } of store.list(plural, namespace))
      if (metadata.labels?.app === name && !kept.has(metadata.name)) store.remove(plural, namespace, metadata.name);
  }
}
