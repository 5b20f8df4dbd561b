// One promotion through real functions and stand-ins, with everything noted that went over the wire: what is measured later
// is played from these notes, so that no server's own time is in a figure. Measures nothing itself.
import http, { type IncomingHttpHeaders } from 'node:http';
import { freePort, startFunction } from '../local/processes.ts';
import { promote } from '../local/promote.ts';
import { seedGitea, seedRegistry, seedWebhook } from '../local/seed.ts';
import { createGiteaStandIn } from '../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn } from '../stand-ins/model-registry/index.ts';
import { listen } from './sockets.ts';

/** One call a function made, and its answer. */
export interface Exchange {
  method: string;
  /** Path and query. */
  target: string;
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A request as it came: what a function is sent again when it is measured. */
export interface Message {
  headers: Record<string, string>;
  body: string;
}

export interface Recording {
  /** The signed webhook, the push it became, the promotion that became of it, the answer to that, and what a ping becomes. */
  webhook: Message;
  push: Message;
  promoted: Message;
  updated: Message;
  observed: Message;
  /** What parse and commit-status asked of Gitea and registry-writer of the registry, in order. */
  gitea: Exchange[];
  registry: Exchange[];
  /** Calls of one reconcile that finds everything true. */
  reconcile: { gitea: number; registry: number };
  repository: string;
}

export const secret = 'secret-of-the-bench';
const model = 'jukebox';

/** `folder`: where the functions' bundles are. */
export async function record(folder: string): Promise<Recording> {
  const users = [{ login: 'user1', fullName: 'User One', email: 'user1@example.test' }];
  const gitea = await createGiteaStandIn({ users });
  const registry = await createModelRegistryStandIn();
  const toGitea = await recordingProxy(gitea.url);
  const toRegistry = await recordingProxy(registry.url);
  const webhooks = await recordingSink();
  const sink = await recordingSink();
  const server = { api: `${gitea.url}/api/v1`, token: gitea.token('user1') };
  await seedRegistry({ api: `${registry.url}/api/model_registry/v1alpha3` }, model);
  const repository = await seedGitea(server, 'mlops-gitops', model);
  await seedWebhook(server, repository, webhooks.url, secret);

  const settings = {
    'gitea-source': { GITEA_WEBHOOK_SECRET: secret },
    parse: { GITEA_URL: toGitea.url, GITEA_REPOSITORY: repository, GITEA_TOKEN: server.token },
    'registry-writer': { MODEL_REGISTRY_URL: toRegistry.url },
    'commit-status': { GITEA_URL: toGitea.url, GITEA_REPOSITORY: repository, GITEA_STATUS_TOKEN: server.token },
  };
  const urls: Record<string, string> = {};
  const functions = await Promise.all(
    Object.entries(settings).map(async ([name, own]) => {
      const port = await freePort();
      urls[name] = `http://127.0.0.1:${port}/`;
      return startFunction(name, folder, port, { ...own, K_SINK: sink.url, LOG_LEVEL: 'error' });
    }),
  );
  try {
    await promote(server, repository, model, '1.1.0');
    await gitea.idle();
    const isMerge = ({ headers, body }: Message) =>
      headers['x-gitea-event'] === 'push' && (JSON.parse(body) as { ref: string }).ref === 'refs/heads/main';
    const webhook = webhooks.got.find(isMerge)!;
    const push = await through('gitea-source', webhook);
    const promoted = await through('parse', push);
    const updated = await replyTo(urls['registry-writer']!, promoted);
    const written = [...toRegistry.exchanges];
    await send(urls['commit-status']!, updated);
    const exchanged = [...toGitea.exchanges];
    const ping: Message = { headers: eventHeaders('dev.knative.sources.ping'), body: '{}' };
    const observed = await through('parse', ping);
    await send(urls['registry-writer']!, observed);
    const reconcile = {
      gitea: toGitea.exchanges.length - exchanged.length,
      registry: toRegistry.exchanges.length - written.length,
    };
    return { webhook, push, promoted, updated, observed, gitea: exchanged, registry: written, reconcile, repository };
  } finally {
    await Promise.all(functions.map((each) => each.stop()));
    await Promise.all([toGitea, toRegistry, webhooks, sink].map((each) => each.close()));
    await gitea.close();
    await registry.close();
  }

  /** What the function made of it. */
  async function through(name: string, message: Message): Promise<Message> {
    const before = sink.got.length;
    const status = await send(urls[name]!, message);
    const made = sink.got[before];
    if (status !== 202 || made === undefined)
      throw new Error(`${name} answered ${status} and sent ${made ? 'an' : 'no'} event`);
    return made;
  }
}

export function eventHeaders(type: string): Record<string, string> {
  return {
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': '/bench',
    'ce-type': type,
    'content-type': 'application/json',
  };
}

/** The status of the answer, when it is whole. */
export function send(url: string, { headers, body }: Message, agent: http.Agent | false = false): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      response.on('error', reject).on('end', () => resolve(response.statusCode ?? 0));
    });
    request.end(body);
  });
}

/** The event that comes back. */
async function replyTo(url: string, { headers, body }: Message): Promise<Message> {
  const response = await fetch(url, { method: 'POST', headers, body });
  const reply = { headers: lasting(Object.fromEntries(response.headers)), body: await response.text() };
  if (response.status !== 200) throw new Error(`expected a reply with 200, came ${response.status}: ${reply.body}`);
  return reply;
}

/** Headers that belong to a connection, not to a message. */
const ofConnection = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'date',
  'accept-encoding',
]);

function lasting(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (ofConnection.has(name) ? [] : [[name, String(value)]])),
  );
}

async function recordingSink() {
  const got: Message[] = [];
  const server = await listen(async (request, body) => {
    got.push({ headers: lasting(request.headers), body: body.toString() });
    return { status: 202, headers: {}, body: '' };
  });
  return { ...server, got };
}

/** Passes everything on, and notes it. */
export async function recordingProxy(target: string) {
  const exchanges: Exchange[] = [];
  const server = await listen(async (request, body) => {
    const { method = 'GET', url = '/' } = request;
    const response = await fetch(target + url, {
      method,
      headers: lasting(request.headers),
      ...(body.length > 0 ? { body } : {}),
    });
    const answer = {
      status: response.status,
      headers: lasting(Object.fromEntries(response.headers)),
      body: await response.text(),
    };
    exchanges.push({ method, target: url, ...answer });
    return answer;
  });
  return { ...server, exchanges };
}
