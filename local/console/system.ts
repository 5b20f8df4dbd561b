// What the console is given to show and to act on: the running servers and functions. local/system.ts starts them.
import type { RegistryName } from '../../config/settings/registry.ts';
import type { Broker } from '../../stand-ins/broker/index.ts';
import type { GiteaStandIn } from '../../stand-ins/gitea/index.ts';
import type { Server } from '../../stand-ins/json-call.ts';
import type { KubernetesStandIn } from '../../stand-ins/kubernetes/index.ts';
import type { LiveCluster } from '../../stand-ins/kubernetes/live-cluster.ts';
import type { Emitter } from '../../stand-ins/listening.ts';
import type { RegistryServer } from '../../stand-ins/registry-server.ts';

/** Without `standIn` a server is a real one, which the console reads and never changes. */
export interface RunningSystem {
  gitea: Server & { url: string; repository: string; standIn?: GiteaStandIn };
  registry: Server & { url: string; kind: RegistryName; standIn?: RegistryServer };
  /** The cluster in which rollouts are observed, where it stands in. */
  cluster?: { url: string; standIn: LiveCluster & { kubernetes: KubernetesStandIn } };
  /** A model that Git deploys. */
  model: string;
  broker: Broker;
  functions: readonly { name: string; url: string; process?: RunningFunction }[];
  /** What the functions were started with, secrets included. */
  settings: Readonly<Record<string, string | undefined>>;
  webhook: { secret: string };
  /** Sends what a PingSource sends. Resolves with the broker's answer. */
  ping(): Promise<number>;
}

export interface RunningFunction {
  /** `line`: one line of its log, parsed where it is JSON; `state`: the new state. */
  events: Emitter;
  readonly state: string;
  kill(): void;
}
