// From a path as it was sent to an answer as it is sent: what stands around the routes. Knows no socket.

import type { Answer } from './api/request.ts';
import { answer, type Incoming } from './api/router.ts';
import type { World } from './world.ts';

/** `path`: as sent, without the query. An error of the stand-in shows as 500 and as `fault` on `live`. */
export function answerPath({ path, ...incoming }: Omit<Incoming, 'parts'> & { path: string }): Answer {
  const prefix = '/api/v1/';
  let parts: string[];
  try {
    parts = path.slice(prefix.length).split('/').map(decodeURIComponent);
  } catch {
    return { status: 400 };
  }
  if (!path.startsWith(prefix)) return { status: 404, headers: { 'Content-Type': 'text/html' }, body: 'Not found.\n' };
  // A slash at the end of a repository's address is the same address.
  if (parts.at(-1) === '') parts.pop();
  try {
    return answer({ ...incoming, world: askedWorld(incoming), parts });
  } catch (error) {
    // An error of the stand-in must be seen by whoever runs it, not only by the caller.
    incoming.live.emit('fault', error);
    return { status: 500, body: JSON.stringify({ message: String(error), url: '' }) };
  }
}

/** Source: modules/httplib/url.go, GuessCurrentHostURL; it has no TLS of its own. */
function askedWorld({ world, headers }: Pick<Incoming, 'world' | 'headers'>): World {
  const { host, 'x-forwarded-proto': forwarded } = headers;
  const scheme = forwarded ?? (world.publicUrlDetection === 'auto' ? 'http' : undefined);
  return world.generation.detectsPublicUrl && host && scheme ? { ...world, askedAt: `${scheme}://${host}/` } : world;
}

/** Those of every answer, and its own laid over them. */
export function allHeaders(world: World, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    'Cache-Control': 'max-age=0, private, must-revalidate, no-transform',
    'X-Content-Type-Options': 'nosniff',
    ...(world.generation.name === 'gitea-1.26' ? {} : { 'X-Frame-Options': 'SAMEORIGIN' }),
    Date: world.now().toUTCString(),
    ...own,
  };
}
