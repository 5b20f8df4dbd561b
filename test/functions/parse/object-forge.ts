// A repository held in plain objects that keeps the forge's contract: commits on one line of history, full ids, blob ids as
// Git computes them. For rules that need many histories; adapters are tried elsewhere.
import { createHash } from 'node:crypto';
import type { Commit, Forge, MergedPullRequest, Tree, TreeEntry } from '../../../forges/forge.ts';

/** Text, bytes, a symbolic link, or an entry that is no regular file. */
export type Content = string | Uint8Array | { link: string } | { mode: string; type: TreeEntry['type'] };

interface StoredCommit extends Commit {
  parent?: string;
  tree: Tree;
  contents: ReadonlyMap<string, Uint8Array>;
}

export interface ObjectForge extends Forge {
  /** A commit on the branch; `null` removes a file. */
  commit(change: Record<string, Content | null>, about?: { author?: string; committedAt?: string }): string;
  /** Moves the branch to a commit made before. */
  reset(commit: string): void;
  /** The pull request whose merge commit is `commit`. */
  merged(commit: string, pull?: Partial<MergedPullRequest>): void;
  /** Commits that the server no longer knows. */
  forget(commit: string): void;
  /** Every call: `tree abc`, `file <path>`. */
  calls: string[];
  url: string;
  offset: number;
}

export function objectForge({
  branch: defaultBranch = 'main',
  url = 'https://git.example.test/acme/fleet',
  ...also
}: {
  branch?: string;
  url?: string;
  alsoAt?: readonly string[];
  id?: string;
} = {}): ObjectForge {
  const commits = new Map<string, StoredCommit>();
  const pulls = new Map<string, MergedPullRequest>();
  let head: string | undefined;
  const calls: string[] = [];

  function known(id: string): StoredCommit {
    const commit = commits.get(id);
    if (commit === undefined) throw new Error(`test asks for commit ${id}, which is not there`);
    return commit;
  }

  function reaches(commit: string, earlier: string): boolean {
    for (let one: StoredCommit | undefined = known(commit); one; one = one.parent ? known(one.parent) : undefined)
      if (one.id === earlier) return true;
    return false;
  }

  const forge: ObjectForge = {
    calls,
    url,
    offset: 0,
    commit(
      change,
      { author = 'bot', committedAt = `2026-10-01T08:00:${String(commits.size).padStart(2, '0')}Z` } = {},
    ) {
      const parent = head === undefined ? undefined : known(head);
      const tree = new Map(parent?.tree ?? []);
      const contents = new Map(parent?.contents ?? []);
      for (const [path, content] of Object.entries(change)) {
        tree.delete(path);
        if (content === null) continue;
        const { bytes, mode, type } = stored(content);
        const id = createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
        tree.set(path, { path, id, mode, type, size: bytes.byteLength });
        contents.set(path, bytes);
      }
      const id = createHash('sha1').update(`commit ${commits.size}`).digest('hex');
      commits.set(id, {
        id,
        author: { login: author },
        committedAt,
        parents: head === undefined ? [] : [head],
        tree,
        contents,
        ...(head === undefined ? {} : { parent: head }),
      });
      head = id;
      return id;
    },
    reset(commit) {
      head = known(commit).id;
    },
    merged(commit, pull = {}) {
      pulls.set(commit, {
        number: 7,
        url: `${url}/pulls/7`,
        title: 'Promote',
        mergeCommit: commit,
        mergedAt: '2026-10-02T09:00:00Z',
        mergedBy: { login: 'ada' },
        ...pull,
      });
    },
    forget: (commit) => void commits.delete(commit),

    async repository() {
      calls.push('repository');
      return { url, ...also, defaultBranch };
    },
    async head(branch) {
      calls.push(`head ${branch}`);
      if (head === undefined) throw new Error('test reads the head of an empty repository');
      return head;
    },
    async tree(commit) {
      calls.push(`tree ${commit}`);
      const tree = commits.get(commit)?.tree;
      return tree && withFolders(tree);
    },
    async files(commit, wanted, maxBytes) {
      const { contents, tree } = known(commit);
      return new Map(
        wanted.map(({ path, id }) => {
          calls.push(`file ${path}`);
          const bytes = contents.get(path);
          if (bytes === undefined || tree.get(path)?.id !== id)
            throw new Error(`test asks for another blob at ${path}`);
          return [path, bytes.byteLength > maxBytes ? 'too-large' : bytes];
        }),
      );
    },
    async history(commit, path, limit, except) {
      calls.push(`history ${path}`);
      const found: Commit[] = [];
      const at = (one: StoredCommit | undefined) =>
        JSON.stringify([...(one?.tree ?? [])].filter(([name]) => name === path || name.startsWith(`${path}/`)));
      for (let one: StoredCommit | undefined = known(commit); one && found.length < limit; ) {
        if (except !== undefined && reaches(except, one.id)) break;
        const parent: StoredCommit | undefined = one.parent === undefined ? undefined : known(one.parent);
        if (at(one) !== at(parent)) {
          const { id, author, committedAt } = one;
          found.push({ id, author, committedAt, parents: parent === undefined ? [] : [parent.id] });
        }
        one = parent;
      }
      return found;
    },
    async contains(commit, earlier) {
      calls.push(`contains ${commit}`);
      return reaches(commit, earlier);
    },
    // One line of history knows no merges.
    mergesOnto: () => async () => undefined,
    async beforeMerge({ after }) {
      calls.push(`before merge ${after}`);
      return known(after).parent;
    },
    async pullRequest(commit) {
      calls.push(`pull ${commit}`);
      return pulls.get(commit);
    },
    clockOffset: () => forge.offset,
  };
  return forge;
}

/** As servers list them. */
function withFolders(tree: Tree): Tree {
  const folders = new Map<string, TreeEntry>();
  for (const path of tree.keys()) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      folders.set(folder, {
        path: folder,
        mode: '040000',
        type: 'tree',
        id: createHash('sha1').update(folder).digest('hex'),
      });
    }
  }
  return new Map([...folders, ...tree]);
}

function stored(content: Content): { bytes: Uint8Array; mode: string; type: TreeEntry['type'] } {
  if (typeof content === 'string') return { bytes: Buffer.from(content), mode: '100644', type: 'blob' };
  if (content instanceof Uint8Array) return { bytes: content, mode: '100644', type: 'blob' };
  if ('link' in content) return { bytes: Buffer.from(content.link), mode: '120000', type: 'blob' };
  return { bytes: Buffer.from(content.mode), ...content };
}
