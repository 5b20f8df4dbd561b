// A Gitea (or Forgejo) in one process, in memory: a real Git object model behind the REST API v1, and signed webhooks
// as that server sends them. Held to recordings of real servers by test/local/gitea. It imports nothing of the product.
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
//   await gitea.setDown('refuse');    // nobody listens; setDown(false) brings it back on the same port
//   gitea.token('ada');               // a token that may do everything; createToken('ada', ['read:repository'])
//   gitea.live.on('delivered', …);    // also: request, push, pull_request, delivery
//   await gitea.close();

import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import * as actions from './actions.ts';
import { type Delivery, DeliveryQueue, type DeliveryRule, type QueueOptions } from './deliveries.ts';
import { GENERATIONS, type GenerationName } from './generations.ts';
import type { FileChange } from './git/trees.ts';
import { createHook, hooksFor, type NewHook, testPayload } from './hooks.ts';
import type { MergeOptions } from './merges.ts';
import type { NewPull } from './pulls.ts';
import type { RefUpdate } from './pushes.ts';
import { createRepository } from './repositories.ts';
import { type AccessEntry, GiteaServer, type Outage, type ServerRule } from './server.ts';
import {
  branchHead,
  DEFAULT_LIMITS,
  findRepository,
  type Hook,
  type Limits,
  nextId,
  type Pull,
  type Repository,
  type User,
  type World,
} from './world.ts';

export type NewUser = {
  login: string;
  id?: number;
  fullName?: string;
  email?: string;
  password?: string;
  admin?: boolean;
  created?: Date;
};

export type StandInOptions = {
  /** 0 (default): any free port of 127.0.0.1. */
  port?: number;
  generation?: GenerationName;
  users?: readonly NewUser[];
  clock?: () => Date;
  /** Address in payloads and answers; default: where the server listens. */
  rootUrl?: string;
  sshUser?: string;
  sshDomain?: string;
  noreplyDomain?: string;
  limits?: Partial<Limits>;
  webhooks?: Partial<QueueOptions>;
  /** Time in which a merge is refused with 405 after the base moved. Gitea: 3 to 5 s; default 0. */
  mergeCheckMs?: number;
  mergeOrder?: World['mergeOrder'];
};

const DEFAULT_USERS: readonly NewUser[] = [
  { login: 'ada', fullName: 'Ada Example', email: 'ada@example.test', password: 'ada' },
];

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
    generation,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    rootUrl: options.rootUrl ?? '',
    sshUser: options.sshUser ?? 'git',
    sshDomain: options.sshDomain ?? 'localhost',
    noreplyDomain: options.noreplyDomain ?? 'noreply.localhost',
    now,
    users: new Map(),
    tokens: new Map(),
    repositories: [],
    userHooks: new Map(),
    mergeCheckMs: options.mergeCheckMs ?? 0,
    mergeOrder: options.mergeOrder ?? 'pull-request-first',
    send: (event) => {
      for (const hook of hooksFor(world, event)) queue.add(hook, event.type, event.payload(hook));
    },
    live,
    counters: new Map(),
  };
  const addUser = (wanted: NewUser): User => {
    const user: User = {
      id: wanted.id ?? nextId(world, 'user'),
      login: wanted.login,
      fullName: wanted.fullName ?? '',
      email: wanted.email ?? `${wanted.login}@localhost`,
      password: wanted.password ?? '',
      admin: wanted.admin ?? false,
      created: wanted.created ?? now(),
    };
    world.users.set(user.login, user);
    return user;
  };
  for (const user of options.users ?? DEFAULT_USERS) addUser(user);
  const server = new GiteaServer({ world, live, deliver: (...parts) => queue.add(...parts) });
  const port = await server.listen(options.port ?? 0);
  const url = `http://127.0.0.1:${port}`;
  world.rootUrl ||= `${url}/`;

  const requireUser = (login: string): User => {
    const user = world.users.get(login);
    if (!user) throw new Error(`no user ${login}`);
    return user;
  };

  /** A new token of a user with these scopes (`read:repository`, `write:repository`, `all`, `public-only`, …). */
  const createToken = (login: string, scopes: readonly string[], name = 'stand-in'): string => {
    const value = randomBytes(20).toString('hex');
    const time = now();
    const id = nextId(world, 'token');
    world.tokens.set(value, {
      id,
      user: requireUser(login),
      name,
      value,
      scopes: [...scopes],
      created: time,
      lastUsed: time,
    });
    return value;
  };

  return {
    url,
    world,
    live,
    addUser,
    createToken,
    /** A token that may do everything its user may; made on the first call. */
    token: (login = [...world.users.keys()][0]!): string => {
      const all = [...world.tokens.values()].find((one) => one.user.login === login && one.scopes.includes('all'));
      return all?.value ?? createToken(login, ['all']);
    },
    createRepository: (
      fullName: string,
      wish: {
        private?: boolean;
        defaultBranch?: string;
        collaborators?: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
        files?: Readonly<Record<string, FileChange>>;
      } = {},
    ): RepositoryHandle => {
      const [owner = '', name = ''] = fullName.split('/');
      const repository = createRepository(world, {
        owner: requireUser(owner),
        name,
        private: wish.private ?? true,
        defaultBranch: wish.defaultBranch ?? 'main',
      });
      for (const [login, access] of Object.entries(wish.collaborators ?? {}))
        repository.collaborators.set(login, access);
      const handle = handleOf(world, queue, repository);
      if (wish.files) handle.commit({ files: wish.files, message: 'First commit' });
      return handle;
    },
    repository: (fullName: string): RepositoryHandle => {
      const [owner = '', name = ''] = fullName.split('/');
      const repository = findRepository(world, owner, name);
      if (!repository) throw new Error(`no repository ${fullName}`);
      return handleOf(world, queue, repository);
    },
    /** A hook of a user: it hears of all the user's repositories. */
    createUserWebhook: (login: string, hook: NewHook): Hook => {
      const user = requireUser(login);
      const list = world.userHooks.get(user.id) ?? [];
      world.userHooks.set(user.id, list);
      return createHook(world, list, 'user', hook);
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

export type GiteaStandIn = Awaited<ReturnType<typeof createGiteaStandIn>>;

/** A repository and what people do in it. */
function handleOf(world: World, queue: DeliveryQueue, repository: Repository) {
  return {
    repository,
    head: (branch = repository.defaultBranch): string | undefined => branchHead(repository, branch),
    files: (branch?: string): Map<string, string> => actions.readFiles(repository, branch),
    /** One commit and its push; returns its id. */
    commit: (wish: actions.CommitWish & actions.PushWish): string =>
      actions.pushCommits(world, repository, [wish], wish)[0]!,
    /** Several commits in one push; returns their ids, oldest first. */
    pushCommits: (wishes: readonly actions.CommitWish[], wish?: actions.PushWish): string[] =>
      actions.pushCommits(world, repository, wishes, wish),
    /** A commit that no ref points at yet; `pushRefs` shows it. */
    writeCommit: (wish: actions.CommitWish & { parents: readonly string[]; writer?: string }): string =>
      actions.writeCommit(world, repository, wish),
    deleteFiles: (paths: readonly string[], wish: actions.PushWish & { message?: string } = {}): string =>
      actions.pushCommits(
        world,
        repository,
        [
          {
            files: Object.fromEntries(paths.map((path) => [path, null])),
            message: wish.message ?? `Delete ${paths.join(', ')}`,
          },
        ],
        wish,
      )[0]!,
    renameFolder: (from: string, to: string, wish?: actions.PushWish & { message?: string }): string =>
      actions.renameFolder(world, repository, from, to, wish),
    revert: (id: string, wish?: actions.PushWish & { message?: string }): string =>
      actions.revert(world, repository, id, wish),
    forcePush: (branch: string, id: string, pusher?: string): void =>
      actions.pushRefs(world, repository, [{ ref: `refs/heads/${branch}`, after: id }], pusher),
    pushRefs: (updates: readonly RefUpdate[], pusher?: string): void =>
      actions.pushRefs(world, repository, updates, pusher),
    createBranch: (name: string, from?: string, pusher?: string): void =>
      actions.createBranch(world, repository, name, from, pusher),
    deleteBranch: (name: string, pusher?: string): void => actions.deleteBranch(world, repository, name, pusher),
    renameBranch: (from: string, to: string, doer?: string): void =>
      actions.moveBranchName(world, repository, from, to, doer),
    tag: (name: string, wish?: Parameters<typeof actions.tag>[3]): string => actions.tag(world, repository, name, wish),
    deleteTag: (name: string, pusher?: string): void => actions.deleteTag(world, repository, name, pusher),
    openPullRequest: (wish: Omit<NewPull, 'base'> & { base?: string; author?: string }): Pull =>
      actions.openPullRequest(world, repository, wish),
    mergePullRequest: (number: number, wish?: Partial<MergeOptions> & { by?: string }): string =>
      actions.mergePullRequest(world, repository, number, wish),
    closePullRequest: (number: number, by?: string): void => actions.closePullRequest(world, repository, number, by),
    reopenPullRequest: (number: number, by?: string): void => actions.reopenPullRequest(world, repository, number, by),
    retitlePullRequest: (number: number, title: string, by?: string): void =>
      actions.retitlePullRequest(world, repository, number, title, by),
    createWebhook: (hook: NewHook): Hook => createHook(world, repository.hooks, 'repository', hook),
    removeWebhook: (hook: Hook): void => {
      repository.hooks.splice(repository.hooks.indexOf(hook), 1);
    },
    /** What `POST hooks/{id}/tests` sends; with `button` what the settings page sends, a commit that does not exist. */
    testWebhook: (hook: Hook, wish: { ref?: string; button?: boolean } = {}): Delivery =>
      queue.add(hook, 'push', testPayload(world, repository, repository.owner, wish.ref ?? '', !wish.button)),
  };
}

export type RepositoryHandle = ReturnType<typeof handleOf>;
export type { Delivery, DeliveryRule } from './deliveries.ts';
export type { GenerationName } from './generations.ts';
export type { NewHook } from './hooks.ts';
export type { AccessEntry, Fault, Outage, ServerRule } from './server.ts';
export type { Hook, MergeStyle, Pull, Repository, User } from './world.ts';
