// Real servers on 127.0.0.1 for the tests of io: HTTP, TLS, and bare TCP for servers that break the rules.
import { readFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface LocalServer {
  port: number;
  url: string;
  close(): Promise<void>;
}

const tls = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');

export const ca = tls('ca.crt');
export const otherCa = tls('other-ca.crt');
export const expired = tls('expired.crt');

export function httpServer(listener: RequestListener, options: http.ServerOptions = {}): Promise<LocalServer> {
  return listening(http.createServer(options, listener), 'http');
}

export function tlsServer(listener: RequestListener, certificate = 'server.crt'): Promise<LocalServer> {
  return listening(https.createServer({ key: tls('server.key'), cert: tls(certificate) }, listener), 'https');
}

/** What the server does with each connection is up to the test. */
export function tcpServer(onConnection: (socket: Socket) => void): Promise<LocalServer> {
  return listening(net.createServer(onConnection), 'http');
}

/** An address where nothing listens. */
export async function closedPort(): Promise<string> {
  const server = await tcpServer(() => {});
  await server.close();
  return server.url;
}

export async function listening(server: net.Server, scheme: string): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
