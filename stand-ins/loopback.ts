// Listening on this machine alone, reading, and ending it, as all servers here do.
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Resolves with the port. 0: any free one. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Ends all connections, also those that hang. Closed twice is closed: the only error that close gives. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The body; undefined when the client went before it was there: then nothing happens. */
export function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  return buffer(request).catch(() => undefined);
}

/** Who called, as the request's headers say; for the servers' logs. */
export function callerOf({ headers }: IncomingMessage): { userAgent?: string; traceparent?: string } {
  const { 'user-agent': userAgent, traceparent } = headers;
  return { ...(userAgent !== undefined && { userAgent }), ...(typeof traceparent === 'string' && { traceparent }) };
}
