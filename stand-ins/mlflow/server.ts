// The stand-in: its routes behind the server of all registries that stand in, its workspaces, and the forms of its answers.
import { type Answer, noFaults } from '../registry-faults.ts';
import { type ApiRequest, openRegistryServer, type RegistryServer, type ServerOptions } from '../registry-server.ts';
import { GENERATIONS, type Generation, type GenerationName } from './generations.ts';
import { invalid, noWorkspace, noWorkspaces, Refusal } from './refusals.ts';
import { routes } from './routes.ts';
import { addModel, labels, type Model, type Models, type SeedModel } from './store.ts';

export const BASE_PATH = '/api/2.0/mlflow';

export interface MlflowStandInOptions extends ServerOptions {
  /** Default `newest`. */
  generation?: GenerationName;
  /** Parts of the server beside the one called default. Undefined: it has none. */
  workspaces?: readonly string[];
}

export interface MlflowStandIn extends RegistryServer {
  generation: Generation;
  addModel(model: SeedModel): Model;
  /** Of the workspace called default: model → number of a version → the keys of its empty tags. */
  labels(): Record<string, Record<string, string[]>>;
  /** Of the workspace called default, past all faults. */
  models: Models;
}

export async function createMlflowStandIn(options: MlflowStandInOptions = {}): Promise<MlflowStandIn> {
  const generation = GENERATIONS[options.generation ?? 'newest'];
  const { clock: now = Date.now, workspaces } = options;
  const faults = noFaults();
  const models: Models = new Map();
  const spaces = new Map(
    ['default', ...(workspaces ?? [])].map((name) => [name, name === 'default' ? models : new Map()]),
  );

  /** 2.x knows no workspaces, and takes no notice. */
  function modelsOf(workspace: string): Models {
    if (!generation.is3) return models;
    if (workspaces === undefined && workspace !== '') throw noWorkspaces();
    const found = spaces.get(workspace || 'default');
    if (found === undefined) throw noWorkspace(workspace);
    return found;
  }

  async function dispatch({ method, path, url, headers, body }: ApiRequest): Promise<Answer> {
    if (path === '/version') return page(200, generation.version);
    const route = path.startsWith(`${BASE_PATH}/`) ? routes[path.slice(BASE_PATH.length)] : undefined;
    if (route === undefined) return page(404, 'Not Found');
    const handle = route[method];
    if (handle === undefined) return page(405, 'Method Not Allowed');
    try {
      if (method !== 'GET') await faults.beforeWrite?.();
      const workspace = String(headers['x-mlflow-workspace'] ?? '').trim();
      const parameters = method === 'GET' ? queryOf(url) : bodyOf(headers['content-type'], body);
      return json(200, handle({ generation, models: modelsOf(workspace), now }, parameters));
    } catch (error) {
      if (error instanceof Refusal) return refused(error, generation);
      throw error;
    }
  }

  const server = await openRegistryServer(
    { basePath: BASE_PATH, routedPath: (sent) => sent, dispatch },
    options,
    faults,
  );
  return {
    ...server,
    generation,
    models,
    addModel: (model) => addModel(models, model, now),
    labels: () => labels(models),
  };
}

/** A parameter that comes several times is a list. */
function queryOf(url: URL): Record<string, unknown> {
  const names = new Set(url.searchParams.keys());
  const read = (name: string) => {
    const values = url.searchParams.getAll(name);
    return values.length === 1 ? values[0] : values;
  };
  return Object.fromEntries([...names].map((name) => [name, read(name)]));
}

/** What is no JSON has no parameters. */
function bodyOf(type: string | undefined, body: string): Record<string, unknown> {
  if (body !== '' && !type?.startsWith('application/json'))
    throw invalid("Bad Request. Content-Type must be one of ['application/json'].");
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function json(status: number, value: object): Answer {
  return { status, headers: [['Content-Type', 'application/json']], body: JSON.stringify(value) };
}

function page(status: number, text: string): Answer {
  const body = status === 200 ? text : `<!doctype html>\n<html lang=en>\n<title>${status} ${text}</title>\n`;
  return { status, headers: [['Content-Type', 'text/html; charset=utf-8']], body };
}

function refused({ status, code, message }: Refusal, { is3 }: Generation): Answer {
  const error_class = code === 'RESOURCE_DOES_NOT_EXIST' ? 'RESOURCE_NOT_FOUND' : code;
  return json(status, { error_code: code, message, ...(is3 && { sqlstate: 'KAM00', error_class }) });
}
