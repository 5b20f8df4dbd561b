// A machine of the cluster, as far as a container sees it: runs what a pod says, with exactly its environment, its files under
// a folder instead of /, its ports as free ones of loopback, as a user of the cluster's choice where this process may do that.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../local/processes.ts';
import type { Container, Pod } from './pods.ts';

/** As OpenShift gives: any user, group 0. */
const anyUser = { uid: 1_000_620_000, gid: 0 };

export interface Machine {
  /** Secrets and ConfigMaps of the namespace: name → key → text. */
  secrets: Record<string, Record<string, string>>;
  configMaps: Record<string, Record<string, string>>;
  /** What stands in an environment in place of what: names of the cluster → loopback. */
  names: Record<string, string>;
  /** Runs the only container of a pod. Throws where Kubernetes would wait: a Secret that is not there. */
  run(pod: Pod, platform?: Readonly<Record<string, string>>): Promise<Running>;
  close(): Promise<void>;
}

export interface Running {
  /** By containerPort. */
  ports: Record<number, number>;
  process: ChildProcess;
  output(): string;
  ended: Promise<number | null>;
  /** The most memory it needed, in bytes; undefined if the system does not show it, or the process has ended. */
  peakMemory(): Promise<number | undefined>;
}

/** `bundles`: the folder with what the image holds. */
export async function createMachine(bundles: string): Promise<Machine> {
  const root = await mkdtemp(path.join(tmpdir(), 'machine-'));
  // Readable for the user below; in an image they are, too.
  await chmod(root, 0o755);
  await chmod(bundles, 0o755);
  await symlink(bundles, path.join(root, 'dist'));
  const as = mayBecome(anyUser) ? anyUser : {};
  const children = new Set<ChildProcess>();
  const machine: Pick<Machine, 'secrets' | 'configMaps' | 'names'> = { secrets: {}, configMaps: {}, names: {} };

  async function mount(pod: Pod, { volumeMounts = [] }: Container): Promise<void> {
    for (const { name, mountPath } of volumeMounts) {
      const volume = (pod.volumes ?? []).find((each) => each.name === name) as {
        secret?: { secretName: string };
        configMap?: { name: string };
      };
      const source = volume.secret ? volume.secret.secretName : volume.configMap!.name;
      const files = (volume.secret ? machine.secrets : machine.configMaps)[source];
      if (!files) throw new Error(`there is no ${volume.secret ? 'Secret' : 'ConfigMap'} ${source} to mount`);
      await mkdir(path.join(root, mountPath), { recursive: true });
      for (const [key, text] of Object.entries(files)) await writeFile(path.join(root, mountPath, key), text);
    }
  }

  function environment({ env = [], volumeMounts = [] }: Container): Record<string, string> {
    const result: Record<string, string> = {};
    for (const { name, value, valueFrom } of env) {
      const from = valueFrom?.secretKeyRef;
      const text = from ? machine.secrets[from.name]?.[from.key] : (value ?? '');
      if (text === undefined && !from?.optional) throw new Error(`there is no Secret ${from!.name} with ${from!.key}`);
      if (text !== undefined) result[name] = text;
    }
    for (const [name, value] of Object.entries(result)) {
      const mounted = volumeMounts.some(({ mountPath }) => value.startsWith(`${mountPath}/`));
      if (mounted) result[name] = path.join(root, value);
      for (const [from, to] of Object.entries(machine.names)) result[name] = result[name]!.replaceAll(from, to);
    }
    return result;
  }

  return Object.assign(machine, {
    async run(pod: Pod, platform: Readonly<Record<string, string>> = {}): Promise<Running> {
      const container = pod.containers[0]!;
      await mount(pod, container);
      const env = environment(container);
      const ports: Record<number, number> = {};
      for (const { containerPort } of container.ports ?? []) ports[containerPort] = await freePort();
      // Containers have their ports for themselves; here all share one loopback.
      if (ports[8080] !== undefined) env.PORT = String(ports[8080]);
      if (env.EVENTS_PORT !== undefined) env.EVENTS_PORT = String(ports[Number(env.EVENTS_PORT)]);
      const [command, ...rest] = [...(container.command ?? []), ...(container.args ?? [])];
      const child = spawn(command === 'node' ? process.execPath : command!, rest, {
        ...as,
        cwd: root,
        // As in every Pod.
        env: { KUBERNETES_SERVICE_HOST: '10.96.0.1', ...env, ...platform },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.add(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      const ended = once(child, 'close').then(([code]) => {
        children.delete(child);
        return code as number | null;
      });
      return {
        ports,
        process: child,
        output: () => output,
        ended,
        async peakMemory() {
          const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
          const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
          return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
        },
      };
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await rm(root, { recursive: true, force: true });
    },
  });
}

function mayBecome(user: { uid: number; gid: number }): boolean {
  return spawnSync(process.execPath, ['-e', ''], { ...user, cwd: '/', env: {} }).status === 0;
}
