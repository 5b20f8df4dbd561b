// The installation that the journeys share: docs/install.md on any Kubernetes with Knative, with stand-ins beside the cluster.
import { apply, areServicesReady, chart, helm, image, kubectl, list, scaleToZero, until } from './cluster.ts';
import { commandOf, runAsWritten } from './guide.ts';
import type { Servers } from './servers.ts';

/** In no run of the tests. */
const never = '0 0 1 1 *';
export const noReconciles = `reconcile.schedule=${never}`;

export const release = {
  name: 'promotions',
  namespace: 'mlops',
  functions: ['gitea-source', 'parse', 'registry-writer', 'dead-letter', 'commit-status'] as const,
};
const { name, namespace } = release;

/** Known before, as after an earlier installation: the chart's Job keeps the Secret. */
export const webhookSecret = 'a-webhook-secret-of-a-test';
export const webhookUrl = `http://${name}-gitea-source.${namespace}.kube.internal/`;

/** A namespace for it, in which only Pods of the restricted Pod Security Standard start, with the Secrets that docs/install.md asks for. */
export async function prepare(servers: Servers): Promise<void> {
  await scaleToZero('quickly');
  await helm('uninstall', name, '-n', namespace, '--ignore-not-found', '--wait');
  // Knative's autoscaler may forget a revision that takes the place of one of the same name.
  const autoscalers = () => list(namespace, 'podautoscalers.autoscaling.internal.knative.dev');
  await until('nothing is left of an earlier installation', async () => (await autoscalers()).length === 0);
  if ((await kubectl('get', 'namespace', namespace, '--ignore-not-found')) === '')
    await runAsWritten(commandOf(`kubectl create namespace ${namespace}`));
  await applyNamespace(namespace, {
    [`${name}-gitea-admin`]: { token: servers.gitea.createToken('user1', ['write:repository']) },
    [`${name}-webhook`]: { secret: webhookSecret },
    'status-token': { token: servers.gitea.createToken('user1', ['write:repository']) },
    'registry-token': { token: servers.models.token },
  });
  await kubectl('-n', namespace, 'delete', 'secret', `${name}-gitea`, '--ignore-not-found');
  const token = servers.gitea.createToken('user1', ['read:repository']);
  await runAsWritten(commandOf(`kubectl -n ${namespace} create secret generic ${name}-gitea`), { '<token>': token });
}

/** With Secrets in it. */
export async function applyNamespace(namespace: string, secrets: Readonly<Record<string, object>> = {}): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }));
  for (const [secret, content] of Object.entries(secrets)) await applySecret(namespace, secret, content);
}

export async function applySecret(namespace: string, name: string, stringData: object): Promise<void> {
  await apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData }));
}

/** The command of the guide with the servers' addresses, and what this cluster needs beside it. Reconciles by schedule are off. */
export async function install({ repository }: Servers, ...values: string[]): Promise<void> {
  const more = [
    'gitea.webhook.create=true,registry.existingSecret=registry-token,commitStatus.existingSecret=status-token',
    `allowHttp=true,${noReconciles}`,
    ...values,
  ];
  await runAsWritten([commandOf(`helm install ${name}`), ...more.map((value) => `--set '${value}'`)].join(' '), {
    'registry.example.com/post-deployment-functions:0.1.0': image,
    'https://gitea.example.com': 'http://git.host.test:3100',
    'mlops/mlops-gitops': repository,
    'https://registry.example.com': 'http://registry.host.test:3101',
  });
}

/** With values changed as Helm's --set takes them. */
export async function upgrade(...values: string[]): Promise<void> {
  await helm('upgrade', name, chart, '-n', namespace, '--reuse-values', ...values.flatMap((value) => ['--set', value]));
}

/** When the PingSource reconciles from now on. The chart takes schedules in minutes, a PingSource in seconds, too. */
export async function reconcile(when: 'every ten seconds' | 'never'): Promise<void> {
  const patch = JSON.stringify({ spec: { schedule: when === 'never' ? never : '*/10 * * * * *' } });
  await kubectl('-n', namespace, 'patch', 'pingsource', `${name}-reconcile`, '--type=merge', '-p', patch);
}

/** Every Service and Trigger is Ready, and both Jobs of the newest revision are done. */
export async function isReady(servers: Servers, functions: number = release.functions.length): Promise<void> {
  await until(`${functions} Services are Ready`, () => areServicesReady(namespace, functions));
  await until('every Job is done', areJobsDone);
  await until('there is one webhook', async () => (await servers.hooks()).length === 1);
}

async function areJobsDone(): Promise<unknown> {
  const jobs = await list<{ metadata: { name: string }; status: { succeeded?: number } }>(namespace, 'jobs');
  const open = jobs.filter(({ status }) => status.succeeded !== 1);
  return (jobs.length > 0 && open.length === 0) || open.map(({ metadata }) => metadata.name);
}

/** What a container needs to be of the restricted Pod Security Standard. */
export const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Names of the Pods of a function that run and are not ending. */
export async function podsOf(component: string): Promise<string[]> {
  type Pod = { metadata: { name: string; deletionTimestamp?: string }; status: { phase: string } };
  const pods = await list<Pod>(namespace, 'pods', '-l', `app.kubernetes.io/component=${component}`);
  return pods
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running')
    .map(({ metadata }) => metadata.name);
}
