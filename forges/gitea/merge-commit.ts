// From a commit of a pull request's branch to the merge commit that brought it onto the watched branch. The API answers the
// opposite question only (`commits/{sha}/pull`), so the requests merged last are looked through.
import type { Client, Question } from './client.ts';
import { latest } from './pull-requests.ts';
import { closedPullsWire, fullId, pullCommitsWire } from './wire.ts';

/** Pull requests whose commits are read one by one; the head of each is in the list already. */
const lookedThrough = 10;

/** Undefined when none of the 50 touched last had it as head, and none of the 10 merged last held it. */
export async function findMergeCommit(client: Client, commit: string, branch: string): Promise<string | undefined> {
  const list = await client.ask(latest);
  if (list.status !== 200) return undefined;
  const merged = client
    .read(latest, list, closedPullsWire)
    .filter(({ merged, base, merge_commit_sha: id }) => merged && base.ref === branch && fullId.test(id ?? ''))
    .sort((a, b) => Date.parse(b.merged_at ?? '') - Date.parse(a.merged_at ?? ''));
  const own = merged.find(({ head }) => head.sha === commit);
  if (own) return own.merge_commit_sha ?? undefined;
  for (const { number, merge_commit_sha: id } of merged.slice(0, lookedThrough)) {
    const asked: Question = {
      route: '/pulls/{number}/commits',
      path: { number: String(number) },
      query: { limit: 50, verification: false, files: false },
      also: [404],
    };
    const answer = await client.ask(asked);
    if (answer.status === 404) continue;
    if (client.read(asked, answer, pullCommitsWire).some(({ sha }) => sha === commit)) return id ?? undefined;
  }
  return undefined;
}
