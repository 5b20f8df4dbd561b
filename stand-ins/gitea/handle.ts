// One repository with everything people do in it - commit, branch, tag, merge, take back - for the demo, tests and console.
// Each does what a `git push` or a click would, so its webhooks follow by themselves.

import type { Delivery, DeliveryQueue } from './deliveries.ts';
import { type Signature, ZERO_ID } from './git/objects.ts';
import { applyChanges, type FileChange, filesOf } from './git/trees.ts';
import { createHook, type NewHook, testPayload } from './hooks.ts';
import { type MergeOptions, mergePull, revertCommit, signatureOf } from './merges.ts';
import { closePull, type NewPull, openPull, reopenPull, retitlePull } from './pulls.ts';
import { push, type RefUpdate, renameBranch } from './pushes.ts';
import { renameRepository } from './repositories.ts';
import {
  BRANCHES,
  branchHead,
  type Hook,
  type Pull,
  type Repository,
  requireBranch,
  requireUser,
  TAGS,
  type User,
  type World,
} from './world.ts';

/** Who wrote a commit; the clock's time unless given. */
export type Person = { name: string; email: string; date?: Date; zone?: string };

export type CommitWish = {
  /** Path to new text or bytes, to null (delete), or to `{content?, mode?, id?}`. None: an empty commit. */
  files?: Readonly<Record<string, FileChange>>;
  message: string;
  author?: Person;
  committer?: Person;
};

export type PushWish = {
  /** Default: the default branch. A branch that is not there is made, from `from` or the default branch's head. */
  branch?: string;
  from?: string;
  /** Who pushes; default: the owner. */
  pusher?: string;
};

type ChangeWish = PushWish & { message?: string };

export class RepositoryHandle {
  readonly repository: Repository;
  readonly #world: World;
  readonly #queue: DeliveryQueue;

  constructor(world: World, queue: DeliveryQueue, repository: Repository) {
    this.#world = world;
    this.#queue = queue;
    this.repository = repository;
  }

  rename(name: string): void {
    renameRepository(this.repository, name);
  }

  head(branch = this.repository.defaultBranch): string | undefined {
    return branchHead(this.repository, branch);
  }

  /** All files at the head of a branch, as text. For checks that want to look past the API. */
  files(branch = this.repository.defaultBranch): Map<string, string> {
    const { store } = this.repository;
    const files = [...filesOf(store, requireBranch(this.repository, branch).commit.tree)];
    return new Map(
      files
        .filter(([, file]) => file.mode !== '160000')
        .map(([path, file]) => [path, store.blob(file.id).toString('utf8')]),
    );
  }

  /** A commit that no ref points at yet; `pushRefs` shows it. */
  writeCommit(wish: CommitWish & { parents: readonly string[]; writer?: string }): string {
    const { store } = this.repository;
    const user = this.#user(wish.writer);
    const author = this.#signature(user, wish.author);
    const first = wish.parents[0];
    return store.writeCommit({
      tree: applyChanges(store, first ? store.commit(first).tree : store.writeTree([]), wish.files ?? {}),
      parents: [...wish.parents],
      author,
      committer: wish.committer || !wish.author ? this.#signature(user, wish.committer) : author,
      message: withLineEnd(wish.message),
    });
  }

  /** One commit and its push; returns its id. */
  commit(wish: CommitWish & PushWish): string {
    return this.pushCommits([wish], wish)[0]!;
  }

  /** Several commits in one push; returns their ids, oldest first. */
  pushCommits(wishes: readonly CommitWish[], wish: PushWish = {}): string[] {
    const branch = wish.branch ?? this.repository.defaultBranch;
    let head = this.head(branch) ?? wish.from ?? this.head();
    const ids = wishes.map((one) => {
      const parents = head ? [head] : [];
      head = this.writeCommit({ ...one, parents, ...(wish.pusher ? { writer: wish.pusher } : {}) });
      return head;
    });
    if (head) this.pushRefs([{ ref: BRANCHES + branch, after: head }], wish.pusher);
    return ids;
  }

  deleteFiles(paths: readonly string[], wish: ChangeWish = {}): string {
    const files = Object.fromEntries(paths.map((path) => [path, null]));
    return this.commit({ ...wish, files, message: wish.message ?? `Delete ${paths.join(', ')}` });
  }

  renameFolder(from: string, to: string, wish: ChangeWish = {}): string {
    const { commit } = requireBranch(this.repository, wish.branch ?? this.repository.defaultBranch);
    const files: Record<string, FileChange> = {};
    for (const [path, file] of filesOf(this.repository.store, commit.tree)) {
      if (!path.startsWith(`${from}/`)) continue;
      files[path] = null;
      files[`${to}${path.slice(from.length)}`] = { id: file.id, mode: file.mode };
    }
    if (Object.keys(files).length === 0) throw new Error(`no folder ${from} to rename`);
    return this.commit({ ...wish, files, message: wish.message ?? `Rename ${from} to ${to}` });
  }

  /** Takes a commit (or a merge, against its first parent) back with a commit on a branch, and pushes it. */
  revert(id: string, wish: ChangeWish = {}): string {
    const branch = wish.branch ?? this.repository.defaultBranch;
    const head = this.head(branch) ?? requireBranch(this.repository, this.repository.defaultBranch).id;
    const who = signatureOf(this.#world, this.#user(wish.pusher));
    const after = revertCommit(this.repository.store, head, id, who, wish.message);
    this.pushRefs([{ ref: BRANCHES + branch, after }], wish.pusher);
    return after;
  }

  /** Points refs anywhere, as `git push --force` does; several refs are one push. */
  pushRefs(updates: readonly RefUpdate[], pusher?: string): void {
    push(this.#world, this.repository, this.#user(pusher), updates);
  }

  forcePush(branch: string, id: string, pusher?: string): void {
    this.pushRefs([{ ref: BRANCHES + branch, after: id }], pusher);
  }

  createBranch(name: string, from?: string, pusher?: string): void {
    this.forcePush(name, from ?? requireBranch(this.repository, this.repository.defaultBranch).id, pusher);
  }

  deleteBranch(name: string, pusher?: string): void {
    requireBranch(this.repository, name);
    this.forcePush(name, ZERO_ID, pusher);
  }

  renameBranch(from: string, to: string, doer?: string): void {
    renameBranch(this.#world, this.repository, this.#user(doer), from, to);
  }

  /** A tag on a commit (default: the default branch's head); with a message an annotated one. Returns what it points at. */
  tag(name: string, wish: { at?: string; message?: string; tagger?: Person; pusher?: string } = {}): string {
    const { store } = this.repository;
    const object = wish.at ?? requireBranch(this.repository, this.repository.defaultBranch).id;
    const { message } = wish;
    const after =
      message === undefined
        ? object
        : store.writeTag({
            object,
            type: store.type(object) ?? 'commit',
            name,
            tagger: this.#signature(this.#user(wish.pusher), wish.tagger),
            message: withLineEnd(message),
          });
    this.pushRefs([{ ref: TAGS + name, after }], wish.pusher);
    return after;
  }

  openPullRequest({ author, base, ...wish }: Omit<NewPull, 'base'> & { base?: string; author?: string }): Pull {
    const wanted = { ...wish, base: base ?? this.repository.defaultBranch };
    return openPull(this.#world, this.repository, this.#user(author), wanted);
  }

  /** Returns the new head of the base branch. */
  mergePullRequest(number: number, wish: Partial<MergeOptions> & { by?: string } = {}): string {
    const options = { ...wish, style: wish.style ?? 'merge' };
    return mergePull(this.#world, this.repository, this.#pull(number), this.#user(wish.by), options);
  }

  closePullRequest(number: number, by?: string): void {
    closePull(this.#world, this.repository, this.#pull(number), this.#user(by));
  }

  reopenPullRequest(number: number, by?: string): void {
    reopenPull(this.#world, this.repository, this.#pull(number), this.#user(by));
  }

  retitlePullRequest(number: number, title: string, by?: string): void {
    retitlePull(this.#world, this.repository, this.#pull(number), this.#user(by), title);
  }

  createWebhook(hook: NewHook): Hook {
    return createHook(this.#world, this.repository.hooks, hook);
  }

  /** What `POST hooks/{id}/tests` sends; with `button` what the settings page sends, a commit that does not exist. */
  testWebhook(hook: Hook, { ref = '', button = false }: { ref?: string; button?: boolean } = {}): Delivery {
    const payload = testPayload(this.#world, this.repository, this.repository.owner, ref, !button);
    return this.#queue.add(hook, 'push', payload);
  }

  #user(login: string | undefined): User {
    return login === undefined ? this.repository.owner : requireUser(this.#world, login);
  }

  #signature(user: User, person: Person | undefined): Signature {
    const normal = signatureOf(this.#world, user);
    if (!person) return normal;
    const seconds = person.date ? Math.floor(person.date.getTime() / 1000) : normal.seconds;
    return { name: person.name, email: person.email, seconds, zone: person.zone ?? '+0000' };
  }

  #pull(number: number): Pull {
    const pull = this.repository.pulls.find((candidate) => candidate.number === number);
    if (!pull) throw new Error(`no pull request #${number} in ${this.repository.name}`);
    return pull;
  }
}

function withLineEnd(message: string): string {
  return message.endsWith('\n') ? message : `${message}\n`;
}
