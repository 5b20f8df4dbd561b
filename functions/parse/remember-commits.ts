// A forge that asks for nothing twice within one reading. What a commit's id decides is remembered beyond it, so that the
// repetition of a reading that a slow server did not let end has less to ask.
import type { Commit, FindMergeCommit, Forge, Tree } from '../../forges/forge.ts';
import { type Cache, createCache } from '../../io/cache.ts';
import { type Ask, inFlight, once } from '../../io/share-calls.ts';

/** Of all trees of one reading; some 250 bytes each. However large they are, it needs two: of the head, and of what was before. */
const treeEntries = 100_000;
/** Some 500 bytes each; a push that brings thousands of models asks as many questions. */
const answers = 10_000;

export interface Remembering {
  forge: Forge;
  /** Of the heads alone the trees are kept for the next reading: another commit may be gone from the server by then. */
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
        // None may come of an outage, which shows as 404: that is asked again.
        history: inFlight(remembered(histories, forge.history, ({ length }) => length > 0)),
        contains: inFlight(remembered(orders, forge.contains)),
        // Found or not, it may be another one later: its title, or because it was not known yet.
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
