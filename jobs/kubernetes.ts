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
    // No proxy: the API server is in the cluster, like the broker.
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

/** ms between two looks at an object. */
const pause = 2_000;

/**
 * What `read` finds in the object at `path` (`group/version/kind/name`), as soon as it is there. Throws TryAgainError with `missing`,
 * which says what was expected, when it is not there in time.
 */
export async function waitFor<T>(
  path: string,
  missing: string,
  read: (object: unknown) => T | undefined,
  kubernetes: Kubernetes,
  { clock }: Pick<Io, 'clock'>,
): Promise<T> {
  const [group, version, kind, name] = path.split('/') as [string, string, string, string];
  const end = clock.monotonic() + limits.kubernetesObject;
  for (;;) {
    const answer = await kubernetes.ask(`apis/${group}/${version}`, `${kind}/${name}`);
    const found = answer.status === 200 ? read(jsonOf(answer)) : undefined;
    if (found !== undefined) return found;
    if (clock.monotonic() > end) {
      const came = answer.status === 200 ? missing : `the Kubernetes API says ${reasonOf(answer)}`;
      throw new TryAgainError(`${kind}/${name} in ${kubernetes.namespace}: ${came}`);
    }
    await clock.sleep(pause);
  }
}

/** Whether the object's status says that it is Ready. */
export function isReady(object: unknown): boolean {
  const { conditions } = (object as { status?: { conditions?: Condition[] } } | undefined)?.status ?? {};
  return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

interface Condition {
  type: string;
  status: string;
}
