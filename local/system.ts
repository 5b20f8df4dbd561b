// The whole system on this machine: stand-ins (or real servers, where settings name them), the broker, and the functions as
// processes. Used by `npm run local`, the demo and tests. Prints nothing.
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Row } from '../config/settings/reader.ts';
import {
  endingOf,
  type RegistryName,
  registryKinds,
  registryNames,
  registryTable,
} from '../config/settings/registry.ts';
import { type FunctionName, isOn, rows, writerName } from '../functions/table.ts';
import { createBroker, defaultTriggers, type Trigger } from '../stand-ins/broker/index.ts';
import { createGiteaStandIn } from '../stand-ins/gitea/index.ts';
import { closeServer, listenOnLoopback } from '../stand-ins/loopback.ts';
import * as mlflow from '../stand-ins/mlflow/index.ts';
import * as kubeflow from '../stand-ins/model-registry/index.ts';
import { postEvent } from '../stand-ins/post-event.ts';
import { type LocalCluster, openCluster } from './cluster.ts';
import type { RunningSystem } from './console/system.ts';
import { type KeptFunction, keepRunning } from './keep-running.ts';
import { buildFunctions, freePort } from './processes.ts';
import { seedGitea, seedRegistry, seedWebhook } from './seed.ts';

export interface SystemOptions {
  /**
   * As the functions read them. GITEA_URL and MODEL_REGISTRY_URL put a real server in a stand-in's place; FURTHER_REGISTRIES, with the
   * settings of each, adds registries.
   */
  settings?: Readonly<Record<string, string | undefined>>;
  /** Ports that are taken when they are free; else, and by default, any. */
  ports?: Partial<Record<FunctionName | 'gitea' | 'registry' | 'broker' | 'cluster', number>>;
  /** Fills real servers too, under names of its own; else only stand-ins. */
  seedRealServers?: boolean;
  /**
   * Beside stand-ins for Gitea and registry, one for a cluster that rolls out what Git deploys, a step every `stepMs`; unless settings
   * name a real one.
   */
  cluster?: { stepMs: number };
  /** A function that is replaced by one that takes everything and does nothing. */
  idleFunction?: FunctionName;
  /** Takes the place of each Trigger: to lose an event without waiting a minute for it. */
  changeTrigger?: (trigger: Trigger) => Trigger;
  /** Opens another broker, of which `broker` then shows nothing: for Knative's own in tests. */
  openBroker?: (triggers: readonly Trigger[]) => Promise<{ url: string; close(): Promise<void> }>;
}

export interface System extends RunningSystem {
  gitea: RunningSystem['gitea'] & { hookId?: number };
  /** `kubeflow`: the stand-in, where it is Kubeflow's. */
  registry: RunningSystem['registry'] & { kubeflow?: kubeflow.StandIn };
  functions: { name: string; url: string; process?: KeptFunction }[];
  webhook: { url: string; secret: string };
  /** Resolves when no webhook waits in the stand-in and no event is on its way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Throws with the reason when a part does not start; what had started is ended then. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    // The last that started ends first, so that none is called after its end.
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    return { ...(await start(options, opened)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(options: SystemOptions, opened: (() => Promise<unknown>)[]): Promise<Omit<System, 'close'>> {
  const { settings = {}, ports = {}, seedRealServers = false, idleFunction } = options;
  const endedBy = async <T>(opening: Promise<T>, end: (one: T) => Promise<unknown>): Promise<T> => {
    const one = await opening;
    opened.push(() => end(one));
    return one;
  };
  if (settings.GITEA_URL && !settings.GITEA_REPOSITORY && !seedRealServers)
    throw new Error('GITEA_REPOSITORY: expected a value, because GITEA_URL is set; it is not set');
  const [built, gitea, registry] = await allOf(
    endedBy(buildFunctions(), async ({ remove }) => remove()),
    endedBy(openGitea(settings, ports.gitea), async ({ standIn }) => standIn?.close()),
    endedBy(openRegistry(settings, ports.registry), async ({ standIn }) => standIn?.close()),
  );

  const seeded = gitea.standIn !== undefined || seedRealServers;
  const { model, repository = settings.GITEA_REPOSITORY! } = await seed(gitea, registry, seedRealServers);

  // On a real Gitea only with a token that may write statuses.
  const statusToken = gitea.standIn ? gitea.token : settings.GITEA_STATUS_TOKEN;
  const secret = settings.GITEA_WEBHOOK_SECRET ?? randomBytes(16).toString('hex');
  const ofServers = {
    ...settingsFor(settings, gitea, registry, secret),
    GITEA_REPOSITORY: repository,
    GITEA_STATUS_TOKEN: statusToken,
  };
  const cluster = await clusterFor(options, gitea, registry, ofServers);
  if (cluster) opened.push(cluster.close);
  const given = { ...ofServers, ...cluster?.settings };
  const names = rows.filter((row) => isOn(row, given)).map(({ name }) => name);
  const urls = {} as Record<FunctionName, string>;
  for (const name of names) urls[name] = `http://127.0.0.1:${await freePort(ports[name])}`;
  const services: Service[] = names.map((name) => ({ name, target: name, url: urls[name] }));
  for (const registry of furtherRegistries(settings)) {
    const url = `http://127.0.0.1:${await freePort()}`;
    services.push({ name: writerName(registry), target: 'registry-writer', url, registry });
  }
  const triggers = services
    .flatMap(({ name, target, url }) =>
      defaultTriggers({ [target]: url }, urls['dead-letter']).map((trigger) => ({
        ...trigger,
        name: trigger.name.replace(target, name),
      })),
    )
    .map((trigger) => options.changeTrigger?.(trigger) ?? trigger);
  // As the chart sets it. A broker that answers when all is done would make parse wait for rollouts.
  const async = names.includes('rollout-observer');
  const broker = await createBroker({ port: await freePort(ports.broker), triggers, async });
  opened.push(broker.close);
  const other = await options.openBroker?.(triggers);
  if (other) opened.push(other.close);
  const sink = other?.url ?? broker.url;

  const functionSettings = { ...given, K_SINK: sink };
  const functions = await allOf(
    ...services.map(async ({ name, target, url, registry: further }) => {
      const port = Number(new URL(url).port);
      if (name === idleFunction) {
        opened.push(await openIdle(port));
        return { name, url };
      }
      const own = target === 'registry-writer' ? ofRegistry(functionSettings, further) : functionSettings;
      const started = await keepRunning(name, built.folder, port, own, target);
      opened.push(started.stop);
      return { name, url, process: started };
    }),
  );
  const webhook = { url: urls['gitea-source'], secret };
  const hookId = seeded ? await seedWebhook(gitea, repository, webhook.url, secret) : undefined;

  return {
    gitea: { ...gitea, repository, ...(hookId === undefined ? {} : { hookId }) },
    registry,
    ...(cluster && { cluster }),
    model,
    broker,
    functions,
    settings: functionSettings,
    webhook,
    ping: () => {
      const source = '/apis/v1/namespaces/local/pingsources/reconcile';
      return postEvent(sink, { id: randomUUID(), source, type: 'dev.knative.sources.ping' }, {});
    },
    async idle() {
      await gitea.standIn?.idle();
      await broker.idle();
    },
  };
}

/** As Promise.all, but a failure waits until all others have opened, so that they can be ended. */
async function allOf<T extends unknown[]>(...opening: { [I in keyof T]: Promise<T[I]> }): Promise<T> {
  await Promise.allSettled(opening);
  return (await Promise.all(opening)) as T;
}

type Settings = Readonly<Record<string, string | undefined>>;

/** Their names, as FURTHER_REGISTRIES has them. Wrong ones are refused by the functions. */
export function furtherRegistries({ FURTHER_REGISTRIES: names = '' }: Settings): string[] {
  return names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

/** A process: a function, or the registry-writer of a further registry. */
interface Service {
  name: string;
  target: FunctionName;
  url: string;
  registry?: string;
}

/** The settings of the registry-writer of the first registry, or of the further one of that name. */
function ofRegistry({ FURTHER_REGISTRIES: _, ...all }: Settings, name: string | undefined): Settings {
  if (name === undefined) return all;
  const own = Object.entries<Row>(registryTable).flatMap(([setting, row]) => {
    const further = setting + endingOf(name);
    const file = row.secret ? [[`${setting}_FILE`, all[`${further}_FILE`]]] : [];
    return [[setting, all[further]], ...file];
  });
  return { ...all, ...Object.fromEntries(own), REGISTRY_NAME: name };
}

/** Fills what stands in, and with `real` servers, too. Without `repository`: that of the Gitea was left alone. */
async function seed(
  gitea: Omit<System['gitea'], 'repository'>,
  registry: System['registry'],
  real: boolean,
): Promise<{ model: string; repository?: string }> {
  // Names of their own on servers that others use too.
  const suffix = real ? `-${Date.now().toString(36)}` : '';
  const model = `jukebox${registry.standIn ? '' : suffix}`;
  if (registry.standIn || real) await seedRegistry(registry, model, registry.kind);
  if (!gitea.standIn && !real) return { model };
  return { model, repository: await seedGitea(gitea, `mlops-gitops${gitea.standIn ? '' : suffix}`, model) };
}

/** Undefined: none stands in. Nothing that is played is written to a registry that others use. */
async function clusterFor(
  { cluster, settings = {}, ports = {} }: SystemOptions,
  gitea: Omit<System['gitea'], 'repository'>,
  registry: System['registry'],
  given: Settings & { GITEA_REPOSITORY: string },
): Promise<LocalCluster | undefined> {
  if (cluster === undefined || settings.KUBERNETES_URL || !gitea.standIn || !registry.standIn) return undefined;
  return openCluster(gitea.standIn, given, { port: await freePort(ports.cluster), stepMs: cluster.stepMs });
}

/** What the functions are started with: the given settings, without those of a server that is not used. */
function settingsFor(
  settings: Settings,
  gitea: Omit<System['gitea'], 'repository'>,
  registry: System['registry'],
  secret: string,
): Settings {
  const without = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]));
  return {
    ...settings,
    ...(gitea.standIn && without('GITEA_BRANCH', 'GITEA_CA_FILE', 'GITEA_TOKEN_FILE', 'GITEA_STATUS_TOKEN_FILE')),
    ...(registry.standIn &&
      without(
        ...['MODEL_REGISTRY_CA_FILE', 'MODEL_REGISTRY_TOKEN_FILE', 'MODEL_REGISTRY_API', 'MODEL_REGISTRY_USER'],
        ...['MLFLOW_VERSION_TAG', 'MLFLOW_WORKSPACE'],
      )),
    // What stands in is on this machine, where a proxy has nothing to do.
    ...((gitea.standIn || registry.standIn) && {
      no_proxy: [settings.no_proxy || settings.NO_PROXY, '127.0.0.1'].filter(Boolean).join(','),
    }),
    GITEA_WEBHOOK_SECRET: settings.GITEA_WEBHOOK_SECRET_FILE ? undefined : secret,
    GITEA_URL: gitea.url,
    GITEA_TOKEN: gitea.token,
    MODEL_REGISTRY: registry.kind,
    MODEL_REGISTRY_URL: registry.url,
    MODEL_REGISTRY_TOKEN: registry.token,
    // Only parse can make the writer write, as in a cluster.
    EVENT_SIGNING_KEY: settings.EVENT_SIGNING_KEY_FILE
      ? undefined
      : (settings.EVENT_SIGNING_KEY ?? randomBytes(16).toString('hex')),
  };
}

async function openGitea(settings: Settings, wanted?: number): Promise<Omit<System['gitea'], 'repository'>> {
  if (settings.GITEA_URL) {
    const url = settings.GITEA_URL.replace(/\/+$/, '');
    return { url, api: `${url}/api/v1`, ...(settings.GITEA_TOKEN ? { token: settings.GITEA_TOKEN } : {}) };
  }
  const users = [{ login: 'user1', fullName: 'User One', email: 'user1@example.test' }];
  const standIn = await createGiteaStandIn({ users, port: await freePort(wanted) });
  return { url: standIn.url, api: `${standIn.url}/api/v1`, token: standIn.token('user1'), standIn };
}

async function openRegistry(settings: Settings, wanted?: number): Promise<System['registry']> {
  const kind = (settings.MODEL_REGISTRY || 'kubeflow') as RegistryName;
  if (!registryNames.includes(kind))
    throw new Error(`MODEL_REGISTRY: expected one of ${registryNames.join(', ')}, came ${kind}`);
  if (settings.MODEL_REGISTRY_URL) {
    const url = settings.MODEL_REGISTRY_URL.replace(/\/+$/, '');
    const token = settings.MODEL_REGISTRY_TOKEN;
    return {
      kind,
      url,
      api: url + (settings.MODEL_REGISTRY_API ?? registryKinds[kind].api),
      ...(token ? { token } : {}),
    };
  }
  const port = await freePort(wanted);
  if (kind === 'mlflow') {
    const standIn = await mlflow.createMlflowStandIn({ port });
    return { kind, url: standIn.url, api: standIn.url + registryKinds[kind].api, standIn };
  }
  const standIn = await kubeflow.createModelRegistryStandIn({ port });
  return { kind, url: standIn.url, api: standIn.url + registryKinds[kind].api, standIn, kubeflow: standIn };
}

/** Takes every request, does nothing, says 202. Gives back how to end it. */
async function openIdle(port: number): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(202, { connection: 'close' }).end());
  });
  await listenOnLoopback(server, port);
  return () => closeServer(server);
}
