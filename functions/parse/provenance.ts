// Since when, by which pull request and by whom a version serves. What the forge says is believed by its adapter only when
// it is about the very commit that was asked for.

import { TryAgainError } from '../../events/errors.ts';
import type { Commit, Forge, MergedPullRequest } from '../../forges/forge.ts';
import type { FileState, ServedVersion } from '../../promotions/environment-snapshot.ts';
import type { Person, Serving } from '../../promotions/promotion.ts';
import type { HeadReading } from './read-head.ts';

/** The push that made us look: where it began and ended, and who pushed. */
export interface PushedBy {
  before: string;
  after: string;
  pusher: Person;
}

/** For one reading; asks for no commit twice. */
export function createProvenance(
  forge: Forge,
  reading: HeadReading,
  push: PushedBy | undefined,
): (served: ServedVersion) => Promise<Omit<Serving, 'uri'>> {
  const { head, treeBefore } = reading;
  const pulls = new Map<string, Promise<MergedPullRequest | undefined>>();

  return async ({ version, applications, file }) => {
    const { path } = file;
    const commit = await lastChange(file);
    const pushed = isOfPush(file) ? push : undefined;
    const pull = await pullRequestFor(commit.id, pushed);
    const common = { version, applications, path, commit: commit.id };
    if (pull) {
      const { number, url, title, mergeCommit, mergedAt, mergedBy } = pull;
      return {
        ...common,
        promotedAt: mergedAt,
        promotedBy: mergedBy,
        pullRequest: { number, url, title, mergeCommit },
      };
    }
    const pusher = pushed && (pushed.pusher.login || pushed.pusher.name) ? pushed.pusher : undefined;
    return { ...common, promotedAt: commit.committedAt, promotedBy: pusher ?? commit.author };
  };

  /** The push put the file there as it is: it ended at this head, and before it the file was another one, or none. */
  function isOfPush({ path, id, contentFrom }: FileState): boolean {
    if (push?.after !== head || treeBefore === undefined || contentFrom !== undefined) return false;
    return treeBefore.get(path)?.id !== id;
  }

  /** The request that ended in this head, or, where it did not bring the commit, the one that ended in the commit. */
  async function pullRequestFor(commit: string, pushed: PushedBy | undefined) {
    if (pushed === undefined || commit === head) return pullRequestOf(commit);
    const [pull, isOlder] = await Promise.all([pullRequestOf(head), forge.contains(pushed.before, commit)]);
    // Pushed back by force: the head is some request's merge, but the file's last change is older than that request.
    return isOlder ? pullRequestOf(commit) : pull;
  }

  async function lastChange({ path, contentFrom }: FileState): Promise<Commit> {
    const from = contentFrom ?? head;
    const [commit] = await forge.history(from, path, 1);
    if (commit === undefined)
      throw new TryAgainError(`expected a commit that changed ${JSON.stringify(path)}, which is at ${from}; got none`);
    return commit;
  }

  function pullRequestOf(commit: string): Promise<MergedPullRequest | undefined> {
    const known = pulls.get(commit) ?? forge.pullRequest(commit);
    pulls.set(commit, known);
    return known;
  }
}
