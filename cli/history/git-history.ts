// Which versions of one model Git deployed in one environment, change by change, from the history of the branch. At every commit
// of the branch that brought a change, the files are read as parse reads them.
import type { Commit, Forge } from '../../forges/forge.ts';
import { createFileReader } from '../../functions/parse/read-files.ts';
import { selectFiles, templatesOf } from '../../functions/parse/select-files.ts';
import { once } from '../../io/share-calls.ts';
import type { DeploymentFile } from '../../promotions/deployment-file.ts';
import { type EnvironmentSnapshot, snapshotOf } from '../../promotions/environment-snapshot.ts';
import type { Git, ParseSettings } from '../git.ts';
import { landings } from './landings.ts';

/** One period in which the same versions were deployed. */
export interface Period {
  /** RFC 3339: when the pull request was merged, else the commit's own time. */
  from: string;
  /** Undefined: still deployed. */
  to?: string;
  /** Empty: nothing was deployed. */
  versions: { version: string; applications: string[] }[];
  /** The commit of the branch that brought it. */
  commit: string;
  by?: string;
  pullRequest?: { number: number; url: string; title: string };
}

export interface GitHistory {
  /** Newest first. */
  periods: Period[];
  /** There are older ones. */
  more: boolean;
}

/** Commits that are read at first; doubled until all that are needed are among them. */
const firstReach = 200;

export interface Asked {
  model: string;
  environment: string;
  /** Files to look at in addition to those that name the model now or lie in a folder of its name. */
  paths: readonly string[];
  /** Of periods. */
  limit: number;
  /** Lets other work of the process go on. */
  rest(): Promise<void>;
}

/** Throws TryAgainError when Git does not answer what was asked. */
export async function readGitHistory(
  { forge, reading }: Git,
  settings: ParseSettings,
  asked: Asked,
): Promise<GitHistory> {
  const { model, environment, paths, limit } = asked;
  const branch = createBranch(forge, reading.head);
  const snapshots = createSnapshots(forge, settings, asked.rest);
  const at = async (commit: string) => (await snapshots(commit, environment)).models.get(model);
  const known = new Set<string>();
  const changes = new Set<string>();

  let open = [
    ...paths,
    ...(reading.environments.get(environment)?.now.models.get(model)?.files.keys() ?? []),
    ...settings.deploymentFiles
      .filter((template) => !template.includes('**'))
      .map((template) => template.replace('{environment}', environment).replace('{application}', model)),
  ];
  let more = false;
  // What is read leads to further files: a model may have moved from folder to folder.
  while (open.length > 0) {
    const found: string[] = [];
    for (const path of new Set(open)) {
      if (known.has(path)) continue;
      known.add(path);
      // One more than is shown, to see what was deployed before the last one.
      const commits = await forge.history(reading.head, path, limit + 1);
      if (commits.length > limit) more = true;
      for (const { id } of commits) changes.add(await branch.landedBy(id));
    }
    const inOrder = branch.inOrder(changes);
    for (const [i, commit] of inOrder.slice(0, limit + 1).entries()) {
      const files = (await at(commit))?.files ?? new Map();
      const before = inOrder[i + 1];
      const earlier = before === undefined ? undefined : (await at(before))?.files;
      found.push(...files.keys());
      // A file that is new here may have had another name before.
      const parent = branch.parentOf(commit);
      if (parent !== undefined && [...files.keys()].some((path) => !earlier?.has(path)))
        found.push(...((await at(parent))?.files.keys() ?? []));
    }
    open = found.filter((path) => !known.has(path));
  }

  const periods: Period[] = [];
  let last = '[]';
  for (const commit of branch.inOrder(changes).reverse()) {
    const deployed = (await at(commit))?.versions ?? [];
    const versions = deployed.map(({ version, applications }) => ({ version, applications }));
    const said = JSON.stringify(versions);
    if (said === last) continue;
    last = said;
    const period = { versions, ...(await provenanceOf(commit, forge, branch)) };
    const [before] = periods;
    if (before) before.to = period.from;
    periods.unshift(period);
  }
  return { periods: periods.slice(0, limit), more: more || periods.length > limit };
}

export type Provenance = Omit<Period, 'versions' | 'to'>;

/** When, by whom and by which pull request a commit came onto the branch. */
export async function provenanceOf(id: string, forge: Forge, branch: Branch): Promise<Provenance> {
  const pull = await forge.pullRequest(id);
  if (pull) {
    const { number, url, title, mergedAt, mergedBy } = pull;
    const by = mergedBy.login || mergedBy.name;
    return { from: mergedAt, commit: id, ...(by && { by }), pullRequest: { number, url, title } };
  }
  const { committedAt, author } = branch.commit(id);
  const by = author.login || author.name;
  return { from: committedAt, commit: id, ...(by && { by }) };
}

export type Branch = ReturnType<typeof createBranch>;

/** The commits of the branch, read as far back as they are needed. */
export function createBranch(forge: Forge, head: string) {
  const commits = new Map<string, Commit>();
  let known = landings(head, new Map());
  let reach = 0;
  let whole = false;

  async function readOn(): Promise<void> {
    reach = reach === 0 ? firstReach : reach * 2;
    const read = await forge.history(head, '', reach);
    whole = read.length < reach;
    for (const commit of read) commits.set(commit.id, commit);
    known = landings(head, new Map(read.map(({ id, parents }) => [id, parents])));
  }

  return {
    async landedBy(id: string): Promise<string> {
      while (!known.landedBy.has(id) && !whole) await readOn();
      const by = known.landedBy.get(id);
      if (by === undefined) throw new Error(`commit ${id} is in the history of a file and not in that of its branch`);
      return by;
    },
    /** Newest first. */
    inOrder: (ids: ReadonlySet<string>): string[] => known.chain.filter((id) => ids.has(id)),
    parentOf: (id: string): string | undefined => commits.get(id)?.parents[0],
    commit: (id: string): Commit => commits.get(id)!,
  };
}

/** What Git deployed in an environment at a commit; each commit and each file's content is read once. */
export function createSnapshots(forge: Forge, settings: ParseSettings, rest: () => Promise<void>) {
  const templates = templatesOf(settings);
  let contents: ReadonlyMap<string, DeploymentFile> = new Map();

  const select = once(async (commit: string) => {
    const tree = await forge.tree(commit);
    if (tree === undefined) throw new Error(`commit ${commit} is in the history and has no tree`);
    return selectFiles(templates, tree);
  });

  return once(async (commit: string, environment: string): Promise<EnvironmentSnapshot> => {
    const files = await select(commit);
    const reader = createFileReader(forge, contents, rest);
    const { states } = await reader.at(commit, files.get(environment) ?? []);
    contents = new Map([...contents, ...reader.contents]);
    return snapshotOf(states);
  });
}
