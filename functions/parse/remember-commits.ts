// A forge that asks for nothing twice within one reading. What a commit's id decides is remembered for later readings, too, so that
// a reading that a slow server made fail has less to ask when it is repeated.
import type { Commit, FindMergeCommit, Forge, Tree } from '../../forges/forge.ts';
import { type Cache, createCache } from '../../io/cache.ts';
import { type Ask, inFlight, once } from '../../io/share-calls.ts';

/** Entries of all trees of one reading; some 250 bytes each. Two trees are always kept, however large: of the head, and of what was before. */
const treeEntries = 100_000;
/** Answers that are kept, some 500 bytes each; a push that brings thousands of models asks as many questions. */
const answers = 10_000;

export interface Remembering {
  forge: Forge;
  /** The next reading reuses the tree of this commit only: any other commit may be gone from the server by then. */
  isHead(commit: string): void;
}

/** The result makes the forge of one reading. */
export function createMemory(forge: Forge): () => Remembering {
  const heads = createCache<Tree>(1, () => 1);
  const histories = createCache<Commit[]>(answers, ({ length }) => length + 1);
  const orders = createCache<boolean>(answers, () => 1);

  return () => {
    const trees = createCache<Tree>(treeEntries, ({ size }) => size, 2);
    const merges = new Map<string, FindMergeCommit>();
    let head: string | undefined;

    async function tree(commit: string): Promise<Tree | undefined> {
      const isHead = commit === head;
      const found = trees.get(commit) ?? (isHead ? heads.get(commit) : undefined) ?? (await forge.tree(commit));
      if (found !== undefined) trees.put(commit, found);
      if (found !== undefined && isHead) heads.put(commit, found);
      return found;
    }

    return {
      forge: {
        ...forge,
        tree: inFlight(tree),
        files: inFlight(forge.files),
        // An empty history may be an outage, which shows as 404: it is asked for again.
        history: inFlight(remembered(histories, forge.history, ({ length }) => length > 0)),
        contains: inFlight(remembered(orders, forge.contains)),
        // Not remembered for later: the title may change, and a pull request may not be known yet.
        pullRequest: once(forge.pullRequest),
        mergesOnto(branch) {
          const find = merges.get(branch) ?? once(forge.mergesOnto(branch));
          merges.set(branch, find);
          return find;
        },
      },
      isHead(commit) {
        head = commit;
      },
    };
  };
}

function remembered<A extends unknown[], R>(cache: Cache<R>, ask: Ask<A, R>, isSure = (_answer: R) => true): Ask<A, R> {
  return async (...asked) => {
    const key = JSON.stringify(asked);
    const answer = cache.get(key) ?? (await ask(...asked));
    if (isSure(answer)) cache.put(key, answer);
    return answer;
  };
}
