// A repository as the API and the payloads show one. Never reads its Git objects.

import { type Access, EPOCH, fullName, NEVER, type Repository, stamp, type World } from '../world.ts';
import { userShape } from './user.ts';

/** By ROOT_URL. */
export function htmlUrl(world: World, repository: Repository): string {
  return `${world.rootUrl}${fullName(repository)}`;
}

/** By the host of whoever asks, where the server does so: of repositories and requests, not of commits and files (measured). */
export function askedUrl(world: World, repository: Repository): string {
  return `${world.askedAt ?? world.rootUrl}${fullName(repository)}`;
}

export function apiUrl(world: World, repository: Repository): string {
  return `${world.rootUrl}api/v1/repos/${fullName(repository)}`;
}

/**
 * @param access What the reader may do. Payloads of `create` are built with none, most others with the owner's.
 * @param late What the count of open requests is off by: payloads of a request carry the count of a moment before.
 * Key order is that of modules/structs/repo.go in each release.
 */
export function repositoryShape(
  world: World,
  repository: Repository,
  access: Access,
  language = '',
  late = 0,
): Record<string, unknown> {
  const { forgejo, name: generation } = world.generation;
  const current = generation === 'gitea-1.26';
  const url = askedUrl(world, repository);
  return {
    id: repository.id,
    owner: userShape(world, repository.owner, access === 'none' ? 'anonymous' : 'signed-in'),
    name: repository.name,
    full_name: fullName(repository),
    description: '',
    empty: repository.refs.size === 0,
    private: repository.private,
    fork: false,
    template: false,
    ...(current ? {} : { parent: null }),
    mirror: false,
    size: repository.size,
    language,
    languages_url: `${apiUrl(world, repository)}/languages`,
    html_url: url,
    url: apiUrl(world, repository),
    link: '',
    ssh_url: `${world.sshUser}@${world.sshDomain}:${fullName(repository)}.git`,
    clone_url: `${url}.git`,
    original_url: '',
    website: '',
    stars_count: 0,
    forks_count: 0,
    watchers_count: 1,
    open_issues_count: 0,
    open_pr_counter: repository.pulls.filter((pull) => pull.state === 'open').length + late,
    release_counter: 0,
    default_branch: repository.defaultBranch,
    archived: false,
    created_at: stamp(repository.created),
    updated_at: stamp(repository.updated),
    archived_at: EPOCH,
    permissions: {
      admin: access === 'admin',
      push: access === 'admin' || access === 'write',
      pull: access !== 'none',
    },
    ...(current ? { has_code: true } : {}),
    has_issues: true,
    internal_tracker: {
      enable_time_tracker: true,
      allow_only_contributors_to_track_time: true,
      enable_issue_dependencies: true,
    },
    has_wiki: true,
    ...(forgejo ? { wiki_branch: 'main' } : {}),
    has_pull_requests: true,
    has_projects: true,
    ...(forgejo ? {} : { projects_mode: 'all' }),
    has_releases: true,
    has_packages: true,
    has_actions: false,
    ignore_whitespace_conflicts: false,
    allow_merge_commits: true,
    allow_rebase: true,
    allow_rebase_explicit: true,
    allow_squash_merge: true,
    allow_fast_forward_only_merge: true,
    allow_rebase_update: true,
    ...(current
      ? {
          allow_manual_merge: repository.allowManualMerge,
          autodetect_manual_merge: repository.autodetectManualMerge,
        }
      : {}),
    default_delete_branch_after_merge: false,
    default_merge_style: 'merge',
    default_allow_maintainer_edit: false,
    // 1.22.0 joins an empty name to the address of avatars.
    avatar_url: generation === 'gitea-1.22' ? world.rootUrl : '',
    internal: false,
    mirror_interval: '',
    object_format_name: generation === 'gitea-1.22' ? '' : 'sha1',
    mirror_updated: NEVER,
    ...(current ? { topics: [], licenses: [] } : { repo_transfer: null }),
  };
}
