// As much of the Kubernetes API as the jobs see, over TLS: Secrets that may be made and not read, objects with a status. And
// what Kubernetes gives a pod to find it.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ca, tlsServer } from '../io/local-server.ts';

export interface ClusterApi {
  /** Names with what was posted. */
  secrets: Map<string, { data: Record<string, string>; metadata: { labels?: Record<string, string> } }>;
  /** By path, as `apis/serving.knative.dev/v1/namespaces/user1-toolings/services/x`. */
  objects: Map<string, object>;
  /** Method and path of every request. */
  requests: string[];
  /** Answers that come before those of the API: status and body, one for each request. */
  faults: [status: number, body: string][];
  /** What a pod has to find it. */
  env: Record<string, string>;
  close(): Promise<void>;
}

export const namespace = 'user1-toolings';
const token = 'token-of-the-service-account';

/** `certificate`: of test/fixtures/tls. */
export async function startClusterApi(certificate = 'server.crt'): Promise<ClusterApi> {
  const api: Omit<ClusterApi, 'env' | 'close'> = { secrets: new Map(), objects: new Map(), requests: [], faults: [] };
  const server = await tlsServer(async (request, response) => {
    const body = await textOf(request);
    api.requests.push(`${request.method} ${request.url}`);
    const [status, text] = api.faults.shift() ?? answer(api, request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }, certificate);
  const folder = await mkdtemp(path.join(tmpdir(), 'service-account-'));
  // Kubernetes lets any user of the pod read it.
  await chmod(folder, 0o755);
  for (const [name, text] of Object.entries({ namespace, token, 'ca.crt': ca }))
    await writeFile(path.join(folder, name), text);
  return {
    ...api,
    env: {
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(server.port),
      SERVICE_ACCOUNT_FOLDER: folder,
    },
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

type State = Pick<ClusterApi, 'secrets' | 'objects'>;

function answer({ secrets, objects }: State, request: IncomingMessage, body: string): [number, string] {
  const { url = '', method } = request;
  if (request.headers.authorization !== `Bearer ${token}`) return failure(401, 'Unauthorized');
  if (url === `/api/v1/namespaces/${namespace}/secrets` && method === 'POST') {
    const secret = JSON.parse(body);
    if (secret.kind !== 'Secret' || secret.apiVersion !== 'v1') return failure(400, 'BadRequest');
    if (secrets.has(secret.metadata.name)) return failure(409, 'AlreadyExists');
    secrets.set(secret.metadata.name, secret);
    return [201, body];
  }
  // The Role allows nothing else with Secrets.
  if (url.includes('/secrets')) return failure(403, 'Forbidden');
  const object = objects.get(url.slice(1));
  return object && method === 'GET' ? [200, JSON.stringify(object)] : failure(404, 'NotFound');
}

export function failure(code: number, reason: string): [number, string] {
  return [code, JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code })];
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
