// Reads the repository itself, and asks a second time before a commit is taken for missing.
import { nameIn, otherThan } from '../../promotions/repository-address.ts';
import type { Repository } from '../forge.ts';
import type { Client, Question } from './client.ts';
import { identityOf, publicAddress } from './identity.ts';
import { gitCommitWire, repositoryWire } from './wire.ts';

const repository: Question = { route: '' };

/** The repository as the server names it now. */
export async function readRepository(client: Client): Promise<Repository> {
  const answer = client.read(repository, await client.ask(repository), repositoryWire);
  const url = publicAddress(answer);
  const alsoAt = otherThan(url, [answer.html_url, `${client.url}/${nameIn(url)}`]);
  return {
    url,
    ...(alsoAt.length > 0 && { alsoAt }),
    ...identityOf(answer),
    defaultBranch: answer.default_branch,
  };
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
    throw client.error(asked, 'the answer is about another commit');
  return true;
}
