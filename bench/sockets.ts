// Small servers for the measurements.
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface LocalServer {
  url: string;
  close(): Promise<void>;
}

/**
 * A server on loopback that answers what `answer` says, connections kept open. `note`: of each call its answer, and when (ms)
 * its head was read and its answer written: in between it was the server that was waited for.
 */
export async function listen(
  answer: (request: IncomingMessage, body: Buffer) => Answer | Promise<Answer>,
  note: (given: Answer, from: number, to: number) => void = () => {},
): Promise<LocalServer> {
  const server = http.createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const from = performance.now();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', async () => {
      const given = await answer(request, Buffer.concat(parts));
      const { status, headers, body } = given;
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
      response.end(body);
      note(given, from, performance.now());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
