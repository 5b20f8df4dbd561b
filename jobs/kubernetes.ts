// The Kubernetes API as a pod sees it: address and namespace that are mounted, the token of its service account.
import { limits } from '../config/limits.ts';
import { anyText } from '../config/settings/checks.ts';
import type { Table, Values } from '../config/settings/reader.ts';
import { TryAgainError } from '../events/errors.ts';
import { type Answer, createApi, jsonOf } from '../io/api-client.ts';
import type { Io } from '../io/io.ts';

export interface Kubernetes {
  namespace: string;
  /** `path` after the namespace: `secrets`. Any status is an answer; TryAgainError when there is none. */
  ask(group: string, path: string, body?: object): Promise<Answer>;
}

/** What Kubernetes gives every pod, and where it mounts the service account. */
export const kubernetesTable = {
  KUBERNETES_SERVICE_HOST: { for: 'all', check: anyText, default: '', description: '' },
  KUBERNETES_SERVICE_PORT: { for: 'all', check: anyText, default: '443', description: '' },
  SERVICE_ACCOUNT_FOLDER: {
    for: 'all',
    check: anyText,
    default: '/var/run/secrets/kubernetes.io/serviceaccount',
    description: '',
  },
} as const satisfies Table;

/** Throws TryAgainError when this is no pod with a service account. */
export function createKubernetes(
  settings: Values<typeof kubernetesTable>,
  io: Pick<Io, 'sink' | 'readFile' | 'clock'>,
): Kubernetes {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, SERVICE_ACCOUNT_FOLDER: mounted } = settings;
  if (host === '') throw new TryAgainError('KUBERNETES_SERVICE_HOST is not set: expected to run in a pod');
  const file = (name: string) => {
    try {
      return io.readFile(`${mounted}/${name}`).trim();
    } catch (cause) {
      throw new TryAgainError(
        `${mounted}/${name} cannot be read: expected what Kubernetes mounts for a service account ` +
          '(automountServiceAccountToken: true)',
        { cause },
      );
    }
  };
  const namespace = file('namespace');
  const api = createApi(
    {
      // An IPv6 address stands in brackets in a URL.
      url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      api: '',
      token: () => file('token'),
      tokenName: `${mounted}/token`,
      scheme: 'Bearer',
      ca: () => file('ca.crt'),
      timeoutMs: limits.kubernetesCall,
      name: (method, route, at) => `${method} ${route} at ${at}`,
    },
    // Never through a proxy, as little as the broker: it is a neighbour.
    io.sink,
    io,
  );
  return {
    namespace,
    ask: (group, path, body) =>
      api.send({
        method: body === undefined ? 'GET' : 'POST',
        route: `/${group}/namespaces/${namespace}/${path}`,
        ...(body !== undefined && { body }),
      }),
  };
}

/** The status, and the reason that the API gives for a refusal. */
export function reasonOf(answer: Answer): string {
  const { reason } = (jsonOf(answer) ?? {}) as { reason?: unknown };
  return typeof reason === 'string' ? `${answer.status} ${reason}` : String(answer.status);
}
