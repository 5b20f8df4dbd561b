// Who may talk to the console: pages of its own origin, whose name own-names.ts has seen to be this machine's. Other pages in the
// same browser can send requests here, too. Pure.
import type { IncomingMessage } from 'node:http';
import { isSame } from './access.ts';

/** Why a request is refused; undefined: it is welcome. `token`: what only its own page was told. */
export function refusalOf(
  { method, headers, url }: Pick<IncomingMessage, 'method' | 'headers' | 'url'>,
  token: string,
): { status: number; message: string } | undefined {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  const isVisit = method === 'GET' && url === '/' && headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisit)
    return refuse('expected a request of the console itself, came one of another site');
  // https where something in front of the page ends TLS.
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    return refuse('expected Origin to be the console itself');
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') return { status: 405, message: 'expected GET or POST' };
  if (origin === undefined) return refuse('expected the header Origin');
  if (headers['content-type'] !== 'application/json')
    return { status: 415, message: 'expected content type application/json' };
  const given = headers['x-console-token'];
  if (typeof given !== 'string' || !isSame(given, token))
    return refuse('expected the header X-Console-Token as the page has it');
  return undefined;
}

function refuse(message: string): { status: number; message: string } {
  return { status: 403, message };
}
