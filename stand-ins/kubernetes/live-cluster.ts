// A cluster in which time passes: while something is to be done, Argo CD, KServe, the controllers of Kubernetes and the kubelet take
// turns, one step each. Knows no Git: it is told what is deployed.
import { EventEmitter } from 'node:events';
import { controllers, ModelCluster } from './model-cluster.ts';
import { putObjects } from './objects.ts';
import type { Store } from './store.ts';

/** A model that Git deploys. */
export interface Deployed {
  namespace: string;
  /** Of the InferenceService. */
  name: string;
  /** Of the version's artifact. */
  uri: string;
}

export interface LiveCluster {
  /** This and nothing else, from now on. */
  deploy(wanted: readonly Deployed[]): void;
  /** From one step to the next; a rollout is some twenty of them. */
  stepMs: number;
  /** The next artifact that takes the place of another has no image. */
  missNext: boolean;
  /** Artifacts without an image. */
  missing(): string[];
  /** `changed`: `missNext` was used up, or other images are missing. */
  images: EventEmitter<{ changed: [] }>;
  /** Somebody pushes the image of an artifact after all: the kubelet tries again by itself. */
  pushImage(uri: string): void;
  /** All steps that are left, at once. */
  settle(): void;
  close(): void;
}

/** Until nothing changes any more: the controller of a Deployment whose Pods do not start gives up after forty. */
const rounds = 60;

export function createLiveCluster(store: Store, stepMs: number): LiveCluster {
  const models = new Map<string, { namespace: string; name: string; model: ModelCluster; stepsLeft: number }>();
  const missing = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function modelOf(namespace: string, name: string) {
    const key = `${namespace}/${name}`;
    const model = new ModelCluster(name, (uri) => uri);
    model.broken = missing;
    const found = models.get(key) ?? { namespace, name, model, stepsLeft: 0 };
    models.set(key, found);
    return found;
  }

  function wake(one: { stepsLeft: number }): void {
    one.stepsLeft = rounds * controllers.length;
    timer ??= setTimeout(stepAll, cluster.stepMs);
  }

  function stepAll(): void {
    const busy = [...models.values()].filter(({ stepsLeft }) => stepsLeft > 0);
    for (const one of busy) {
      const turn = controllers.length - 1 - ((one.stepsLeft - 1) % controllers.length);
      one.model.controllers[controllers[turn]!]();
      one.stepsLeft -= 1;
      putObjects(store, one.namespace, one.name, one.model);
    }
    clearTimeout(timer);
    timer = busy.length === 0 ? undefined : setTimeout(stepAll, cluster.stepMs);
  }

  const cluster: LiveCluster = {
    stepMs,
    missNext: false,
    images: new EventEmitter(),
    deploy(wanted) {
      for (const { namespace, name } of wanted) modelOf(namespace, name);
      for (const one of models.values()) {
        const { uri } = wanted.find(({ namespace, name }) => namespace === one.namespace && name === one.name) ?? {};
        if (uri === one.model.git) continue;
        if (cluster.missNext && uri !== undefined && one.model.git !== undefined) {
          missing.add(uri);
          cluster.missNext = false;
          cluster.images.emit('changed');
        }
        one.model.git = uri;
        wake(one);
      }
    },
    missing: () => [...missing],
    pushImage(uri) {
      missing.delete(uri);
      cluster.images.emit('changed');
      for (const one of models.values()) if (one.model.git === uri) wake(one);
    },
    settle() {
      while (timer !== undefined) stepAll();
    },
    close: () => clearTimeout(timer),
  };
  return cluster;
}
