// Reads the repository itself and the server's version, and asks a second time before a commit is taken for missing.
import { nameIn, otherThan } from '../../promotions/repository-address.ts';
import type { Repository } from '../forge.ts';
import type { Client, Question } from './client.ts';
import { identityOf, publicAddress } from './identity.ts';
import { gitCommitWire, repositoryWire, versionWire } from './wire.ts';

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

const version: Question = { of: 'server', route: '/version', also: [401, 403, 404] };

/** `1.22.0`, or `7.0.2+gitea-1.21.11` of Forgejo; undefined when the server tells it only to whoever has signed in. */
export async function readVersion(client: Client): Promise<string | undefined> {
  const answer = await client.ask(version);
  return answer.status === 200 ? client.read(version, answer, versionWire).version : undefined;
}

/** What stands in place of a commit where there is none, such as before the first push to a branch. */
export function isZeros(id: string): boolean {
  return /^0+$/.test(id);
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
