// A server that answers at once what a recorded one answered, and notes when it was busy: what remains of an event's time
// is the function's own.
import { setTimeout as pause } from 'node:timers/promises';
import type { Exchange } from './record.ts';
import { type LocalServer, listen } from './sockets.ts';

export interface PlayedServer extends LocalServer {
  calls: number;
  bytes: number;
  /** Start and end (ms) of each call since `reset`. */
  busy: [number, number][];
  reset(): void;
}

/** A call that was answered in several ways in turn is so again. `delayMs` before every answer. */
export async function playedServer(exchanges: readonly Exchange[], delayMs = 0): Promise<PlayedServer> {
  const answers = new Map<string, { list: Exchange[]; next: number }>();
  for (const exchange of exchanges) {
    const key = `${exchange.method} ${exchange.target}`;
    const entry = answers.get(key) ?? { list: [], next: 0 };
    entry.list.push(exchange);
    answers.set(key, entry);
  }
  return noting(
    async ({ method, url }) => {
      const entry = answers.get(`${method} ${url}`);
      const answer = entry?.list[entry.next++ % entry.list.length];
      if (answer === undefined) throw new Error(`nothing recorded for ${method} ${url}`);
      if (delayMs > 0) await pause(delayMs);
      const { status, headers, body } = answer;
      return { status, headers: { ...headers, date: new Date().toUTCString() }, body };
    },
    () => {
      for (const entry of answers.values()) entry.next = 0;
    },
  );
}

/** A sink that takes everything at once. */
export function openSink(): Promise<PlayedServer> {
  return noting(() => ({ status: 202, headers: {}, body: '' }));
}

/** Notes each call of a server. `restart`: what else begins anew at `reset`. */
async function noting(answer: Parameters<typeof listen>[0], restart = () => {}): Promise<PlayedServer> {
  const none = () => ({ calls: 0, bytes: 0, busy: [] as [number, number][] });
  const server = await listen(answer, ({ body }, from, to) => {
    noted.calls += 1;
    noted.bytes += body.length;
    noted.busy.push([from, to]);
  });
  const noted: PlayedServer = {
    ...server,
    ...none(),
    reset() {
      Object.assign(noted, none());
      restart();
    },
  };
  return noted;
}

/** ms in which at least one of these intervals ran. */
export function covered(intervals: readonly [number, number][]): number {
  let end = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const [from, to] of [...intervals].sort(([a], [b]) => a - b)) {
    sum += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return sum;
}

/** The longest chain of calls of which each began after the one before it had ended. */
export function inSequence(intervals: readonly [number, number][]): number {
  let chain = 0;
  let end = Number.NEGATIVE_INFINITY;
  // Greedy by the end of each: as with the greatest set of meetings in one room.
  for (const [from, to] of [...intervals].sort(([, a], [, b]) => a - b)) {
    if (from < end) continue;
    chain += 1;
    end = to;
  }
  return chain;
}
