// The Kubernetes API as a pod sees it: address and namespace that are mounted, the token of its service account.
import { limits } from '../config/limits.ts';
import { anyText } from '../config/settings/checks.ts';
import type { Table, Values } from '../config/settings/reader.ts';
import { TryAgainError } from '../events/errors.ts';
import type { HttpResponse, Io } from '../io/io.ts';

export interface Kubernetes {
  namespace: string;
  /** `path` after the namespace: `secrets`. Any status is an answer; TryAgainError when there is none. */
  ask(group: string, path: string, body?: unknown): Promise<HttpResponse>;
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
  io: Pick<Io, 'sink' | 'readFile'>,
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
  // An IPv6 address stands in brackets in a URL.
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    namespace,
    ask: (group, path, body) =>
      // Never through a proxy, as little as the broker: it is a neighbour.
      io.sink({
        method: body === undefined ? 'GET' : 'POST',
        url: `${server}/${group}/namespaces/${namespace}/${path}`,
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${file('token')}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs: limits.kubernetesCall,
        ca: file('ca.crt'),
      }),
  };
}

/** The JSON of an answer, undefined when it is none. */
export function jsonOf(answer: HttpResponse): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(answer.body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What the API says of a refusal, else nothing. */
export function reasonOf(answer: HttpResponse): string {
  const { reason } = jsonOf(answer) ?? {};
  return typeof reason === 'string' ? `${answer.status} ${reason}` : String(answer.status);
}
