// A broker in this process: takes events over HTTP, hands each to all Triggers that match at the same time, and answers when
// they are done. Statuses, limits and order as Knative 1.22's in-memory broker (measured). Keeps everything in memory.
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { forOwnNames } from '../../host/own-names.ts';
import { clock as realClock } from '../../io/clock.ts';
import type { Clock } from '../../io/io.ts';
import { closeServer, listenOnLoopback } from '../loopback.ts';
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
  const history: Arrival[] = [];
  const attempts: Attempt[] = [];
  const deadLetters: DeadLetter[] = [];
  const accessLog: AccessLine[] = [];
  const closing = new AbortController();
  const { track, idle } = createTracker();
  const log = kept(accessLog, (line) => events.emit('access', line));

  const server = createServer(
    forOwnNames((request, response) => {
      void track(() => onRequest(request, response));
    }),
  );
  const port = await listenOnLoopback(server, options.port);
  const url = `http://127.0.0.1:${port}${path}`;

  const dispatcher = createDispatcher({
    triggers,
    clock,
    namespace,
    ingress: url,
    post,
    onArrival: kept(history, (arrival) => events.emit('arrival', arrival)),
    onAttempt: kept(attempts, (attempt) => events.emit('attempt', attempt)),
    onDeadLetter: kept(deadLetters, (letter) => events.emit('deadLetter', letter)),
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
    log(line);
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
      if (down) await closeServer(server);
      else await listenOnLoopback(server, port);
    },
    idle,
    async close() {
      closing.abort(new Error('the broker is closing'));
      await closeServer(server);
    },
  };
}

/** Knows when none of the work it tracks is under way any more. */
function createTracker() {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return {
    async track<T>(work: () => Promise<T>): Promise<T> {
      underWay += 1;
      try {
        return await work();
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const resolve of waiting.splice(0)) resolve();
      }
    },
    idle: (): Promise<void> => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

/** Puts an entry into a list that stays bounded, and tells of it. */
function kept<T>(list: T[], tell: (entry: T) => void): (entry: T) => void {
  return (entry) => {
    if (list.push(entry) > maxKept) list.shift();
    tell(entry);
  };
}
