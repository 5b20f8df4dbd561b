// Requests and answers on the wire as Go's server handles them: paths, lengths. It knows no route.

import type { ServerResponse } from 'node:http';
import type { Answer } from './answers.ts';

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
  if (bytes > BUFFERED) response.write(answer.body);
  else response.setHeader('Content-Length', bytes);
  response.end(bytes > BUFFERED ? undefined : answer.body);
}
