// What the server knows: users, tokens, repositories, pull requests, hooks, deliveries. Only data and plain look-ups;
// pushes, pulls, hooks and api change it.

import type { EventEmitter } from 'node:events';
import type { Generation } from './generations.ts';
import type { Commit } from './git/objects.ts';
import type { ObjectStore } from './git/store.ts';

export type User = {
  id: number;
  login: string;
  fullName: string;
  email: string;
  admin: boolean;
  created: Date;
};

export type NewUser = {
  login: string;
  id?: number;
  fullName?: string;
  email?: string;
  admin?: boolean;
  created?: Date;
};

export type Token = { user: User; value: string; scopes: string[] };

export type HookType = 'gitea' | 'forgejo' | 'gogs';

export type Hook = {
  id: number;
  type: HookType;
  url: string;
  contentType: 'json' | 'form';
  secret: string;
  events: string[];
  branchFilter: string;
  authorizationHeader: string;
  active: boolean;
  created: Date;
  updated: Date;
};

export type MergeStyle = 'merge' | 'rebase' | 'rebase-merge' | 'squash' | 'fast-forward-only' | 'manually-merged';

export type Pull = {
  id: number;
  number: number;
  author: User;
  title: string;
  body: string;
  base: string;
  head: string;
  /** The newest commit of the head branch; stays when the branch is gone (refs/pull/N/head). */
  headId: string;
  mergeBase: string;
  state: 'open' | 'closed';
  /** Result of the server's own check; `checking` until it has run. */
  check: 'mergeable' | 'conflict' | 'checking';
  merged?: { at: Date; by: User; commit: string };
  created: Date;
  updated: Date;
  closed?: Date;
};

export type Status = {
  id: number;
  sha: string;
  state: string;
  context: string;
  description: string;
  targetUrl: string;
  creator: User;
  created: Date;
  updated: Date;
};

export type Repository = {
  id: number;
  owner: User;
  name: string;
  /** `owner/name` in lower case, of before it was renamed. */
  formerNames: string[];
  private: boolean;
  defaultBranch: string;
  store: ObjectStore;
  /** Full name (refs/heads/main) to object id. */
  refs: Map<string, string>;
  collaborators: Map<string, 'read' | 'write' | 'admin'>;
  hooks: Hook[];
  pulls: Pull[];
  statuses: Status[];
  allowManualMerge: boolean;
  autodetectManualMerge: boolean;
  /** What the API says about size and language; the stand-in does not measure them. */
  size: number;
  language: string;
  created: Date;
  updated: Date;
};

/** Limits of app.ini that show in the API and in payloads, with Gitea's own defaults. */
export type Limits = {
  /** `[ui] FEED_MAX_COMMIT_NUM`: commits listed in a push payload. */
  feedCommits: number;
  /** `[api] DEFAULT_PAGING_NUM`, also the cap of file-contents. */
  page: number;
  /** `[api] MAX_RESPONSE_ITEMS` */
  maxPage: number;
  /** `[api] DEFAULT_GIT_TREES_PER_PAGE` */
  treesPage: number;
  /** `[api] DEFAULT_MAX_BLOB_SIZE`, bytes */
  blobSize: number;
  /** `[api] DEFAULT_MAX_RESPONSE_SIZE`, bytes */
  responseSize: number;
};

export const DEFAULT_LIMITS: Limits = {
  feedCommits: 5,
  page: 30,
  maxPage: 50,
  treesPage: 1000,
  blobSize: 10_485_760,
  responseSize: 104_857_600,
};

/** An event for hooks: what happened, and the payload as it will be sent. */
export type HookEvent = {
  repository: Repository;
  /** Fine name, `X-Gitea-Event-Type`. */
  type: string;
  /** What the branch filter of a hook is compared with; absent: the filter does not apply. */
  ref?: string;
  payload: (hook: Hook) => string;
};

export type World = {
  generation: Generation;
  limits: Limits;
  /** Address that users see (ROOT_URL), with a slash at the end. */
  rootUrl: string;
  /** `auto`, the default of 1.26: by the request's host. `legacy`: only when a proxy in front says X-Forwarded-Proto. */
  publicUrlDetection: 'auto' | 'legacy';
  /** Where the request that is being answered came in, when the server names itself by that; with a slash at the end. */
  askedAt?: string;
  sshUser: string;
  sshDomain: string;
  noreplyDomain: string;
  now: () => Date;
  users: Map<string, User>;
  tokens: Map<string, Token>;
  repositories: Repository[];
  send: (event: HookEvent) => void;
  live: EventEmitter;
  /** The last id given of each kind; pull requests are numbered per repository, as issues. */
  counters: Map<string, number>;
};

export const BRANCHES = 'refs/heads/';
export const TAGS = 'refs/tags/';

export function findRepository(world: World, owner: string, name: string): Repository | undefined {
  const wanted = `${owner}/${name}`.toLowerCase();
  return world.repositories.find((repository) => fullName(repository).toLowerCase() === wanted);
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

export function branchHead(repository: Repository, branch: string): string | undefined {
  return repository.refs.get(BRANCHES + branch);
}

/** The commit at the head of a branch; an error that names the branch when there is none. */
export function requireBranch(repository: Repository, branch: string): { id: string; commit: Commit } {
  const id = branchHead(repository, branch);
  if (!id) throw new Error(`no branch ${branch} in ${fullName(repository)}`);
  return { id, commit: repository.store.commit(id) };
}

export function branchNames(repository: Repository): string[] {
  return [...repository.refs.keys()]
    .filter((ref) => ref.startsWith(BRANCHES))
    .map((ref) => ref.slice(BRANCHES.length))
    .sort((a, b) => (a < b ? -1 : 1));
}

export function addUser(world: World, wanted: NewUser): User {
  const user: User = {
    id: wanted.id ?? nextId(world, 'user'),
    login: wanted.login,
    fullName: wanted.fullName ?? '',
    email: wanted.email ?? `${wanted.login}@localhost`,
    admin: wanted.admin ?? false,
    created: wanted.created ?? world.now(),
  };
  world.users.set(user.login, user);
  return user;
}

/** The user of that login; an error that names it when there is none. */
export function requireUser(world: World, login: string): User {
  const user = world.users.get(login);
  if (!user) throw new Error(`no user ${login}`);
  return user;
}

export type Access = 'none' | 'read' | 'write' | 'admin';

export function accessOf(repository: Repository, user: User | undefined): Access {
  if (user && (user.admin || user.id === repository.owner.id)) return 'admin';
  const given = user && repository.collaborators.get(user.login);
  return given ?? (repository.private ? 'none' : 'read');
}

export function userByEmail(world: World, email: string): User | undefined {
  const wanted = email.toLowerCase();
  return [...world.users.values()].find(
    (user) => user.email.toLowerCase() === wanted || noreplyAddress(world, user).toLowerCase() === wanted,
  );
}

export function noreplyAddress(world: World, user: User): string {
  const name = world.generation.numberedNoreply ? `${user.id}+${user.login}` : user.login;
  return `${name.toLowerCase()}@${world.noreplyDomain}`;
}

export function nextId(world: World, kind: string): number {
  const id = (world.counters.get(kind) ?? 0) + 1;
  world.counters.set(kind, id);
  return id;
}

/** A time as Go writes it in JSON, to the second: these servers keep no fractions. */
export function stamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** Go's zero time, which stands for "never". */
export const NEVER = '0001-01-01T00:00:00Z';
export const EPOCH = '1970-01-01T00:00:00Z';
