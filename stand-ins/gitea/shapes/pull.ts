// A pull request as the API and the payloads show one. Never changes it.

import { type Access, branchHead, type Pull, type Repository, stamp, type User, type World } from '../world.ts';
import { askedUrl, htmlUrl, repositoryShape } from './repository.ts';
import { userShape, viewerOf } from './user.ts';

/**
 * @param doer Who reads; Gitea 1.22 and Forgejo 7 build payloads as for a caller without a token.
 * @param options.inList One of a list: Gitea 1.26 leaves out who merged, the reviewers, and the counts of changes there.
 */
export function pullShape(
  world: World,
  repository: Repository,
  pull: Pull,
  doer: User | undefined,
  access: Access,
  { inList = false, late = 0 }: { inList?: boolean; late?: number } = {},
): Record<string, unknown> {
  const { forgejo, name: generation } = world.generation;
  const current = generation === 'gitea-1.26';
  const url = `${askedUrl(world, repository)}/pulls/${pull.number}`;
  const rest = `${htmlUrl(world, repository)}/pulls/${pull.number}`;
  const base = branchHead(repository, pull.base);
  const head = branchHead(repository, pull.head);
  const side = (label: string, ref: string, sha: string) => ({
    label,
    ref,
    sha,
    repo_id: repository.id,
    repo: repositoryShape(world, repository, access, '', late),
  });
  const brief = inList && current;
  const none = current && !brief ? [] : null;
  return {
    id: pull.id,
    url,
    number: pull.number,
    user: userShape(world, pull.author, viewerOf(pull.author, doer)),
    title: pull.title,
    body: pull.body,
    labels: [],
    milestone: null,
    assignee: null,
    assignees: none,
    requested_reviewers: none,
    ...(current ? { requested_reviewers_teams: none } : {}),
    state: pull.state,
    ...(forgejo ? {} : { draft: false }),
    is_locked: false,
    comments: 0,
    ...(generation === 'gitea-1.22' ? { review_comments: 0 } : {}),
    // Lines and files are not counted: nobody asks for them.
    ...(forgejo || brief ? {} : { additions: 0, deletions: 0, changed_files: 0 }),
    html_url: url,
    diff_url: `${rest}.diff`,
    patch_url: `${rest}.patch`,
    mergeable: pull.check === 'mergeable',
    merged: pull.merged !== undefined,
    merged_at: pull.merged ? stamp(pull.merged.at) : null,
    merge_commit_sha: pull.merged?.commit ?? null,
    merged_by: pull.merged && !brief ? userShape(world, pull.merged.by, 'anonymous') : null,
    allow_maintainer_edit: false,
    base: side(pull.base, pull.base, base ?? pull.mergeBase),
    head: side(pull.head, head ? pull.head : `refs/pull/${pull.number}/head`, head ?? pull.headId),
    merge_base: pull.mergeBase,
    due_date: null,
    created_at: stamp(pull.created),
    updated_at: stamp(pull.updated),
    closed_at: pull.closed ? stamp(pull.closed) : null,
    pin_order: 0,
  };
}
