// The second look before a commit is believed not to be there.
import { TryAgainError } from '../../events/errors.ts';
import type { Client, Question } from './client.ts';
import { gitCommitWire, repositoryWire } from './wire.ts';

const repository: Question = { route: '' };

/** The repository as the server names it now. */
export async function readRepository(client: Client): Promise<{ url: string; defaultBranch: string }> {
  const { html_url, default_branch } = client.read(repository, await client.ask(repository), repositoryWire);
  return { url: html_url, defaultBranch: default_branch };
}

/** False only when this route, too, says 404 and the repository itself is there: an outage or a lost right shows as 404 as well. */
export async function knowsCommit(client: Client, commit: string): Promise<boolean> {
  const asked: Question = {
    route: '/git/commits/{commit}',
    path: { commit },
    query: { stat: false, verification: false, files: false },
    also: [404],
  };
  const answer = await client.ask(asked);
  if (answer.status === 404) {
    await readRepository(client);
    return false;
  }
  if (client.read(asked, answer, gitCommitWire).sha !== commit)
    throw new TryAgainError(`${client.name(asked)}: the answer is about another commit`);
  return true;
}
