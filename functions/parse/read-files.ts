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

/** Bytes of contents held at once, so that thousands of great files do not fill the memory. Thousands of normal ones fit. */
const bytesAtOnce = 16 * 1024 * 1024;

/** Bytes of a file that can take so long to parse (yaml-mapping.ts) that others get their turn first. */
const greatFile = 16 * 1024;

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

/**
 * For one reading. `trees`: those already read. `known`: `contents` of the reading before. `rest` lets other work of the process
 * (health checks, time limits) have its turn.
 */
export function createFileReader(
  forge: Forge,
  trees: ReadonlyMap<string, Tree>,
  known: ReadonlyMap<string, DeploymentFile>,
  rest: () => Promise<void>,
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
    for (const some of portions([...wanted.values()])) {
      const read = await forge.files(commit, some, maxFileBytes);
      for (const { id, path } of some) {
        const bytes = read.get(path);
        if (bytes === undefined) throw new TryAgainError(`expected the content of ${JSON.stringify(path)}; got none`);
        if (bytes.length > greatFile) await rest();
        contents.set(id, bytes === 'too-large' ? tooLarge : await readDeploymentFile(bytes));
      }
    }
  }

  function contentOf(entry: TreeEntry): DeploymentFile {
    if (!isRegularFile(entry))
      return { kind: 'unreadable', reason: entry.type === 'commit' ? 'a submodule, not a file' : 'a link, not a file' };
    return contents.get(entry.id) as DeploymentFile;
  }
}

/** In order, none with more bytes than may be held; sizes that nobody told count as the greatest. */
function portions(entries: readonly TreeEntry[]): TreeEntry[][] {
  const result: TreeEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.size ?? maxFileBytes;
    const last = result.at(-1);
    if (last !== undefined && bytes + size <= bytesAtOnce) last.push(entry);
    else result.push([entry]);
    bytes = last !== undefined && bytes + size <= bytesAtOnce ? bytes + size : size;
  }
  return result;
}

function isRegularFile({ type, mode }: TreeEntry): boolean {
  return type === 'blob' && (mode === '100644' || mode === '100755');
}
