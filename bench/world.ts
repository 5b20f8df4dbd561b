// Where contestants are measured: played servers, settings that lead there, and the message each function is sent.
import { bundles, type Measured } from './contestants.ts';
import { openSink, type PlayedServer, playedServer } from './played-server.ts';
import { type Message, type Recording, record, secret, send } from './record.ts';

export interface World {
  recording: Recording;
  gitea: PlayedServer;
  registry: PlayedServer;
  sink: PlayedServer;
  settings: Record<string, string>;
  /** A fresh copy of the message, with an id of its own. */
  message(name: Measured | 'all'): Message;
  /** The answer that says the work was done. */
  done(name: Measured | 'all'): number;
  reset(): void;
  close(): Promise<void>;
}

/** What Knative adds to an event that no function took. */
const lost = {
  'ce-knativeerrorcode': '422',
  'ce-knativeerrordest': 'http://registry-writer.team.svc.cluster.local',
  'ce-knativeerrordata': Buffer.from('{"error":"Unprocessable Entity","message":"Expected sense."}').toString('base64'),
};

export async function openWorld(delayMs = 0, recorded?: Recording): Promise<World> {
  const recording = recorded ?? (await record(bundles));
  const gitea = await playedServer(recording.gitea, delayMs);
  const registry = await playedServer(recording.registry, delayMs);
  const sink = await openSink();
  const messages = {
    'gitea-source': recording.webhook,
    parse: recording.push,
    'registry-writer': recording.promoted,
    'commit-status': recording.updated,
    'dead-letter': { ...recording.promoted, headers: { ...recording.promoted.headers, ...lost } },
    all: recording.webhook,
  };
  return {
    recording,
    gitea,
    registry,
    sink,
    settings: {
      GITEA_WEBHOOK_SECRET: secret,
      GITEA_URL: gitea.url,
      GITEA_REPOSITORY: recording.repository,
      GITEA_TOKEN: 'bench',
      GITEA_STATUS_TOKEN: 'bench',
      MODEL_REGISTRY_URL: registry.url,
      K_SINK: sink.url,
    },
    message: (name) => messages[name],
    done: (name) => (name === 'registry-writer' ? 200 : 202),
    reset() {
      for (const server of [gitea, registry, sink]) server.reset();
    },
    async close() {
      for (const server of [gitea, registry, sink]) await server.close();
    },
  };
}

/** Sends the message and insists on the answer that says the work was done. */
export async function work(
  world: World,
  name: Measured | 'all',
  url: string,
  agent?: Parameters<typeof send>[2],
): Promise<void> {
  const status = await send(url, world.message(name), agent);
  if (status !== world.done(name)) throw new Error(`${name}: expected ${world.done(name)}, came ${status}`);
}
