// A subscriber that answers what a test says, and a way to post events, on real connections.
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { clock as realClock } from '../../../io/clock.ts';
import type { Clock } from '../../../io/io.ts';
import type { Trigger } from '../../../stand-ins/broker/index.ts';
import { httpServer } from '../../io/local-server.ts';

export interface Seen {
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
}
type Said =
  | { status: number; headers?: Record<string, string>; body?: string | Buffer; cut?: boolean }
  | 'hang'
  | 'reset';

export interface Subscriber {
  url: string;
  seen: Seen[];
  /** Connections that the other side ended before there was an answer. */
  gone: Promise<void>;
  close(): Promise<void>;
}

/** `say`: the answer to the n-th request, from 1. */
export async function subscriber(say: (n: number, seen: Seen) => Said | Promise<Said>): Promise<Subscriber> {
  const seen: Seen[] = [];
  let leave = () => {};
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const server = await httpServer(async (request, response) => {
    const one = { method: request.method!, headers: request.headers, body: (await buffer(request)).toString('utf8') };
    seen.push(one);
    response.on('close', () => response.writableEnded || leave());
    const answer = await say(seen.length, one);
    if (answer === 'hang') return;
    if (answer === 'reset') return void request.socket.destroy();
    const { status, headers = {}, body = '', cut } = answer;
    if (!cut) return void response.writeHead(status, headers).end(body);
    response.writeHead(status, { ...headers, 'content-length': String(body.length + 10) });
    response.write(body, () => request.socket.destroy());
  });
  return { url: `${server.url}/`, seen, gone, close: server.close };
}

export const accepted = { status: 202 };

/** As the measurements had it: retry 3, exponential from 200 ms, the broker keeps dead letters. */
export function trigger(url: string, changes: Partial<Trigger> = {}): Trigger {
  return {
    name: 'one',
    subscriber: url,
    retry: 3,
    backoffPolicy: 'exponential',
    backoffDelayMs: 200,
    timeoutMs: 200_000,
    deadLetterSink: 'keep',
    ...changes,
  };
}

/** The real clock, but it only notes how long it should have slept. */
export function sleepless(): { clock: Clock; slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    clock: {
      ...realClock,
      async sleep(ms) {
        slept.push(ms);
      },
    },
  };
}

export const head = { 'ce-specversion': '1.0', 'ce-id': 'a-1', 'ce-source': '/test', 'ce-type': 'test.one' };

export async function send(
  url: string,
  headers: Record<string, string> = head,
  body = '{"version":1.10}',
  method = 'POST',
): Promise<number> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body }),
  });
  if ((await response.text()) !== '') throw new Error('the broker answers without a body');
  return response.status;
}
