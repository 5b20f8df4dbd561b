// Brings what a model cluster has to the API server, named and labelled as KServe and the controllers of Kubernetes do.
import { nameLabel } from '../../clusters/workloads.ts';
import type { Json } from '../../promotions/rollout/workload.ts';
import type { ModelCluster } from './model-cluster.ts';
import type { KubernetesObject, Store } from './store.ts';

/** `name`: of the InferenceService. What is the same already is no change, and told to no watch. */
export function putObjects(store: Store, namespace: string, name: string, model: ModelCluster): void {
  const { inferenceService, deployments, replicaSets, pods } = model.readAll();
  put('inferenceservices', inferenceService ? [inferenceService] : []);
  put('deployments', deployments);
  put('replicasets', replicaSets);
  put('pods', pods);

  function put(plural: string, objects: readonly Json[]): void {
    const isService = plural === 'inferenceservices';
    const kept = new Set<string>();
    for (const object of objects) {
      const metadata = object.metadata as Json;
      const own = isService ? name : `${name}-predictor-${metadata.uid}`;
      const labels = isService ? {} : { [nameLabel]: name, component: 'predictor' };
      store.put(plural, { ...object, metadata: { ...metadata, name: own, namespace, labels } } as KubernetesObject);
      kept.add(own);
    }
    for (const { metadata } of store.list(plural, namespace)) {
      const isOwn = isService ? metadata.name === name : metadata.labels?.[nameLabel] === name;
      if (isOwn && !kept.has(metadata.name)) store.remove(plural, namespace, metadata.name);
    }
  }
}
