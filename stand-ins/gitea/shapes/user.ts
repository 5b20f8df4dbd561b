// A user as the API and the payloads show one, by who looks. Never says who may look.

import { createHash } from 'node:crypto';
import { EPOCH, NEVER, noreplyAddress, stamp, type User, type World } from '../world.ts';

/**
 * anonymous: the address is hidden. signed-in: the address shows. self: also what only the user (or an admin) sees.
 * Source: Gitea services/convert/user.go, toUser.
 */
export type Viewer = 'anonymous' | 'signed-in' | 'self';

export function viewerOf(user: User, doer: User | undefined): Viewer {
  if (!doer) return 'anonymous';
  return doer.id === user.id || doer.admin ? 'self' : 'signed-in';
}

export function userShape(world: World, user: User, viewer: Viewer): Record<string, unknown> {
  const { forgejo } = world.generation;
  const self = viewer === 'self';
  return {
    id: user.id,
    login: user.login,
    login_name: '',
    ...(forgejo ? {} : { source_id: 0 }),
    full_name: user.fullName,
    email: viewer === 'anonymous' ? noreplyAddress(world, user) : user.email,
    avatar_url: `${world.askedAt ?? world.rootUrl}avatars/${createHash('md5').update(user.email.toLowerCase()).digest('hex')}`,
    ...(forgejo ? {} : { html_url: `${world.askedAt ?? world.rootUrl}${encodeURIComponent(user.login)}` }),
    language: '',
    is_admin: self && user.admin,
    last_login: self ? EPOCH : NEVER,
    created: stamp(user.created),
    restricted: false,
    active: self,
    prohibit_login: false,
    location: '',
    ...(forgejo ? { pronouns: '' } : {}),
    website: '',
    description: '',
    visibility: 'public',
    followers_count: 0,
    following_count: 0,
    starred_repos_count: 0,
    username: user.login,
  };
}
