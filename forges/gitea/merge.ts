// The payload of an event `pull_request`, of all generations of Gitea and Forgejo: whether a merge closed the request, and where.
// Who merged, and which request it was, is asked of the server.
import * as v from 'valibot';
import { readValue } from '../../events/read-data.ts';
import type { Merge } from '../forge.ts';
import { objectId, repositorySchema, text, whereOf } from './push.ts';

/** A request that was merged is still told of later: when it is edited, for example. Only `closed` is the merge. */
const stateSchema = v.object({
  action: text,
  pull_request: v.object({ merged: v.nullish(v.boolean('true or false')) }),
});

const mergeSchema = v.object({
  pull_request: v.object({
    number: v.pipe(v.number('a number'), v.integer('a whole number')),
    merge_commit_sha: objectId,
    merge_base: v.nullish(v.string('text')),
    base: v.object({ ref: text }),
    head: v.object({ sha: v.nullish(v.string('text'), '') }),
  }),
  repository: repositorySchema,
});

/** `data`: the parsed payload. Throws StopError 422 with the fields that make no sense. */
export function readMerge(data: unknown): Merge | undefined {
  const { action, pull_request: request } = readValue(data, 'pull request', stateSchema);
  if (action !== 'closed' || request.merged !== true) return undefined;
  const { pull_request: merged, repository } = readValue(data, 'merged pull request', mergeSchema);
  const { number, merge_commit_sha: after, merge_base: base, base: branch, head } = merged;
  const before = v.is(objectId, base) ? base : '0'.repeat(after.length);
  return { ...whereOf(repository), ref: `refs/heads/${branch.ref}`, before, after, number, head: head.sha };
}
