// Passes a request on over HTTP, as it came.
import http, { type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { NoAnswer } from '../network.ts';
import type { Upstream } from './wire.ts';

/** Passes a request on to who listens there; hangs up when the caller does. */
export function forwardTo(portOf: () => number | undefined): Upstream {
  return ({ method, url, headers, body }, { gone, late }) => {
    const port = portOf();
    if (port === undefined) return Promise.reject(new NoAnswer('refused'));
    // Its length is of what is sent on, which may be less than what came.
    const { connection: _, host: __, 'content-length': ___, 'transfer-encoding': ____, ...rest } = headers;
    return new Promise((resolve, reject) => {
      const outgoing = http.request({ host: '127.0.0.1', port, method, path: url, agent: false }, async (response) => {
        try {
          const answer = { status: response.statusCode!, headers: singleHeaders(response) };
          resolve({ ...answer, body: await buffer(response) });
        } catch {
          reject(new NoAnswer('cut off'));
        }
      });
      for (const [name, value] of Object.entries(rest)) outgoing.setHeader(name, value);
      outgoing.on('error', () => reject(new NoAnswer('reset')));
      if (!late) gone.addEventListener('abort', () => outgoing.destroy(), { once: true });
      outgoing.end(body);
    });
  };
}

export function ignoreNoAnswer(error: unknown): void {
  if (!(error instanceof NoAnswer)) throw error;
}

export function singleHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
