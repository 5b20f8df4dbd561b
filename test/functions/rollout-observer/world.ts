// rollout-observer on our host, between a stand-in of the API server, whose objects are those of a small cluster with KServe, and a
// broker. Short pauses are real and shorter; the nine minutes pass when the test says so.
import type { CloudEvent } from 'cloudevents';
import * as environmentObserved from '../../../events/environment-observed.ts';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as modelWithdrawn from '../../../events/model-withdrawn.ts';
import type { ServingObservation } from '../../../events/serving-observed.ts';
import { functions } from '../../../functions/table.ts';
import { serve } from '../../../host/server.ts';
import type { HttpResponse } from '../../../io/io.ts';
import { sendEvent } from '../../../io/sink.ts';
import type { EnvironmentReport, PromotedVersion, Promotion } from '../../../promotions/promotion.ts';
import { createKubernetesStandIn, type KubernetesStandIn } from '../../../stand-ins/kubernetes/index.ts';
import { controllers, ModelCluster, uriOf } from '../../../stand-ins/kubernetes/model-cluster.ts';
import { putObjects } from '../../../stand-ins/kubernetes/objects.ts';
import { manualClock } from '../../io/manual-clock.ts';
import { recordingIo } from '../../io/recording-io.ts';
import { putDeployment } from '../../promotions/rollout/without-kserve.ts';
import { broker } from '../gitea-source/world.ts';
import { openFunction } from '../open-function.ts';

export const repository = 'https://gitea.example.test/user1/mlops-gitops';
export const namespace = 'user1-prod';
export const head = 'a'.repeat(40);

/** ms; sleeps of at least that are for the test to end. */
const long = 60_000;

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(env: Record<string, string> = {}, options: { sinkAnswers?: number[] } = {}) {
  const kubernetes = await createKubernetesStandIn();
  const sink = await broker(...(options.sinkAnswers ?? []));
  const manual = manualClock();
  const { io: real, lines } = recordingIo();
  const clock = {
    ...real.clock,
    monotonic: manual.clock.monotonic,
    sleep: (ms: number, signal?: AbortSignal) =>
      ms >= long ? manual.clock.sleep(ms, signal) : real.clock.sleep(Math.min(ms, 3), signal),
  };
  const io = { ...real, clock };
  const settings = {
    SERVING_NAMESPACES: `prod=${namespace}`,
    KUBERNETES_URL: kubernetes.url,
    K_SINK: sink.url,
    ...env,
  };
  const start = () =>
    serve(openFunction('rollout-observer', settings, io), {
      ...functions['rollout-observer'],
      port: 0,
      hostname: '127.0.0.1',
      requestTimeoutMs: 60_000,
      gracePeriodMs: 100,
      io,
    });
  let host = await start();
  let ids = 0;

  return {
    kubernetes,
    sink,
    lines,
    clock: manual,
    metrics: (name: string) =>
      io.metrics
        .text()
        .split('\n')
        .filter((line) => line.startsWith(name)),
    /** A cluster with one model, whose objects `sync` brings to the API server. */
    cluster: (name = 'jukebox') => createCluster(kubernetes, name),
    /** A Deployment without KServe. */
    deployment: (name: string, of = name) =>
      createCluster(kubernetes, name, new ModelCluster(name, (version) => uriOf(version, of)), putDeployment),
    /** What was told so far. */
    told: () => sink.taken.map(({ body }) => JSON.parse(body.toString()) as ServingObservation),
    async tellsUntil(phase: string, model = 'jukebox'): Promise<ServingObservation> {
      for (let count = 0; ; count += 1) {
        await sink.arrived(count + 1);
        const told = JSON.parse(sink.taken[count]!.body.toString()) as ServingObservation;
        if (told.phase === phase && told.model === model) return told;
      }
    },
    async until(condition: () => boolean): Promise<void> {
      while (!condition()) await real.clock.sleep(1);
    },
    post: (event: CloudEvent<unknown>): Promise<HttpResponse> =>
      sendEvent(real.sink, `http://127.0.0.1:${host.port}/`, event, { timeoutMs: 200_000 }),
    /** The process ends, and another one takes its place. */
    async restart(): Promise<void> {
      await host.close();
      host = await start();
    },
    async close(): Promise<void> {
      await host.close();
      await Promise.all([kubernetes.close(), sink.close()]);
    },
    promoted: (version: string, more: Partial<Promotion> = {}, serving: Partial<PromotedVersion> = {}) =>
      promotedEvent(`e${++ids}`, version, more, serving),
    withdrawn: (more: Partial<Promotion> = {}) => modelWithdrawn.make(promotionOf(more), origin(`e${++ids}`)),
    observed: (models: Record<string, string[]>, more: Partial<EnvironmentReport> = {}) =>
      environmentObserved.make(
        {
          ...about(),
          page: { from: '', number: 1, of: 1 },
          models: Object.entries(models).map(([model, versions]) => ({
            model,
            versions: versions.map((version) => ({ version, applications: [model], uri: uriOf(version, model) })),
          })),
          ...more,
        },
        origin(`e${++ids}`),
      ),
  };
}

export function promotedEvent(
  id: string,
  version: string,
  more: Partial<Promotion> = {},
  serving: Partial<PromotedVersion> = {},
): CloudEvent<unknown> {
  return modelPromoted.make({ ...promotionOf(more), serving: [servingOf(version, more.model, serving)] }, origin(id));
}

const about = () => ({
  environment: 'prod',
  repository,
  branch: 'main',
  head,
  observedAt: new Date().toISOString(),
  complete: true,
});
const origin = (id: string) => ({ cause: { source: repository, id }, time: new Date().toISOString() });

function promotionOf(more: Partial<Promotion>): Promotion {
  return { ...about(), model: 'jukebox', cause: 'push', serving: [], ...more };
}

function servingOf(version: string, model = 'jukebox', more: Partial<PromotedVersion> = {}): PromotedVersion {
  return {
    version,
    applications: [model],
    path: `model-deployments/prod/${model}/config.yaml`,
    commit: head,
    uri: uriOf(version, model),
    promotedAt: new Date().toISOString(),
    promotedBy: { login: 'ada' },
    ...more,
  };
}

/** `name`: of the InferenceService, or of what `put` makes of it. */
export function createCluster(
  kubernetes: KubernetesStandIn,
  name: string,
  model = new ModelCluster(name),
  put = putObjects,
) {
  const { store } = kubernetes;

  const cluster = {
    model,
    /** Brings the API server in line. */
    sync: () => put(store, namespace, name, model),
    step(...names: (typeof controllers)[number][]): void {
      for (const one of names) {
        model.controllers[one]();
        cluster.sync();
      }
    },
    /** Everybody takes steps until nothing changes. */
    settle(rounds = 60): void {
      for (let round = 0; round < rounds; round += 1) cluster.step(...controllers);
    },
    /** As Git deploys it, settled. */
    serves(version: string | undefined): void {
      model.git = version;
      cluster.settle(10);
    },
  };
  return cluster;
}
