// The published samples, and the two ways an event travels, for the tests of events.
import { readFileSync } from 'node:fs';
import { CloudEvent, HTTP, type Message } from 'cloudevents';
import { decodeAttributes, encodeAttributes } from '../../events/wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a test breaks has no type
export type Broken = any;

/** A fresh copy every time, so that a test may break it. */
export function sample<T = Record<string, unknown>>(type: string): T {
  return JSON.parse(readFileSync(new URL(`../../events/samples/${type}.json`, import.meta.url), 'utf8')) as T;
}

export function eventOf(type: string, data: unknown): CloudEvent<unknown> {
  return new CloudEvent<unknown>({ id: '1', source: 'https://gitea.example.com/a/b', type, data }, false);
}

/** As our sender writes it and a Node host reads it. */
export function overBinary(event: CloudEvent<unknown>): CloudEvent<object> {
  const message = HTTP.binary(encodeAttributes(event));
  for (const value of Object.values(message.headers)) {
    if (!/^[\x21-\x7e ]*$/.test(String(value))) throw new Error(`not a header: ${value}`);
  }
  return decodeAttributes(HTTP.toEvent(message) as CloudEvent<unknown>, message.headers as Record<string, string>);
}

/** As a broker that delivers in JSON format hands it over: header text put into JSON as it is. */
export function overJsonFormat(event: CloudEvent<unknown>): CloudEvent<object> {
  const message: Message = HTTP.structured(encodeAttributes(event));
  return decodeAttributes(HTTP.toEvent(message) as CloudEvent<unknown>, message.headers as Record<string, string>);
}
