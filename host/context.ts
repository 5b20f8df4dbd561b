// The context a function is called with, as the stock runtime builds it (faas-js-runtime lib/context.js), with one
// difference: nothing of the query gets into it, because requests with a query are refused before.
import type { IncomingMessage } from 'node:http';
import type { Level, Log } from '../io/io.ts';
import type { CloudEventResponse, FunctionContext } from './function-module.ts';
import type { Incoming } from './read-event.ts';

type ContextLog = FunctionContext['log'];

/** `context.log`: the same for every request. */
export function contextLog(log: Log): ContextLog {
  const say = (level: Level) => (message: unknown) =>
    log(level, typeof message === 'string' ? message : 'message', typeof message === 'object' ? { ...message } : {});
  return {
    trace: say('debug'),
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    fatal: say('error'),
  };
}

export function buildContext(
  request: IncomingMessage,
  rawBody: Buffer,
  { body, event }: Incoming,
  log: ContextLog,
): FunctionContext {
  const context: FunctionContext = {
    method: request.method!,
    query: {},
    // Not copied: a copy of a thousand headers takes memory with the square of them.
    headers: request.headers,
    body,
    rawBody,
    contentType: request.headers['content-type'],
    httpVersion: request.httpVersion,
    httpVersionMajor: request.httpVersionMajor,
    httpVersionMinor: request.httpVersionMinor,
    log,
  };
  if (!event) return context;
  // The SDK's class, without waiting for the SDK once more.
  const CloudEvent = event.constructor as typeof import('cloudevents').CloudEvent;
  context.cloudevent = event;
  context.cloudEventResponse = (data) => {
    const parts: Record<string, unknown> = { data };
    const builder: CloudEventResponse = {
      version: (version) => put('specversion', version),
      id: (id) => put('id', id),
      type: (type) => put('type', type),
      source: (source) => put('source', source),
      response: () => new CloudEvent<unknown>(parts),
    };
    const put = (name: string, value: string) => {
      parts[name] = value;
      return builder;
    };
    return builder;
  };
  return context;
}
