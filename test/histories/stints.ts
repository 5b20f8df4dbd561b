// What the records must say exactly where every push was done with before the next one: then nothing is left to chance, and each
// value can be told from Git alone. Follows each version's stints through the movements of the branch.
import { ancestors, isAncestor, listCommits } from '../../stand-ins/gitea/git/history.ts';
import { filesOf } from '../../stand-ins/gitea/git/trees.ts';
import type { Pull } from '../../stand-ins/gitea/world.ts';
import { pathOf } from './content.ts';
import type { Coverage } from './coverage.ts';
import { type Git, type GitRepository, knownPusher, type Move } from './git.ts';
import { applications, environments, folders } from './history.ts';
import { lastChangeOf, readAt, type Served, truthAt, wasReadable } from './oracle.ts';
import { isCalled, nameOf, namesOf, type Row, type Rows, textIn, versionsOf } from './registry.ts';
import { Divergence } from './watch.ts';

const floating = 'latest';

/** One movement, and how a model stands in an environment after it. */
type Stint = { move: Move; served: Served };

/**
 * Throws Divergence with the first value that differs. Of one repository whose movements were all heard of, one by one. `taken`:
 * people took labels meanwhile, and nothing else.
 */
export function checkStints(git: Git, store: Rows, coverage: Coverage, taken = false): void {
  const [repository] = git.repositories as [GitRepository];
  for (const environment of environments) {
    if (!wasReadable(git, repository, environment)) continue;
    for (const model of store.rows('RegisteredModel')) {
      const versions = versionsOf(store, model);
      for (const [name, stints] of stintsOf(git, repository, environment, model.name, versions.flatMap(namesOf)))
        checkStint(
          repository,
          environment,
          versions.find((row) => isCalled(row, name))!,
          storiesOf(git, repository, { environment, model: model.name }, stints, taken),
          coverage,
        );
    }
  }
}

interface Stints {
  /** The movements with which the version began to serve; but for the first, those after a time in which it waited for others. */
  now: Stint[];
  over: Stint[];
}

/** Of the registered versions that serve at the end, as far as the registry could tell. */
function stintsOf(
  git: Git,
  repository: GitRepository,
  environment: string,
  model: string,
  registered: readonly string[],
): Map<string, Stints> {
  const stints = new Map<string, Stint[]>();
  const over = new Map<string, Stint[]>();
  const servedAt = (head: string) =>
    isNone(head) ? undefined : truthAt(git, repository, head, environment).models.get(model);
  let last: ReadonlyMap<string, Served> = new Map();
  for (const move of repository.moves) {
    const served = servedAt(move.after);
    // What was not there before is not withdrawn, nor is what nobody remembers.
    if (served === undefined && !(knowsBefore(move) && servedAt(move.before))) continue;
    const before = last;
    last = served ?? new Map();
    for (const [version, how] of last) {
      if (!registered.includes(version) || (stints.has(version) && before.has(version))) continue;
      stints.set(version, [...(stints.get(version) ?? []), { move, served: how }]);
    }
    const waits = [...last.keys()].some((version) => version !== floating && !registered.includes(version));
    if (waits) continue;
    for (const [version, ended] of stints) {
      if (last.has(version)) continue;
      over.set(version, [...(over.get(version) ?? []), ...ended]);
      stints.delete(version);
    }
  }
  const open = [...stints].filter(([version]) => last.has(version));
  return new Map(open.map(([version, now]) => [version, { now, over: over.get(version) ?? [] }]));
}

/**
 * What the record may rightly say, the likeliest first. While the version waited, its label may have been taken, so that a new stint
 * began; where the very commit comes back after that, nothing tells its two stints apart; and commits within a push can break it off.
 */
function storiesOf(
  git: Git,
  repository: GitRepository,
  { environment, model }: { environment: string; model: string },
  { now, over }: Stints,
  taken: boolean,
): Story[] {
  const tell = (stint: Stint) => storyOf(git, repository, environment, stint);
  if (!taken) return [tell(now[0]!)];
  const current = now.map(tell);
  const sameCommit = over.map(tell).filter(({ commit }) => current.some((one) => one.commit === commit));
  return [...current, ...sameCommit, ...sinceBreak(git, repository, environment, model, now[0]!).map(tell)];
}

/**
 * The stint as the head tells it, where Git alone cannot tell that it goes on since an earlier head: a commit since then did not
 * deploy the version, though every head did, or the branch was forced away from that head. Empty where Git can tell, and where the
 * head itself deploys the version no longer.
 */
function sinceBreak(
  git: Git,
  repository: GitRepository,
  environment: string,
  model: string,
  { move, served: { version } }: Stint,
): Stint[] {
  const last = repository.moves.at(-1)!;
  const servedAt = (commit: string) => truthAt(git, repository, commit, environment).models.get(model)?.get(version);
  const served = isNone(last.after) ? undefined : servedAt(last.after);
  if (served === undefined) return [];
  const { store } = repository.handle.repository;
  const goesOn =
    isAncestor(store, move.after, last.after) && listCommits(store, [last.after], [move.after]).every(servedAt);
  return goesOn ? [] : [{ move: last, served }];
}

function checkStint(
  { urls }: GitRepository,
  environment: string,
  version: Row,
  stories: readonly Story[],
  coverage: Coverage,
): void {
  const told = (name: string) => textIn(version, `${environment}.${name}`);
  const isTold = (name: string, value: string | undefined) => {
    if (name === 'promotedAt') return sameSecond(told(name), value);
    // A request is named by what the repository was called at the time.
    const [, rest] = /(\/pulls\/\d+)$/.exec(value ?? '') ?? [];
    return rest === undefined ? told(name) === value : [...urls].some((url) => told(name) === url + rest);
  };
  const differing = (story: Story) => Object.entries(story).find(([name, value]) => !isTold(name, value));
  const [right] = stories;
  const found = stories.find((story) => !differing(story));
  if (found === undefined) {
    const [name, value] = differing(right!)!;
    throw new Divergence(
      `${environment} on ${nameOf(version)}: ${name} is ${told(name)}; it serves since ${right!.commit}, so it should be ${value}`,
    );
  }
  coverage.count(found.pullRequest === undefined ? 'exact record without a request' : 'exact record with a request');
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

/** Of the requests whose merge the branch still has: the one that ended in the commit, or brought it. */
export function requestThatBrought(repository: GitRepository, head: string, commit: string): Pull | undefined {
  const { store } = repository.handle.repository;
  const move = repository.moves.find(
    ({ before, after, pull }) =>
      pull?.merged?.commit === after &&
      isAncestor(store, after, head) &&
      listCommits(store, [after], isNone(before) ? [] : [before]).includes(commit),
  );
  return mergedAs(repository, commit) ?? move?.pull;
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
