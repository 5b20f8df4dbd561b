// Hooks of a repository: create, read, list, edit, delete, and the test delivery.

import { createHook, expandEvents, getsIt, testPayload } from '../hooks.ts';
import { BRANCHES, type Hook, type HookType, stamp, type World } from '../world.ts';
import { requireAdmin } from './access.ts';
import {
  failure,
  type Handler,
  json,
  listed,
  noContent,
  notFound,
  type RepositoryRequest,
  readBody,
} from './request.ts';
import { resolveCommit } from './resolve.ts';

export function hookShape(world: World, hook: Hook): Record<string, unknown> {
  const { forgejo } = world.generation;
  return {
    id: hook.id,
    type: hook.type,
    branch_filter: hook.branchFilter,
    ...(forgejo ? { url: hook.url } : {}),
    config: { content_type: hook.contentType, url: hook.url },
    events: hook.events,
    // The secret is never shown; this one is.
    authorization_header: hook.authorizationHeader,
    ...(forgejo ? { content_type: hook.contentType, metadata: null } : {}),
    active: hook.active,
    updated_at: stamp(hook.updated),
    created_at: stamp(hook.created),
  };
}

function requireHook({ world, repository, args }: RepositoryRequest): Hook {
  const hook = repository.hooks.find((candidate) => String(candidate.id) === args[0]);
  if (!hook) throw notFound(world);
  return hook;
}

/** Of the kinds Gitea knows (Slack and so on) only those that send its own payload. */
const TYPES = ['gitea', 'forgejo', 'gogs'];

export const createByApi: Handler = (request) => {
  const { world, repository } = request;
  requireAdmin(request);
  const body = readBody(request);
  const config = (body.config ?? {}) as Record<string, unknown>;
  const type = String(body.type ?? '');
  const known = TYPES.includes(type) && (type !== 'forgejo' || world.generation.forgejo);
  if (!known) throw failure(world, 422, `Invalid hook type: ${type}`);
  for (const name of ['url', 'content_type']) {
    if (config[name] === undefined) throw failure(world, 422, `Missing config option: ${name}`);
  }
  const contentType = String(config.content_type);
  if (!['json', 'form'].includes(contentType)) throw failure(world, 422, 'Invalid content type');
  const url = String(config.url);
  if (world.generation.hookUrlIsChecked && !isHttpUrl(url)) throw failure(world, 422, 'Invalid url');
  const hook = createHook(world, repository.hooks, {
    type: type as HookType,
    url,
    contentType: contentType as 'json' | 'form',
    secret: String(config.secret ?? ''),
    events: eventsOf(body),
    branchFilter: String(body.branch_filter ?? ''),
    authorizationHeader: String(body.authorization_header ?? ''),
    active: body.active === true,
  });
  return json(201, hookShape(world, hook));
};

function eventsOf(body: Record<string, unknown>): string[] {
  return Array.isArray(body.events) ? body.events.map(String) : [];
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

export const getHook: Handler = (request) => {
  requireAdmin(request);
  return json(200, hookShape(request.world, requireHook(request)));
};

export const listHooks: Handler = (request) => {
  const { world, repository } = request;
  requireAdmin(request);
  const shown = repository.hooks.map((hook) => hookShape(world, hook));
  return listed(shown, shown.length);
};

/** Measured trap: what a PATCH leaves out is reset - events to push, filter and header to nothing. The secret stays. */
export const patchHook: Handler = (request) => {
  const { world } = request;
  requireAdmin(request);
  const hook = requireHook(request);
  const body = readBody(request);
  const config = (body.config ?? {}) as Record<string, unknown>;
  if (config.url !== undefined) hook.url = String(config.url);
  if (config.content_type !== undefined) {
    const contentType = String(config.content_type);
    if (contentType !== 'json' && contentType !== 'form') throw failure(world, 422, 'Invalid content type');
    hook.contentType = contentType;
  }
  hook.events = expandEvents(world.generation, eventsOf(body));
  hook.branchFilter = String(body.branch_filter ?? '');
  hook.authorizationHeader = String(body.authorization_header ?? '');
  if (typeof body.active === 'boolean') hook.active = body.active;
  hook.updated = world.now();
  return json(200, hookShape(world, hook));
};

export const deleteHook: Handler = (request) => {
  const { repository } = request;
  requireAdmin(request);
  const hook = requireHook(request);
  repository.hooks.splice(repository.hooks.indexOf(hook), 1);
  return noContent();
};

/** The answer is the same whether the hook gets it or not: one that is off, hears no pushes or filters the ref out does not. */
export const testHook: Handler = (request) => {
  const { world, repository, query } = request;
  const doer = requireAdmin(request);
  const hook = requireHook(request);
  const ref = query.get('ref') ?? '';
  if (ref && !world.generation.testTakesAnyRef && !resolveCommit(repository, ref, { short: true })) {
    throw notFound(world);
  }
  if (repository.refs.size > 0 && getsIt(world, hook, 'push', ref || BRANCHES + repository.defaultBranch)) {
    request.deliver(hook, 'push', testPayload(world, repository, doer, ref, true));
  }
  return noContent();
};
