// Contents of deployment files at a commit, each blob read once. A file that cannot be read counts with its last readable
// content, because what ran before goes on running.

import { TryAgainError } from '../../events/errors.ts';
import type { Forge, Tree, TreeEntry } from '../../forges/forge.ts';
import { atMost } from '../../io/at-most.ts';
import { type DeploymentFile, maxFileBytes, readDeploymentFile, tooLarge } from '../../promotions/deployment-file.ts';
import { contentIn, type FileState } from '../../promotions/environment-snapshot.ts';
import type { SelectedFile } from './select-files.ts';

/** Changes of a file to go back for readable content. */
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
  /** What was read, by blob id: for the next reading, since ids are hashes of what they stand for. */
  contents: ReadonlyMap<string, DeploymentFile>;
}

/** For one reading. `trees`: those already read. `known`: `contents` of the reading before. */
export function createFileReader(
  forge: Forge,
  trees: ReadonlyMap<string, Tree>,
  known: ReadonlyMap<string, DeploymentFile>,
): FileReader {
  const contents = new Map<string, DeploymentFile>();
  const moreTrees = new Map<string, Promise<Tree | undefined>>();

  return { contents, at };

  async function at(commit: string, files: readonly SelectedFile[]) {
    await load(
      commit,
      files.map(({ entry }) => entry),
    );
    const unreadable: Unreadable[] = [];
    const states = await atMost(atOnce, files, async ({ path, application, entry }): Promise<FileState> => {
      const state = { path, application, id: entry.id };
      const content = contentIn(application, contentOf(entry));
      if (content.kind !== 'unreadable') return { ...state, content };
      const last = await lastReadable(commit, path, application);
      unreadable.push({ path, reason: content.reason, ...(last && { countsAs: last.contentFrom }) });
      return { ...state, ...(last ?? { content }) };
    });
    return { states, unreadable };
  }

  async function lastReadable(commit: string, path: string, application: string) {
    const changes = await forge.history(commit, path, changesBack + 1);
    if (changes.length === 0)
      throw new TryAgainError(`expected commits that changed ${JSON.stringify(path)}, which is at ${commit}; got none`);
    // The first one made it what it is now.
    for (const { id } of changes.slice(1)) {
      const entry = (await treeOf(id)).get(path);
      // What was deployed before a removal is not what ran after it.
      if (entry === undefined || entry.type === 'tree') return undefined;
      await load(id, [entry]);
      const content = contentIn(application, contentOf(entry));
      if (content.kind !== 'unreadable') return { content, contentFrom: id };
    }
    return undefined;
  }

  async function treeOf(commit: string): Promise<Tree> {
    const reading = moreTrees.get(commit) ?? Promise.resolve(trees.get(commit) ?? forge.tree(commit));
    moreTrees.set(commit, reading);
    const tree = await reading;
    if (tree === undefined)
      throw new TryAgainError(`expected the tree of ${commit}, which the history names; got none`);
    return tree;
  }

  /** Reads what is not known yet into `contents`. */
  async function load(commit: string, entries: readonly TreeEntry[]): Promise<void> {
    const wanted = new Map<string, TreeEntry>();
    for (const entry of entries) {
      if (!isRegularFile(entry) || contents.has(entry.id)) continue;
      const content = known.get(entry.id) ?? ((entry.size ?? 0) > maxFileBytes ? tooLarge : undefined);
      if (content) contents.set(entry.id, content);
      else wanted.set(entry.id, entry);
    }
    if (wanted.size === 0) return;
    const read = await forge.files(commit, [...wanted.values()], maxFileBytes);
    for (const { id, path } of wanted.values()) {
      const bytes = read.get(path);
      if (bytes === undefined) throw new TryAgainError(`expected the content of ${JSON.stringify(path)}; got none`);
      contents.set(id, bytes === 'too-large' ? tooLarge : await readDeploymentFile(bytes));
    }
  }

  function contentOf(entry: TreeEntry): DeploymentFile {
    if (!isRegularFile(entry))
      return { kind: 'unreadable', reason: entry.type === 'commit' ? 'a submodule, not a file' : 'a link, not a file' };
    return contents.get(entry.id) as DeploymentFile;
  }
}

function isRegularFile({ type, mode }: TreeEntry): boolean {
  return type === 'blob' && (mode === '100644' || mode === '100755');
}
