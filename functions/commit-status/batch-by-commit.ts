// Entries on the same commit that wait for each other are added as one batch, after one reading of the commit: one that promotes a
// hundred models would otherwise be read hundreds of times, one after the other. Decides nothing about entries.
import type { CommitStatuses } from '../../forges/forge.ts';
import { type Deadline, withDeadline } from '../../io/deadline.ts';
import { createKeyedLock } from '../../io/keyed-lock.ts';
import { type AddOptions, addEntries } from './add-statuses.ts';
import type { Statement } from './status-texts.ts';

/** Gitea takes some 0.1 s to add a status, so a batch fits into the time limit of one event. */
const mostInBatch = 25;

interface Waiting {
  statement: Statement;
  deadline: Deadline;
  resolve(added: number | undefined): void;
  reject(error: unknown): void;
}

/** The result adds one entry to a commit: how many statuses that took; undefined when the repository does not know the commit. */
export function createBatches(statuses: CommitStatuses, options: () => AddOptions) {
  const waiting = new Map<string, Waiting[]>();
  // One reading and writing of a commit at a time; across processes add-statuses.ts looks twice.
  const lock = createKeyedLock();

  return (commit: string, statement: Statement, deadline: Deadline): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const queue = waiting.get(commit) ?? [];
      waiting.set(commit, queue);
      queue.push({ statement, deadline, resolve, reject });
      void lock(commit, () => addBatch(commit, queue));
    });

  /** Runs once for each entry that waits; when an earlier batch took the entry, there is nothing left to do. */
  async function addBatch(commit: string, queue: Waiting[]): Promise<void> {
    const batch = queue.splice(0, mostInBatch);
    if (queue.length === 0 && waiting.get(commit) === queue) waiting.delete(commit);
    // The last to come has most of its time left.
    const deadline = batch.at(-1)?.deadline;
    if (deadline === undefined) return;
    // Results go first: then pending entries about the same models are no longer missing.
    const inOrder = batch.sort((a, b) => Number(isPending(a)) - Number(isPending(b)));
    const statements = inOrder.map(({ statement }) => statement);
    try {
      const added = await withDeadline(deadline, () => addEntries(commit, statements, statuses, options()));
      for (const [i, { resolve }] of inOrder.entries()) resolve(added?.[i]);
    } catch (error) {
      for (const { reject } of inOrder) reject(error);
    }
  }
}

function isPending({ statement }: Waiting): boolean {
  return statement.entry.state === 'pending';
}
