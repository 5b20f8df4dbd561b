// Reads what the head of the watched branch says, and for a push what its `before` said. Everything is asked for by full
// commit id, so a head that moves meanwhile changes nothing half-way.

import { TryAgainError } from '../../events/errors.ts';
import type { Forge, Move } from '../../forges/forge.ts';
import type { Log } from '../../io/io.ts';
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import { type EnvironmentSnapshot, snapshotOf } from '../../promotions/environment-snapshot.ts';
import { isIdentity, otherThan, type RepositoryIdentity, withName } from '../../promotions/repository-address.ts';
import type { OwnSettings } from '../settings.ts';
import { type FileNote, logNotes, logWithoutFiles, noteBehindLink, notesOf } from './file-notes.ts';
import type { FileReader } from './read-files.ts';
import { checkTemplates, filesBehindLinks, selectFiles, templatesOf, watchedEnvironments } from './select-files.ts';

export interface HeadReading {
  /** These three as in a Promotion. */
  repository: string;
  repositoryId?: string;
  formerly?: string[];
  branch: string;
  head: string;
  observedAt: string;
  /** Watched environments in order. `before` is undefined when there is no readable commit of that name. */
  environments: ReadonlyMap<string, { now: EnvironmentSnapshot; before?: EnvironmentSnapshot }>;
  /** The commit compared with, and the blob ids of its deployment files by path; undefined when there is no readable one. */
  before?: string;
  idsBefore?: ReadonlyMap<string, string>;
  /** Of files at the head, by environment. */
  notes: FileNote[];
  /** Watched environments in which there is no deployment file at all, and all folders that have some. */
  withoutFiles: string[];
  found: string[];
  /** What an earlier commit of the branch says. */
  snapshotAt(commit: string, environment: string): Promise<EnvironmentSnapshot>;
}

export interface Wanted {
  /** Address of the event's repository; when the forge's is another one, there is nothing to do. */
  repository?: string;
  repositoryId?: string;
  /** Full ref of the event. */
  ref?: string;
  /** Full id of the commit to compare with. */
  before?: string;
  reconcile: boolean;
}

/** Why there is nothing to do. */
export interface NothingToDo {
  nothing: string;
}

/** Where the head is. */
export interface Look {
  identity: RepositoryIdentity;
  branch: string;
  head: string;
  observedAt: string;
}

/** What all events share that wait for the same reading. */
export interface Shared {
  forge: Forge;
  files: FileReader;
  look(): Promise<Look>;
}

export type ReadHead = (wanted: Wanted, shared: Shared, log: Log) => Promise<HeadReading | NothingToDo>;

export function createHeadReader(settings: OwnSettings['parse']): ReadHead {
  const templates = templatesOf(settings);

  return async (wanted, { forge, files, look }, log) => {
    const { identity, branch, head, observedAt } = await look();
    const known = knownAs(identity, settings);
    const { repository, repositoryId } = wanted;
    if (repository !== undefined && !isIdentity(known, { repository, repositoryId }))
      return { nothing: aboutAnotherRepository(known.url) };
    if (wanted.ref !== undefined && wanted.ref !== `refs/heads/${branch}`)
      return { nothing: aboutAnotherBranch(wanted.ref, branch) };

    const comparesWith = wanted.before !== undefined && !/^0+$/.test(wanted.before) ? wanted.before : undefined;
    const [tree, treeBefore] = await Promise.all([
      forge.tree(head),
      comparesWith === undefined || comparesWith === head ? undefined : forge.tree(comparesWith),
    ]);
    if (tree === undefined) throw new TryAgainError(`expected the tree of ${head}, the head of ${branch}; got none`);
    const before = comparesWith === head ? tree : treeBefore;
    await checkTemplates(templates, { head, tree, before, reconcile: wanted.reconcile }, forge);

    const filesNow = selectFiles(templates, tree);
    const filesBefore = before && selectFiles(templates, before);
    const { watched, left } = watchedEnvironments(settings, [...filesNow.keys(), ...(filesBefore?.keys() ?? [])]);
    for (const environment of left) log('warn', 'not a name for an environment, left alone', { environment });

    const environments = new Map<string, { now: EnvironmentSnapshot; before?: EnvironmentSnapshot }>();
    const idsBefore = new Map<string, string>();
    const notes: FileNote[] = [];
    for (const environment of watched) {
      const { states, unreadable } = await files.at(head, filesNow.get(environment) ?? []);
      notes.push(...notesOf(environment, states, unreadable));
      const now = snapshotOf(states);
      if (filesBefore === undefined || comparesWith === undefined) {
        environments.set(environment, { now });
        continue;
      }
      const earlier =
        comparesWith === head ? states : (await files.at(comparesWith, filesBefore.get(environment) ?? [])).states;
      for (const { path, id } of earlier) idsBefore.set(path, id);
      environments.set(environment, { now, before: comparesWith === head ? now : snapshotOf(earlier) });
    }
    for (const { environment, path } of await filesBehindLinks(templates, tree, (link) => files.follow(head, link)))
      if (environments.has(environment)) notes.push(noteBehindLink(environment, path));
    logNotes(log, head, notes);
    const found = [...filesNow.keys()].sort(compareCodePoints);
    // `*` names no environment that would have to exist.
    const expected = settings.environments === '*' ? [] : watched;
    const withoutFiles = expected.filter((environment) => !filesNow.has(environment));
    logWithoutFiles(log, { head, withoutFiles, found });
    const compared = before && comparesWith ? { before: comparesWith, idsBefore } : {};
    const about = { ...named(known), branch, head, observedAt };
    return { ...about, environments, ...compared, notes, withoutFiles, found, snapshotAt };

    async function snapshotAt(commit: string, environment: string): Promise<EnvironmentSnapshot> {
      const then = await forge.tree(commit);
      if (then === undefined)
        throw new TryAgainError(`expected the tree of ${commit}, which the history names; got none`);
      return snapshotOf((await files.at(commit, selectFiles(templates, then).get(environment) ?? [])).states);
    }
  };
}

/** Why an event is ignored. Most are known before Git is asked (function.ts), the others only when it has answered. */
export function aboutAnotherRepository(watched: string): string {
  return `about another repository than ${watched}`;
}

/** The same, of `refs/heads/…`. */
export function aboutAnotherBranch(ref: string, watched: string): string {
  return `about ${ref}, not the watched branch ${watched}`;
}

/** The server also answers to former names: when it calls the repository by another name than it was asked for, that one is former. */
function knownAs(
  identity: RepositoryIdentity,
  { repository: asked, formerly = [] }: Pick<OwnSettings['parse'], 'repository' | 'formerly'>,
): RepositoryIdentity {
  const { url, alsoAt = [] } = identity;
  const now = [url, ...alsoAt];
  const all = [...now, ...now.map((address) => withName(address, asked)), ...formerly];
  return { ...identity, alsoAt: otherThan(url, all) };
}

function named({
  url,
  alsoAt = [],
  id,
}: RepositoryIdentity): Pick<HeadReading, 'repository' | 'repositoryId' | 'formerly'> {
  return { repository: url, ...(id && { repositoryId: id }), ...(alsoAt.length > 0 && { formerly: [...alsoAt] }) };
}

type Named = Pick<Move, 'fullName' | 'repository' | 'repositoryId'>;
type Known = Pick<HeadReading, 'repository' | 'repositoryId' | 'formerly'>;

/**
 * Whether a push or a merge is surely about another repository. An organisation's webhook sends the pushes of all its repositories, and those
 * must neither cost a call to Git nor fail with it. `configured`: `owner/name`. `known`: what an earlier reading said about the
 * repository, if there was one.
 */
export function isOther(move: Named, configured: string, known: Known | undefined): boolean {
  if (!mayBe(move.fullName, configured)) return true;
  if (move.fullName.toLowerCase() === configured.toLowerCase()) return false;
  if (known?.repositoryId === undefined || move.repositoryId === undefined) return false;
  return !isIdentity({ url: known.repository, alsoAt: known.formerly, id: known.repositoryId }, move);
}

/** A repository that was renamed, or moved to another owner, still has the other part of its name; only the server knows whether it is this one. */
function mayBe(fullName: string, repository: string): boolean {
  const [owner, name] = fullName.toLowerCase().split('/');
  const [ownOwner, ownName] = repository.toLowerCase().split('/');
  return owner === ownOwner || name === ownName;
}
