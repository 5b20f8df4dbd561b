// Which versions of all models were deployed in some environments, change by change: one walk over the commits that touched their
// folders. Each commit takes about four calls, so `limit` bounds them.
import type { EnvironmentSnapshot } from '../../promotions/environment-snapshot.ts';
import type { Git, ParseSettings } from '../git.ts';
import { createBranch, createSnapshots, type Provenance, provenanceOf } from './git-history.ts';

/** Other versions of one model were deployed. */
export interface Change extends Provenance {
  environment: string;
  model: string;
  /** Empty: the model is not deployed any more. */
  versions: string[];
  /** Before this change; empty: the model was not deployed. */
  before: string[];
}

export interface FleetHistory {
  /** Newest first; by one commit in the order of environments and names. */
  changes: Change[];
  /** There are older commits. */
  more: boolean;
}

export interface Walk {
  environments: readonly string[];
  /** Of commits on the branch. */
  limit: number;
  rest(): Promise<void>;
}

export async function readFleetHistory(git: Git, settings: ParseSettings, walk: Walk): Promise<FleetHistory> {
  const { commits, more, snapshots, provenance } = await openWalk(git, settings, walk);
  const changes: Change[] = [];
  for (const [i, commit] of commits.slice(0, walk.limit).entries()) {
    const earlier = commits[i + 1];
    const changed: Pick<Change, 'environment' | 'model' | 'versions' | 'before'>[] = [];
    for (const environment of walk.environments) {
      const now = versionsIn(await snapshots(commit, environment));
      const then = earlier === undefined ? new Map() : versionsIn(await snapshots(earlier, environment));
      for (const model of [...new Set([...then.keys(), ...now.keys()])].sort()) {
        const [versions, before] = [now.get(model) ?? [], then.get(model) ?? []];
        if (String(versions) !== String(before)) changed.push({ environment, model, versions, before });
      }
    }
    if (changed.length === 0) continue;
    const known = await provenance(commit);
    changes.push(...changed.map((one) => ({ ...one, ...known })));
  }
  return { changes, more };
}

export interface FleetAt extends Partial<Provenance> {
  environments: { environment: string; models: { model: string; versions: string[] }[] }[];
}

/** What Git deployed at a moment; undefined if that is before the commits that were read. */
export async function readFleetAt(
  git: Git,
  settings: ParseSettings,
  walk: Walk,
  moment: Date,
): Promise<FleetAt | undefined> {
  const { commits, more, snapshots, provenance } = await openWalk(git, settings, walk);
  for (const commit of commits) {
    const known = await provenance(commit);
    if (Date.parse(known.from) > moment.getTime()) continue;
    const environments: FleetAt['environments'] = [];
    for (const environment of walk.environments) {
      const models = [...versionsIn(await snapshots(commit, environment))];
      environments.push({ environment, models: models.map(([model, versions]) => ({ model, versions })) });
    }
    return { ...known, environments };
  }
  return more ? undefined : { environments: walk.environments.map((environment) => ({ environment, models: [] })) };
}

/** Commits of the branch, newest first, one more than the limit, to see what was deployed before the last one. */
async function openWalk({ forge, reading }: Git, settings: ParseSettings, { environments, limit, rest }: Walk) {
  const branch = createBranch(forge, reading.head);
  const landed = new Set<string>();
  const folders = environments.flatMap((environment) =>
    settings.deploymentFiles.map((template) => folderOf(template, environment)),
  );
  let more = false;
  for (const folder of new Set(folders)) {
    const commits = await forge.history(reading.head, folder, limit + 1);
    if (commits.length > limit) more = true;
    for (const { id } of commits) landed.add(await branch.landedBy(id));
  }
  const all = branch.inOrder(landed);
  return {
    commits: all.slice(0, limit + 1),
    more: more || all.length > limit,
    snapshots: createSnapshots(forge, settings, rest),
    provenance: (commit: string) => provenanceOf(commit, forge, branch),
  };
}

/** The deepest folder that holds all deployment files of an environment; empty: the root. */
function folderOf(template: string, environment: string): string {
  const parts = template.replace('{environment}', environment).split('/');
  const free = parts.findIndex((part) => /[{*]/.test(part));
  return parts.slice(0, free < 0 ? -1 : free).join('/');
}

function versionsIn({ models }: EnvironmentSnapshot): Map<string, string[]> {
  return new Map([...models].map(([model, { versions }]) => [model, versions.map(({ version }) => version)]));
}
