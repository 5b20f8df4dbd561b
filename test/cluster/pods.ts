// The Pods of the functions as the API server shows them over time.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { kubectlProgram, list } from './cluster.ts';

/** Times in ms since 1970, when this process heard of it; `started`: when the kubelet says that the container started, in whole seconds. */
export interface Pod {
  name: string;
  /** The function. */
  component: string;
  created: number;
  scheduled?: number;
  started?: number;
  ready?: number;
  /** It is to end, and gets no more requests. */
  ending: boolean;
}

interface Shown {
  metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string };
  status: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { name: string; state: { running?: { startedAt: string } } }[];
  };
}

const ofServices = 'serving.knative.dev/service';

export interface Pods {
  /** By name, also those that are gone. */
  all: ReadonlyMap<string, Pod>;
  /** Those that are not ending. */
  present(): Pod[];
  close(): void;
}

/** Follows the Pods of Knative Services in a namespace. Resolves when it knows those that are there. */
export async function followPods(namespace: string): Promise<Pods> {
  const all = new Map<string, Pod>();
  for (const object of await list<Shown>(namespace, 'pods', '-l', ofServices)) note({ type: 'ADDED', object });
  const { program, env } = kubectlProgram;
  const args = ['-n', namespace, 'get', 'pods', '-l', ofServices, '--watch', '--output-watch-events', '-o', 'json'];
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => note(JSON.parse(line)));

  function note({ type, object: { metadata, status } }: { type: string; object: Shown }): void {
    const now = Date.now();
    const component = metadata.labels['app.kubernetes.io/component']!;
    const pod = all.get(metadata.name) ?? { name: metadata.name, component, created: now, ending: false };
    all.set(pod.name, pod);
    const is = (condition: string) => status.conditions?.some((one) => one.type === condition && one.status === 'True');
    if (is('PodScheduled')) pod.scheduled ??= now;
    if (is('Ready')) pod.ready ??= now;
    const container = status.containerStatuses?.find(({ name }) => name === 'user-container');
    const startedAt = container?.state.running?.startedAt;
    if (startedAt !== undefined) pod.started ??= Date.parse(startedAt);
    pod.ending ||= type === 'DELETED' || metadata.deletionTimestamp !== undefined;
  }

  return {
    all,
    present: () => [...all.values()].filter(({ ending }) => !ending),
    close: () => void child.kill(),
  };
}
