// What the registry ought to say, from Git alone: which versions serve where at a commit, by what each text was written to say.
// Shares nothing with promotions/: no YAML, no template, no plan.
import { listCommitsOfPath } from '../../local/gitea/git/history.ts';
import { filesOf } from '../../local/gitea/git/trees.ts';
import type { Said } from './content.ts';
import type { Git, GitRepository } from './git.ts';

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

const known = new WeakMap<GitRepository, Map<string, Truth>>();

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
  for (const [path, { id }] of files) {
    const [top, folder, application = '', file, ...more] = path.split('/');
    if (top !== 'model-deployments' || folder !== environment || file !== 'config.yaml' || more.length > 0) continue;
    let said = saidBy(git, id);
    if (said.kind === 'unreadable') {
      truth.unreadable = true;
      said = lastReadable(git, repository, commit, path);
    }
    if (said.kind === 'unreadable') truth.complete = false;
    if (said.kind !== 'deployment') continue;
    const model = said.model ?? application;
    const versions = truth.models.get(model) ?? new Map<string, Served>();
    truth.models.set(model, versions);
    const served = versions.get(said.version!);
    if (served) served.applications.push(application);
    else {
      const { address } = said;
      versions.set(said.version!, {
        version: said.version!,
        applications: [application],
        ...(address === undefined ? {} : { address }),
      });
    }
  }
  return truth;
}

/** What the file said before, at most twenty changes back, and not from before it was once deleted. */
function lastReadable(git: Git, repository: GitRepository, commit: string, path: string): Said & { address?: string } {
  const { store } = repository.handle.repository;
  for (const id of listCommitsOfPath(store, commit, path).slice(1, 21)) {
    const file = filesOf(store, store.commit(id).tree).get(path);
    if (file === undefined) break;
    const said = saidBy(git, file.id);
    if (said.kind !== 'unreadable') return said;
  }
  return { kind: 'unreadable' };
}

export function saidBy(git: Git, blob: string): Said & { address?: string } {
  const said = git.said.get(blob);
  if (said === undefined) throw new Error(`nobody knows what the text ${blob} says`);
  return said;
}

/** Whether a file of that commit names the version, in any folder of the environment. */
export function names(...what: Parameters<typeof filesNaming>): boolean {
  return filesNaming(...what).size > 0;
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
  const naming = [...filesOf(store, store.commit(commit).tree)].filter(([path, { id }]) => {
    const [top, folder, application, file] = path.split('/');
    if (top !== 'model-deployments' || folder !== environment || file !== 'config.yaml') return false;
    const said = saidBy(git, id);
    return said.kind === 'deployment' && (said.model ?? application) === model && said.version === version;
  });
  return new Set(naming.map(([path, { id }]) => `${path} ${id}`));
}
