// A wire between two parties: a real server in front of the one that is asked, which passes requests on, and now and then does
// what ill will and bad luck do on a network. Knows no request by its meaning.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { CallFault } from '../history.ts';
import { type Answer, effectOf, NoAnswer, nothing, type Request } from '../network.ts';
import { ignoreNoAnswer, singleHeaders } from './forward.ts';
import type { Time } from './time.ts';
import { cutOff, reset, write, writeSlowly } from './write-answer.ts';

/** What the one that is asked may know of the call. */
export interface Passing {
  sentAt: number;
  /** Who asked waits no longer. */
  late: boolean;
  /** Aborted when who asked goes away. */
  gone: AbortSignal;
}

/** Throws NoAnswer where the connection ends without an answer. */
export type Upstream = (request: Request, passing: Passing) => Promise<Answer>;

export interface Ordered {
  fault?: CallFault;
  /** Told instead of passing on, or when the answer is there: the caller dies. */
  dies?: { when: 'before' | 'after'; now(): void };
}

export interface WireOptions {
  /** Its name. */
  link: string;
  upstream: Upstream;
  /** What becomes of a request. */
  order(request: Request): Ordered;
  /** ms that the caller waits for an answer; a wire never lets it wait for longer than `patience`. */
  callerWaits: number;
  onError(error: unknown): void;
}

export interface Wire {
  url: string;
  /** Requests that are on their way, with those whose caller has left; for people. */
  readonly busy: string[];
  close(): Promise<void>;
}

/** ms: middle boxes cut what says nothing for so long, and a history has no time for limits of many minutes. */
const patience = 30_000;

export async function openWire(options: WireOptions, time: Time): Promise<Wire> {
  const busy = new Set<string>();
  let count = 0;
  const server = http.createServer((request, response) => {
    const what = `${options.link} #${++count} ${request.method} ${request.url}`;
    busy.add(what);
    pass(request, response)
      .catch(options.onError)
      .finally(() => {
        busy.delete(what);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = incoming;
    const gone = new AbortController();
    response.on('error', () => {});
    response.once('close', () => gone.abort(new NoAnswer('reset')));
    let body: Buffer;
    try {
      body = await buffer(incoming);
    } catch {
      // It broke off; there is nothing to pass on.
      return;
    }
    const { method = 'GET', url = '/' } = incoming;
    const request: Request = { method, url, headers: singleHeaders(incoming), body };
    const passing: Passing = { sentAt: time.now, late: false, gone: gone.signal };
    const { fault, dies } = options.order(request);
    if (dies?.when === 'before') return dies.now();

    const ask = async (): Promise<Answer> => {
      const answer = await options.upstream(request, passing);
      if (dies?.when !== 'after') return answer;
      dies.now();
      throw new NoAnswer('reset');
    };
    try {
      await play(fault, ask, { socket, response, gone: gone.signal, passing });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      reset(socket);
    }
  }

  interface Call {
    socket: Socket;
    response: ServerResponse;
    gone: AbortSignal;
    passing: Passing;
  }

  async function play(fault: CallFault | undefined, ask: () => Promise<Answer>, call: Call): Promise<void> {
    const { socket, response } = call;
    const { arrives, gives } = effectOf(fault);
    if (arrives === 'late') {
      await untilGone(call);
      await time.pause(time.between(10, 20_000));
      call.passing.late = true;
      await ask();
      return;
    }
    if (gives === 'time-out') {
      // The answer, when there is one, is for nobody.
      const asked = arrives === 'in time' ? ask().catch(ignoreNoAnswer) : undefined;
      await Promise.all([asked, untilGone(call)]);
      return;
    }
    const slow = () => time.pause(time.between(500, Math.min(3_000, options.callerWaits / 4)));
    if (fault === 'slow') await slow();
    const answer = arrives === 'in time' ? await ask() : nothing;
    if (gives === 'reset') return reset(socket);
    if (gives === 'cut off') return cutOff(response, answer);
    if (fault === 'slow') return writeSlowly(response, answer, slow);
    // Every second malformed answer is no HTTP at all.
    if (/^malformed/.test(String(fault)) && time.random() < 0.5)
      return void socket.end('220 mail.example.test ESMTP\r\n');
    write(response, gives(answer));
  }

  /** Nothing is said until the caller has had enough. */
  async function untilGone({ gone, socket }: Call): Promise<void> {
    if (gone.aborted) return;
    const left = new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([left, time.pause(patience)]);
    if (!gone.aborted) reset(socket);
  }

  return {
    url: `http://127.0.0.1:${port}`,
    get busy() {
      return [...busy];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
