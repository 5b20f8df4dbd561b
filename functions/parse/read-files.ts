// The deployment files at a commit, with the contents by which they count. A file that cannot be read counts with its last readable
// content, because what was deployed before is still running.

import { TryAgainError } from '../../events/errors.ts';
import type { Commit, Forge, Tree, TreeEntry } from '../../forges/forge.ts';
import { atMost } from '../../io/at-most.ts';
import type { DeploymentFile } from '../../promotions/deployment-file.ts';
import { contentIn, type FileState } from '../../promotions/environment-snapshot.ts';
import { followLinks, maxLinkBytes, type Place } from './follow-links.ts';
import { lastChange } from './last-change.ts';
import { createContents } from './load-contents.ts';
import type { SelectedFile } from './select-files.ts';

/** Changes of a file to go back in search of readable content. */
const changesBack = 20;

/** Files looked up at once. */
const atOnce = 4;

export interface Unreadable {
  path: string;
  reason: string;
  /** Commit of the content that counts instead; undefined: none was found. */
  countsAs?: string;
}

export interface FileReader {
  /** The files as they count at `commit`. */
  at(commit: string, files: readonly SelectedFile[]): Promise<{ states: FileState[]; unreadable: Unreadable[] }>;
  /** Where a path leads at `commit`. */
  follow(commit: string, path: string): Promise<Place>;
  /** What was read, by blob id: for the next reading, since ids are hashes of what they stand for. */
  contents: ReadonlyMap<string, DeploymentFile>;
}

/**
 * For one reading. `forge` remembers trees. `known`: `contents` of the reading before. `rest` lets other work of the process
 * (health checks, time limits) have its turn.
 */
export function createFileReader(
  forge: Forge,
  known: ReadonlyMap<string, DeploymentFile>,
  rest: () => Promise<void>,
): FileReader {
  const { contents, load, contentOf } = createContents(forge, known, rest);
  const linkTexts = new Map<string, Uint8Array | 'too-large'>();

  return { contents, at, follow: async (commit, path) => placeOf(commit, await treeOf(commit), path) };

  async function at(commit: string, files: readonly SelectedFile[]) {
    const tree = await treeOf(commit);
    const placed = await atMost(atOnce, files, async (file) => ({
      ...file,
      place: await placeOf(commit, tree, file.path),
    }));
    await load(
      commit,
      placed.map(({ place }) => place),
    );
    const unreadable: Unreadable[] = [];
    const states = await atMost(atOnce, placed, async ({ path, application, entry, place }): Promise<FileState> => {
      const state = { path, application, ...idOf(place, entry) };
      const content = contentIn(application, contentOf(place));
      if (content.kind !== 'unreadable') return { ...state, content };
      const last = await lastReadable(commit, path, application, place);
      unreadable.push({ path, reason: content.reason, ...(last && { countsAs: last.contentFrom }) });
      return { ...state, ...(last ?? { content }) };
    });
    return { states, unreadable };
  }

  /** Goes back from change to change, each time to what was there just before it. */
  async function lastReadable(commit: string, path: string, application: string, now: Place) {
    let last = await changeOf(commit, now);
    for (let change = 0; change < changesBack; change++) {
      const [parent] = last.parents;
      if (parent === undefined) return undefined;
      const tree = await treeOf(parent);
      const entry = tree.get(path);
      // What was deployed before a removal is not what ran after it.
      if (entry === undefined || entry.type === 'tree') return undefined;
      const place = await placeOf(parent, tree, path);
      await load(parent, [place]);
      const content = contentIn(application, contentOf(place));
      last = await changeOf(parent, place);
      if (content.kind !== 'unreadable') return { content, contentFrom: last.id, ...linkedOf(place) };
    }
    return undefined;
  }

  async function changeOf(commit: string, { paths }: Place): Promise<Commit> {
    const last = await lastChange(forge, commit, paths);
    if (last !== undefined) return last;
    throw new TryAgainError(
      `expected commits that changed ${JSON.stringify(paths[0])}, which is at ${commit}; got none`,
    );
  }

  function placeOf(commit: string, tree: Tree, path: string): Promise<Place> {
    return followLinks(tree, path, async (link) => {
      const known = linkTexts.get(link.id) ?? (await forge.files(commit, [link], maxLinkBytes)).get(link.path);
      if (known === undefined)
        throw new TryAgainError(`expected the text of the link ${JSON.stringify(link.path)}; got none`);
      linkTexts.set(link.id, known);
      return known === 'too-large' ? undefined : Buffer.from(known).toString();
    });
  }

  async function treeOf(commit: string): Promise<Tree> {
    const tree = await forge.tree(commit);
    if (tree === undefined)
      throw new TryAgainError(`expected the tree of ${commit}, which the history names; got none`);
    return tree;
  }
}

/** The id of the blob that is read, so that a link to another target has another id; when a link leads nowhere, the link's own. */
function idOf(place: Place, entry: TreeEntry): Pick<FileState, 'id' | 'linked'> {
  return { id: (place.file ?? entry).id, ...linkedOf(place) };
}

function linkedOf({ paths }: Place): Pick<FileState, 'linked'> {
  return paths.length > 1 ? { linked: paths.slice(1) } : {};
}
