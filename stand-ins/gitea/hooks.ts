// Which hooks hear of an event, what a hook may be set to, and the test delivery. Sending is in deliveries.ts.

import { goJson } from '../go-json.ts';
import type { Generation } from './generations.ts';
import { ZERO_ID } from './git/objects.ts';
import { payloadCommit } from './shapes/commit.ts';
import { htmlUrl, repositoryShape } from './shapes/repository.ts';
import { userShape } from './shapes/user.ts';
import {
  BRANCHES,
  branchHead,
  type Hook,
  type HookEvent,
  type HookType,
  NEVER,
  nextId,
  type Repository,
  type User,
  type World,
} from './world.ts';

export type NewHook = {
  url: string;
  type?: HookType;
  contentType?: 'json' | 'form';
  secret?: string;
  events?: readonly string[];
  branchFilter?: string;
  authorizationHeader?: string;
  /** The API's default is false; here true, as a hook that is made by program is meant to be used. */
  active?: boolean;
};

export function createHook(world: World, list: Hook[], wanted: NewHook): Hook {
  const now = world.now();
  const hook: Hook = {
    id: nextId(world, 'hook'),
    type: wanted.type ?? 'gitea',
    url: wanted.url,
    contentType: wanted.contentType ?? 'json',
    secret: wanted.secret ?? '',
    events: expandEvents(world.generation, wanted.events ?? []),
    branchFilter: wanted.branchFilter ?? '',
    authorizationHeader: wanted.authorizationHeader ?? '',
    active: wanted.active ?? true,
    created: now,
    updated: now,
  };
  list.push(hook);
  return hook;
}

/**
 * What a hook hears when it asks for these events: `issues` and `pull_request` stand for their groups, nothing for
 * `push`, an unknown name for nothing at all. Source: routers/api/v1/utils/hook.go, updateHookEvents.
 */
export function expandEvents(generation: Generation, wanted: readonly string[]): string[] {
  const asked = new Set(wanted.length === 0 ? ['push'] : wanted);
  const group = (name: string) => asked.has(name);
  return generation.hookEvents.filter((event) => {
    if (event === 'issues') return group('issues') || group('issues_only');
    if (event.startsWith('issue_')) return group('issues') || group(event);
    if (event === 'pull_request') return group('pull_request') || group('pull_request_only');
    if (generation.reviewEvents.includes(event)) return group('pull_request') || group('pull_request_review');
    if (event.startsWith('pull_request_')) return group('pull_request') || group(event);
    return group(event);
  });
}

/** The hooks of the repository that get this event. */
export function hooksFor(world: World, { repository, type, ref }: HookEvent): Hook[] {
  return repository.hooks.filter((hook) => getsIt(world, hook, type, ref));
}

/** Source: services/webhook/webhook.go, PrepareWebhook, through which a test delivery goes, too; deliver.go skips inactive ones. */
export function getsIt(world: World, hook: Hook, type: string, ref: string | undefined): boolean {
  return hook.active && hears(hook, type) && passesFilter(world, hook, ref);
}

function hears(hook: Hook, type: string): boolean {
  return (
    hook.events.includes(type) ||
    (type.startsWith('pull_request_review_') && hook.events.includes('pull_request_review'))
  );
}

function passesFilter(world: World, hook: Hook, ref: string | undefined): boolean {
  const filter = hook.branchFilter;
  if (ref === undefined || filter === '' || filter === '*' || filter === '**') return true;
  const branch = ref.startsWith(BRANCHES) ? ref.slice(BRANCHES.length) : undefined;
  const pattern = globPattern(filter);
  // Before 1.26 (#35567) whatever is no branch passed, and only the branch's own name was looked at.
  if (world.generation.tagsPassBranchFilter) return branch === undefined || pattern.test(branch);
  return pattern.test(ref) || (branch !== undefined && pattern.test(branch));
}

/** A glob of github.com/gobwas/glob without separators: `*` goes over slashes, `{a,b}` is a choice. */
export function globPattern(glob: string): RegExp {
  let choice = 0;
  const source = [...glob.replaceAll('[!', '[^')].map((sign) => {
    if (sign === '*') return '.*';
    if (sign === '?') return '.';
    if (sign === '{') {
      choice += 1;
      return '(?:';
    }
    if (sign === '}' && choice > 0) {
      choice -= 1;
      return ')';
    }
    if (sign === ',' && choice > 0) return '|';
    return sign.replace(/[.+$()|\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 's');
}

/**
 * A test delivery: a push whose before is its after. By API the head of the default branch and the `ref` as asked for;
 * by the button of the settings page a commit that does not exist.
 */
export function testPayload(world: World, repository: Repository, doer: User, ref: string, real: boolean): string {
  const head = branchHead(repository, repository.defaultBranch);
  const id = real && head ? head : ZERO_ID;
  const url = htmlUrl(world, repository);
  const nobody = { name: 'Ghost', email: '', username: '' };
  const commit =
    id === ZERO_ID
      ? {
          id,
          message: 'This is a fake commit',
          url: `${url}/commit/${id}`,
          author: nobody,
          committer: nobody,
          verification: null,
          timestamp: NEVER,
          added: null,
          removed: null,
          modified: null,
        }
      : payloadCommit(world, repository, id, { paths: false });
  return goJson(
    {
      ref: ref || BRANCHES + repository.defaultBranch,
      before: id,
      after: id,
      compare_url: `${url}/compare/${id}...${id}`,
      commits: [commit],
      total_commits: 1,
      head_commit: commit,
      repository: repositoryShape(world, repository, 'none'),
      pusher: userShape(world, doer, 'anonymous'),
      sender: userShape(world, doer, 'anonymous'),
    },
    { indent: 2 },
  );
}
