// The payload of a push, of all generations of Gitea, Forgejo and Gogs: the few fields that say where to look. Its lists of
// commits and files are never read: they are cut and empty at will.
import * as v from 'valibot';
import { readValue } from '../../events/read-data.ts';
import type { Person } from '../../promotions/promotion.ts';
import type { Push } from '../forge.ts';

const text = v.pipe(v.string('text'), v.minLength(1, 'text that is not empty'));

/** Zeros: the ref did not exist, or is gone. */
const objectId = v.pipe(v.string('text'), v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'a full commit id or zeros'));

const account = v.nullish(
  v.object({
    login: v.nullish(v.string('text')),
    username: v.nullish(v.string('text')),
    full_name: v.nullish(v.string('text')),
    name: v.nullish(v.string('text')),
  }),
);

/** Only these are read: a loose object would copy the rest of the payload, too. */
export const pushSchema = v.object({
  ref: text,
  before: objectId,
  after: objectId,
  repository: v.object({
    html_url: v.pipe(v.string('text'), v.regex(/^https?:\/\/[^/?#]/i, 'a URL (http or https)')),
    full_name: v.pipe(v.string('text'), v.regex(/^[^/]+\/[^/]+$/, 'owner/name')),
  }),
  pusher: account,
  sender: account,
});

/** `data`: the parsed payload. Throws StopError 422 with the fields that make no sense. */
export function readPush(data: unknown): Push {
  const { ref, before, after, repository, pusher, sender } = readValue(data, 'push', pushSchema);
  return {
    repository: repository.html_url,
    fullName: repository.full_name,
    ref,
    before,
    after,
    pusher: person(pusher ?? sender),
  };
}

/** `username` is what older servers call `login`; empty names are unknown ones. */
function person(account: v.InferOutput<typeof pushSchema>['pusher']): Person {
  const login = account?.login || account?.username;
  const name = account?.full_name || account?.name;
  return { ...(login ? { login } : {}), ...(name ? { name } : {}) };
}
