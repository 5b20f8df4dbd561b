// What a merge brought onto the watched branch: from a commit to the merge commit of the pull request that brought it, and from a
// merge to what the branch was before. The API says of merge commits only which request they are of (`commits/{sha}/pull`), so the
// requests merged last are looked through.
import type { FindMergeCommit, Merge } from '../forge.ts';
import { type Client, checkId, type Question } from './client.ts';
import { contains } from './history.ts';
import { latest } from './pull-requests.ts';
import { closedPullsWire, fullId, madeCommitsWire, type WireClosedPull, type WireMadeCommit } from './wire.ts';

/** Pull requests that are looked into, each by two calls. */
const lookedThrough = 10;

/** MAX_RESPONSE_ITEMS; of a request with more commits, the newest. */
const perPage = 50;

interface Brought {
  /** What the branch got by the merge, without the merge commit. */
  commits: ReadonlySet<string>;
  /** What the request held: where it was squashed or rebased, the branch need not have any of it. */
  held: ReadonlySet<string>;
}

/**
 * Undefined when none of the requests that were merged last brought the commit, or held it and left it out. At most 21 calls,
 * however many commits are asked about, and one for each that a request held.
 */
export function createMergeSearch(client: Client, branch: string): FindMergeCommit {
  let merged: Promise<WireClosedPull[]> | undefined;
  const known = new Map<number, Promise<Brought>>();

  return async (commit) => {
    checkId(commit);
    merged ??= readMerged(client, branch);
    const pulls = await merged;
    const own = pulls.find(({ head }) => head.sha === commit);
    const inOrder = [...(own ? [own] : []), ...pulls.slice(0, lookedThrough).filter((pull) => pull !== own)];
    for (const pull of inOrder) {
      const id = pull.merge_commit_sha!;
      const reading = known.get(pull.number) ?? readBrought(client, pull);
      known.set(pull.number, reading);
      const { commits, held } = await reading;
      if (commits.has(commit)) return id;
      // What the branch had before the merge came another way.
      if (commit !== id && held.has(commit)) return (await contains(client, id, commit)) ? undefined : id;
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

/** Undefined when the server does not tell, or the request has too many commits to see. */
export async function readBeforeMerge(client: Client, { number, after, head }: Merge): Promise<string | undefined> {
  checkId(after);
  const line = await readLine(client, after);
  const merge = line.find(({ sha }) => sha === after);
  const [before, ...others] = merge?.parents ?? [];
  if (merge === undefined || before === undefined || others.length > 0) return before?.sha;
  const originals = await readCommits(client, '/pulls/{number}/commits', {}, String(number));
  // Cut, or of another request than the merge's.
  if (!originals.some(({ sha }) => sha === head) || originals.length >= perPage) return undefined;
  const brought = commitsBefore(merge, line, originals);
  let at: string | undefined = before.sha;
  while (at !== undefined && brought.has(at)) {
    const id: string = at;
    at = line.find(({ sha }) => sha === id)?.parents?.[0]?.sha;
  }
  return at;
}

/** The newest commits down from this one; empty when the server does not know it, as after its housekeeping. */
function readLine(client: Client, id: string): Promise<readonly WireMadeCommit[]> {
  return readCommits(client, '/commits', { sha: id, stat: false });
}

async function readBrought(client: Client, { number, merge_commit_sha, head }: WireClosedPull): Promise<Brought> {
  const id = merge_commit_sha!;
  const line = await readLine(client, id);
  const merge = line.find(({ sha }) => sha === id);
  if (merge === undefined) return { commits: new Set(), held: new Set() };
  const [before, ...others] = merge.parents ?? [];
  if (before !== undefined && others.length > 0) {
    const commits = await readCommits(client, '/commits', { sha: id, not: before.sha, stat: false });
    return { commits: new Set(commits.map(({ sha }) => sha).filter((sha) => sha !== id)), held: new Set([head.sha]) };
  }
  const originals = await readCommits(client, '/pulls/{number}/commits', {}, String(number));
  return {
    commits: commitsBefore(merge, line, originals),
    held: new Set([head.sha, ...originals.map(({ sha }) => sha)]),
  };
}

/**
 * What came with a merge that made no commit of two parents: the request's own commits, when the branch was only moved forward;
 * else copies of them, as a rebase makes them, who keep author and message and have one committer; of a squash there are none.
 */
function commitsBefore(
  merge: WireMadeCommit,
  line: readonly WireMadeCommit[],
  originals: readonly WireMadeCommit[],
): Set<string> {
  const byId = new Map(line.map((commit) => [commit.sha, commit]));
  const ids = new Set(originals.map(({ sha }) => sha));
  const made = new Set(originals.map(authorship));
  const committer = committerOf(merge);
  const came = (commit: WireMadeCommit) =>
    ids.has(merge.sha) ? ids.has(commit.sha) : made.has(authorship(commit)) && committerOf(commit) === committer;
  const found = new Set<string>();
  const queue = (merge.parents ?? []).map(({ sha }) => sha);
  for (const id of queue) {
    const commit = byId.get(id);
    if (commit === undefined || found.has(id) || !came(commit)) continue;
    found.add(id);
    queue.push(...(commit.parents ?? []).map(({ sha }) => sha));
  }
  return found;
}

function authorship({ commit: { author, message } }: WireMadeCommit): string {
  return JSON.stringify([author.name, author.email, Date.parse(author.date), message.trim()]);
}

function committerOf({ commit: { committer } }: WireMadeCommit): string {
  return JSON.stringify([committer.name, committer.email]);
}

/** Newest first; none when the server does not know what was asked for. */
async function readCommits(
  client: Client,
  route: string,
  query: Record<string, string | boolean>,
  number?: string,
): Promise<WireMadeCommit[]> {
  const asked: Question = {
    route,
    ...(number !== undefined && { path: { number } }),
    query: { ...query, limit: perPage, verification: false, files: false },
    also: [404],
  };
  const answer = await client.ask(asked);
  return answer.status === 404 ? [] : client.read(asked, answer, madeCommitsWire);
}
