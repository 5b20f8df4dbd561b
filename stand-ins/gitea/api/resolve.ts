// Turns what a caller names - branch, tag, full ref, commit id, its first digits - into a commit or a tree.

import { BRANCHES, type Repository, TAGS } from '../world.ts';

const FULL_ID = /^[0-9a-f]{40}$/;

/** Branch, then tag, then the full name of a ref, then an id. */
export function resolveCommit(repository: Repository, name: string, options: { short: boolean }): string | undefined {
  const { refs, store } = repository;
  const named = refs.get(BRANCHES + name) ?? refs.get(TAGS + name) ?? refs.get(name) ?? pullHead(repository, name);
  if (named) return store.peel(named);
  const lower = name.toLowerCase();
  if (!FULL_ID.test(lower) && !options.short) return undefined;
  const id = store.expand(lower);
  return id && store.type(id) === 'commit' ? id : undefined;
}

function pullHead(repository: Repository, name: string): string | undefined {
  const number = /^refs\/pull\/(\d+)\/head$/.exec(name)?.[1];
  return repository.pulls.find((pull) => String(pull.number) === number)?.headId;
}

/** What git/trees takes: any name of a commit, or the id of a tree. `sha` is what the answer calls itself. */
export function resolveTree(repository: Repository, name: string): { sha: string; tree: string } | undefined {
  const { store } = repository;
  const commit = resolveCommit(repository, name, { short: true });
  if (commit) return { sha: commit, tree: store.commit(commit).tree };
  const id = store.expand(name.toLowerCase());
  return id && store.type(id) === 'tree' ? { sha: id, tree: id } : undefined;
}
