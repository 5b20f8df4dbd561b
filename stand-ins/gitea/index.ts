// A Gitea (or Forgejo) in one process, in memory: a real Git object model behind the REST API v1, and signed webhooks
// as that server sends them. Held to recordings of real servers by test/stand-ins/gitea. It imports nothing of the product.
//
//   const gitea = await createGiteaStandIn({ generation: 'gitea-1.26' });
//   const fleet = gitea.createRepository('ada/mlops-gitops', { files: { 'README.md': '# Fleet\n' } });
//   fleet.createWebhook({ url: 'http://127.0.0.1:8080/', secret: 's', events: ['push', 'pull_request'] });
//   fleet.commit({ branch: 'jukebox-2', files: { 'a.yaml': 'version: 2\n' }, message: 'Promote' });
//   const pull = fleet.openPullRequest({ title: 'Promote', head: 'jukebox-2' });
//   const head = fleet.mergePullRequest(pull.number, { style: 'squash' });
//   await gitea.idle();               // all webhooks have been delivered
//   gitea.deliveries();               // what was sent and what was answered
//   gitea.setDeliveryRule(() => 'drop');   // webhooks get lost from here on
//   await gitea.setDown('refuse');    // refuses connections; setDown(false) brings it back on the same port
//   gitea.token('ada');               // a token that may do everything; createToken('ada', ['read:repository'])
//   gitea.live.on('delivered', …);    // also: request, push, pull_request, delivery
//   await gitea.close();

import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type Delivery, DeliveryQueue, type DeliveryRule, type QueueOptions } from './deliveries.ts';
import { GENERATIONS, type GenerationName } from './generations.ts';
import type { FileChange } from './git/trees.ts';
import { RepositoryHandle } from './handle.ts';
import { hooksFor } from './hooks.ts';
import { createRepository } from './repositories.ts';
import { type AccessEntry, GiteaServer, type Outage, type ServerRule } from './server.ts';
import {
  addUser,
  DEFAULT_LIMITS,
  findRepository,
  type Limits,
  type NewUser,
  type Repository,
  requireUser,
  type World,
} from './world.ts';

export type StandInOptions = {
  /** 0 (default): any free port of 127.0.0.1. */
  port?: number;
  generation?: GenerationName;
  users?: readonly NewUser[];
  clock?: () => Date;
  /** Address in payloads and answers; default: where the server listens. */
  rootUrl?: string;
  /** Host names it answers to, beside those of this machine and of `rootUrl`. */
  hosts?: readonly string[];
  publicUrlDetection?: World['publicUrlDetection'];
  sshUser?: string;
  sshDomain?: string;
  noreplyDomain?: string;
  limits?: Partial<Limits>;
  webhooks?: Partial<QueueOptions>;
};

export type RepositoryWish = {
  /** Default: true. */
  private?: boolean;
  defaultBranch?: string;
  collaborators?: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  files?: Readonly<Record<string, FileChange>>;
};

const DEFAULT_USERS: readonly NewUser[] = [{ login: 'ada', fullName: 'Ada Example', email: 'ada@example.test' }];

/** Webhooks leave this soon after their event, so that a demo does not wait as long as a real Gitea lets one wait. */
const WEBHOOK_DELAY_MS = 10;

export async function createGiteaStandIn(options: StandInOptions = {}) {
  const now = options.clock ?? (() => new Date());
  const generation = GENERATIONS[options.generation ?? 'gitea-1.26'];
  const live = new EventEmitter();
  const queue = new DeliveryQueue(
    generation,
    { delayMs: WEBHOOK_DELAY_MS, workers: 1, timeoutMs: 5000, ...options.webhooks },
    live,
    now,
  );
  const world: World = {
    ...settingsOf(options),
    generation,
    now,
    live,
    send: (event) => {
      for (const hook of hooksFor(world, event)) queue.add(hook, event.type, event.payload(hook));
    },
    users: new Map(),
    tokens: new Map(),
    repositories: [],
    counters: new Map(),
  };
  for (const user of options.users ?? DEFAULT_USERS) addUser(world, user);
  const server = new GiteaServer({
    hosts: options.hosts ?? [],
    world,
    live,
    deliver: (...parts) => queue.add(...parts),
  });
  const port = await server.listen(options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  world.rootUrl ||= `${url}/`;

  /** A new token of a user with these scopes (`read:repository`, `write:repository`, `all`, `public-only`, …). */
  const createToken = (login: string, scopes: readonly string[]): string => {
    const value = randomBytes(20).toString('hex');
    world.tokens.set(value, { user: requireUser(world, login), value, scopes: [...scopes] });
    return value;
  };

  return {
    url,
    world,
    live,
    addUser: (user: NewUser) => addUser(world, user),
    createToken,
    /** A token that may do everything its user may; made on the first call. */
    token: (login = [...world.users.keys()][0]!): string => {
      const all = [...world.tokens.values()].find((one) => one.user.login === login && one.scopes.includes('all'));
      return all?.value ?? createToken(login, ['all']);
    },
    createRepository: (fullName: string, wish: RepositoryWish = {}): RepositoryHandle => {
      const handle = new RepositoryHandle(world, queue, newRepository(world, fullName, wish));
      if (wish.files) handle.commit({ files: wish.files, message: 'First commit' });
      return handle;
    },
    repository: (fullName: string): RepositoryHandle => {
      const [owner = '', name = ''] = fullName.split('/');
      const repository = findRepository(world, owner, name);
      if (!repository) throw new Error(`no repository ${fullName}`);
      return new RepositoryHandle(world, queue, repository);
    },
    deliveries: (): readonly Delivery[] => queue.history,
    replay: (uuid: string): Delivery => queue.replay(uuid),
    setDeliveryRule: (rule: DeliveryRule): void => {
      queue.rule = rule;
    },
    releaseDeliveries: (uuids?: readonly string[]): void => queue.release(uuids),
    idle: (): Promise<void> => queue.idle(),
    accessLog: server.accessLog as readonly AccessEntry[],
    setRule: (rule: ServerRule | undefined): void => {
      server.rule = rule ?? (() => undefined);
    },
    setDown: (outage: Outage | false): Promise<void> => server.setDown(outage),
    close: async (): Promise<void> => {
      queue.close();
      await server.close();
    },
  };
}

/** The part of the server's world that is set up by whoever starts it. */
function settingsOf(options: StandInOptions) {
  return {
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    rootUrl: options.rootUrl ?? '',
    publicUrlDetection: options.publicUrlDetection ?? ('auto' as const),
    sshUser: options.sshUser ?? 'git',
    sshDomain: options.sshDomain ?? 'localhost',
    noreplyDomain: options.noreplyDomain ?? 'noreply.localhost',
  };
}

function newRepository(world: World, fullName: string, wish: RepositoryWish): Repository {
  const [owner = '', name = ''] = fullName.split('/');
  const { private: isPrivate = true, defaultBranch = 'main', collaborators = {} } = wish;
  const wanted = { owner: requireUser(world, owner), name, private: isPrivate, defaultBranch };
  const repository = createRepository(world, wanted);
  for (const [login, access] of Object.entries(collaborators)) repository.collaborators.set(login, access);
  return repository;
}

export type GiteaStandIn = Awaited<ReturnType<typeof createGiteaStandIn>>;

export type { Delivery, DeliveryRule } from './deliveries.ts';
export type { GenerationName } from './generations.ts';
export type { RepositoryHandle } from './handle.ts';
export type { NewHook } from './hooks.ts';
export type { AccessEntry, Fault, Outage, ServerRule } from './server.ts';
export type { Hook, MergeStyle, Pull, Repository, User } from './world.ts';
