// What the records must say exactly where every push was done with before the next one: then nothing is left to chance, and each
// value can be told from Git alone. Follows each version's stints through the movements of the branch.
import { ancestors, isAncestor, listCommits } from '../../local/gitea/git/history.ts';
import { filesOf } from '../../local/gitea/git/trees.ts';
import type { Pull } from '../../local/gitea/world.ts';
import type { Row, Store } from '../../local/model-registry/store.ts';
import { pathOf } from './content.ts';
import type { Coverage } from './coverage.ts';
import { type Git, type GitRepository, knownPusher, type Move } from './git.ts';
import { applications, environments, folders } from './history.ts';
import { lastChangeOf, readAt, type Served, truthAt } from './oracle.ts';
import { nameOf, textIn, versionsOf } from './registry.ts';
import { Divergence } from './watch.ts';

const floating = 'latest';

/** One movement, and how a model stands in an environment after it. */
type Stint = { move: Move; served: Served };

/** Throws Divergence with the first value that differs. Of one repository whose movements were all heard of, one by one. */
export function checkStints(git: Git, store: Store, coverage: Coverage): void {
  const [repository] = git.repositories as [GitRepository];
  for (const environment of environments) {
    for (const model of store.rows('RegisteredModel')) {
      const versions = versionsOf(store, model);
      for (const [name, stint] of stintsOf(git, repository, environment, model.name, versions.map(nameOf)))
        checkStint(git, repository, environment, versions.find((row) => nameOf(row) === name)!, stint, coverage);
    }
  }
}

/** Of the registered versions that serve at the end: the movement with which each began to, as far as the registry could tell. */
function stintsOf(
  git: Git,
  repository: GitRepository,
  environment: string,
  model: string,
  registered: readonly string[],
): Map<string, Stint> {
  const stints = new Map<string, Stint>();
  const servedAt = (head: string) =>
    isNone(head) ? undefined : truthAt(git, repository, head, environment).models.get(model);
  let last: ReadonlyMap<string, Served> = new Map();
  for (const move of repository.moves) {
    const served = servedAt(move.after);
    // What was not there before is not withdrawn, nor is what nobody remembers.
    if (served === undefined && !(knowsBefore(move) && servedAt(move.before))) continue;
    last = served ?? new Map();
    for (const [version, how] of last)
      if (registered.includes(version) && !stints.has(version)) stints.set(version, { move, served: how });
    const waits = [...last.keys()].some((version) => version !== floating && !registered.includes(version));
    if (!waits) for (const version of stints.keys()) if (!last.has(version)) stints.delete(version);
  }
  return new Map([...stints].filter(([version]) => last.has(version)));
}

function checkStint(
  git: Git,
  repository: GitRepository,
  environment: string,
  version: Row,
  stint: Stint,
  coverage: Coverage,
): void {
  const right = storyOf(git, repository, environment, stint);
  for (const [name, value] of Object.entries(right)) {
    const told = textIn(version, `${environment}.${name}`);
    // A request is named by what the repository was called at the time.
    const [, rest] = /(\/pulls\/\d+)$/.exec(value ?? '') ?? [];
    const same =
      name === 'promotedAt'
        ? sameSecond(told, value)
        : rest === undefined
          ? told === value
          : [...repository.urls].some((url) => told === url + rest);
    if (!same)
      throw new Divergence(
        `${environment} on ${nameOf(version)}: ${name} is ${told}; it serves since ${stint.move.after}, so it should be ${value}`,
      );
  }
  coverage.count(right.pullRequest === undefined ? 'exact record without a request' : 'exact record with a request');
}

interface Story {
  commit: string;
  promotedAt: string;
  promotedBy: string | undefined;
  pullRequest: string | undefined;
}

function storyOf(git: Git, repository: GitRepository, environment: string, { move, served }: Stint): Story {
  const { store } = repository.handle.repository;
  const path = firstPathOf(environment, served);
  const isThere = (head: string) => filesOf(store, store.commit(head).tree).has(path);
  const blobAt = (head: string) => (isThere(head) ? readAt(git, repository, head, path).id : undefined);
  const commit = lastChangeOf(git, repository, move.after, path);
  const pushed = knowsBefore(move) && blobAt(move.before) !== blobAt(move.after);
  // Pushed back by force: the change is older than the push that brought it back.
  const brought = pushed && !ancestors(store, [move.before]).has(commit);
  const pull = brought ? mergedAs(repository, move.after) : requestThatBrought(repository, move.after, commit);
  const { committer, author } = store.commit(commit);
  const login = git.world.users.get(author.email.split('@')[0]!)?.login;
  return {
    commit,
    promotedAt: pull ? pull.merged!.at.toISOString() : new Date(committer.seconds * 1000).toISOString(),
    promotedBy: pull
      ? pull.merged!.by.login
      : ((pushed ? knownPusher(repository, move) : undefined) ?? login ?? author.name),
    pullRequest: pull && `${repository.url}/pulls/${pull.number}`,
  };
}

/** The file that a version's record is about. */
export function firstPathOf(environment: string, { applications: [first] }: Served): string {
  return pathOf({
    folder: folders.indexOf(environment as (typeof folders)[number]),
    application: applications.indexOf(first as (typeof applications)[number]),
  });
}

/** Of the requests whose merge the branch still has: the one that ended in the commit, or that held it. */
export function requestThatBrought(repository: GitRepository, head: string, commit: string): Pull | undefined {
  const { store, pulls } = repository.handle.repository;
  const holding = pulls.filter(
    ({ headId, mergeBase, merged }) =>
      merged && isAncestor(store, merged.commit, head) && listCommits(store, [headId], [mergeBase]).includes(commit),
  );
  return mergedAs(repository, commit) ?? holding.at(-1);
}

function mergedAs({ handle }: GitRepository, commit: string): Pull | undefined {
  return handle.repository.pulls.find(({ merged }) => merged?.commit === commit);
}

function knowsBefore({ before, forgot }: Move): boolean {
  return !forgot && !isNone(before);
}

function isNone(head: string): boolean {
  return /^0+$/.test(head);
}

/** Servers keep seconds. */
function sameSecond(told: string | undefined, right: string | undefined): boolean {
  return Math.floor(Date.parse(told ?? '') / 1000) === Math.floor(Date.parse(right ?? '') / 1000);
}
