// Which connection has to make room for a new one: the one that has been idle, or has kept the rest of its request to itself, for
// longest, so that strangers who only keep connections open keep nobody out.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Beyond `most` connections of the server one is closed: the one that has been idle, or whose request has not come whole, for
 * longest; the new one where all wait for an answer.
 */
export function boundConnections(server: Server, most: number): ReadonlyMap<Socket, IncomingMessage | undefined> {
  // What each is busy with, in the order in which that began; undefined: with nothing.
  const all = new Map<Socket, IncomingMessage | undefined>();
  const begin = (socket: Socket, request?: IncomingMessage) => {
    all.delete(socket);
    all.set(socket, request);
  };
  server.on('connection', (socket) => {
    const leaving = all.size < most ? undefined : (firstIdle(all) ?? socket);
    begin(socket);
    socket.once('close', () => all.delete(socket));
    if (leaving === undefined) return;
    // Not once it is closed: until then more connections would choose the same one.
    all.delete(leaving);
    leaving.destroy();
  });
  for (const event of ['request', 'checkContinue'] as const) {
    server.on(event, (request, response) => {
      const { socket } = request;
      if (all.has(socket)) begin(socket, request);
      response.once('close', () => {
        // Another request may have come behind this one.
        if (all.get(socket) === request) begin(socket);
      });
    });
  }
  return all;
}

function firstIdle(all: ReadonlyMap<Socket, IncomingMessage | undefined>): Socket | undefined {
  for (const [socket, request] of all) if (!request?.complete) return socket;
  return undefined;
}
