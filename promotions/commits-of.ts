// Which commits a promotion is about: what one looks up in the forge, or sets a status on. Pure.
import type { Promotion } from './promotion.ts';

/** Merge commits where known, else the commits that changed the files; nothing is deployed: the head. No two the same. */
export function commitsOf({ serving, head }: Pick<Promotion, 'serving' | 'head'>): string[] {
  const commits = serving.map(({ commit, pullRequest }) => pullRequest?.mergeCommit ?? commit);
  return commits.length > 0 ? [...new Set(commits)] : [head];
}
