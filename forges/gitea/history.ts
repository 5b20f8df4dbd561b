// The commits that changed one path, newest first, and which commit comes before which.
import type { Commit } from '../forge.ts';
import { apiMessage, type Client, checkId, type Question } from './client.ts';
import { knowsCommit } from './known.ts';
import { commitsWire, personOf, type WireCommit } from './wire.ts';

/** MAX_RESPONSE_ITEMS. With a path Gitea ignores `limit` and gives 50 (measured; `[git] COMMITS_RANGE_SIZE`). */
const perPage = 50;

/**
 * Of the commits reachable from `commit`, and not from `except`, full ids; empty when none changed the path, which may be a folder.
 */
export async function readHistory(
  client: Client,
  commit: string,
  path: string,
  limit: number,
  except?: string,
): Promise<Commit[]> {
  for (const id of [commit, ...(except === undefined ? [] : [except])]) checkId(id);
  const commits = new Map<string, Commit>();
  for (let page = 1; commits.size < limit; page++) {
    const asked: Question = {
      route: '/commits',
      query: {
        sha: commit,
        ...(except === undefined ? {} : { not: except }),
        ...(path === '' ? {} : { path }),
        limit: Math.min(limit, perPage),
        ...(page > 1 ? { page } : {}),
        stat: false,
        verification: false,
        files: false,
      },
      also: [404],
    };
    const answer = await client.ask(asked);
    const failed = (text: string) => client.error(asked, text);
    if (answer.status === 404) {
      if (page === 1 && (await isEmpty(client, commit, apiMessage(answer)))) return [];
      throw failed('status 404 for a commit that is not there, or on a later page');
    }
    const found = client.read(asked, answer, commitsWire);
    for (const one of found) {
      if (commits.has(one.sha)) throw failed('a commit comes twice, so others may be missing');
      commits.set(one.sha, toCommit(one));
    }
    // Of all pages; the header is in every generation's answer.
    const total = Number.parseInt(answer.headers['x-total-count'] ?? '', 10);
    if (Number.isNaN(total)) throw failed('expected a header X-Total-Count; does a proxy take it away?');
    if (commits.size >= total) break;
    if (found.length === 0) throw failed(`expected ${total} commits in all pages, got ${commits.size}`);
  }
  return [...commits.values()].slice(0, limit);
}

/** Whether `earlier` is reachable from `commit`, both full ids: then nothing of its history is missing in the other's. */
export async function contains(client: Client, commit: string, earlier: string): Promise<boolean> {
  for (const id of [commit, earlier]) checkId(id);
  const asked: Question = {
    route: '/commits',
    query: { sha: earlier, not: commit, limit: 1, stat: false, verification: false, files: false },
  };
  const answer = await client.ask(asked);
  const found = client.read(asked, answer, commitsWire);
  // A server that did not know `not` would list the commit itself; one that is not sure says no number.
  const total = answer.headers['x-total-count'];
  if (found.length === 0 && total !== '0') throw client.error(asked, 'expected X-Total-Count 0 beside an empty list');
  return found.length === 0;
}

/** Whether a 404 means that no commit changed the path: Gitea and Forgejo have a text for it; after any other the commit is asked for. */
async function isEmpty(client: Client, commit: string, message: string | undefined): Promise<boolean> {
  return message === 'FileCommitsCount' || (await knowsCommit(client, commit));
}

function toCommit({ sha, commit, author, parents }: WireCommit): Commit {
  return {
    id: sha,
    author: personOf(author?.login, commit.author?.name),
    committedAt: commit.committer.date,
    parents: parents.map((parent) => parent.sha),
  };
}
