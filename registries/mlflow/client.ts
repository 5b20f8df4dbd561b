// Calls to MLflow, and what an answer that is not 200 means.
import { limits } from '../../config/limits.ts';
import { isObject } from '../../events/json-object.ts';
import { type Answer, type Api, type Call, cameIn, createApi, jsonOf, readAnswer } from '../../io/api-client.ts';
import type { Io } from '../../io/io.ts';
import { quoted } from '../../io/what-came.ts';
import type { RegistryOptions, Write } from '../registry.ts';
import { readEmpty, readProblem } from './wire.ts';

export interface Client extends Pick<Api, 'url' | 'error' | 'clock'> {
  /** The JSON of a 200, read by `read`; everything else throws TryAgainError. */
  ask<T>(call: Call, read: (json: unknown) => T): Promise<T>;
  /** As ask; undefined where MLflow itself says that there is none. Nothing but a name or a number may be asked for. */
  find<T>(call: Call, read: (json: unknown) => T): Promise<T | undefined>;
  /** Whose answer is empty. In a dry run nothing is sent. */
  write(call: Call & { method: 'POST' | 'DELETE'; body: object }): Promise<void>;
  /** What the server says of itself beside its API; undefined when it does not. At most 40 characters. */
  version(): Promise<string | undefined>;
  /** Whether it looks at the workspace that is sent. Servers before 3.10 have one space for all, whatever is sent. */
  hasWorkspaces(): Promise<boolean>;
  /** Sent with every call. */
  readonly workspace: string | undefined;
}

const lookAtAddress = 'look at MODEL_REGISTRY_URL and MODEL_REGISTRY_API, and at what stands in front of MLflow';
const lookAtToken =
  'look at MODEL_REGISTRY_TOKEN and MODEL_REGISTRY_USER, and at what that user may do with registered models';
const lookAtWorkspace = 'look at MLFLOW_WORKSPACE';

export function createClient(options: RegistryOptions, io: Io, pretend?: (write: Write) => void): Client {
  const { workspace } = options;
  const api = createApi(
    {
      ...options,
      tokenName: 'MODEL_REGISTRY_TOKEN',
      scheme: 'Bearer',
      ...(workspace !== undefined && { headers: { 'x-mlflow-workspace': workspace } }),
      timeoutMs: limits.registryCall,
      name: (method, route) => `MLflow: ${method} ${route}`,
    },
    io.api,
    io,
  );

  function readAs<T>(call: Call, answer: Answer, read: (json: unknown) => T): T {
    const { status } = answer;
    if (status === 200) return readAnswer(api, call, answer, read, lookAtAddress);
    const problem = readProblem(jsonOf(answer));
    // What MLflow says of its own failures quotes its database's statements.
    const words =
      problem && status < 500 ? `${problem.code} "${quoted(problem.message, [answer.token])}"` : problem?.code;
    const came = words ?? cameIn(api, call, answer);
    throw api.error(
      call,
      [`status ${status}${came ? `, ${came}` : ''}`, hint(status, problem?.code)].filter(Boolean).join('; '),
    );
  }

  const ask: Client['ask'] = async (call, read) => readAs(call, await api.send(call), read);

  return {
    url: api.url,
    error: api.error,
    clock: api.clock,
    ask,
    async find(call, read) {
      const answer = await api.send(call);
      return isMissing(answer) ? undefined : readAs(call, answer, read);
    },
    async write(call) {
      if (pretend === undefined) await ask(call, readEmpty);
      else pretend({ method: call.method, url: api.address(call), body: JSON.stringify(call.body) });
    },
    async version() {
      const { status, body } = await api.send({ route: '/version' }, `${api.url}/version`);
      const text = body.toString('utf8', 0, 40).trim();
      return status === 200 && /^\d+\.[\w.]+$/.test(text) ? text : undefined;
    },
    workspace,
    async hasWorkspaces() {
      const answer = await api.send({ route: '/server-info' }, `${api.url}/api/3.0/mlflow/server-info`);
      const json = answer.status === 200 ? jsonOf(answer) : undefined;
      return isObject(json) && json.workspaces_enabled === true;
    },
  };
}

/**
 * A name that cannot be registered (400) is of nothing that is there, as one that is not registered (404). The same status and code
 * come when there is no such workspace, and a proxy's 404 has neither.
 */
function isMissing(answer: Answer): boolean {
  const { code, message = '' } = readProblem(jsonOf(answer)) ?? {};
  if (answer.status === 404 && code === 'RESOURCE_DOES_NOT_EXIST') {
    return /^(Registered Model with name=|Model Version \(name=)/.test(message);
  }
  return (
    answer.status === 400 &&
    code === 'INVALID_PARAMETER_VALUE' &&
    /^(Invalid model name|(Invalid|Missing) value\b.*'name')/s.test(message)
  );
}

/** Where to look after this answer. `code`: MLflow's own. */
function hint(status: number, code: string | undefined): string | undefined {
  if (code === 'FEATURE_DISABLED') return lookAtWorkspace;
  if (status === 401 || status === 403) return lookAtToken;
  const isElsewhere = status < 500 && code === undefined;
  return isElsewhere ? lookAtAddress : undefined;
}
