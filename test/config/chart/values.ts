// Users' files for tests: the workshop's, and for each value one in which it means something.
import type { Row } from '../../../config/chart-source/values.ts';
import { workshop } from './helm.ts';

const rollout = { rollout: { enabled: true } };
const page = { console: { enabled: true, existingSecret: 'page' } };
const proxy = { from: [{ podSelector: {} }] };

/** Values among which a value first has its meaning. */
const among: Readonly<Record<string, object>> = {
  'image.folder': { image: { reference: 'quay.io/example/functions:1' } },
  'image.command': { image: { reference: 'quay.io/example/functions:1' } },
  'image.pullSecret': { image: { reference: 'quay.io/example/functions:1' } },
  'gitea.webhook.existingTokenSecret': { gitea: { webhook: { create: true } } },
  'gitea.webhook.url': { gitea: { webhook: { create: true } } },
  'registry.kind': { registry: { url: 'https://mlflow.example.com' } },
  'registry.versionTag': { registry: { kind: 'mlflow', url: 'https://mlflow.example.com' } },
  'registry.workspace': { registry: { kind: 'mlflow', url: 'https://mlflow.example.com' } },
  'registry.user': { registry: { existingSecret: 'registry-token' } },
  'registry.uiUrl': { commitStatus: { existingSecret: 'gitea-status' } },
  'registry.role.name': { registry: { role: { namespace: 'team-registries' } } },
  'registry.role.namespace': { registry: { role: { name: 'registry-user-team', namespace: 'other' } } },
  'commitStatus.resources': { commitStatus: { existingSecret: 'gitea-status' } },
  'notify.resources': { notify: { existingSecret: 'notify-channels' } },
  'rollout.namespaces': rollout,
  'rollout.workload': rollout,
  'rollout.servedUri': rollout,
  'rollout.cluster': rollout,
  'rollout.argoCdNamespace': rollout,
  'rolloutObserver.resources': rollout,
  'broker.kafkaConfig.name': { broker: { class: 'Kafka' } },
  'broker.kafkaConfig.namespace': { broker: { class: 'Kafka' } },
  'broker.caCerts': { broker: { url: 'https://broker.example.com/a/b' } },
  'podMonitor.interval': { podMonitor: { enabled: true } },
  'podMonitor.labels': { podMonitor: { enabled: true } },
  'alerts.labels': { alerts: { enabled: true } },
  'alerts.runbookUrl': { alerts: { enabled: true } },
  'dashboard.labels': { dashboard: { enabled: true } },
  'console.enabled': { console: { existingSecret: 'page' } },
  'console.existingSecret': page,
  'console.registryUser': { ...page, registry: { user: 'writer', existingSecret: 'registry-token' } },
  'console.userHeader': { console: { ...page.console, ...proxy } },
  'console.from': { ...page, mode: 'deployment' },
  'console.allowReconcile': page,
  'console.argoCdUrl': page,
  'console.resources': page,
  'deployment.expose': { mode: 'deployment', deployment: { host: 'a.example.com' } },
  'deployment.host': { mode: 'deployment', deployment: { expose: 'ingress', host: 'a.example.com' } },
  'deployment.ingressClass': { mode: 'deployment', deployment: { expose: 'ingress', host: 'a.example.com' } },
  'deployment.tlsSecret': { mode: 'deployment', deployment: { expose: 'ingress', host: 'a.example.com' } },
  'deployment.resources': { mode: 'deployment' },
};

/** Read by the workshop's ApplicationSet, or before anything is rendered. */
export const withoutEffect = ['chart_path', 'checkApis'];

export function merge(a: object, b: object): object {
  const result: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = result[key];
    const both = typeof old === 'object' && typeof value === 'object' && old && value && !Array.isArray(value);
    result[key] = both ? merge(old, value as object) : value;
  }
  return result;
}

export function set(path: string, value: unknown): object {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

/** The file of a user for whom this value means something, without it. */
export function around({ path }: Row): object {
  return merge(workshop, among[path] ?? {});
}

/** The same with it. */
export function valuesWith(row: Row, value: unknown = row.example): object {
  return merge(around(row), set(row.path, value));
}
