// One model in a small Kubernetes with KServe: Git, Argo CD, KServe's controller, the controllers of Deployments and ReplicaSets, and
// the kubelet, each of which takes one step at a time, in any order. What each does is what its source does: a rolling update with
// one surge and none unavailable; status written later than what it describes.
import type { Json, Workload } from '../../promotions/rollout/workload.ts';

export interface Pod {
  uid: string;
  version: string;
  state: 'starting' | 'ready' | 'stuck' | 'leaving';
}

interface ReplicaSet {
  uid: string;
  version: string;
  wanted: number;
  status: { replicas: number; availableReplicas: number };
}

export const uriOf = (version: string, model = 'jukebox') => `oci://registry/models/${model}:${version}`;
const annotation = 'internal.serving.kserve.io/storage-initializer-sourceuri';

/** In the order in which a change goes through them. */
export const controllers = [
  'applyByArgoCd',
  'reconcileByKServe',
  'stepDeployment',
  'stepReplicaSets',
  'writeReplicaSetStatus',
  'runPods',
  'endPods',
] as const;

export class ModelCluster {
  readonly #model: string;
  readonly #uriOf: (version: string) => string;
  /** What Git deploys. */
  git: string | undefined;
  /** Versions whose image is missing: their Pods do not start before it is there. */
  broken = new Set<string>();
  replicas = 1;
  #asked: string | undefined;
  #stopped = false;
  #deployment:
    | {
        version: string;
        replicas: number;
        generation: number;
        observed: number;
        gaveUp: boolean;
        attempts: number;
        /** Pods of the present template, and of others, when the status was written last. */
        made: number;
        left: number;
      }
    | undefined;
  #replicaSets: ReplicaSet[] = [];
  pods: (Pod & { owner: string })[] = [];
  #uid = 0;

  /** `artifactOf`: the address of a version's artifact. */
  constructor(model = 'jukebox', artifactOf = (version: string) => uriOf(version, model)) {
    this.#model = model;
    this.#uriOf = artifactOf;
  }

  /** Every step that somebody may take next. All but the last group are taken again and again in the end, until nothing changes. */
  readonly controllers = {
    applyByArgoCd: () => {
      this.#asked = this.git;
      this.#stopped = false;
    },
    reconcileByKServe: () => {
      const version = this.#stopped ? undefined : this.#asked;
      if (version === undefined) {
        this.#deployment = undefined;
        for (const set of this.#replicaSets) set.wanted = 0;
        return;
      }
      const one = this.#deployment;
      if (one === undefined)
        this.#deployment = {
          version,
          replicas: this.replicas,
          generation: 1,
          observed: 0,
          gaveUp: false,
          attempts: 0,
          made: 0,
          left: 0,
        };
      else if (one.version !== version || one.replicas !== this.replicas)
        Object.assign(one, { version, replicas: this.replicas, generation: one.generation + 1 });
    },
    stepDeployment: () => {
      const one = this.#deployment;
      if (one === undefined) return;
      let newest = this.#replicaSets.find(({ version }) => version === one.version);
      if (newest === undefined) {
        newest = {
          uid: this.#newUid('replicaset'),
          version: one.version,
          wanted: 0,
          status: { replicas: 0, availableReplicas: 0 },
        };
        this.#replicaSets.push(newest);
      }
      // That it gave up on the template before stands there until there is progress.
      if (one.observed !== one.generation) Object.assign(one, { observed: one.generation, attempts: 0 });
      const others = this.#replicaSets.filter((set) => set !== newest);
      const total = this.#replicaSets.reduce((sum, set) => sum + set.wanted, 0);
      newest.wanted = Math.min(one.replicas, newest.wanted + Math.max(0, one.replicas + 1 - total));
      const available = this.#replicaSets.reduce((sum, set) => sum + set.status.availableReplicas, 0);
      let spare = available - one.replicas;
      for (const set of others) {
        // What is not available may always go; what is may go as far as enough stays.
        const idle = set.wanted - set.status.availableReplicas;
        const less = Math.min(set.wanted, Math.max(0, idle) + Math.max(0, spare));
        spare -= Math.max(0, less - Math.max(0, idle));
        set.wanted -= less;
      }
      const made = newest.status.replicas;
      const left = others.reduce((sum, set) => sum + set.status.replicas, 0);
      if (made > one.made || left < one.left) one.gaveUp = false;
      Object.assign(one, { made, left });
      one.attempts += 1;
      if (newest.status.availableReplicas < one.replicas && one.attempts > 40) one.gaveUp = true;
      if (newest.status.availableReplicas >= one.replicas && left === 0) one.gaveUp = false;
    },
    stepReplicaSets: () => {
      for (const set of this.#replicaSets) {
        const alive = this.pods.filter(({ owner, state }) => owner === set.uid && state !== 'leaving');
        for (let n = alive.length; n < set.wanted; n += 1)
          this.pods.push({ uid: this.#newUid('pod'), version: set.version, owner: set.uid, state: 'starting' });
        for (const pod of alive.slice(set.wanted)) pod.state = 'leaving';
      }
    },
    writeReplicaSetStatus: () => {
      for (const set of this.#replicaSets) {
        const alive = this.pods.filter(({ owner, state }) => owner === set.uid && state !== 'leaving');
        set.status = {
          replicas: alive.length,
          availableReplicas: alive.filter(({ state }) => state === 'ready').length,
        };
      }
    },
    runPods: () => {
      for (const pod of this.pods)
        if (pod.state === 'starting' || pod.state === 'stuck')
          pod.state = this.broken.has(pod.version) ? 'stuck' : 'ready';
    },
    endPods: () => {
      this.pods = this.pods.filter(({ state }) => state !== 'leaving');
    },
  };

  /** What people do beside Git. */
  edit(version: string | undefined): void {
    this.#asked = version;
  }
  stop(): void {
    this.#stopped = true;
  }

  /** Versions whose Pods can answer a request at this moment. */
  answering(): string[] {
    return this.pods.filter(({ state }) => state === 'ready').map(({ version }) => version);
  }

  readonly read = {
    inferenceService: (): Json | undefined =>
      this.#asked === undefined
        ? undefined
        : {
            metadata: {
              name: this.#model,
              generation: 1,
              annotations: this.#stopped ? { 'serving.kserve.io/stop': 'true' } : {},
            },
            spec: { predictor: { model: { storageUri: this.#uriOf(this.#asked) } } },
            // As KServe 0.15 and 0.20 say while an old Pod lives: not to be believed.
            status: { conditions: [{ type: 'Ready', status: 'True' }] },
          },
    deployments: (): Json[] => {
      const one = this.#deployment;
      if (one === undefined) return [];
      const available = this.#replicaSets.reduce((sum, set) => sum + set.status.availableReplicas, 0);
      return [
        {
          metadata: { uid: this.#deploymentUid(), generation: one.generation },
          spec: { replicas: one.replicas, template: this.#template(one.version) },
          status: {
            observedGeneration: one.observed,
            availableReplicas: available,
            updatedReplicas: one.made,
            conditions: [
              one.gaveUp
                ? { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }
                : { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' },
            ],
          },
        },
      ];
    },
    replicaSets: (): Json[] =>
      this.#replicaSets.map(({ uid, version, wanted, status }) => ({
        metadata: { uid, ownerReferences: [{ uid: this.#deploymentUid() }] },
        spec: { replicas: wanted, template: this.#template(version) },
        status: { ...status },
      })),
    pods: (): Json[] =>
      this.pods.map(({ uid, owner, state, version }) => ({
        metadata: {
          uid,
          ownerReferences: [{ uid: owner }],
          ...(state === 'leaving' ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
        },
        status: { containerStatuses: this.#containers(state, version) },
      })),
  };

  /** Reads in the order of the observer; `between` is called between two reads. */
  readAll(between: () => void = () => {}): Workload {
    const inferenceService = this.read.inferenceService();
    between();
    const deployments = this.read.deployments();
    between();
    const replicaSets = this.read.replicaSets();
    between();
    const pods = this.read.pods();
    return { ...(inferenceService === undefined ? {} : { inferenceService }), deployments, replicaSets, pods };
  }

  /** The model is an image of its own, in a container beside the server: KServe's modelcar. */
  #containers(state: Pod['state'], version: string): Json[] {
    const image = this.#uriOf(version).replace(/^oci:\/\//, '');
    const waiting = { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` };
    return [
      { name: 'kserve-container', state: { running: {} } },
      { name: 'modelcar', state: state === 'stuck' ? { waiting } : { running: {} } },
    ];
  }

  #newUid(kind: string): string {
    this.#uid += 1;
    return `${this.#model}-${kind}-${this.#uid}`;
  }

  #deploymentUid(): string {
    return `${this.#model}-deployment`;
  }

  #template(version: string): Json {
    return { metadata: { annotations: { [annotation]: this.#uriOf(version) } }, spec: {} };
  }
}
