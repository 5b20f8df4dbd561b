// Since when, by which pull request and by whom a version is deployed in Git. The forge's adapter believes an answer only when it is
// about the very commit that was asked for.

import { TryAgainError } from '../../events/errors.ts';
import type { Commit, Forge, MergedPullRequest } from '../../forges/forge.ts';
import type { DeployedVersion, FileState } from '../../promotions/environment-snapshot.ts';
import type { Person, PromotedVersion } from '../../promotions/promotion.ts';
import { lastChange } from './last-change.ts';
import type { HeadReading } from './read-head.ts';

/** The push because of which Git is read: where it began and ended, and who pushed. */
export interface PushedBy {
  before: string;
  after: string;
  pusher: Person;
}

/** `forge`: of one reading, so that it asks for no commit twice. */
export function createProvenance(
  forge: Forge,
  reading: HeadReading,
  push: PushedBy | undefined,
): (deployed: DeployedVersion) => Promise<Omit<PromotedVersion, 'uri'>> {
  const { head, branch, idsBefore } = reading;
  const findMerge = forge.mergesOnto(branch);
  const { pullRequest: pullRequestOf, contains: isIn } = forge;

  return async ({ version, applications, file }) => {
    const { path } = file;
    const recent = push && mayBeOf(file) ? await lastChangeOf(file, push.before) : undefined;
    const commit = recent ?? (await lastChangeOf(file));
    if (commit === undefined)
      throw new TryAgainError(`expected a commit that changed ${JSON.stringify(path)}, got none`);
    const pushed = push && (await isOf(push, file, commit.id)) ? push : undefined;
    // After a force push back to an older merge, the file's last change is older than the pull request that ended in the push's `after`.
    const pull = pushed && recent ? await pullRequestOf(pushed.after) : await pullRequestThatBrought(commit.id);
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

  /** The push may have brought the file as it is: before the push there was another content, or no file. */
  function mayBeOf({ path, id, contentFrom }: FileState): boolean {
    return idsBefore !== undefined && contentFrom === undefined && idsBefore.get(path) !== id;
  }

  /**
   * Whether the push brought the file as it is. When the head is no longer `after`, the push is believed only if `after` is the merge commit
   * of a pull request and contains the commit.
   */
  async function isOf({ after }: PushedBy, file: FileState, commit: string): Promise<boolean> {
    if (!mayBeOf(file)) return false;
    return after === head || ((await pullRequestOf(after)) !== undefined && (await isIn(after, commit)));
  }

  /** The pull request that ended in the commit, or the one that brought it here by a merge that the branch still has. */
  async function pullRequestThatBrought(commit: string): Promise<MergedPullRequest | undefined> {
    const own = await pullRequestOf(commit);
    if (own) return own;
    const merge = await findMerge(commit);
    // A merge that a force push removed brought nothing, and neither did one that left the commit itself out.
    const isHere = merge !== undefined && (await isIn(head, merge)) && (await isIn(merge, commit));
    return isHere ? pullRequestOf(merge) : undefined;
  }

  /** Undefined when `except` contains every change of the file. */
  function lastChangeOf({ path, linked = [], contentFrom }: FileState, except?: string): Promise<Commit | undefined> {
    return lastChange(forge, contentFrom ?? head, [path, ...linked], except);
  }
}
