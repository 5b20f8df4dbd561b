// Gitea in memory, without sockets: the stand-in's world and routes. Keeps what the oracle needs: what each text says, where
// the branch has been, and which heads were really read.
import { EventEmitter } from 'node:events';
import { allHeaders, answerPath } from '../../stand-ins/gitea/answer.ts';
import { DeliveryQueue } from '../../stand-ins/gitea/deliveries.ts';
import { GENERATIONS, type GenerationName } from '../../stand-ins/gitea/generations.ts';
import { ancestors } from '../../stand-ins/gitea/git/history.ts';
import { RepositoryHandle } from '../../stand-ins/gitea/handle.ts';
import { hooksFor } from '../../stand-ins/gitea/hooks.ts';
import { createRepository } from '../../stand-ins/gitea/repositories.ts';
import { DEFAULT_LIMITS, type Hook, type Pull, type User, type World } from '../../stand-ins/gitea/world.ts';
import { type FileText, type Said, uriOf } from './content.ts';
import { people, repositories } from './history.ts';
import type { Answer, Request } from './network.ts';

/** ROOT_URL. */
export const giteaUrl = 'https://git.example.test';
/** Where Gitea answers in the cluster. */
export const serviceUrl = 'http://gitea.svc:3000';
export const gitToken = 'git-token';
export const statusToken = 'status-token';
export const webhookSecret = 'a secret between Gitea and gitea-source';

/** One movement of the watched branch. */
export interface Move {
  before: string;
  after: string;
  at: number;
  pusher: string;
  pull?: Pull;
  /** The server forgot `before` at once: nobody can tell any more what was deployed there. */
  forgot?: true;
}

export interface GitRepository {
  /** As settings have it. */
  configured: string;
  /** At the moment. */
  readonly fullName: string;
  /** By ROOT_URL, at the moment. */
  readonly url: string;
  /** By ROOT_URL, under every name it ever had. */
  urls: Set<string>;
  rename(name: string): void;
  handle: RepositoryHandle;
  moves: Move[];
  /** Commits whose tree parse was given while, or after, they were the branch's head. */
  read: Set<string>;
  /** Commits that somebody with the webhook's secret said were the head before. */
  claimed: Set<string>;
  /** When the branch's head was last told, by what it was. */
  told: Map<string, number>;
}

export interface Git {
  world: World;
  repositories: GitRepository[];
  /** By blob id. */
  said: Map<string, Said & { address?: string }>;
  /** Writes a deployment file's text into a change of a commit, and remembers what it says. */
  change(repository: GitRepository, text: FileText): { content: string | Buffer; mode: string };
  /** Whose repository an address is, of those that people or, where Gitea is read there, the Service have. */
  ownerOf(address: string | undefined): GitRepository | undefined;
  /** `<environment> <model>` that an earlier release of ours marked before the history begins. */
  inherited: Set<string>;
  /** Who does what follows. */
  pusher: string;
  /** Who claimed to have pushed what never was pushed, and had the secret to say so. */
  forger?: string;
  answer(request: Request): Answer;
  /** False of what it forgot. */
  knows(commit: string): boolean;
  /** `git gc`: commits that no ref reaches are gone for who asks by id. */
  forgetUnreachable(): void;
}

/** `send`: a hook's delivery, to be signed and sent. */
export function createGit(
  {
    generation,
    now,
    time,
    repositories: count,
    treePage,
    readsService,
  }: {
    generation: GenerationName;
    /** Its own clock. */
    now: () => number;
    /** The true time, for the books. */
    time: () => number;
    repositories: number;
    treePage: number;
    /** Everybody reads at the Service's address. */
    readsService: boolean;
  },
  send: (hook: Hook, eventType: string, payload: string) => void,
): Git {
  const live = new EventEmitter();
  live.on('fault', (error) => {
    throw error;
  });
  const world: World = {
    generation: GENERATIONS[generation],
    limits: { ...DEFAULT_LIMITS, treesPage: treePage },
    rootUrl: `${giteaUrl}/`,
    publicUrlDetection: 'auto',
    sshUser: 'git',
    sshDomain: 'git.example.test',
    noreplyDomain: 'noreply.git.example.test',
    now: () => new Date(now()),
    users: new Map(),
    tokens: new Map(),
    repositories: [],
    send: (event) => {
      for (const hook of hooksFor(world, event)) send(hook, event.type, event.payload(hook));
    },
    live,
    counters: new Map(),
  };
  people.forEach((login, index) => {
    const user: User = {
      id: index + 1,
      login,
      fullName: `${login} example`,
      email: `${login}@example.test`,
      admin: true,
      created: world.now(),
    };
    world.users.set(login, user);
  });
  const reader = world.users.get('cem')!;
  for (const [value, scope] of [
    [gitToken, 'read:repository'],
    [statusToken, 'write:repository'],
  ] as const)
    world.tokens.set(value, { user: reader, value, scopes: [scope] });

  const forgotten = new Set<string>();
  const git: Git = {
    world,
    repositories: [],
    ownerOf(address = '') {
      const [, fullName] = (readsService && address.split(`${serviceUrl}/`)) || [];
      const wanted = (fullName === undefined ? address : `${giteaUrl}/${fullName}`).toLowerCase();
      return git.repositories.find(({ urls }) => [...urls].some((url) => url.toLowerCase() === wanted));
    },
    said: new Map(),
    inherited: new Set(),
    pusher: 'ada',
    change({ handle }, { content, mode, said }) {
      const id = handle.repository.store.writeBlob(content);
      const address = uriOf(said, content.toString());
      git.said.set(id, address === undefined ? said : { ...said, address });
      return { content, mode };
    },
    answer: ({ method, url, headers, body }) => {
      const { pathname, searchParams, host } = new URL(url);
      const {
        status,
        headers: own,
        body: text = '',
      } = answerPath({
        world,
        live,
        deliver: () => {
          throw new Error('nobody sends test deliveries by the API here');
        },
        method,
        // As if it were an id that never was.
        path: pathname.replace(/[0-9a-f]{40}/, (id) => (forgotten.has(id) ? 'f'.repeat(40) : id)),
        query: searchParams,
        headers: { host, ...headers },
        body,
      });
      if (status === 200) noteReading(git, pathname, time());
      return { status, headers: lowered(allHeaders(world, own)), body: Buffer.from(text) };
    },
    knows: (commit) => !forgotten.has(commit),
    forgetUnreachable() {
      for (const { handle, moves } of git.repositories) {
        const { store, refs } = handle.repository;
        const kept = ancestors(
          store,
          [...refs.values()].filter((id) => store.type(id) === 'commit'),
        );
        for (const { after } of moves) if (!kept.has(after)) forgotten.add(after);
        const last = moves.at(-1);
        if (last && forgotten.has(last.before)) last.forgot = true;
      }
    },
  };
  // Never used to send: handles want one for test deliveries.
  const queue = new DeliveryQueue(world.generation, { delayMs: 0, workers: 0, timeoutMs: 0 }, live, world.now);
  for (const configured of repositories.slice(0, count)) {
    const [owner = '', name = ''] = configured.split('/');
    const repository = createRepository(world, {
      owner: world.users.get(owner)!,
      name,
      private: true,
      defaultBranch: 'main',
    });
    const handle = new RepositoryHandle(world, queue, repository);
    const one: GitRepository = {
      configured,
      get fullName() {
        return `${owner}/${repository.name}`;
      },
      get url() {
        return `${giteaUrl}/${one.fullName}`;
      },
      urls: new Set([`${giteaUrl}/${configured}`]),
      rename(to) {
        handle.rename(to);
        one.urls.add(one.url);
      },
      handle,
      moves: [],
      read: new Set(),
      claimed: new Set(),
      told: new Map(),
    };
    git.repositories.push(one);
    live.on('push', (push: { repository: string; ref: string; before: string; after: string }) => {
      if (push.repository !== repository.name) return;
      // Whoever pushes brings along what the server had forgotten.
      if (!/^0+$/.test(push.after)) for (const id of ancestors(repository.store, [push.after])) forgotten.delete(id);
      if (push.ref !== 'refs/heads/main') return;
      one.moves.push({ before: push.before, after: push.after, at: time(), pusher: git.pusher });
    });
  }
  return git;
}

function noteReading(git: Git, path: string, at: number): void {
  const named = (fullName: string | undefined) => git.repositories.find((one) => one.fullName === fullName);
  const asked = named(/^\/api\/v1\/repos\/([^/]+\/[^/]+)\/branches\/main$/.exec(path)?.[1]);
  asked?.told.set(asked.handle.head() ?? '', at);
  const [, fullName, commit] = /^\/api\/v1\/repos\/([^/]+\/[^/]+)\/git\/trees\/([0-9a-f]{40})$/.exec(path) ?? [];
  if (commit === undefined) return;
  const repository = named(fullName);
  if (repository?.moves.some(({ after }) => after === commit)) repository.read.add(commit);
}

/** Who pushed, as the payload can tell it: its owner only of what the owner made (Gitea says so of deploy keys, too). */
export function knownPusher({ handle: { repository } }: GitRepository, { after, pusher }: Move): string | undefined {
  const { author, committer } = repository.store.commit(after);
  const made = [author, committer].some(({ email }) => email === repository.owner.email);
  return pusher === repository.owner.login && !made ? undefined : pusher;
}

export function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
