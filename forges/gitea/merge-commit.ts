// From a commit of a pull request's branch to the merge commit that brought it onto the watched branch. The API answers the
// opposite question only (`commits/{sha}/pull`), so the requests merged last are looked through.
import type { FindMergeCommit } from '../forge.ts';
import { type Client, checkId, type Question } from './client.ts';
import { latest } from './pull-requests.ts';
import { closedPullsWire, fullId, pullCommitsWire, type WireClosedPull } from './wire.ts';

/** Pull requests whose commits are read one by one; the head of each is in the list already. */
const lookedThrough = 10;

/**
 * Undefined when none of the 50 touched last had the commit as head, and none of the 10 merged last held it. At most 11 calls,
 * however many commits are asked about.
 */
export function createMergeSearch(client: Client, branch: string): FindMergeCommit {
  let merged: Promise<WireClosedPull[]> | undefined;
  const held = new Map<number, Promise<ReadonlySet<string>>>();

  return async (commit) => {
    checkId(commit);
    merged ??= readMerged(client, branch);
    const pulls = await merged;
    const own = pulls.find(({ head }) => head.sha === commit);
    if (own) return own.merge_commit_sha ?? undefined;
    for (const { number, merge_commit_sha: id } of pulls.slice(0, lookedThrough)) {
      const commits = held.get(number) ?? readCommits(client, number);
      held.set(number, commits);
      if ((await commits).has(commit)) return id ?? undefined;
    }
    return undefined;
  };
}

/** Merged last first. */
async function readMerged(client: Client, branch: string): Promise<WireClosedPull[]> {
  const list = await client.ask(latest);
  if (list.status !== 200) return [];
  return client
    .read(latest, list, closedPullsWire)
    .filter(({ merged, base, merge_commit_sha: id }) => merged && base.ref === branch && fullId.test(id ?? ''))
    .sort((a, b) => Date.parse(b.merged_at ?? '') - Date.parse(a.merged_at ?? ''));
}

async function readCommits(client: Client, pull: number): Promise<ReadonlySet<string>> {
  const asked: Question = {
    route: '/pulls/{number}/commits',
    path: { number: String(pull) },
    query: { limit: 50, verification: false, files: false },
    also: [404],
  };
  const answer = await client.ask(asked);
  if (answer.status === 404) return new Set();
  return new Set(client.read(asked, answer, pullCommitsWire).map(({ sha }) => sha));
}
