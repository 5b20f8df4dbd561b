// What all functions share: the order at the door (method, query, event), and the module that a host loads. Knows no function by name.
import type { CloudEvent } from 'cloudevents';
import type { Warn } from '../config/settings/reader.ts';
import { missingSink } from '../config/settings/sink.ts';
import { StopError } from '../events/errors.ts';
import type { Origin } from '../events/make-event.ts';
import { decodeAttributes, decodeHead, encodeAttributes } from '../events/wire.ts';
import type { HealthCheck, HealthReply } from '../host/function-module.ts';
import { withWaiting } from '../io/calls.ts';
import type { Io, Log } from '../io/io.ts';
import { createIo } from '../io/real-io.ts';
import { continueTrace, spanId, traceId, withTrace } from '../io/trace.ts';
import { type Answer, accepted, internalError } from './answer.ts';
import type { Deliver } from './deliver.ts';
import { createEndingRecorder, type Ending, type Work } from './ending.ts';
import { readSettings, type SettingsOf } from './settings.ts';
import { type FunctionName, rowOf, rows } from './table.ts';

/** What a host passes beside the event (func's Node contract). Nothing in it is trusted: the stock runtime lets a query overwrite it. */
export interface Context {
  method?: unknown;
  query?: unknown;
  headers?: Readonly<Record<string, string | string[] | undefined>>;
  /** Our host: the bytes. Stock runtime: UTF-8 text, and only with FUNC_INCLUDE_RAW. */
  rawBody?: Buffer | string;
}

/** What goes with one event through a function. */
export interface Scope {
  /** Of this hop; put on every event sent because of this one. */
  traceparent: string;
  /** Carries id, type, subject and trace of the event, and the span of this hop, which its calls carry too. */
  log: Log;
}

/** Of what is sent because of `event`. */
export function originOf(event: CloudEvent<unknown>, { traceparent }: Scope, io: Io): Origin {
  const time = new Date(io.clock.now()).toISOString();
  return { cause: { source: event.source, id: event.id }, time, traceparent };
}

/** How an event ended well. Throw StopError or TryAgainError for the other ends. */
export interface Result {
  /** Anything but `done` says why in `reason`. */
  outcome: 'done' | 'ignored';
  reason?: string;
  /** One event for the broker, as the answer. */
  reply?: CloudEvent<unknown>;
  /** Several events, only for a caller that is no broker (brokers refuse batches). */
  batch?: CloudEvent<unknown>[];
}

/** A function that takes CloudEvents. */
export interface EventFunction {
  readonly name: string;
  /** As its row says. With `all`, it gets the data as it came. */
  readonly takes: readonly string[] | 'all';
  on(event: CloudEvent<unknown>, scope: Scope): Promise<Result>;
  /** The process was asked to end: events that would be held for long are given back to whoever sent them. */
  ending?(): void;
  /** Ends what goes on after the answer, within the grace period. False: some of it was given up. */
  shutdown?(msLeft?: number): Promise<boolean>;
}

/** What a host calls. */
export interface Handler {
  handle(context: Context, event?: unknown): Promise<Answer | CloudEvent<unknown>>;
  ending?(): void;
  /** Our host says how many ms are left; the stock runtime does not. False: acknowledged work was given up. */
  shutdown?(msLeft?: number): Promise<boolean>;
}

/** Refuses what no function takes: another method (405), a query string (400). */
export function checkRequest(context: Context): void {
  const { query } = context;
  // `?query=x` replaces the very field, so anything but an empty object is a query.
  if (query !== undefined && query !== null && (typeof query !== 'object' || Object.keys(query).length > 0))
    throw new StopError(400, 'Expected a URL without a query string; remove everything from the question mark on.');
  if (context.method !== 'POST') throw new StopError(405, 'Expected POST.');
}

/** Types that events of a function that takes all are counted by. */
const knownTypes: readonly string[] = rows.flatMap(({ takes }) => (takes === 'all' ? [] : takes));

/** Puts an event function behind the door. */
export function eventHandler(fn: EventFunction, io: Io): Handler {
  const record = createEndingRecorder(fn.name, io);

  async function receive(context: Context, given: unknown, about: Work): Promise<Ending> {
    checkRequest(context);
    const raw = asEvent(given);
    const { id, type, subject } = raw;
    const traceparent = continueTrace([context.headers?.traceparent, raw.traceparent], io.random);
    Object.assign(about.fields, { id, type, subject, trace: traceId(traceparent), span: spanId(traceparent) });
    const takesAll = fn.takes === 'all';
    if ((takesAll ? knownTypes : fn.takes).includes(type)) about.type = type;
    else if (!takesAll)
      return { answer: accepted(), outcome: 'ignored', level: 'info', reason: 'not a type this function takes' };
    const event = (takesAll ? decodeHead : decodeAttributes)(raw, context.headers ?? {});
    Object.assign(about.fields, { id: event.id, subject: event.subject });
    const result = await withTrace(traceparent, () => fn.on(event, { traceparent, log: about.log }));
    const { outcome, reason } = result;
    return { answer: answerFor(result), outcome, level: 'info', ...(reason !== undefined && { reason }) };
  }

  return {
    handle: (context, given) =>
      withWaiting(io.clock, (waiting) => record(waiting, (about) => receive(context, given, about))),
    ending: () => fn.ending?.(),
    shutdown: async (msLeft) => (await fn.shutdown?.(msLeft)) ?? true,
  };
}

function answerFor(result: Result): Answer | CloudEvent<unknown> {
  if (result.reply) return encodeAttributes(result.reply);
  if (result.batch) {
    const body = JSON.stringify(result.batch);
    return { statusCode: 200, headers: { 'content-type': 'application/cloudevents-batch+json' }, body };
  }
  return accepted();
}

/** A host that saw no CloudEvent passes the body, or nothing. */
function asEvent(given: unknown): CloudEvent<unknown> {
  const event = given as Partial<CloudEvent<unknown>> | undefined | null;
  const isEvent =
    typeof event === 'object' &&
    event !== null &&
    [event.id, event.type, event.source, event.specversion].every((value) => typeof value === 'string');
  if (!isEvent) {
    throw new StopError(
      400,
      'Expected a CloudEvent: headers ce-specversion, ce-id, ce-source and ce-type, or application/cloudevents+json.',
    );
  }
  return event as CloudEvent<unknown>;
}

/** What the folder of a function exports as `create`. `deliver` takes the place of K_SINK where all functions are one process. */
export type Create<N extends FunctionName> = (settings: SettingsOf<N>, io: Io, deliver?: Deliver) => Handler;

/** The exports func's contract asks of a module. */
export interface FunctionExports {
  init(): Promise<void>;
  handle(context: Context, event?: unknown): Promise<Answer | CloudEvent<unknown>>;
  ending(): void;
  shutdown(msLeft?: number): Promise<boolean>;
  liveness: (() => string) & { path: string };
  readiness: HealthCheck & { path: string };
}

/** A file that cannot be used later is no reason to stop: it is logged. */
export function warnIn(log: Log): Warn {
  return (setting, reason) => log('warn', 'a setting keeps its last good value', { setting, reason });
}

/** Makes a module of func's contract: settings are read and checked in `init`, before the first request. */
export function functionModule<N extends FunctionName>(name: N, create: Create<N>): FunctionExports {
  let handler: Handler | undefined;
  let notReady: string | undefined;
  return {
    async init() {
      const { readFile, log } = createIo({ name });
      const settings = readSettings(process.env, name, readFile, warnIn(log));
      const { logLevel: level, proxies } = settings;
      // A SinkBinding that comes later starts the Pod anew.
      notReady = rowOf(name).needs.includes('broker') ? missingSink(settings) : undefined;
      if (notReady !== undefined) log('error', 'events cannot be handed on', { reason: notReady });
      handler = create(settings, createIo({ name, level, proxies }));
    },
    async handle(context, event) {
      return handler ? handler.handle(context, event) : internalError();
    },
    ending: () => handler?.ending?.(),
    async shutdown(msLeft) {
      return (await handler?.shutdown?.(msLeft)) ?? true;
    },
    liveness: Object.assign(() => 'OK', { path: '/health/liveness' }),
    readiness: Object.assign(
      (_request: unknown, reply: HealthReply) => {
        if (notReady !== undefined) reply.code(503);
        return notReady ?? 'OK';
      },
      { path: '/health/readiness' },
    ),
  };
}
