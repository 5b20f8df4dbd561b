// HTTP for events to a sink: node:http alone, so that a start from zero waits for no library. No proxy, no redirect.
import type { IncomingMessage } from 'node:http';
import { createConnections } from './connections.ts';
import {
  type Attempt,
  createHttp,
  NoAnswer,
  type RawAnswer,
  StaleConnection,
  tooLargeText,
  watchForStaleness,
} from './exchange.ts';
import type { Http } from './io.ts';

export function createNodeHttp(): Http {
  return createHttp(createSender());
}

/** Sends once, over connections of its own. Also the way to the network under axios (axios-http.ts). */
export function createSender(): (attempt: Attempt) => Promise<RawAnswer> {
  const connections = createConnections();

  return async (attempt) => {
    const { request: open, kept, single } = await connections(attempt.url.protocol);
    return new Promise<RawAnswer>((resolve, reject) => {
      const request = open(attempt.url, {
        method: attempt.method,
        headers: attempt.headers,
        agent: attempt.fresh ? single : kept,
        signal: attempt.signal,
        ...(attempt.ca === undefined ? {} : { ca: attempt.ca }),
      });
      const isStale = watchForStaleness(request);
      request.on('error', (cause) => reject(isStale(cause) ? new StaleConnection('stale', { cause }) : cause));
      let answered = false;
      request.on('close', () => answered || reject(new NoAnswer('connection closed without an answer')));
      request.on('response', (response) => {
        answered = true;
        read(response, attempt)
          .then(resolve, reject)
          // Not whole, or an answer given before the server took all we send: the connection is of no further use.
          .finally(() => (response.complete && request.writableFinished) || request.destroy());
      });
      request.end(attempt.body);
    });
  };
}

function read(response: IncomingMessage, { maxBytes }: Attempt): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) reject(new NoAnswer(tooLargeText(maxBytes)));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on(
      'close',
      () => response.complete || reject(new NoAnswer('connection closed before the answer was complete')),
    );
    response.on('end', () => {
      if (!response.complete) return reject(new NoAnswer('connection closed before the answer was complete'));
      resolve({ status: response.statusCode!, rawHeaders: response.rawHeaders, body: Buffer.concat(chunks) });
    });
  });
}
