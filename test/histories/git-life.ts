// What happens in Git: each step of a history as people would do it in Gitea. What makes no sense at the moment is left out.
import { isAncestor, listCommits } from '../../stand-ins/gitea/git/history.ts';
import { filesOf } from '../../stand-ins/gitea/git/trees.ts';
import { testPayload } from '../../stand-ins/gitea/hooks.ts';
import { MergeRefusedError } from '../../stand-ins/gitea/merges.ts';
import { pathOf, textOf } from './content.ts';
import type { Coverage } from './coverage.ts';
import type { Git, GitRepository } from './git.ts';
import { applications, type Change, folders, people, repositoryNames, type Step } from './history.ts';

type Files = Record<string, { content: string | Buffer; mode: string } | null>;

export interface GitLife {
  /** Everything up to the merge of a request happens at once; the merge itself in `then`, some time later. */
  act(step: Step): (() => void) | undefined;
}

export function createGitLife(git: Git, coverage: Coverage): GitLife {
  const [fleet, lab] = git.repositories as [GitRepository, GitRepository | undefined];
  let branches = 0;

  return {
    act(step) {
      switch (step.do) {
        case 'push':
          as(step.by);
          return void commitAll(fleet, step.commits);
        case 'merge':
          return merge(step);
        case 'revert':
          return void revert(step.back, step.by);
        case 'rename':
          return void rename(step);
        case 'force':
          return void force(step);
        case 'rename repository':
          return void fleet.rename(repositoryNames[step.to]!);
        case 'remove everything':
          as(step.by);
          return void removeAll();
        case 'noise':
          return void noise(step.what);
        case 'other repository':
          git.pusher = 'bea';
          if (lab) commitAll(lab, [[step.change]]);
          return;
        default:
          return;
      }
    },
  };

  function as(by: number): void {
    git.pusher = people[by]!;
  }

  /** Only what changes something: nothing can be deleted that is not there. */
  function filesFor(repository: GitRepository, branch: string, changes: readonly Change[]): Files {
    const there = repository.handle.head(branch) === undefined ? new Map() : pathsOf(repository, branch);
    const files: Files = {};
    for (const change of changes) {
      const path = pathOf(change);
      if (change.to !== 'deleted') files[path] = git.change(repository, textOf(change.to));
      else if (there.has(path)) files[path] = null;
      else delete files[path];
    }
    return files;
  }

  function commitAll(repository: GitRepository, commits: readonly Change[][], branch = 'main', from?: string): void {
    const [first, ...rest] = commits;
    if (first === undefined) return;
    // The first is written before the others are looked at, so a file can be added and deleted in one push.
    const wishes = [filesFor(repository, branch, first), ...rest.map((one) => filesOfChanges(repository, one))];
    const wish = { branch, pusher: git.pusher, ...(from === undefined ? {} : { from }) };
    repository.handle.pushCommits(
      wishes.map((files, index) => ({
        files,
        message: `Change ${index + 1} of ${wishes.length}`,
        author: { name: 'An Author', email: 'author@example.test' },
      })),
      wish,
    );
    if (wishes.length > 5) coverage.count('push of more than five commits');
  }

  /** Of later commits: deletions are left out, because what is there by then is not known yet. */
  function filesOfChanges(repository: GitRepository, changes: readonly Change[]): Files {
    const files: Files = {};
    for (const change of changes)
      if (change.to !== 'deleted') files[pathOf(change)] = git.change(repository, textOf(change.to));
    return files;
  }

  function merge(step: Step & { do: 'merge' }): (() => void) | undefined {
    const head = fleet.handle.head();
    as(step.by);
    // There is nothing yet to ask for a merge into.
    if (head === undefined) return void commitAll(fleet, step.commits);
    const branch = `promotion-${++branches}`;
    commitAll(fleet, step.commits, branch, head);
    if (fleet.handle.head(branch) === head) return;
    const pull = fleet.handle.openPullRequest({ title: `Promote ${branches}`, head: branch, author: people[step.by] });
    if (step.meanwhile && step.style !== 'fast-forward-only') commitAll(fleet, [[step.meanwhile]]);
    return () => {
      as(step.merger);
      try {
        fleet.handle.mergePullRequest(pull.number, {
          style: step.style,
          by: people[step.merger],
          deleteBranch: step.deleteBranch,
        });
        const move = fleet.moves.at(-1);
        if (move?.after === pull.merged?.commit) move!.pull = pull;
        coverage.count(`merge ${step.style}`);
      } catch (error) {
        if (!(error instanceof MergeRefusedError)) throw error;
        coverage.count('merge refused');
      }
    };
  }

  function revert(back: number, by: number): void {
    const head = fleet.handle.head();
    if (head === undefined) return;
    as(by);
    const commits = listCommits(fleet.handle.repository.store, [head]);
    const id = commits[back % commits.length]!;
    if (fleet.handle.repository.store.commit(id).parents.length === 0) return;
    try {
      fleet.handle.revert(id, { pusher: git.pusher });
      coverage.count('revert');
    } catch (error) {
      // A revert that conflicts is refused, as git does.
      if (!(error instanceof MergeRefusedError)) throw error;
      coverage.count('revert refused');
    }
  }

  function rename({ folder, from, to, by }: Step & { do: 'rename' }): void {
    as(by);
    const path = (application: number) => `model-deployments/${folders[folder]}/${applications[application]}`;
    if (from === to || fleet.handle.head() === undefined || !pathsOf(fleet).has(`${path(from)}/config.yaml`)) return;
    fleet.handle.renameFolder(path(from), path(to), { pusher: git.pusher });
    coverage.count('rename');
  }

  function force({ back, onward, by, forgets }: Step & { do: 'force' }): void {
    const { store } = fleet.handle.repository;
    const head = fleet.handle.head();
    if (head === undefined) return;
    as(by);
    const earlier = [...new Set(fleet.moves.map(({ after }) => after))].reverse();
    const target = earlier[back % earlier.length]!;
    const id = onward
      ? fleet.handle.writeCommit({
          files: filesOfChanges(fleet, [onward]),
          message: 'On from there',
          parents: [target],
          writer: git.pusher,
        })
      : target;
    if (id === head) return;
    coverage.count(isAncestor(store, head, id) ? 'push forward' : 'force push');
    fleet.handle.forcePush('main', id, git.pusher);
    if (forgets) git.forgetUnreachable();
  }

  function removeAll(): void {
    if (fleet.handle.head() === undefined) return;
    const paths = [...pathsOf(fleet)].filter((path) => path.startsWith('model-deployments/'));
    if (paths.length === 0) return;
    fleet.handle.deleteFiles(paths, { pusher: git.pusher });
    coverage.count('everything removed');
  }

  function noise(what: (Step & { do: 'noise' })['what']): void {
    const head = fleet.handle.head();
    if (head === undefined) return;
    git.pusher = 'cem';
    branches += 1;
    switch (what) {
      case 'readme':
        return void fleet.handle.commit({ files: { 'README.md': `${branches}\n` }, message: 'Readme', pusher: 'cem' });
      case 'nothing changed':
        return void fleet.handle.commit({ message: 'Nothing', pusher: 'cem' });
      case 'tag':
        // A tag may be called like the branch.
        return void fleet.handle.tag(branches % 2 === 0 ? `v${branches}` : 'main', { pusher: 'cem' });
      case 'branch':
        return void fleet.handle.createBranch(`other-${branches}`, head, 'cem');
      case 'branch gone': {
        const [name] = [...fleet.handle.repository.refs.keys()].filter((ref) => ref.startsWith('refs/heads/other-'));
        if (name) fleet.handle.deleteBranch(name.slice('refs/heads/'.length), 'cem');
        return;
      }
      case 'test delivery': {
        const { repository } = fleet.handle;
        const payload = testPayload(git.world, repository, repository.owner, '', branches % 2 === 0);
        git.world.send({ repository, type: 'push', payload: () => payload });
        return;
      }
    }
  }
}

function pathsOf({ handle }: GitRepository, branch = 'main'): Set<string> {
  const { store } = handle.repository;
  return new Set(filesOf(store, store.commit(handle.head(branch)!).tree).keys());
}
