// A webhook receiver on 127.0.0.1 that keeps what comes, and answers as a test says.

import type { IncomingMessage, RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { httpServer } from '../../io/local-server.ts';

export type Received = { method: string; path: string; headers: [string, string][]; body: Buffer };

export type Receiver = { url: string; received: Received[]; close: () => Promise<void> };

/** Answers 200 unless `answer` does something else. */
export async function startReceiver(answer: RequestListener = (_, response) => response.end()): Promise<Receiver> {
  const received: Received[] = [];
  const { url, close } = await httpServer(async (request, response) => {
    received.push({
      method: request.method!,
      path: request.url!,
      headers: inOrder(request),
      body: await buffer(request),
    });
    answer(request, response);
  });
  return { url, received, close };
}

function inOrder({ rawHeaders: raw }: IncomingMessage): [string, string][] {
  return raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1]!]] : []));
}

export function headerOf(received: Received, name: string): string | undefined {
  return received.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
