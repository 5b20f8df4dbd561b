// Sends many requests at a time over connections that are kept, and remembers how each of them ended.
import http from 'node:http';

export interface ToSend {
  id: string;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * A status; `refused`: nobody listened; `unread`: the connection, an old one, ended before a byte of an answer (the other side
 * closed it while it lay idle, or died); `broken`: the same on a new connection, or in the middle of an answer.
 */
export type End = number | 'refused' | 'unread' | 'broken';

export interface Ended {
  id: string;
  end: End;
  /** performance.now at sending and at the end. */
  sentAt: number;
  endedAt: number;
}

export interface Load {
  /** Resolves when `next` has nothing more and all have ended. */
  finished(): Promise<Ended[]>;
  ended: Ended[];
  /** Sends no more; resolves when all that were sent have ended. */
  stop(): Promise<Ended[]>;
}

export interface LoadOptions {
  port: number;
  /** Default: `/`. */
  path?: string;
  /** Requests at a time, each on a connection of its own. */
  atOnce: number;
  /** What to send next; undefined: nothing more. */
  next(): ToSend | undefined;
  /** ms between the end of one request and the next on the same connection, after an end that is no status. */
  pauseAfterLoss?: number;
}

/** A closed loop: every connection sends its next request when the one before has ended. */
export function startLoad({ port, path = '/', atOnce, next, pauseAfterLoss = 20 }: LoadOptions): Load {
  const agent = new http.Agent({ keepAlive: true, maxSockets: atOnce });
  const ended: Ended[] = [];
  let stopped = false;

  async function lane(): Promise<void> {
    while (!stopped) {
      const one = next();
      if (one === undefined) return;
      const sentAt = performance.now();
      const end = await send(port, path, agent, one);
      ended.push({ id: one.id, end, sentAt, endedAt: performance.now() });
      if (typeof end !== 'number') await new Promise((resolve) => setTimeout(resolve, pauseAfterLoss));
    }
  }

  const lanes = Promise.all(Array.from({ length: atOnce }, lane));
  async function finished(): Promise<Ended[]> {
    await lanes;
    agent.destroy();
    return ended;
  }
  return {
    ended,
    finished,
    stop() {
      stopped = true;
      return finished();
    },
  };
}

export function send(port: number, path: string, agent: http.Agent, { headers, body }: ToSend): Promise<End> {
  return new Promise((resolve) => {
    const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.complete ? response.statusCode! : 'broken'));
      response.once('error', () => resolve('broken'));
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve('refused');
      else resolve(request.reusedSocket ? 'unread' : 'broken');
    });
    request.end(body);
  });
}
