// A broker that remembers what it took, and that can stall, refuse, be slow, die and come back.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export interface Taken {
  id: string;
  type: string;
  /** Trace id of `traceparent`: the same from the cause to all that follows from it. */
  trace: string;
  body: Buffer;
}

/** `stall`: keeps the sender waiting until the mode is another one. A number: that status, and nothing is taken. */
export type Mode = 'take' | 'stall' | number;

export interface Sink {
  url: string;
  /** In the order of taking; an event that was sent twice stands here twice. */
  taken: Taken[];
  mode: Mode;
  /** ms that taking one event takes. */
  delayMs: number;
  /** Asked for every event: a status in place of taking it. */
  refuses?: () => number | undefined;
  /**
   * ms from one event to the next that it takes; the others wait, as at a broker that is behind. By the clock: the load may be
   * made by this process, too, and a turn of it that takes long must not look like a slow broker.
   */
  everyMs: number;
  /** Nobody listens, and who waited for an answer gets none. What was taken stays taken. */
  die(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export async function createSink(): Promise<Sink> {
  const taken: Taken[] = [];
  const waiting: (() => void)[] = [];
  let mode: Mode = 'take';
  let nextAt = 0;

  const sink: Sink = {
    url: '',
    taken,
    get mode() {
      return mode;
    },
    set mode(next) {
      mode = next;
      for (const wake of waiting.splice(0)) wake();
    },
    delayMs: 0,
    everyMs: 0,
    die: stop,
    comeBack: () => listen(port),
    close: stop,
  };

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    while (mode === 'stall' && !response.closed)
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        response.once('close', resolve);
      });
    const now = performance.now();
    nextAt = Math.max(nextAt, now) + sink.everyMs;
    const wait = nextAt - now + sink.delayMs;
    if (wait > 0) await pause(wait);
    // A sender that has gone will send again: not taken.
    if (response.closed) return;
    const refusal = typeof mode === 'number' ? mode : sink.refuses?.();
    if (refusal !== undefined) return void response.writeHead(refusal, { 'content-length': '0' }).end();
    const { 'ce-id': id, 'ce-type': type, traceparent } = request.headers;
    taken.push({ id: String(id), type: String(type), trace: String(traceparent).split('-')[1] ?? '', body });
    response.writeHead(202, { 'content-length': '0' }).end();
  }

  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    response.on('error', () => {});
    onRequest(request, response).catch(() => response.destroy());
  });

  function listen(on: number): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', reject).listen(on, '127.0.0.1', resolve);
    });
  }

  async function stop(): Promise<void> {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  await listen(0);
  const { port } = server.address() as AddressInfo;
  sink.url = `http://127.0.0.1:${port}/`;
  return sink;
}
