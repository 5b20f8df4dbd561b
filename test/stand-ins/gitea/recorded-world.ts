// A stand-in in the state a recorded server was in when its API was asked: users, tokens, refs, pull requests, hook.
// The state comes from the recordings; what is compared later is what the stand-in makes of it.

import { readdirSync, readFileSync } from 'node:fs';
import { createGiteaStandIn, type GiteaStandIn } from '../../../stand-ins/gitea/index.ts';
import type { Pull, Repository, User } from '../../../stand-ins/gitea/world.ts';
import {
  buildHistory,
  deliveryCases,
  FIXTURES,
  GENERATION_OF,
  payloadOf,
  readJson,
  type ServerName,
} from './recorded-history.ts';

const ROOTS: Record<ServerName, string> = {
  gitea: 'http://127.0.0.1:3000/',
  'gitea-1.22': 'http://127.0.0.1:3003/',
  forgejo: 'http://127.0.0.1:3001/',
};

type RecordedRepository = {
  created_at: string;
  updated_at: string;
  size: number;
  language: string;
  name: string;
  allow_manual_merge: boolean;
};
type Side = { ref: string; label: string; sha: string; repo: RecordedRepository | null };
export type RecordedPull = {
  id: number;
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  mergeable: boolean;
  merged: boolean;
  merged_at: string | null;
  merge_commit_sha: string | null;
  merge_base: string;
  base: Side;
  head: Side;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
};

/** Everything of the recorded world that does not follow from Git. */
export type Recorded = { user: { created: string; full_name: string; email: string }; repository: RecordedRepository };

export function recordedWorld(server: ServerName): Recorded {
  const repository = readJson<{ response: { body: RecordedRepository & { owner: Recorded['user'] } } }>(
    `${server}/api/repo.json`,
  ).response.body;
  return { repository, user: repository.owner };
}

export async function startLike(server: ServerName, clock: () => Date): Promise<GiteaStandIn> {
  const { user } = recordedWorld(server);
  const created = new Date(user.created);
  return createGiteaStandIn({
    // The recording of 1.26 was made of a build before it named itself by the request's host.
    publicUrlDetection: 'legacy',
    generation: GENERATION_OF[server],
    rootUrl: ROOTS[server],
    sshUser: 'root',
    sshDomain: 'git.example.test',
    noreplyDomain: 'noreply.example.test',
    clock,
    users: [
      { id: 2, login: 'ada', fullName: user.full_name, email: user.email, created },
      { id: 3, login: 'promoter', created },
      { id: 4, login: 'grace', created },
    ],
  });
}

/** The repository with all recorded objects, and the refs that git/refs showed. */
export function fillRepository(gitea: GiteaStandIn, server: ServerName): Repository {
  const recorded = recordedWorld(server).repository;
  const { repository } = gitea.createRepository(`ada/${recorded.name}`, { collaborators: { promoter: 'write' } });
  repository.store = buildHistory(server).store;
  repository.created = new Date(recorded.created_at);
  repository.updated = new Date(recorded.updated_at);
  repository.size = recorded.size;
  repository.language = recorded.language;
  const refs = readJson<{ response: { body: { ref: string; object: { sha: string } }[] } }>(
    `${server}/api/git-refs.json`,
  );
  const pullHeads = new Map<number, string>();
  for (const { ref, object } of refs.response.body) {
    const number = /^refs\/pull\/(\d+)\/head$/.exec(ref)?.[1];
    if (number) pullHeads.set(Number(number), object.sha);
    else repository.refs.set(ref, object.sha);
  }
  const shown = shownPulls(server);
  const ada = gitea.world.users.get('ada')!;
  // The recorder's own token was the second one made.
  gitea.world.tokens.set('recorder', { user: ada, value: 'recorder', scopes: ['all'] });
  for (const [number, headId] of [...pullHeads].sort(([a], [b]) => a - b)) {
    repository.pulls.push(
      shown.has(number) ? pullFrom(shown.get(number)!, ada) : unknownPull(repository, number, headId, ada),
    );
  }
  return repository;
}

/** The newest form of each pull request that an answer or a payload shows; answers win, they were asked for last. */
function shownPulls(server: ServerName): Map<number, RecordedPull> {
  const pulls = new Map<number, RecordedPull>();
  const take = (pull: RecordedPull) => {
    if (pull.base.repo?.name !== 'mlops-gitops') return;
    const known = pulls.get(pull.number);
    if (!known || known.updated_at <= pull.updated_at) pulls.set(pull.number, pull);
  };
  for (const name of deliveryCases(server)) {
    const folder = new URL(`${server}/deliveries/${name}/`, FIXTURES);
    for (const file of readdirSync(folder)) {
      if (!/pull_request(_sync)?\.body$/.test(file)) continue;
      take((payloadOf(readFileSync(new URL(file, folder))) as { pull_request: RecordedPull }).pull_request);
    }
  }
  for (const name of readdirSync(new URL(`${server}/api/`, FIXTURES))) {
    if (!/^(pulls-closed|pull-[a-z-]+|commit-pull-.*)\.json$/.test(name)) continue;
    const { body } = readJson<{ response: { body: RecordedPull | RecordedPull[] } }>(`${server}/api/${name}`).response;
    for (const pull of [body ?? []].flat()) if (pull.number !== undefined) take(pull);
  }
  return pulls;
}

export function pullFrom(recorded: RecordedPull, author: User): Pull {
  return {
    id: recorded.id,
    number: recorded.number,
    author,
    title: recorded.title,
    body: recorded.body,
    base: recorded.base.label,
    head: recorded.head.label,
    headId: recorded.head.sha,
    mergeBase: recorded.merge_base,
    state: recorded.state,
    check: recorded.mergeable ? 'mergeable' : 'conflict',
    created: new Date(recorded.created_at),
    updated: new Date(recorded.updated_at),
    ...(recorded.closed_at ? { closed: new Date(recorded.closed_at) } : {}),
    ...(recorded.merged
      ? { merged: { at: new Date(recorded.merged_at!), by: author, commit: recorded.merge_commit_sha! } }
      : {}),
  };
}

/** A request that only refs/pull shows; it is open, as the count of open ones says. */
function unknownPull(repository: Repository, number: number, headId: string, author: User): Pull {
  const [ref = ''] = [...repository.refs].find(([, id]) => id === headId) ?? [];
  const head = ref.replace('refs/heads/', '');
  const time = new Date(0);
  return {
    id: number,
    number,
    author,
    title: head,
    body: '',
    base: 'main',
    head,
    headId,
    mergeBase: repository.store.commit(headId).parents[0]!,
    state: 'open',
    check: 'mergeable',
    created: time,
    updated: time,
  };
}

type RecordedHook = { id: number; events: string[]; config: { url: string }; created_at: string; updated_at: string };

/** The hook that made the recordings, as the list of hooks shows it. Ids go on from it. */
export function addRecordedHook(gitea: GiteaStandIn, repository: Repository, server: ServerName): void {
  const { body } = readJson<{ response: { body: RecordedHook[] } }>(`${server}/api/hook-list.json`).response;
  for (const { id, events, config, created_at, updated_at } of body.slice(0, 1)) {
    gitea.world.counters.set('hook', id);
    repository.hooks.push({
      id,
      type: 'gitea',
      url: config.url,
      contentType: 'json',
      secret: 'recording-secret',
      events,
      branchFilter: '',
      authorizationHeader: '',
      active: true,
      created: new Date(created_at),
      updated: new Date(updated_at),
    });
  }
}

/** The repository as it was when a later call was recorded; that call's own answer shows what else had changed. */
export function moveOn(repository: Repository, body: unknown): void {
  const pull = body as RecordedPull & { base?: Side };
  if (!pull?.base) return;
  repository.refs.set('refs/heads/main', pull.base.sha);
  repository.updated = new Date(pull.base.repo!.updated_at);
  repository.size = pull.base.repo!.size;
  repository.allowManualMerge = pull.base.repo!.allow_manual_merge;
  if (!repository.refs.has(`refs/heads/${pull.head.ref}`))
    repository.refs.set(`refs/heads/${pull.head.ref}`, pull.head.sha);
  if (!repository.pulls.some((known) => known.number === pull.number)) {
    repository.pulls.push(pullFrom(pull, repository.owner));
  }
}
