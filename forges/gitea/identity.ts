// Which repository an answer or a payload of Gitea is about, whatever its address was when it was asked for. Pure.
import type { RepositoryIdentity } from '../../promotions/repository-address.ts';
import type { WireRepositoryName } from './wire.ts';

/**
 * By ROOT_URL, as webhooks have it. Since 1.26 `html_url` follows the host of whoever asks, or of whoever merged by a request
 * ([server] PUBLIC_URL_DETECTION); the API's own `url` does not, in any generation (measured).
 */
export function publicAddress({ html_url: page, url }: WireRepositoryName): string {
  const [, server, fullName] = /^(https?:\/\/.+)\/api\/v1\/repos\/([^/]+\/[^/]+)$/i.exec(url ?? '') ?? [];
  const isSame = fullName !== undefined && page.toLowerCase().endsWith(`/${fullName.toLowerCase()}`);
  return isSame ? `${server}/${fullName}` : page;
}

/**
 * The repository's number and its time of creation: on a server that was set up anew, other repositories have the same numbers.
 * Nothing when the server does not give both.
 */
export function identityOf({ id, created_at: made }: WireRepositoryName): Pick<RepositoryIdentity, 'id'> {
  const time = Date.parse(made ?? '');
  return id === undefined || id === null || !(time > 0) ? {} : { id: `${id}@${new Date(time).toISOString()}` };
}
