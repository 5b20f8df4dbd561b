// Words about one commit that wait for each other are told together, after one reading of it: a commit that promotes a hundred
// models would else be read hundreds of times, one after the other. Decides nothing about entries.
import type { CommitStatuses } from '../../forges/forge.ts';
import { createKeyedLock } from '../../io/keyed-lock.ts';
import { type TellOptions, tell } from './add-statuses.ts';
import type { News } from './status-texts.ts';

/** Told after one reading. Gitea takes some 0.1 s for each, so they fit into the time limit of one event. */
const mostTogether = 25;

interface Waiting {
  news: News;
  statuses: CommitStatuses;
  resolve(added: number | undefined): void;
  reject(error: unknown): void;
}

/** As `tell`, of one entry. What one event has left of its time holds for all that are told with it: the last to come has most. */
export function createTogether(options: () => TellOptions) {
  const waiting = new Map<string, Waiting[]>();
  // One reading and writing of a commit at a time; across processes add-statuses.ts looks twice.
  const lock = createKeyedLock();

  return (commit: string, news: News, statuses: CommitStatuses): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const queue = waiting.get(commit) ?? [];
      waiting.set(commit, queue);
      queue.push({ news, statuses, resolve, reject });
      void lock(commit, () => tellWaiting(commit, queue));
    });

  /** One turn of each that waits; who was told with somebody else has nothing left to do in his own. */
  async function tellWaiting(commit: string, queue: Waiting[]): Promise<void> {
    const turn = queue.splice(0, mostTogether);
    if (queue.length === 0 && waiting.get(commit) === queue) waiting.delete(commit);
    const last = turn.at(-1);
    if (last === undefined) return;
    // What is on its way need not be said where the end is known.
    const inOrder = [...turn.filter(({ news }) => !isPending(news)), ...turn.filter(({ news }) => isPending(news))];
    try {
      const added = await tell(
        commit,
        inOrder.map(({ news }) => news),
        last.statuses,
        options(),
      );
      for (const [i, { resolve }] of inOrder.entries()) resolve(added?.[i]);
    } catch (error) {
      for (const { reject } of inOrder) reject(error);
    }
  }
}

function isPending({ entry }: News): boolean {
  return entry.state === 'pending';
}

/** Who asks the same while it is being read gets the same answer. For readings that may be a moment old. */
export function shareReadings(statuses: CommitStatuses): CommitStatuses {
  const open = new Map<string, Promise<unknown>>();
  const shared = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const known = open.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const reading = read().finally(() => open.delete(key));
    open.set(key, reading);
    return reading;
  };
  return {
    ...statuses,
    repository: () => shared('repository', () => statuses.repository()),
    statuses: (commit) => shared(`statuses ${commit}`, () => statuses.statuses(commit)),
    mergesOnto(branch) {
      const find = statuses.mergesOnto(branch);
      return (commit) => shared(`merge ${commit} ${branch}`, () => find(commit));
    },
  };
}
