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
  const played: PlayedServer = {
    ...(await listen(async (request) => {
      const start = performance.now();
      const entry = answers.get(`${request.method} ${request.url}`);
      const answer = entry?.list[entry.next++ % entry.list.length];
      if (delayMs > 0) await pause(delayMs);
      played.calls += 1;
      played.bytes += answer?.body.length ?? 0;
      played.busy.push([start, performance.now()]);
      if (answer === undefined) throw new Error(`nothing recorded for ${request.method} ${request.url}`);
      return {
        status: answer.status,
        headers: { ...answer.headers, date: new Date().toUTCString() },
        body: answer.body,
      };
    })),
    calls: 0,
    bytes: 0,
    busy: [],
    reset() {
      played.calls = 0;
      played.bytes = 0;
      played.busy = [];
      for (const entry of answers.values()) entry.next = 0;
    },
  };
  return played;
}

/** A sink that takes everything at once. */
export async function openSink(): Promise<PlayedServer> {
  const sink: PlayedServer = {
    ...(await listen((_request, body) => {
      const start = performance.now();
      sink.calls += 1;
      sink.bytes += body.length;
      sink.busy.push([start, performance.now()]);
      return { status: 202, headers: {}, body: '' };
    })),
    calls: 0,
    bytes: 0,
    busy: [],
    reset() {
      sink.calls = 0;
      sink.bytes = 0;
      sink.busy = [];
    },
  };
  return sink;
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
