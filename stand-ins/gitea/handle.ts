// One repository with everything people do in it, as the stand-in hands it out. Each function is one of actions.ts.

import * as actions from './actions.ts';
import type { Delivery, DeliveryQueue } from './deliveries.ts';
import { createHook, type NewHook, testPayload } from './hooks.ts';
import type { MergeOptions } from './merges.ts';
import type { NewPull } from './pulls.ts';
import type { RefUpdate } from './pushes.ts';
import { renameRepository } from './repositories.ts';
import { branchHead, type Hook, type Pull, type Repository, type World } from './world.ts';

export function handleOf(world: World, queue: DeliveryQueue, repository: Repository) {
  return {
    repository,
    rename: (name: string): void => renameRepository(repository, name),
    head: (branch = repository.defaultBranch): string | undefined => branchHead(repository, branch),
    files: (branch?: string): Map<string, string> => actions.readFiles(repository, branch),
    /** One commit and its push; returns its id. */
    commit: (wish: actions.CommitWish & actions.PushWish): string =>
      actions.pushCommits(world, repository, [wish], wish)[0]!,
    /** Several commits in one push; returns their ids, oldest first. */
    pushCommits: (wishes: readonly actions.CommitWish[], wish?: actions.PushWish): string[] =>
      actions.pushCommits(world, repository, wishes, wish),
    /** A commit that no ref points at yet; `pushRefs` shows it. */
    writeCommit: (wish: actions.CommitWish & { parents: readonly string[]; writer?: string }): string =>
      actions.writeCommit(world, repository, wish),
    deleteFiles: (paths: readonly string[], wish: actions.PushWish & { message?: string } = {}): string =>
      actions.pushCommits(
        world,
        repository,
        [
          {
            files: Object.fromEntries(paths.map((path) => [path, null])),
            message: wish.message ?? `Delete ${paths.join(', ')}`,
          },
        ],
        wish,
      )[0]!,
    renameFolder: (from: string, to: string, wish?: actions.PushWish & { message?: string }): string =>
      actions.renameFolder(world, repository, from, to, wish),
    revert: (id: string, wish?: actions.PushWish & { message?: string }): string =>
      actions.revert(world, repository, id, wish),
    forcePush: (branch: string, id: string, pusher?: string): void =>
      actions.pushRefs(world, repository, [{ ref: `refs/heads/${branch}`, after: id }], pusher),
    pushRefs: (updates: readonly RefUpdate[], pusher?: string): void =>
      actions.pushRefs(world, repository, updates, pusher),
    createBranch: (name: string, from?: string, pusher?: string): void =>
      actions.createBranch(world, repository, name, from, pusher),
    deleteBranch: (name: string, pusher?: string): void => actions.deleteBranch(world, repository, name, pusher),
    renameBranch: (from: string, to: string, doer?: string): void =>
      actions.moveBranchName(world, repository, from, to, doer),
    tag: (name: string, wish?: Parameters<typeof actions.tag>[3]): string => actions.tag(world, repository, name, wish),
    deleteTag: (name: string, pusher?: string): void => actions.deleteTag(world, repository, name, pusher),
    openPullRequest: (wish: Omit<NewPull, 'base'> & { base?: string; author?: string }): Pull =>
      actions.openPullRequest(world, repository, wish),
    mergePullRequest: (number: number, wish?: Partial<MergeOptions> & { by?: string }): string =>
      actions.mergePullRequest(world, repository, number, wish),
    closePullRequest: (number: number, by?: string): void => actions.closePullRequest(world, repository, number, by),
    reopenPullRequest: (number: number, by?: string): void => actions.reopenPullRequest(world, repository, number, by),
    retitlePullRequest: (number: number, title: string, by?: string): void =>
      actions.retitlePullRequest(world, repository, number, title, by),
    createWebhook: (hook: NewHook): Hook => createHook(world, repository.hooks, 'repository', hook),
    removeWebhook: (hook: Hook): void => {
      repository.hooks.splice(repository.hooks.indexOf(hook), 1);
    },
    /** What `POST hooks/{id}/tests` sends; with `button` what the settings page sends, a commit that does not exist. */
    testWebhook: (hook: Hook, wish: { ref?: string; button?: boolean } = {}): Delivery =>
      queue.add(hook, 'push', testPayload(world, repository, repository.owner, wish.ref ?? '', !wish.button)),
  };
}

export type RepositoryHandle = ReturnType<typeof handleOf>;
