// The Pods of the functions as the API server shows them over time.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { kubectlProgram } from './cluster.ts';

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

export interface Pods {
  /** By name, also those that are gone. */
  all: ReadonlyMap<string, Pod>;
  /** Those that are not ending. */
  present(): Pod[];
  close(): void;
}

/** Follows the Pods of Knative Services in a namespace. */
export function followPods(namespace: string): Pods {
  const all = new Map<string, Pod>();
  const { program, env } = kubectlProgram;
  const selector = ['-l', 'serving.knative.dev/service'];
  const args = ['-n', namespace, 'get', 'pods', ...selector, '--watch', '--output-watch-events', '-o', 'json'];
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    text += `${line}\n`;
    // kubectl indents, so only the last line of an object begins with its bracket.
    if (line !== '}') return;
    note(JSON.parse(text) as { type: string; object: Shown });
    text = '';
  });

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
