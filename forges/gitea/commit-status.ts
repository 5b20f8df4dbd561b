// Commit statuses on Gitea or Forgejo: reads all of a commit, adds one. Needs a token with write:repository of an account
// that may write to the repository. Decides nothing.
import type { CommitStatuses } from '../forge.ts';
import { type Client, checkId, type Question } from './client.ts';
import { knowsCommit } from './known.ts';
import { readAll } from './pages.ts';
import { statusesWire, statusWire } from './wire.ts';

export function createStatuses(client: Client): Pick<CommitStatuses, 'statuses' | 'addStatus'> {
  return {
    async statuses(commit) {
      checkId(commit);
      const asked = listOf(commit);
      const found = await readAll(client, asked, statusesWire);
      if (found === undefined) {
        if (!(await knowsCommit(client, commit))) return undefined;
        throw client.error(asked, 'expected status 200, got 404 for a commit that is there');
      }
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
function listOf(commit: string): Question {
  return {
    route: '/commits/{commit}/statuses',
    path: { commit },
    query: { sort: 'highestindex' },
    also: [404],
  };
}
