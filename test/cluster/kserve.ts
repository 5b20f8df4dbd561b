// What KServe has in a cluster, by a definition of our own with its names of fields: InferenceServices, and the Deployment that it
// makes of one in Standard mode.
import { apply, image, kubectl } from './cluster.ts';
import { restricted } from './release.ts';
import { model } from './servers.ts';

/** The namespace in which the model of the tests runs. */
export const prod = 'user1-prod';
export const uriAnnotation = 'internal.serving.kserve.io/storage-initializer-sourceuri';
const uriOf = (version: string) => `oci://image-registry.openshift-image-registry.svc:5000/${prod}/${model}:${version}`;

/** How the model server of a version behaves. */
export type Behaviour = 'serves' | 'has no image' | 'is never ready';

export async function defineInferenceServices(): Promise<void> {
  await apply(definition);
  await kubectl('wait', '--for=condition=established', 'crd/inferenceservices.serving.kserve.io', '--timeout=60s');
}

/** What Argo CD applies, and what KServe makes of it. */
export async function deploy(version: string, behaviour: Behaviour = 'serves'): Promise<void> {
  await apply(JSON.stringify(inferenceService(version)));
  await apply(JSON.stringify(deployment(version, behaviour)));
}

export function inferenceService(version: string): object {
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: model, namespace: prod },
    spec: { predictor: { model: { modelFormat: { name: 'onnx' }, storageUri: uriOf(version) } } },
  };
}

/** As KServe in Standard mode writes it, with one replica. */
export function deployment(version: string, behaviour: Behaviour, name = `${model}-predictor`): object {
  const app = { app: `isvc.${name}` };
  const labels = { ...app, component: 'predictor', 'serving.kserve.io/inferenceservice': model };
  const status = behaviour === 'is never ready' ? 503 : 200;
  const script = `require('node:http').createServer((_, response) => response.writeHead(${status}).end()).listen(8080)`;
  const container = {
    name: 'kserve-container',
    image: behaviour === 'has no image' ? 'dev.local/no-such-model-server:1' : image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', script],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
    securityContext: restricted,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: prod, labels },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: behaviour === 'is never ready' ? 20 : 120,
      selector: { matchLabels: app },
      template: {
        metadata: { labels, annotations: { [uriAnnotation]: uriOf(version) } },
        spec: { containers: [container], automountServiceAccountToken: false, terminationGracePeriodSeconds: 1 },
      },
    },
  };
}

/** KServe's kind, with any content. */
const definition = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'inferenceservices.serving.kserve.io' },
  spec: {
    group: 'serving.kserve.io',
    scope: 'Namespaced',
    names: { kind: 'InferenceService', plural: 'inferenceservices', singular: 'inferenceservice' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});
