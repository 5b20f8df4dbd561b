// The test cluster (cluster.sh) as tests see it: kubectl and helm, waiting for a condition, and when Knative ends Pods.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Where the cluster's programs and state are, as in env.sh. */
export const directory = process.env.CLUSTER_DIR ?? '/tmp/post-deployment-cluster';
export const project = path.join(import.meta.dirname, '../..');
const env = { ...process.env, KUBECONFIG: `${directory}/etc/admin.conf` };

/** The address of this machine as Pods see it, and that of the node. */
export const addresses = { machine: '10.99.0.1', node: '10.99.0.2' };
export const chart = path.join(project, 'config/chart');
export const image = 'dev.local/post-deployment-functions:test';

/** For whoever starts kubectl as a process of its own. */
export const kubectlProgram = { program: `${directory}/bin/kubectl`, env };

async function execute(program: string, args: readonly string[], input?: string): Promise<string> {
  const running = run(`${directory}/bin/${program}`, [...args], { env, maxBuffer: 64 * 1024 * 1024 });
  if (input !== undefined) running.child.stdin?.end(input);
  return (await running).stdout;
}

/** What `kubectl` prints. Rejects with what it printed to stderr where it fails. */
export const kubectl = (...args: string[]) => execute('kubectl', args);
export const helm = (...args: string[]) => execute('helm', args);
/** Applies objects given as YAML or JSON. */
export const apply = (text: string) => execute('kubectl', ['apply', '-f', '-'], text);
/** Prints nothing for pairs where Argo CD would see no difference; see kubernetes/threeway. */
export const threeWay = (pairs: string) => execute('threeway', [], pairs);

/** Objects of a kind as the API server has them. `kind` as kubectl takes it, with version and group where that matters. */
export async function list<T>(namespace: string, kind: string, ...options: string[]): Promise<T[]> {
  return (JSON.parse(await kubectl('-n', namespace, 'get', kind, ...options, '-o', 'json')) as { items: T[] }).items;
}

/** Asks again every 200 ms until the answer is true; rejects after `limitMs` with `what` and the last answer or error. */
export async function until(what: string, ask: () => unknown, limitMs = 5 * 60_000): Promise<void> {
  const end = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      last = await ask();
      if (last === true) return;
    } catch (error) {
      last = error;
    }
    await pause(200);
  }
  throw new Error(
    `expected within ${limitMs / 1000} s: ${what}; last came ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}

/** Every Service of Knative in the namespace is Ready for its newest generation, and there are as many as expected. */
export async function areServicesReady(namespace: string, count: number): Promise<boolean> {
  type Service = {
    metadata: { generation: number };
    status?: { observedGeneration?: number; conditions?: { type: string; status: string }[] };
  };
  const services = await list<Service>(namespace, 'services.serving.knative.dev');
  return (
    services.length === count &&
    services.every(
      ({ metadata, status }) =>
        status?.observedGeneration === metadata.generation &&
        status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
  );
}

/** `quickly`: functions without requests lose their Pods after seconds, and not after a minute and a half. `never`: they keep one. */
export async function scaleToZero(when: 'quickly' | 'never'): Promise<void> {
  const data = {
    'stable-window': '6s',
    'scale-to-zero-grace-period': '2s',
    'enable-scale-to-zero': String(when !== 'never'),
  };
  const patch = JSON.stringify({ data });
  await kubectl('-n', 'knative-serving', 'patch', 'configmap', 'config-autoscaler', '--type', 'merge', '-p', patch);
}
