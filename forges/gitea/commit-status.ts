// Commit statuses on Gitea or Forgejo: reads all of a commit, adds one. Needs a token with write:repository of an account
// that may write to the repository. Decides nothing.
import { TryAgainError } from '../../events/errors.ts';
import type { CommitStatuses } from '../forge.ts';
import { type Client, checkId, type Question } from './client.ts';
import { knowsCommit } from './known.ts';
import { statusesWire, statusWire, type WireStatus } from './wire.ts';

/** MAX_RESPONSE_ITEMS; a server may give fewer. */
const pageSize = 50;

/** 5,000 statuses; a commit with more is an accident, not to be read through at every event. */
const maxPages = 100;

export function createStatuses(client: Client): Pick<CommitStatuses, 'statuses' | 'addStatus'> {
  return {
    async statuses(commit) {
      checkId(commit);
      const found = await readAll(client, commit);
      if (found === undefined) return undefined;
      return found.map(({ context, status, description, target_url: url }) => ({
        context,
        state: status,
        description,
        ...(url === '' ? {} : { url }),
      }));
    },

    async addStatus(commit, { context, state, description, url = '' }) {
      checkId(commit);
      const asked: Question = {
        route: '/statuses/{commit}',
        path: { commit },
        method: 'POST',
        body: { context, state, description, target_url: url },
        also: [201],
      };
      const made = client.read(asked, await client.ask(asked), statusWire);
      if (made.context !== context || made.status !== state)
        throw client.error(asked, 'the answer is about another status');
    },
  };
}

/**
 * Oldest first. By index, because the usual order is by whole seconds and within one of them any; from the oldest, because
 * what is added meanwhile then moves no page. (Gitea's word for "ascending" is `highestindex`: models/git/commit_status.go.)
 */
async function readAll(client: Client, commit: string): Promise<WireStatus[] | undefined> {
  const found = new Map<number, WireStatus>();
  for (let page = 1; page <= maxPages; page++) {
    const asked: Question = {
      route: '/commits/{commit}/statuses',
      path: { commit },
      query: { sort: 'highestindex', page, limit: pageSize },
      also: [404],
    };
    const answer = await client.ask(asked);
    if (answer.status === 404) {
      if (await knowsCommit(client, commit))
        throw client.error(asked, 'expected status 200, got 404 for a commit that is there');
      return undefined;
    }
    const list = client.read(asked, answer, statusesWire);
    for (const status of list) found.set(status.id, status);
    const total = Number(answer.headers['x-total-count'] ?? Number.NaN);
    if (list.length === 0 || found.size >= total) {
      // Fewer than the server counts: a page went missing, and with it perhaps the latest word.
      if (found.size < total) throw client.error(asked, `${total} statuses, got ${found.size}`);
      return [...found.values()].sort((a, b) => a.id - b.id);
    }
  }
  throw new TryAgainError(`the commit has more than ${maxPages * pageSize} statuses`);
}
