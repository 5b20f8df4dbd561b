// Checks on the head of a request that need no body.
import type { IncomingMessage } from 'node:http';
import { StopError } from '../events/errors.ts';

/** Path and query of a request target, also in absolute form (RFC 9112 3.2.2). `query` is undefined or empty when there is none. */
export function splitTarget(target: string): { path: string; query?: string } {
  const origin = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = origin.indexOf('?');
  if (mark < 0) return { path: origin === '' ? '/' : origin };
  return { path: origin.slice(0, mark) || '/', query: origin.slice(mark + 1) };
}

/** Headers that may be there once: of two, Node would keep the first or join them with a comma, and another reader keep the last. */
const single =
  /^(ce-.*|content-.*|x-(gitea|forgejo|gogs|github|gitlab|hub)-.*|authorization|host|traceparent|transfer-encoding)$/;

/** Throws StopError 400. */
export function checkHeaders(request: IncomingMessage): void {
  const seen = new Set<string>();
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (seen.has(name) && single.test(name))
      throw new StopError(400, 'Expected each header of event and signature once, got one of them twice.');
    seen.add(name);
  }
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') throw new StopError(400, 'Expected a body without content-encoding.');
}
