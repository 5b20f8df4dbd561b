// Does on the stand-in what was done when a case was recorded. What was done is read off the recorded deliveries:
// refs that moved, requests opened, merged and closed, tests, statuses. The case's name decides the few other settings.

import assert from 'node:assert/strict';
import { ZERO_ID } from '../../../stand-ins/gitea/git/objects.ts';
import type { ObjectStore } from '../../../stand-ins/gitea/git/store.ts';
import type { GiteaStandIn, MergeStyle, Repository, RepositoryHandle } from '../../../stand-ins/gitea/index.ts';
import { hookOf, isPlayed, type Payload, type RecordedCase, type RecordedDelivery } from './recorded-case.ts';
import type { RecordedPull } from './recorded-world.ts';

/** Plays a case; its deliveries go to `receiver`. `setTime` sets the stand-in's clock. */
export async function play(
  recorded: RecordedCase,
  gitea: GiteaStandIn,
  store: ObjectStore,
  receiver: string,
  setTime: (seconds: number) => void,
): Promise<void> {
  const player = new Player(recorded, gitea, store, receiver, setTime);
  for (const [at, delivery] of recorded.deliveries.entries()) {
    if (isPlayed(delivery)) await player.step(delivery, at);
  }
}

class Player {
  readonly #recorded: RecordedCase;
  readonly #gitea: GiteaStandIn;
  readonly #store: ObjectStore;
  readonly #setTime: (seconds: number) => void;
  readonly #receiver: string;
  readonly #handle: RepositoryHandle;
  readonly #repository: Repository;

  constructor(
    recorded: RecordedCase,
    gitea: GiteaStandIn,
    store: ObjectStore,
    receiver: string,
    setTime: (seconds: number) => void,
  ) {
    this.#recorded = recorded;
    this.#gitea = gitea;
    this.#store = store;
    this.#receiver = receiver;
    this.#setTime = setTime;
    this.#handle = this.#makeRepository();
    this.#repository = this.#handle.repository;
    this.#setUp();
  }

  #makeRepository(): RepositoryHandle {
    const { deliveries, defaultBranch } = this.#recorded;
    const { id, name } = deliveries[0]!.payload.repository;
    this.#gitea.world.counters.set('repository', id - 1);
    return this.#gitea.createRepository(`ada/${name}`, { defaultBranch, collaborators: { promoter: 'write' } });
  }

  #setUp(): void {
    const { deliveries, before, defaultBranch, name } = this.#recorded;
    const repository = this.#repository;
    repository.store = this.#store;
    if (before && before !== ZERO_ID) repository.refs.set(`refs/heads/${defaultBranch}`, before);
    repository.allowManualMerge = deliveries[0]!.payload.repository.allow_manual_merge ?? false;
    repository.autodetectManualMerge = name.startsWith('06b');
    for (const path of new Set(deliveries.filter(isPlayed).map((delivery) => delivery.path))) {
      this.#handle.createWebhook({ ...hookOf(path), url: this.#receiver + path });
    }
    this.#openOthers(repository, deliveries[0]!.payload.repository.open_pr_counter);
  }

  /** Requests that were open all the time: payloads count them. */
  #openOthers(repository: Repository, count: number): void {
    const author = this.#gitea.world.users.get('ada')!;
    const time = new Date(0);
    for (let number = -count; number < 0; number += 1) {
      repository.pulls.push({
        id: number,
        number,
        author,
        title: 'another',
        body: '',
        base: 'another',
        head: 'another',
        headId: ZERO_ID,
        mergeBase: ZERO_ID,
        state: 'open',
        check: 'mergeable',
        created: time,
        updated: time,
      });
    }
  }

  async step(delivery: RecordedDelivery, at: number): Promise<void> {
    const { payload, type } = delivery;
    if (type === 'push') return this.#push(delivery, at);
    if (type === 'create' && payload.ref_type === 'branch') return this.#create(payload);
    if (type === 'delete' && payload.ref_type === 'branch') return this.#delete(payload, at);
    if (type === 'pull_request') return this.#pull(payload, at);
    if (type === 'status') return this.#status(payload);
    // What is left follows from another step: tags from their push, synchronized from the push to the branch.
    assert.match(type, /^(create|delete|pull_request_sync)$/);
  }

  #at(ref: string): string {
    return this.#repository.refs.get(ref) ?? ZERO_ID;
  }

  #push({ payload, path, text }: RecordedDelivery, at: number): void {
    const { ref, before, after } = payload;
    if (before === after) {
      const hook = this.#repository.hooks[0]!;
      this.#handle.testWebhook(hook, after === ZERO_ID ? { button: true } : { ref });
      return;
    }
    const earlier = this.#recorded.deliveries.slice(0, at).find((one) => one.path === path && one.text === text);
    if (earlier) {
      this.#gitea.replay(this.#gitea.deliveries().at(-1)!.uuid);
      return;
    }
    if (this.#at(ref) === after) return;
    // A ref that had been made before the case.
    if (before !== ZERO_ID && this.#at(ref) === ZERO_ID) this.#repository.refs.set(ref, before);
    this.#handle.pushRefs([{ ref, after }]);
  }

  #create({ ref: name, sha }: Payload): void {
    const ref = `refs/heads/${name.replace('refs/heads/', '')}`;
    if (this.#at(ref) !== ZERO_ID) return;
    this.#handle.pushRefs([{ ref, after: sha }]);
  }

  #delete({ ref: name }: Payload, at: number): void {
    const branch = name.replace('refs/heads/', '');
    const ref = `refs/heads/${branch}`;
    const next = this.#recorded.deliveries[at + 1];
    const isRename = next?.type === 'create' && next.payload.ref_type === 'branch' && !this.#isPushed(next.payload.ref);
    if (isRename) {
      if (this.#at(ref) === ZERO_ID) this.#repository.refs.set(ref, next.payload.sha);
      if (next.payload.repository.default_branch === next.payload.ref) this.#repository.defaultBranch = branch;
      this.#handle.renameBranch(branch, next.payload.ref);
    } else if (this.#at(ref) !== ZERO_ID) {
      this.#handle.deleteBranch(branch);
    }
  }

  #isPushed(branch: string): boolean {
    const ref = `refs/heads/${branch}`;
    return this.#recorded.deliveries.some(({ payload }) => payload.ref === ref && payload.before === ZERO_ID);
  }

  #pull({ action, number, pull_request: pull, changes }: Payload, at: number): void {
    const known = this.#repository.pulls.find((one) => one.number === number);
    if (action === 'opened') {
      this.#open(pull);
      return;
    }
    assert.ok(known, `#${number} is ${action} before it is opened`);
    if (action === 'edited') {
      assert.equal(known.title, changes.title.from);
      this.#handle.retitlePullRequest(number, pull.title);
    } else if (action === 'reopened') {
      this.#handle.reopenPullRequest(number);
    } else if (known.state === 'open') {
      assert.equal(action, 'closed');
      if (pull.merged) this.#merge(pull, at);
      else this.#handle.closePullRequest(number);
    }
  }

  #open(pull: RecordedPull): void {
    const { world } = this.#gitea;
    const ref = `refs/heads/${pull.head.label}`;
    if (this.#at(ref) !== pull.head.sha) this.#handle.pushRefs([{ ref, after: pull.head.sha }]);
    world.counters.set(`issue of ${this.#repository.id}`, pull.number - 1);
    world.counters.set('pull request', pull.id - 1);
    this.#handle.openPullRequest({ title: pull.title, body: pull.body, head: pull.head.label, base: pull.base.label });
  }

  #merge(pull: RecordedPull, at: number): void {
    const commit = this.#store.commit(pull.merge_commit_sha!);
    this.#setTime(commit.committer.seconds);
    const base = `refs/heads/${pull.base.label}`;
    if (this.#at(base) === pull.merge_commit_sha) {
      this.#handle.mergePullRequest(pull.number, { style: 'manually-merged', mergeCommit: pull.merge_commit_sha });
      return;
    }
    const rest = this.#recorded.deliveries.slice(at);
    const deleteBranch = rest.some((one) => one.type === 'delete' && one.payload.ref === pull.head.label);
    this.#handle.mergePullRequest(pull.number, { style: styleOf(pull, commit), deleteBranch });
  }

  async #status({ id, state, context, description, target_url, sha }: Payload): Promise<void> {
    this.#gitea.world.counters.set('status', id - 1);
    const response = await fetch(`${this.#gitea.url}/api/v1/repos/ada/${this.#repository.name}/statuses/${sha}`, {
      method: 'POST',
      headers: { Authorization: `token ${this.#gitea.token('ada')}` },
      body: JSON.stringify({ state, context, description, target_url }),
    });
    assert.equal(response.status, 201);
  }
}

/** Which style made this commit of that request. */
function styleOf(pull: RecordedPull, commit: { parents: string[]; message: string }): MergeStyle {
  if (commit.parents.length === 2) return commit.parents[1] === pull.head.sha ? 'merge' : 'rebase-merge';
  if (commit.message === `${pull.title} (#${pull.number})\n`) return 'squash';
  return pull.merge_commit_sha === pull.head.sha ? 'fast-forward-only' : 'rebase';
}
