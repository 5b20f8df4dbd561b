// Deployments without KServe, one of whose containers serves a model: put together with their ReplicaSets and Pods by who owns whom. Read
// like InferenceServices, what takes requests last. They bear no label by which the API server could be asked for those of one name
// alone, so all of a namespace are read, once for all who wait for it.
import { inTurns } from '../io/share-calls.ts';
import { array, type Json, object, text, uriOfTemplate, type Workload } from '../promotions/rollout/workload.ts';
import type { Kubernetes } from './kubernetes.ts';
import { groupByName, nameOf, type Reading, type Workloads } from './workloads.ts';

/** On every ReplicaSet and Pod of a Deployment. */
const templateLabel = 'pod-template-hash';

/** `container`: whose image is the artifact. What has no container of that name is not looked at. */
export function deploymentsWith(container: string, kubernetes: Kubernetes): Workloads {
  const readAll = inTurns(async (namespace: string): Promise<Reading> => {
    const deployments = await kubernetes.list({ kind: 'deployments', namespace });
    const replicaSets = await kubernetes.list({ kind: 'replicasets', namespace, labelSelector: templateLabel });
    const pods = await kubernetes.list({ kind: 'pods', namespace, labelSelector: templateLabel });
    const hasContainer = (one: Json) => uriOfTemplate(one, { container }) !== undefined;
    const served = deployments.items.filter(hasContainer);
    const ofDeployment = groupByName(replicaSets.items.filter(hasContainer), (one) => ownerOf(one).name);
    const ofReplicaSet = groupByName(pods.items, (one) => ownerOf(one).uid);
    const byName = new Map(served.map((one) => [nameOf(one), one]));
    const workloads = new Map<string, Workload>();
    for (const name of new Set([...byName.keys(), ...ofDeployment.keys()])) {
      const [deployment, owned] = [byName.get(name), ofDeployment.get(name) ?? []];
      workloads.set(name, {
        container,
        deployments: deployment ? [deployment] : [],
        replicaSets: owned,
        pods: owned.flatMap((one) => ofReplicaSet.get(text(object(one.metadata).uid) ?? '') ?? []),
      });
    }
    const versions = { deployments: deployments.resourceVersion, pods: pods.resourceVersion };
    return { workloads, versions };
  });

  return {
    read: readAll,
    readAll,
    labelSelector: (kind) => (kind === 'pods' ? templateLabel : undefined),
    nameIn: () => undefined,
  };
}

function ownerOf(one: Json): { name: string; uid: string } {
  const [owner = {}] = array(object(one.metadata).ownerReferences);
  return { name: text(owner.name) ?? '', uid: text(owner.uid) ?? '' };
}
