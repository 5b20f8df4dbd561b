// What must hold at rest: the registry beside what the oracle says of Git's heads.
import { ancestors, listCommitsOfPath } from '../../stand-ins/gitea/git/history.ts';
import type { Coverage } from './coverage.ts';
import { artifactEnvironment } from './foreign.ts';
import { type Git, type GitRepository, knownPusher, type Move } from './git.ts';
import { environments } from './history.ts';
import { filesNaming, leadsTo, names, type Served, servedAs, type Truth, truthAt } from './oracle.ts';
import { aliased, holds, isCalled, nameOf, type Row, type Rows, textIn, valuesOf, versionsOf } from './registry.ts';
import { Divergence } from './watch.ts';

const floating = 'latest';

interface Place {
  environment: string;
  model: Row;
  versions: Row[];
}

/** Throws Divergence with the first thing that differs. `alone`: there was no reconcile, nor a need for one. */
export function checkRegistry(git: Git, store: Rows, coverage: Coverage, alone: boolean): void {
  for (const environment of environments) {
    for (const model of store.rows('RegisteredModel')) {
      if (alone && leftUnseen(git, environment, model.name)) coverage.count('conflict: left at a forgotten head');
      else if (alone && leftWhileUnreadable(git, environment, model.name))
        coverage.count('conflict: withdrawn while a file could not be read');
      else checkModel(git, store, { environment, model, versions: versionsOf(store, model) }, coverage, alone);
    }
  }
}

/**
 * A push says what it withdrew by its `before`. Where the server forgot that head at once, the models that it alone named are
 * left to the reconcile, which finds their marks.
 */
function leftUnseen(git: Git, environment: string, model: string): boolean {
  const names = (repository: GitRepository, head: string) =>
    !/^0+$/.test(head) && truthAt(git, repository, head, environment).models.has(model);
  return git.repositories.some((repository) =>
    repository.moves.some(
      ({ before, after, forgot }) => forgot && names(repository, before) && !names(repository, after),
    ),
  );
}

/**
 * What is withdrawn while a file of the environment cannot be read keeps its label. The push after which all can be read again
 * names the models of its two heads, and these no longer: the rest is left to the reconcile, which finds their marks.
 */
function leftWhileUnreadable(git: Git, environment: string, model: string): boolean {
  return git.repositories.some((repository) => {
    const at = ({ after }: Move) => (/^0+$/.test(after) ? undefined : truthAt(git, repository, after, environment));
    const names = (move: Move) => at(move)?.models.has(model) ?? false;
    const last = repository.moves.at(-1);
    return (
      last !== undefined &&
      !names(last) &&
      repository.moves.some(names) &&
      repository.moves.some((move) => at(move)?.complete === false)
    );
  });
}

/** A model that one repository has left and another may take: that needs the one after the other. */
export function handovers(git: Git, store: Rows): string[] {
  return environments.flatMap((environment) =>
    store
      .rows('RegisteredModel')
      .filter((model) => {
        const marked = textIn(model, `${environment}.repository`);
        const held = versionsOf(store, model).some((row) => holds(row, environment));
        return git.repositories.some(
          (repository) =>
            git.ownerOf(marked) !== repository && !held && truthOf(git, repository, environment).models.has(model.name),
        );
      })
      .map((model) => `${environment} ${model.name}`),
  );
}

function truthOf(git: Git, repository: GitRepository, environment: string): Truth {
  const head = repository.handle.head();
  if (head === undefined) return { complete: true, unreadable: false, models: new Map() };
  return truthAt(git, repository, head, environment);
}

function checkModel(git: Git, store: Rows, place: Place, coverage: Coverage, alone: boolean): void {
  const { environment, model, versions } = place;
  const claims = git.repositories.filter((repository) => truthOf(git, repository, environment).models.has(model.name));
  const marked = textIn(model, `${environment}.repository`);
  const owner = git.ownerOf(marked);
  const holders = versions.filter((row) => holds(row, environment));
  if (owner === undefined) {
    // Another installation's, as long as it holds something or there is nothing to hold; nobody's, as long as Git does
    // not name it.
    const entitled = claims.flatMap((repository) =>
      versions.filter((row) => servedAs(truthOf(git, repository, environment).models.get(model.name), row)),
    );
    if (claims.length === 0 || (marked && (holders.length > 0 || entitled.length === 0))) {
      if (marked && claims.length > 0) coverage.count('conflict: model of another installation');
      return;
    }
    throw differs(place, `Git names it, but its mark is ${marked ?? 'not there'}`);
  }
  if (!alone && isMute(owner)) {
    coverage.count('conflict: a head from before the first deployment file');
    return;
  }
  if (claims.length > 1) coverage.count('conflict: two repositories, one model');
  const { complete, models } = truthOf(git, owner, environment);
  const served = models.get(model.name) ?? new Map<string, Served>();
  const registered = versions.filter((row) => servedAs(served, row));
  const missing = [...served.keys()].filter(
    (name) => name !== floating && !versions.some((row) => isCalled(row, name)),
  );
  if (missing.length > 0) coverage.count('conflict: version not registered');
  if (!complete) coverage.count('conflict: a file that never was readable');
  const names_ = (rows: readonly Row[]) => rows.map(nameOf).join(', ') || 'none';
  const exact = complete && missing.length === 0;
  for (const row of registered)
    if (!holds(row, environment))
      throw differs(place, `${nameOf(row)} should hold the label; holders: ${names_(holders)}`);
  if (exact && holders.length !== registered.length)
    throw differs(place, `holders should be ${names_(registered)}; are ${names_(holders)}`);
  if (exact && store.hasAliases) checkAlias(store, place, registered, coverage);
  if (served.size > 0) checkMark(owner, place, alone, store.writtenLate?.(place.model.id));
  for (const row of registered) {
    checkRecord(git, [owner, ...claims], place, row, servedAs(served, row)!, coverage, store.writtenLate?.(row.id));
    checkUri(store, place, row, servedAs(served, row)!);
  }
}

/** It belongs to the only version that holds the label. */
function checkAlias(store: Rows, place: Place, holders: readonly Row[], coverage: Coverage): void {
  const { environment, model } = place;
  const [wanted, ...more] = holders;
  const has = aliased(store, model, environment);

  const should = more.length > 0 ? undefined : wanted;
  if (has?.id !== should?.id)
    throw differs(
      place,
      `its alias is on ${has ? nameOf(has) : 'none'}, should be on ${should ? nameOf(should) : 'none'}`,
    );
  coverage.count(`alias on ${should ? 'the only holder' : 'none'}`);
}

/**
 * Pushed back to where no deployment file ever was. The push itself withdraws, for there were files at its `before`; once it is
 * lost, Git alone cannot tell this from a wrong DEPLOYMENT_FILES, which must never empty a registry: nothing is withdrawn,
 * aloud (parse answers 422).
 */
function isMute({ handle }: GitRepository): boolean {
  const head = handle.head();
  return (
    head === undefined || listCommitsOfPath(handle.repository.store, head, 'model-deployments', [], 1).length === 0
  );
}

/** `alone`: it may have a name yet that the repository had when the model was last told of. `writtenLate`: as in checkRecord. */
function checkMark(
  owner: GitRepository,
  place: Place,
  alone: boolean,
  writtenLate: ReadonlySet<string> = new Set(),
): void {
  const { environment, model } = place;
  const repository = textIn(model, `${environment}.repository`) ?? '';
  if (alone ? !owner.urls.has(repository) : repository !== owner.url)
    throw differs(place, `the mark names ${repository}; the repository is ${owner.url}`);
  const head = textIn(model, `${environment}.head`);
  const isOwn = head !== undefined && (owner.read.has(head) || writtenLate.has(`${environment}.head`));
  if (!isOwn) throw differs(place, `the mark's head ${head} was never read`);
  const observedAt = textIn(model, `${environment}.observedAt`);
  if (Number.isNaN(Date.parse(observedAt ?? ''))) throw differs(place, `the mark's time is ${observedAt}`);
}

/**
 * `owners`: whose mark it bears, then all that deploy the model. Where two do, a write that takes effect after its caller has
 * given up can leave the one's mark beside the other's record, of the same version. `writtenLate`: keys of such writes.
 */
function checkRecord(
  git: Git,
  owners: readonly GitRepository[],
  place: Place,
  version: Row,
  served: Served,
  coverage: Coverage,
  writtenLate: ReadonlySet<string> = new Set(),
): void {
  const { environment, model } = place;
  const value = (name: string) => textIn(version, `${environment}.${name}`);
  const wrong = (what: string) => differs(place, `${nameOf(version)}: ${what}`);
  if (value('application') !== served.applications.join(','))
    throw wrong(`application is ${value('application')}, should be ${served.applications.join(',')}`);
  for (const name of ['retiredAt', 'replacedBy'])
    if (value(name) !== undefined) throw wrong(`it serves, and ${name} is ${value(name)}`);
  const commit = value('commit');
  const what = { environment, model: model.name, version: served.version };
  const owner =
    commit &&
    owners.find(
      (one) => names(git, one, commit, what) || [...one.read].some((head) => leadsTo(git, one, commit, head, what)),
    );
  if (!owner) throw wrong(`commit ${commit} does not name the version`);
  const stories = storiesOf(git, owner, commit, what);
  const told = {
    promotedAt: value('promotedAt'),
    promotedBy: value('promotedBy'),
    pullRequest: value('pullRequest'),
  };
  if (told.promotedAt === undefined) throw wrong('promotedAt is missing');
  const isLate = (name: string) => writtenLate.has(`${environment}.${name}`);
  for (const [name, value] of Object.entries(told)) {
    // Of another event, and nothing says so (docs/histories.md).
    if (isLate(name) || isLate('commit')) {
      coverage.count('conflict: a value of a record that came late');
      continue;
    }
    const right = stories.flatMap((story) => story[name as keyof Story]);
    if (!right.some((one) => one === value || (name === 'promotedAt' && same(value, one))))
      throw wrong(`${name} is ${value}, and nobody could say so of ${commit}; right: ${JSON.stringify(stories)}`);
  }
  coverage.count(told.pullRequest === undefined ? 'record without a request' : 'record with a request');
}

interface Story {
  promotedAt: string;
  promotedBy: (string | undefined)[];
  pullRequest: string | undefined;
}

/** What may rightly be said of how a commit got onto the branch. */
function storiesOf(git: Git, owner: GitRepository, commit: string, what: Parameters<typeof names>[3]): Story[] {
  const { urls, moves, handle } = owner;
  const { store } = handle.repository;
  const { committer, author } = store.commit(commit);
  const made = new Date(committer.seconds * 1000).toISOString();
  const login = author.email.endsWith('@example.test') ? author.email.replace('@example.test', '') : undefined;
  const alone: Story = { promotedAt: made, promotedBy: [author.name, login, git.forger], pullRequest: undefined };
  const reaches = (head: string) => !/^0+$/.test(head) && ancestors(store, [head]).has(commit);
  // The push that brought the commit, or one that brought a file back.
  const brought = moves.filter(
    ({ before, after }) =>
      reaches(after) &&
      // With the secret, a later request can be said to have brought it (docs/security.md).
      (git.forger !== undefined ||
        !reaches(before) ||
        isNew(filesNaming(git, owner, before, what), filesNaming(git, owner, after, what))),
  );
  return [
    alone,
    ...brought.flatMap((move): Story[] => {
      const { merged, number } = move.pull ?? {};
      const by = knownPusher(owner, move);
      const at = merged?.at.toISOString() ?? '';
      return [
        ...(by === undefined ? [] : [{ promotedAt: made, promotedBy: [by], pullRequest: undefined }]),
        ...(merged
          ? [...urls].map((url) => ({
              promotedAt: at,
              promotedBy: [merged.by.login],
              pullRequest: `${url}/pulls/${number}`,
            }))
          : []),
      ];
    }),
  ];
}

function isNew(before: ReadonlySet<string>, after: ReadonlySet<string>): boolean {
  return [...after].some((file) => !before.has(file));
}

/** Servers keep seconds. */
function same(told: string | undefined, right: string | undefined): boolean {
  return (
    told !== undefined &&
    right !== undefined &&
    Math.floor(Date.parse(told) / 1000) === Math.floor(Date.parse(right) / 1000)
  );
}

function checkUri(store: Rows, place: Place, version: Row, { address }: Served): void {
  if (place.environment !== artifactEnvironment || address === undefined) return;
  const artifacts = store.rows('ModelArtifact').filter((row) => row.parents.includes(version.id));
  const named = artifacts.filter((row) => [place.model.name, nameOf(version)].includes(nameOf(row)));
  const [artifact, ...more] = artifacts.length === 1 ? artifacts : named;
  if (artifact === undefined || more.length > 0) return;
  if (valuesOf(artifact).get('/uri') !== address)
    throw differs(place, `${nameOf(version)}: its artifact lies at ${artifact.uri}, should lie at ${address}`);
}

function differs({ environment, model }: Place, what: string): Divergence {
  return new Divergence(`${environment} on ${model.name}: ${what}`);
}

/** What is said to serve is what serves, as far as it is registered; how far a rollout is stands on what is to be rolled out alone. */
export function checkServing(
  store: Rows,
  all: readonly { environment: string; model: string; serving: readonly string[] }[],
  coverage: Coverage,
): void {
  for (const model of store.rows('RegisteredModel'))
    for (const environment of environments) {
      const running = all.find((one) => one.environment === environment && one.model === model.name);
      for (const version of versionsOf(store, model)) {
        const serves = running?.serving.some((name) => isCalled(version, name)) ?? false;
        const says = holds(version, `${environment}.serving`);
        const on = `${environment} on ${model.name} ${nameOf(version)}`;
        if (serves !== says)
          throw new Divergence(`${on}: it ${serves ? 'serves' : 'does not serve'}, the registry differs`);
        const rollout = textIn(version, `${environment}.rollout`);
        if (rollout !== undefined && (says || !holds(version, environment)))
          throw new Divergence(`${on}: ${rollout}, and it serves or is not deployed`);
        if (serves) coverage.count('serving at the end');
        if (rollout !== undefined) coverage.count(`rollout at the end: ${rollout.split(':', 1)[0]}`);
      }
    }
}
