// Tells a push of another repository without asking Git, where that can be told: an organisation's webhook sends of all of its
// repositories, and what is none of our business must cost nothing and fail at nothing.
import type { Forge, Push, Repository } from '../../forges/forge.ts';
import { isIdentity } from '../../promotions/repository-address.ts';

type Named = Pick<Push, 'fullName' | 'repository' | 'repositoryId'>;

/** `configured`: `owner/name`. `forge` is the one to read with: what it says of the repository is remembered. */
export function tellOthers(configured: string, forge: Forge): { forge: Forge; isOther: (push: Named) => boolean } {
  let known: Repository | undefined;
  return {
    forge: {
      ...forge,
      async repository() {
        known = await forge.repository();
        return known;
      },
    },
    isOther(push) {
      if (!mayBe(push.fullName, configured)) return true;
      if (push.fullName.toLowerCase() === configured.toLowerCase() || known === undefined) return false;
      const { repositoryId } = push;
      return (
        known.id !== undefined && repositoryId !== undefined && repositoryId !== known.id && !isIdentity(known, push)
      );
    },
  };
}

/** A repository that was renamed, or moved, has one part of its name still; whether it is this one, the server knows. */
function mayBe(fullName: string, repository: string): boolean {
  const [owner, name] = fullName.toLowerCase().split('/');
  const [ownOwner, ownName] = repository.toLowerCase().split('/');
  return owner === ownOwner || name === ownName;
}
