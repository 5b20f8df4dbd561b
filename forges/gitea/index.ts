// Gitea (1.22 and newer) and Forgejo (7 and newer) behind the contract of forge.ts: one repository through the API, and its
// webhooks as they arrive. Repeats no call.
import type { Forge, ForgeAdapter } from '../forge.ts';
import { type Client, createClient, type Question } from './client.ts';
import { createStatuses } from './commit-status.ts';
import { readDelivery } from './delivery.ts';
import { createFiles } from './files.ts';
import { contains, readHistory } from './history.ts';
import { createInspection } from './inspect.ts';
import { readRepository } from './known.ts';
import { readMerge } from './merge.ts';
import { createMergeSearch, readBeforeMerge } from './merge-commit.ts';
import { createPullRequests } from './pull-requests.ts';
import { readPush } from './push.ts';
import { shorten } from './shorten.ts';
import { readTree } from './trees.ts';
import { createWebhooks } from './webhooks.ts';
import { branchWire } from './wire.ts';

export const gitea: ForgeAdapter = {
  open(options, io) {
    const client = createClient(options, io);
    return {
      ...createReader(client, options.repository),
      ...createStatuses(client),
      ...createInspection(client),
      webhooks: createWebhooks(client),
    };
  },
  readDelivery,
  readPush,
  readMerge,
  shorten,
};

function createReader(client: Client, repository: string): Forge {
  return {
    repository: () => readRepository(client),

    async head(branch) {
      // Everybody asks for the repository first, so it is there. Gitea answers the same for an empty one.
      const none = `${repository} has no branch ${branch}: it is empty, or GITEA_BRANCH names another`;
      const asked: Question = { route: '/branches/{branch}', path: { branch }, hints: { 404: none } };
      const { name, commit } = client.read(asked, await client.ask(asked), branchWire);
      if (name !== branch) throw client.error(asked, 'the answer is about another branch');
      return commit.id;
    },

    tree: (commit) => readTree(client, commit),
    files: createFiles(client),
    history: (...asked) => readHistory(client, ...asked),
    contains: (commit, earlier) => contains(client, commit, earlier),
    pullRequest: createPullRequests(client),
    mergesOnto: (branch) => createMergeSearch(client, branch),
    beforeMerge: (merge) => readBeforeMerge(client, merge),
    clockOffset: () => client.clock.offset(),
  };
}
