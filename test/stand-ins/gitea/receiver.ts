// A webhook receiver on 127.0.0.1 that keeps what comes, and answers as a test says.

import http from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = { method: string; path: string; headers: [string, string][]; body: Buffer };

export type Receiver = { url: string; received: Received[]; close: () => void };

/** Answers 200 unless `answer` does something else. */
export async function startReceiver(
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => void = (_, response) => response.end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = request.rawHeaders;
      const headers = raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1]!]] : []));
      received.push({ method: request.method!, path: request.url!, headers, body: Buffer.concat(chunks) });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function headerOf(received: Received, name: string): string | undefined {
  return received.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
