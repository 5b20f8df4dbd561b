// The test cluster (cluster.sh) as tests see it: kubectl and helm, servers beside the cluster that Pods reach, and waiting for a
// condition.
import { execFile } from 'node:child_process';
import { connect, createServer, type Socket, type Server as TcpServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { seedGitea, seedRegistry } from '../../local/seed.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { callJson } from '../../stand-ins/json-call.ts';
import { createModelRegistryStandIn } from '../../stand-ins/model-registry/index.ts';

const run = promisify(execFile);
const directory = process.env.CLUSTER_DIR ?? '/tmp/post-deployment-cluster';
const project = path.join(import.meta.dirname, '../..');
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
export async function list<T>(namespace: string, kind: string): Promise<T[]> {
  return (JSON.parse(await kubectl('-n', namespace, 'get', kind, '-o', 'json')) as { items: T[] }).items;
}

/** Asks again every 200 ms until the answer is true; rejects after `limitMs` with `what` and the last answer or error. */
export async function until(what: string, ask: () => unknown, limitMs = 120_000): Promise<void> {
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

/** Functions without requests lose their Pods after seconds and not after a minute and a half. */
export async function scaleToZeroQuickly(): Promise<void> {
  const data = { 'stable-window': '6s', 'scale-to-zero-grace-period': '2s' };
  const patch = JSON.stringify({ data });
  await kubectl('-n', 'knative-serving', 'patch', 'configmap', 'config-autoscaler', '--type', 'merge', '-p', patch);
}

/** Stand-ins for Gitea and the registry, on loopback, with a forwarder that gives each the address that Pods reach. */
export async function startServers(model: string) {
  const gitea = await createGiteaStandIn({
    users: [{ login: 'user1', fullName: 'User One', email: 'user1@example.test' }],
    port: 3100,
    hosts: ['git.host.test'],
  });
  const registry = await createModelRegistryStandIn({
    port: 3101,
    token: 'registry-token',
    hosts: ['registry.host.test'],
  });
  const forwarders = await Promise.all([3100, 3101].map(forward));
  const git = { api: `${gitea.url}/api/v1`, token: gitea.token('user1') };
  const models = { api: `${registry.url}/api/model_registry/v1alpha3`, token: 'registry-token' };
  await seedRegistry(models, model);
  const repository = await seedGitea(git, 'mlops-gitops', model);
  return {
    gitea,
    registry,
    git,
    models,
    repository,
    hooks: () => callJson<unknown[]>(git, 'GET', `/repos/${repository}/hooks`),
    async close() {
      for (const forwarder of forwarders) forwarder.close();
      await gitea.close();
      await registry.close();
    },
  };
}

export type Servers = Awaited<ReturnType<typeof startServers>>;

function forward(port: number): Promise<TcpServer> {
  const server = createServer((client: Socket) => {
    const target = connect(port, '127.0.0.1');
    client.pipe(target).pipe(client);
    client.on('error', () => target.destroy());
    target.on('error', () => client.destroy());
  });
  return new Promise((resolve) => server.listen(port, addresses.machine, () => resolve(server)));
}

/** What installation.cluster.ts installs and the other files use. */
export const release = { name: 'promotions', namespace: 'mlops', functions: 5 };

/** Secrets as docs/install.md says; then `helm upgrade --install` with the servers' addresses. */
export async function install(servers: Servers, ...more: string[]): Promise<void> {
  const { name, namespace } = release;
  const secrets = {
    [`${name}-gitea`]: servers.git.token,
    [`${name}-gitea-admin`]: servers.git.token,
    'status-token': servers.git.token,
    'registry-token': servers.models.token,
  };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...Object.entries(secrets).map(([secret, token]) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, namespace },
      stringData: { token },
    })),
  ];
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const values = [
    `image.reference=${image}`,
    `gitea.url=http://git.host.test:3100,gitea.repository=${servers.repository},gitea.webhook.create=true`,
    'registry.url=http://registry.host.test:3101,registry.existingSecret=registry-token',
    'commitStatus.existingSecret=status-token,allowHttp=true',
    ...more,
  ];
  await helm('upgrade', '--install', name, chart, '-n', namespace, ...values.flatMap((value) => ['--set', value]));
}
