// Reads one repository on Gitea (1.22 and newer) or Forgejo (7 and newer) through its API. Writes nothing, repeats nothing.
import { TryAgainError } from '../../events/errors.ts';
import type { Io } from '../../io/io.ts';
import type { Forge } from '../forge.ts';
import { checkId, createClient, type GiteaOptions, type Question } from './client.ts';
import { createFiles } from './files.ts';
import { contains, readHistory } from './history.ts';
import { readRepository } from './known.ts';
import { createMergeSearch } from './merge-commit.ts';
import { createPullRequests } from './pull-requests.ts';
import { readTree } from './trees.ts';
import { branchWire } from './wire.ts';

export type { GiteaOptions } from './client.ts';

/** A repository on Gitea or Forgejo as the contract of forge.ts. What it learns (routes, contents, clock) lives as long as it does. */
export function createGitea(options: GiteaOptions, io: Pick<Io, 'api' | 'clock'>): Forge {
  const client = createClient(options, io);
  const readFiles = createFiles(client);
  const readPullRequest = createPullRequests(client);

  return {
    repository: () => readRepository(client),

    async head(branch) {
      // Everybody asks for the repository first, so it is there. Gitea answers the same for an empty one.
      const none = `${options.repository} has no branch ${branch}: it is empty, or GITEA_BRANCH names another`;
      const asked: Question = { route: '/branches/{branch}', path: { branch }, hints: { 404: none } };
      const { name, commit } = client.read(asked, await client.ask(asked), branchWire);
      if (name !== branch) throw new TryAgainError(`${client.name(asked)}: the answer is about another branch`);
      return commit.id;
    },

    async tree(commit) {
      checkId(commit);
      return isZeros(commit) ? undefined : readTree(client, commit);
    },

    async files(commit, wanted, maxBytes) {
      checkId(commit);
      for (const { id } of wanted) checkId(id);
      return readFiles(commit, wanted, maxBytes);
    },

    async history(commit, path, limit, except) {
      checkId(commit);
      if (except !== undefined) checkId(except);
      return readHistory(client, commit, path, limit, except);
    },

    async contains(commit, earlier) {
      checkId(commit);
      checkId(earlier);
      return contains(client, commit, earlier);
    },

    async pullRequest(commit) {
      checkId(commit);
      return isZeros(commit) ? undefined : readPullRequest(commit);
    },

    mergesOnto: (branch) => createMergeSearch(client, branch),

    clockOffset: () => client.clockOffset.get(),
  };
}

function isZeros(id: string): boolean {
  return /^0+$/.test(id);
}
