// The merged pull request of a commit. Believed only when its merge commit is the one asked for: Gitea 1.22.0 to 1.22.2
// answer with some unmerged one, Forgejo up to 7.0.15 with none (both take the id from the wrong place; measured).
import type { Forge, MergedPullRequest } from '../forge.ts';
import { apiMessage, type Client, checkId, type Question } from './client.ts';
import { publicAddress } from './identity.ts';
import { isZeros, readRepository, readVersion } from './known.ts';
import { personOf, pullRequestsWire, pullRequestWire, type WirePullRequest } from './wire.ts';

/** MAX_RESPONSE_ITEMS: the ones last touched, among them one that was merged just now. */
export const latest: Question = {
  route: '/pulls',
  query: { state: 'closed', sort: 'recentupdate', limit: 50 },
  // Pull requests switched off for the repository, or out of the token's reach.
  also: [403, 404],
};

export function createPullRequests(client: Client): Forge['pullRequest'] {
  // Asked for at most once, by the first 404.
  let mistaken: boolean | undefined;

  return async (commit) => {
    checkId(commit);
    if (isZeros(commit)) return undefined;
    const asked: Question = { route: '/commits/{commit}/pull', path: { commit }, also: [404] };
    const answer = await client.ask(asked);
    if (answer.status === 200) {
      const found = merged(client.read(asked, answer, pullRequestWire), commit, client, asked);
      if (found) return found;
      mistaken = true;
    } else {
      // Gitea's and Forgejo's own words. Any other 404 may mean that the repository is out of sight.
      if (!apiMessage(answer)?.startsWith('pull request does not exist')) await readRepository(client);
      // Where the version needs a sign-in, the answer to the question itself has to do.
      mistaken ??= mistakes((await readVersion(client)) ?? '');
    }
    if (!mistaken) return undefined;

    const list = await client.ask(latest);
    if (list.status !== 200) return undefined;
    for (const one of client.read(latest, list, pullRequestsWire)) {
      const found = merged(one, commit, client, latest);
      if (found) return found;
    }
    return undefined;
  };
}

/** By the version of the server. */
function mistakes(text: string): boolean {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(text)?.map(Number) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return false;
  if (text.includes('+gitea-')) return major === 7 && minor === 0 && patch < 16;
  return major === 1 && minor === 22 && patch < 3;
}

function merged(wire: WirePullRequest, commit: string, client: Client, asked: Question): MergedPullRequest | undefined {
  if (!wire.merged || wire.merge_commit_sha !== commit) return undefined;
  if (!wire.merged_at) throw client.error(asked, 'a merged pull request without merged_at');
  return {
    number: wire.number,
    url: publicPage(wire),
    title: wire.title,
    mergeCommit: commit,
    mergedAt: wire.merged_at,
    mergedBy: personOf(wire.merged_by?.login, wire.merged_by?.full_name),
  };
}

/** Its address is the repository's, with a rest. */
function publicPage({ html_url: page, base }: WirePullRequest): string {
  const repository = base?.repo;
  return repository && page.startsWith(`${repository.html_url}/`)
    ? publicAddress(repository) + page.slice(repository.html_url.length)
    : page;
}
