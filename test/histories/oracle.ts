// What the registry ought to say, from Git alone: which versions serve where at a commit, by what each text was written to say.
// Shares nothing with promotions/: no YAML, no template, no plan.
import { isAncestor, listCommitsOfPath } from '../../stand-ins/gitea/git/history.ts';
import { filesOf } from '../../stand-ins/gitea/git/trees.ts';
import { deployed, type Said } from './content.ts';
import type { Git, GitRepository } from './git.ts';
import { namesOf, type Row } from './registry.ts';

export interface Served {
  version: string;
  /** Applications by name, in order. */
  applications: string[];
  /** What the artifact's uri is to be, when the first application's file says it whole. */
  address?: string;
}

export interface Truth {
  /** False: a file cannot be read and could not before, so nothing may be taken away. */
  complete: boolean;
  /** A file at this commit cannot be read. */
  unreadable: boolean;
  /** By model, then by version. */
  models: Map<string, Map<string, Served>>;
}

/** What is said of a registered version, by whichever of its names. */
export function servedAs(served: ReadonlyMap<string, Served> | undefined, version: Row): Served | undefined {
  return namesOf(version)
    .map((name) => served?.get(name))
    .find((one) => one !== undefined);
}

const known = new WeakMap<GitRepository, Map<string, Truth>>();

/** Every file could be read at every head: links lead somewhere too. */
export function wasReadable(git: Git, repository: GitRepository, environment: string): boolean {
  return repository.moves.every(
    ({ after }) => /^0+$/.test(after) || !truthAt(git, repository, after, environment).unreadable,
  );
}

/** What `commit` says of one environment. */
export function truthAt(git: Git, repository: GitRepository, commit: string, environment: string): Truth {
  const cache = known.get(repository) ?? new Map<string, Truth>();
  known.set(repository, cache);
  const key = `${commit} ${environment}`;
  const truth = cache.get(key) ?? readTruth(git, repository, commit, environment);
  cache.set(key, truth);
  return truth;
}

function readTruth(git: Git, repository: GitRepository, commit: string, environment: string): Truth {
  const { store } = repository.handle.repository;
  const truth: Truth = { complete: true, unreadable: false, models: new Map() };
  const files = [...filesOf(store, store.commit(commit).tree)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [path] of files) {
    const [top, folder, application = '', file, ...more] = path.split('/');
    if (top !== 'model-deployments' || folder !== environment || file !== 'config.yaml' || more.length > 0) continue;
    let { said } = readAt(git, repository, commit, path);
    if (said.kind === 'unreadable') {
      truth.unreadable = true;
      said = lastReadable(git, repository, commit, path);
    }
    if (said.kind === 'unreadable') truth.complete = false;
    for (const [i, { model, version }] of deployed(said, application).entries()) {
      const versions = truth.models.get(model) ?? new Map<string, Served>();
      truth.models.set(model, versions);
      const served = versions.get(version);
      if (served) served.applications.push(application);
      else
        versions.set(version, {
          version,
          applications: [application],
          ...(i === 0 && said.address !== undefined && { address: said.address }),
        });
    }
  }
  return truth;
}

/** What the file said before, at most twenty changes back, and not from before it was once deleted. */
function lastReadable(git: Git, repository: GitRepository, commit: string, path: string): SaidBy {
  const { store } = repository.handle.repository;
  let at: string | undefined = commit;
  for (let change = 0; change < 20 && at !== undefined; change++) {
    [at] = store.commit(lastChangeOf(git, repository, at, path)).parents;
    if (at === undefined || !filesOf(store, store.commit(at).tree).has(path)) break;
    const { said } = readAt(git, repository, at, path);
    if (said.kind !== 'unreadable') return said;
  }
  return { kind: 'unreadable' };
}

/** The commit that last changed what the file says: it, or what it links to. */
export function lastChangeOf(git: Git, repository: GitRepository, commit: string, path: string): string {
  const { store } = repository.handle.repository;
  return readAt(git, repository, commit, path)
    .paths.flatMap((one) => listCommitsOfPath(store, commit, one, [], 1))
    .reduce((a, b) => {
      if (isAncestor(store, a, b) || isAncestor(store, b, a)) return isAncestor(store, a, b) ? b : a;
      return store.commit(b).committer.seconds > store.commit(a).committer.seconds ? b : a;
    });
}

type SaidBy = Said & { address?: string };

/** What is read at a path of a commit: the text there or, over links, somewhere else. `id` of a link that leads nowhere is its own. */
export function readAt(
  git: Git,
  repository: GitRepository,
  commit: string,
  path: string,
): { said: SaidBy; id: string; paths: string[] } {
  const { store } = repository.handle.repository;
  const files = filesOf(store, store.commit(commit).tree);
  // A faulty function may name a commit that does not have the file.
  const own = files.get(path)?.id ?? '';
  const paths = [path];
  for (let at = path; ; at = paths.at(-1)!) {
    const file = files.get(at);
    if (file === undefined) return { said: { kind: 'unreadable' }, id: own, paths };
    const said = git.said.get(file.id);
    if (said === undefined) throw new Error(`nobody knows what the text ${file.id} says`);
    if (said.leadsTo === undefined) return { said, id: file.id, paths };
    if (paths.includes(said.leadsTo)) return { said: { kind: 'unreadable' }, id: own, paths };
    paths.push(said.leadsTo);
  }
}

/** Whether a file of that commit names the version, in any folder of the environment. */
export function names(...what: Parameters<typeof filesNaming>): boolean {
  return filesNaming(...what).size > 0;
}

/** Whether the commit made or changed a link, or what it leads to, by which a head names the version: alone it may not name it. */
export function leadsTo(
  git: Git,
  repository: GitRepository,
  commit: string,
  head: string,
  what: Parameters<typeof filesNaming>[3],
): boolean {
  const { store } = repository.handle.repository;
  return [...filesNaming(git, repository, head, what)].some((named) => {
    const { paths } = readAt(git, repository, head, named.slice(0, named.lastIndexOf(' ')));
    return paths.length > 1 && paths.some((path) => listCommitsOfPath(store, head, path, [], 1)[0] === commit);
  });
}

/** The files of that commit that name the version, as path and text's id. */
export function filesNaming(
  git: Git,
  repository: GitRepository,
  commit: string,
  { environment, model, version }: { environment: string; model: string; version: string },
): Set<string> {
  const { store } = repository.handle.repository;
  if (store.type(commit) !== 'commit') return new Set();
  const naming = [...filesOf(store, store.commit(commit).tree).keys()].flatMap((path) => {
    const [top, folder, application, file] = path.split('/');
    if (top !== 'model-deployments' || folder !== environment || file !== 'config.yaml') return [];
    const { said, id } = readAt(git, repository, commit, path);
    const names = deployed(said, application!).some((one) => one.model === model && one.version === version);
    return names ? [`${path} ${id}`] : [];
  });
  return new Set(naming);
}
