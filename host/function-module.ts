// func's Node contract as types: what a function exports, gets and gives back. The same on our host (server.ts) and on the
// stock runtime (npm faas-js-runtime); https://github.com/nodeshift/faas-js-runtime. Holds no behaviour.
import type { IncomingHttpHeaders } from 'node:http';
import type { CloudEvent } from 'cloudevents';

type Say = (message: unknown) => void;

export interface FunctionContext {
  method: string;
  query: Record<string, unknown>;
  /** Names in lower case. */
  headers: IncomingHttpHeaders;
  /** JSON parsed, text as text, anything else as bytes; undefined where the host does not parse bodies. */
  body: unknown;
  /** Our host: the bytes. Stock runtime: UTF-8 text, and only when asked for. */
  rawBody?: Buffer | string;
  contentType?: string;
  httpVersion: string;
  httpVersionMajor: number;
  httpVersionMinor: number;
  cloudevent?: CloudEvent<unknown>;
  log: { trace: Say; debug: Say; info: Say; warn: Say; error: Say; fatal: Say };
  /** With events only. */
  cloudEventResponse?(data: unknown): CloudEventResponse;
}

/** func's builder of a reply. */
export interface CloudEventResponse {
  version(version: string): CloudEventResponse;
  id(id: string): CloudEventResponse;
  type(type: string): CloudEventResponse;
  source(source: string): CloudEventResponse;
  response(): CloudEvent<unknown>;
}

/** As much of the stock runtime's reply (Fastify) as a health check needs. */
export interface HealthReply {
  code(status: number): HealthReply;
  header(name: string, value: string): HealthReply;
  send(body?: unknown): unknown;
}

/** What it returns, or sends, is the body; it throws, or sets a code, when all is not well. `path` moves it. */
export type HealthCheck = ((request: unknown, reply: HealthReply) => unknown) & { path?: string };

export interface FunctionModule {
  /** Before the first request; a throw ends the process. */
  init?(): unknown;
  /**
   * Attributes of the event are as they came in headers, percent-encoding and all. Gives back `{statusCode, headers, body}`,
   * a CloudEvent (sent as reply) or nothing (204).
   */
  handle(context: FunctionContext, eventOrBody?: unknown): unknown;
  /** The process was asked to end: what `handle` would hold for long is to be given back now. Our host alone calls it. */
  ending?(): void;
  /**
   * After the last request. Our host says how many ms are left, and takes a `false` for "acknowledged work was given up", which
   * then shows in the exit code; the stock runtime does neither.
   */
  shutdown?(msLeft?: number): unknown;
  liveness?: HealthCheck;
  readiness?: HealthCheck;
}
