// Requests and answers on the wire as Go's server handles them: bodies, paths, queries, null bytes, lengths. It knows no route.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answers.ts';
import { goQuote } from './go-numbers.ts';
import { undecodable } from './refusals.ts';

/** Undefined when the client went before the body was there: then nothing happens. */
export async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}

/** The message of the check in front of the routes; undefined where there is none. */
export function findNullByte(query: URLSearchParams, body: string): string | undefined {
  const has = (text: string) => text.includes('\0') || text.includes('\\u0000');
  for (const [name, value] of query) {
    if (has(value)) {
      return `Invalid ${name} query parameter: invalid ${name} parameter: contains null bytes which are not allowed`;
    }
  }
  return has(body) ? 'Request body contains null bytes which are not allowed' : undefined;
}

/** Throws 400 for a query that Go cannot read. */
export function checkQuery(query: string): void {
  if (query.includes(';')) throw undecodable('invalid semicolon separator in query');
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(query);
  if (broken) throw undecodable(`invalid URL escape ${goQuote(broken[0])}`);
}

/** Go routes by the decoded path, unless encoding it again would give another text than was sent. */
export function routedPath(sent: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(sent);
  } catch {
    return sent;
  }
  const plain = /[A-Za-z0-9\-_.~$&+,/:;=@]/;
  const encoded = [...decoded].map((char) => (plain.test(char) ? char : encodeByte(char))).join('');
  return encoded === sent ? decoded : sent;
}

const encodeByte = (char: string): string =>
  [...Buffer.from(char, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** Go's server knows the length of a body only while it fits into 2,048 bytes; longer ones go out in chunks. */
const BUFFERED = 2048;

export function send(response: ServerResponse, answer: Answer, time: number): void {
  const names = [...new Set(answer.headers.map(([name]) => name))];
  for (const name of names) {
    const values = answer.headers.filter(([other]) => other === name).map(([, value]) => value);
    response.setHeader(name, values.length === 1 ? values[0]! : values);
  }
  response.setHeader('Date', new Date(time).toUTCString());
  response.statusCode = answer.status;
  const bytes = Buffer.byteLength(answer.body, 'utf8');
  if (response.req.method === 'HEAD') {
    // Go says no length there; Node would say 0.
    response.removeHeader('Content-Length');
    response.end();
    return;
  }
  if (bytes > BUFFERED) response.write(answer.body);
  else response.setHeader('Content-Length', bytes);
  response.end(bytes > BUFFERED ? undefined : answer.body);
}
