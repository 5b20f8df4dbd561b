// Which connection has to make room for a new one: the one that has been idle longest, else one that keeps its request to itself,
// so that strangers who only keep connections open keep nobody out.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Beyond `most` connections of the server one is closed: the longest idle one; else the one whose request has not come whole for
 * longest; the new one where all wait for an answer.
 */
export function boundConnections(server: Server, most: number): ReadonlySet<Socket> {
  const all = new Set<Socket>();
  // In the order in which they became idle, and in that in which their last request began.
  const idle = new Set<Socket>();
  const busy = new Map<Socket, IncomingMessage>();
  server.on('connection', (socket) => {
    const [longestIdle] = idle;
    all.add(socket);
    idle.add(socket);
    socket.once('close', () => forget(socket));
    if (all.size <= most) return;
    const leaving = longestIdle ?? firstUnfinished(busy.values())?.socket ?? socket;
    // Not once it is closed: until then more connections would choose the same one.
    forget(leaving);
    leaving.destroy();
  });
  for (const event of ['request', 'checkContinue'] as const) {
    server.on(event, (request, response) => {
      const { socket } = request;
      idle.delete(socket);
      busy.delete(socket);
      busy.set(socket, request);
      response.once('close', () => {
        // Another request may have come behind this one.
        if (busy.get(socket) !== request) return;
        busy.delete(socket);
        if (all.has(socket)) idle.add(socket);
      });
    });
  }
  return all;

  function forget(socket: Socket): void {
    all.delete(socket);
    idle.delete(socket);
    busy.delete(socket);
  }
}

/** The first whose body has not come whole. */
export function firstUnfinished(requests: Iterable<IncomingMessage>): IncomingMessage | undefined {
  for (const request of requests) if (!request.complete) return request;
  return undefined;
}
