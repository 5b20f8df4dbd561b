// Who may read the page where others can reach it, too: who knows a token, or whom a login proxy names. Keeps no session; a browser
// asks for the token by itself (HTTP Basic) and sends it to this origin alone.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Access {
  /** Any of them opens the page. Read for every request, so that a rotated one counts. Undefined: no token does. */
  tokens: () => readonly string[] | undefined;
  /** Of a proxy, in lower case, that lets nobody else through. */
  userHeader: string | undefined;
}

export interface Refusal {
  status: number;
  message: string;
  headers?: Record<string, string>;
}

/**
 * The result says why a request is refused, or nothing: it is welcome. Wrong tokens are answered as fast as they come: to hold them up
 * would hold up whoever has the right one behind the same proxy, and what keeps a token from being guessed is its length.
 */
export function createGate({ tokens, userHeader }: Access) {
  return ({ headers }: Pick<IncomingMessage, 'headers'>): Refusal | undefined => {
    if (userHeader !== undefined)
      return headers[userHeader]
        ? undefined
        : { status: 403, message: `expected the header ${userHeader} of the login proxy` };
    const given = tokenIn(headers.authorization);
    if (given === undefined) return unknown;
    return (tokens() ?? []).filter((token) => isSame(given, token)).length > 0 ? undefined : unknown;
  };
}

const unknown: Refusal = {
  status: 401,
  message: 'expected the token of CONSOLE_TOKEN, as the password of HTTP Basic or as Bearer',
  headers: { 'www-authenticate': 'Basic realm="post-deployment", charset="UTF-8"' },
};

/** https://www.rfc-editor.org/rfc/rfc7617, https://www.rfc-editor.org/rfc/rfc6750 */
function tokenIn(authorization = ''): string | undefined {
  const [, scheme = '', value = ''] = /^(basic|bearer) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value || undefined;
  return /^[^:]*:(.+)$/s.exec(Buffer.from(value, 'base64').toString())?.[1];
}

/** In constant time, whatever their lengths. */
export function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
