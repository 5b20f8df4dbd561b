// HTTP for events to a sink: node:http alone, so that a start from zero waits for no library. No proxy, no redirect: a broker is
// a neighbour, whatever HTTPS_PROXY says for the world outside.
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { createConnections, type Limited } from './connections.ts';
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
import type { ProxyChoice } from './proxies.ts';

export function createNodeHttp(): Http {
  return createHttp(createSender());
}

/** Sends once, over connections of its own. Also the way to the network under axios (axios-http.ts). */
export function createSender(proxyFor?: ProxyChoice): (attempt: Attempt) => Promise<RawAnswer> {
  const connections = createConnections();

  return async (attempt) => {
    const proxy = proxyFor?.(attempt.url);
    const { request: open, kept, single } = await connections(attempt.url.protocol, proxy);
    return new Promise<RawAnswer>((resolve, reject) => {
      const request = open({ ...addressOf(attempt), agent: attempt.fresh ? single : kept });
      if (proxy !== undefined) watchProxy(request, proxy, attempt);
      const isStale = watchForStaleness(request);
      // Says nothing itself: who set the limit knows that it was this.
      const cut = () => {
        request.destroy(new NoAnswer('too late'));
        // A request whose agent still waits for a connection would only tell later.
        reject(new NoAnswer('too late'));
      };
      if (attempt.limit.aborted) cut();
      else attempt.limit.addEventListener('abort', cut);
      request.on('error', (cause) => reject(isStale(cause) ? new StaleConnection('stale', { cause }) : cause));
      let answered = false;
      request.on('close', () => answered || reject(new NoAnswer('connection closed without an answer')));
      request.on('response', (response) => {
        answered = true;
        // Of a proxy alone (RFC 9110 15.5.8).
        if (proxy !== undefined && response.statusCode === 407) return request.destroy(refusedBy(407, attempt));
        read(response, attempt, (error, answer) => {
          if (answer === undefined) reject(error);
          else resolve(answer);
          // Not whole, or an answer given before the server took all we send: the connection is of no further use.
          if (!response.complete || !request.writableFinished) request.destroy();
        });
      });
      request.end(attempt.body);
    });
  };
}

/** Keeps account of how far a request through a proxy came. https://github.com/TooTallNate/proxy-agents: `proxyConnect` */
function watchProxy(request: ClientRequest, proxy: URL, attempt: Attempt): void {
  attempt.via = { proxy: proxy.host, reached: false };
  const { via } = attempt;
  request.on('proxyConnect', ({ statusCode }: { statusCode?: number }) => {
    if (statusCode === undefined || statusCode === 200) via.reached = attempt.url.protocol === 'https:';
    else request.destroy(refusedBy(statusCode, attempt));
  });
  request.on('socket', () => {
    if (request.reusedSocket) via.reached = true;
  });
  request.on('response', () => {
    via.reached = true;
  });
}

function refusedBy(status: number, attempt: Attempt): NoAnswer {
  attempt.via!.reached = false;
  const why =
    status === 407
      ? 'it asks for another user name and password'
      : status >= 500
        ? 'it cannot reach that server'
        : 'it does not let us through to that server';
  return new NoAnswer(`it answered ${status}: ${why}`);
}

/** The parts one by one, because Node takes a URL apart more slowly. */
function addressOf({ method, url, headers, ca, limit }: Attempt): RequestOptions & Limited {
  const { protocol, hostname, port, pathname, search } = url;
  return {
    method,
    protocol,
    // An IPv6 address without its brackets.
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    path: pathname + search,
    headers,
    ...(ca === undefined ? {} : { ca }),
    limit,
  };
}

/** `done` is called once, with an answer when there is a whole one. */
function read(
  response: IncomingMessage,
  { maxBytes }: Attempt,
  done: (error: unknown, answer?: RawAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let over = false;
  const end = (error: unknown, answer?: RawAnswer) => {
    if (over) return;
    over = true;
    done(error, answer);
  };
  const cutOff = () => new NoAnswer('connection closed before the answer was complete');
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) end(new NoAnswer(tooLargeText(maxBytes)));
    else chunks.push(chunk);
  });
  response.on('error', end);
  response.on('close', () => response.complete || end(cutOff()));
  response.on('end', () => {
    if (!response.complete) return end(cutOff());
    const [first] = chunks;
    const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    end(undefined, { status: response.statusCode!, rawHeaders: response.rawHeaders, body });
  });
}
