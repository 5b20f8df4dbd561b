// Which commits a promotion is about: those that a commit status is set on. Pure.
import type { Promotion } from './promotion.ts';

/** The merge commits, as far as known, else the commits that changed the files; the head when nothing is deployed. No duplicates. */
export function commitsOf({ serving, head }: Pick<Promotion, 'serving' | 'head'>): string[] {
  const commits = serving.map(({ commit, pullRequest }) => pullRequest?.mergeCommit ?? commit);
  return commits.length > 0 ? [...new Set(commits)] : [head];
}
