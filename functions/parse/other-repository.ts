// Tells a push of another repository without asking Git, where that can be told: an organisation's webhook sends of all of its
// repositories, and what is none of our business must cost nothing and fail at nothing. Pure.
import type { Push } from '../../forges/forge.ts';
import { isIdentity } from '../../promotions/repository-address.ts';
import type { HeadReading } from './read-head.ts';

type Named = Pick<Push, 'fullName' | 'repository' | 'repositoryId'>;
type Known = Pick<HeadReading, 'repository' | 'repositoryId' | 'formerly'>;

/** `configured`: `owner/name`. `known`: what a reading said of the repository, if there was one. False: only Git knows. */
export function isOther(push: Named, configured: string, known: Known | undefined): boolean {
  if (!mayBe(push.fullName, configured)) return true;
  if (push.fullName.toLowerCase() === configured.toLowerCase()) return false;
  if (known?.repositoryId === undefined || push.repositoryId === undefined) return false;
  return !isIdentity({ url: known.repository, alsoAt: known.formerly, id: known.repositoryId }, push);
}

/** A repository that was renamed, or moved, has one part of its name still; whether it is this one, the server knows. */
function mayBe(fullName: string, repository: string): boolean {
  const [owner, name] = fullName.toLowerCase().split('/');
  const [ownOwner, ownName] = repository.toLowerCase().split('/');
  return owner === ownOwner || name === ownName;
}
