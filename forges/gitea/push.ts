// The payload of a push, of all generations of Gitea, Forgejo and Gogs: the few fields that say where to look. Its lists of
// commits and files are never read: they are cut and empty at will.
import * as v from 'valibot';
import { readValue } from '../../events/read-data.ts';
import type { Person } from '../../promotions/promotion.ts';
import type { Push } from '../forge.ts';
import { identityOf, publicAddress } from './identity.ts';
import { personOf } from './wire.ts';

export const text = v.pipe(v.string('text'), v.minLength(1, 'text that is not empty'));

/** Zeros: the ref did not exist, or is gone. */
export const objectId = v.pipe(
  v.string('text'),
  v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'a full commit id or zeros'),
);

const account = v.nullish(
  v.object({
    login: v.nullish(v.string('text')),
    username: v.nullish(v.string('text')),
    full_name: v.nullish(v.string('text')),
    name: v.nullish(v.string('text')),
  }),
);

/** Only these are read: a loose object would copy the rest of the payload, too. */
export const repositorySchema = v.object({
  html_url: v.pipe(v.string('text'), v.regex(/^https?:\/\/[^/?#]/i, 'a URL (http or https)')),
  full_name: v.pipe(v.string('text'), v.regex(/^[^/]+\/[^/]+$/, 'owner/name')),
  url: v.nullish(v.string('text')),
  id: v.nullish(v.number('a number')),
  created_at: v.nullish(v.string('text')),
  owner: account,
  mirror: v.nullish(v.boolean('true or false')),
});

export const pushSchema = v.object({
  ref: text,
  before: objectId,
  after: objectId,
  repository: repositorySchema,
  pusher: account,
  sender: account,
  head_commit: v.nullish(v.object({ author: account, committer: account })),
});
type Payload = v.InferOutput<typeof pushSchema>;
type Account = Payload['pusher'];

/** `data`: the parsed payload. Throws StopError 422 with the fields that make no sense. */
export function readPush(data: unknown): Push {
  const payload = readValue(data, 'push', pushSchema);
  const { ref, before, after, repository } = payload;
  return { ...whereOf(repository), ref, before, after, pusher: pusherOf(payload) };
}

export function whereOf(repository: Payload['repository']): Pick<Push, 'repository' | 'repositoryId' | 'fullName'> {
  const { id: repositoryId } = identityOf(repository);
  return {
    repository: publicAddress(repository),
    ...(repositoryId && { repositoryId }),
    fullName: repository.full_name,
  };
}

/**
 * When a mirror was synchronised or a deploy key pushed, Gitea names the repository's owner, maybe an organisation, as the pusher
 * (services/mirror, routers/private/serv.go), and no field says so. So an owner counts as the pusher only of their own commits.
 */
function pusherOf({ repository, pusher, sender, head_commit: head }: Payload): Person {
  const who = pusher ?? sender;
  const owner = loginOf(repository.owner);
  const isOwner = owner !== undefined && loginOf(who)?.toLowerCase() === owner.toLowerCase();
  if (!isOwner) return person(who);
  const made = [head?.author, head?.committer].some((one) => loginOf(one)?.toLowerCase() === owner.toLowerCase());
  return made && repository.mirror !== true ? person(who) : {};
}

/** `username` is what older servers, and commits, call `login`; empty names are unknown ones. */
function loginOf(account: Account): string | undefined {
  return account?.login || account?.username || undefined;
}

function person(account: Account): Person {
  return personOf(loginOf(account), account?.full_name || account?.name);
}
