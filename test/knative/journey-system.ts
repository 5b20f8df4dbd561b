// The whole system as processes behind either broker, with a collector of all events and of all log lines, and a door before
// the broker at which a test may refuse.
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { type System, startSystem } from '../../local/system.ts';
import type { Trigger } from '../../stand-ins/broker/index.ts';
import { accepted, type Seen, type Subscriber, subscriber } from '../stand-ins/broker/subscriber.ts';
import type { WorldMaker } from './broker-worlds.ts';

export interface Collected {
  id: string;
  type: string;
  subject: string;
  traceparent: string;
  data: Record<string, unknown>;
}

export interface Line {
  function: string;
  message: string;
  trace?: string;
  type?: string;
  id?: string;
  outcome?: string;
  reason?: string;
  remedy?: string;
}

export interface JourneySystem {
  system: System;
  /** All events that came into the broker, replies too, once each. */
  events: Collected[];
  lines: Line[];
  /** Asked for every POST to the broker: a status refuses it. */
  door: { refuses?: ((type: string) => number | undefined) | undefined };
  close(): Promise<void>;
}

/** `hurry`: pauses between attempts take ms instead of seconds; how often is tried stays. */
export async function startJourney(
  { open }: WorldMaker,
  { async, hurry = true, settings = {} }: { async: boolean; hurry?: boolean; settings?: Record<string, string> },
): Promise<JourneySystem> {
  const events: Collected[] = [];
  const collector: Subscriber = await subscriber((_n, seen) => {
    events.push(collected(seen));
    return accepted;
  });
  const door: JourneySystem['door'] = {};
  const closing = [collector.close];
  const system = await startSystem({
    settings,
    changeTrigger: (trigger) => (hurry ? { ...trigger, backoffDelayMs: 10 } : trigger),
    async openBroker(triggers) {
      const all: Trigger = {
        name: 'collector',
        subscriber: collector.url,
        retry: 0,
        backoffPolicy: 'linear',
        backoffDelayMs: 0,
        timeoutMs: 200_000,
      };
      const world = await open([...triggers, all], { async });
      const front = await openDoor(world.url, door);
      return {
        url: front.url,
        async close() {
          await front.close();
          await world.close();
        },
      };
    },
  });
  const lines: Line[] = [];
  for (const { name, process } of system.functions) {
    process?.events.on('line', (line) => {
      if (typeof line === 'object') lines.push({ ...(line as unknown as Line), function: name });
    });
  }
  return {
    system,
    events,
    lines,
    door,
    async close() {
      await system.close();
      for (const close of closing) await close();
    },
  };
}

function collected({ headers, body }: Seen): Collected {
  const text = (name: string) => decodeURIComponent(String(headers[name] ?? ''));
  return {
    id: text('ce-id'),
    type: text('ce-type'),
    subject: text('ce-subject'),
    traceparent: text('traceparent'),
    data: readable(body),
  };
}

/** Tests send events that make no sense, too. */
function readable(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body || '{}') as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Passes everything on as it is, also that a sender hung up. */
async function openDoor(broker: string, door: JourneySystem['door']): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const refusal = door.refuses?.(String(request.headers['ce-type']));
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    const onward = httpRequest(broker, { method: request.method, headers: request.headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, { 'content-length': '0' }).end();
      answer.resume();
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => response.writableEnded || onward.destroy());
    onward.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(broker).pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Waits for it; mocha's time limit is the only one. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}
