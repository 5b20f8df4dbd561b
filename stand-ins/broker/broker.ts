// A broker in this process: takes events over HTTP, hands each to all Triggers that match at the same time, and answers when
// they are done. Statuses, limits and order as Knative 1.22's in-memory broker (measured). Keeps everything in memory.
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { clock as realClock } from '../../io/clock.ts';
import type { Clock } from '../../io/io.ts';
import { forOwnNames } from '../own-names.ts';
import type { Attempt, DeadLetter } from './deliver.ts';
import { type Arrival, createDispatcher } from './dispatch.ts';
import { type BrokerEvent, readMessage } from './event.ts';
import { post } from './post.ts';
import type { Trigger } from './trigger.ts';

export type { Arrival } from './dispatch.ts';

export interface BrokerOptions {
  /** 0 (default): any free one. */
  port?: number;
  triggers: readonly Trigger[];
  /** Answers 202 at once, as with the annotation `messaging.knative.dev/async-handler`; no producer then learns of a failure. */
  async?: boolean;
  clock?: Clock;
}

export interface AccessLine {
  method: string;
  path: string;
  /** 0: the producer went away before there was an answer. */
  status: number;
  ms: number;
  /** Of the event, when it was one. */
  id?: string;
  type?: string;
}

export interface Broker {
  /** What K_SINK is set to. */
  url: string;
  triggers: readonly Trigger[];
  events: EventEmitter<{
    arrival: [Arrival];
    attempt: [Attempt];
    deadLetter: [DeadLetter];
    /** A producer went away, and with it the rest of this delivery: no dead letter, as in Knative. */
    abandoned: [{ event: BrokerEvent; trigger: string }];
    access: [AccessLine];
  }>;
  history: Arrival[];
  attempts: Attempt[];
  deadLetters: DeadLetter[];
  accessLog: AccessLine[];
  /** Resolves when no event is on its way any more. */
  idle(): Promise<void>;
  /** Down: connections are refused, and undelivered events are lost, as when the process of an in-memory broker ends. Up: on the same port. */
  setDown(down: boolean): Promise<void>;
  /** Ends all that is on its way. */
  close(): Promise<void>;
}

const namespace = 'local';
const path = `/${namespace}/default`;
/** Entries of each list that are kept, the newest: `npm run local` may run for days. */
const maxKept = 10_000;
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { triggers, clock = realClock } = options;
  const events: Broker['events'] = new EventEmitter();
  const [history, attempts, deadLetters, accessLog]: [Arrival[], Attempt[], DeadLetter[], AccessLine[]] = [
    [],
    [],
    [],
    [],
  ];
  const closing = new AbortController();
  const waiting: (() => void)[] = [];
  let onTheWay = 0;

  const server = createServer(
    forOwnNames((request, response) => {
      void track(() => onRequest(request, response));
    }),
  );
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  const stopListening = () =>
    new Promise<void>((resolve) => {
      // Closed twice is closed: the only error that close gives.
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(options.port ?? 0);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = origin + path;

  const dispatcher = createDispatcher({
    triggers,
    clock,
    namespace,
    ingress: url,
    post,
    onArrival(arrival) {
      keep(history, arrival);
      events.emit('arrival', arrival);
    },
    onAttempt(attempt) {
      keep(attempts, attempt);
      events.emit('attempt', attempt);
    },
    onDeadLetter(letter) {
      keep(deadLetters, letter);
      events.emit('deadLetter', letter);
    },
    onAbandoned: (abandoned) => events.emit('abandoned', abandoned),
  });

  async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = clock.monotonic();
    const line: AccessLine = { method: request.method!, path: request.url!, status: 0, ms: 0 };
    const gone = new AbortController();
    // Also after a whole answer, when it changes nothing any more.
    response.once('close', () => gone.abort(new Error('the producer went away')));
    try {
      line.status = await answer(request, AbortSignal.any([gone.signal, closing.signal]), line);
      const allow = line.status === 405 || request.method === 'OPTIONS' ? { allow: 'POST, OPTIONS' } : {};
      response.writeHead(line.status, { ...allow, 'content-length': '0' }).end();
    } catch (error) {
      if (!gone.signal.aborted && !closing.signal.aborted) {
        // A defect of the broker itself: reported, never a hang.
        line.status = 500;
        response.writeHead(500, { 'content-type': 'text/plain' }).end(`broker failed: ${(error as Error).stack}`);
      }
    }
    line.ms = clock.monotonic() - start;
    keep(accessLog, line);
    events.emit('access', line);
  }

  async function answer(request: IncomingMessage, signal: AbortSignal, line: AccessLine): Promise<number> {
    const body = await buffer(request);
    if (request.method === 'OPTIONS') return 200;
    if (request.method !== 'POST') return 405;
    // With its query, of which Knative makes part of the broker's name.
    const target = request.url!.replace(/\/$/, '');
    if (target !== path) return target === '' || target.split('/').length === 3 ? 404 : 400;
    const reading = readMessage(request.headers, body);
    if (reading.kind !== 'event') return 400;
    Object.assign(line, { id: reading.event.attributes.id, type: reading.event.attributes.type });
    if (!options.async) return dispatcher.take(reading.event, signal);
    if (!dispatcher.takes(reading.event)) return 400;
    void track(() => dispatcher.take(reading.event, closing.signal)).catch(() => {});
    return 202;
  }

  async function track<T>(work: () => Promise<T>): Promise<T> {
    onTheWay += 1;
    try {
      return await work();
    } finally {
      onTheWay -= 1;
      if (onTheWay === 0) for (const resolve of waiting.splice(0)) resolve();
    }
  }

  return {
    url,
    triggers,
    events,
    history,
    attempts,
    deadLetters,
    accessLog,
    async setDown(down) {
      if (down === !server.listening) return;
      if (down) await stopListening();
      else await listen(Number(new URL(origin).port));
    },
    idle: () => (onTheWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async close() {
      closing.abort(new Error('the broker is closing'));
      await stopListening();
    },
  };
}

function keep<T>(list: T[], entry: T): void {
  if (list.push(entry) > maxKept) list.shift();
}
