// Tokens of a user: made and listed with the password. Nothing shows a token twice.

import { randomBytes } from 'node:crypto';
import { NEVER, nextId, stamp, type Token, type User } from '../world.ts';
import { type Answer, type ApiRequest, failure, json, notFound, readBody } from './request.ts';

const SCOPES =
  /^(all|public-only|(read|write):(activitypub|admin|issue|misc|notification|organization|package|repository|user))$/;

/** Tokens are made and listed with the password only; a token cannot. */
function requirePassword(request: ApiRequest): User {
  const { world, token, doer, parts } = request;
  if (!doer || token) throw failure(world, 401, 'auth required');
  const user = [...world.users.values()].find((one) => one.login === parts[1]);
  if (!user || (user.id !== doer.id && !doer.admin)) throw notFound(world);
  return user;
}

function tokenShape(request: ApiRequest, token: Token, fresh: boolean): Record<string, unknown> {
  const current = request.world.generation.name === 'gitea-1.26';
  return {
    id: token.id,
    name: token.name,
    sha1: fresh ? token.value : '',
    token_last_eight: token.value.slice(-8),
    // The old servers say nothing of the scopes when they make one.
    scopes: fresh && !current ? null : token.scopes.length === 0 ? [''] : token.scopes,
    ...(current
      ? {
          created_at: fresh ? NEVER : stamp(token.created),
          last_used_at: fresh ? NEVER : stamp(token.lastUsed),
        }
      : {}),
  };
}

export const createToken = (request: ApiRequest): Answer => {
  const { world } = request;
  const user = requirePassword(request);
  const body = readBody(request);
  const scopes = (Array.isArray(body.scopes) ? body.scopes.map(String) : []).sort();
  if (scopes.length === 0 && world.generation.tokenNeedsScope) {
    throw failure(world, 400, 'access token must have a scope');
  }
  const unknown = scopes.find((scope) => !SCOPES.test(scope));
  if (unknown) {
    throw failure(world, 400, `invalid access token scope provided: invalid access token scope: ${unknown}`);
  }
  const now = world.now();
  const token: Token = {
    id: nextId(world, 'token'),
    user,
    name: String(body.name ?? ''),
    value: randomBytes(20).toString('hex'),
    scopes,
    created: now,
    lastUsed: now,
  };
  world.tokens.set(token.value, token);
  return json(201, tokenShape(request, token, true));
};

export const listTokens = (request: ApiRequest): Answer => {
  const user = requirePassword(request);
  const tokens = [...request.world.tokens.values()].filter((token) => token.user.id === user.id);
  return json(
    200,
    tokens.map((token) => tokenShape(request, token, false)),
    { 'Access-Control-Expose-Headers': 'X-Total-Count', 'X-Total-Count': String(tokens.length) },
  );
};
