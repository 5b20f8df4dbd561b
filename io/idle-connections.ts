// Which connection has to make room for a new one: the one that has been idle longest, so that strangers who only keep
// connections open keep nobody out.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Beyond `most` connections of the server the longest idle one is closed, or the new one where all of them are busy. */
export function boundConnections(server: Server, most: number): ReadonlySet<Socket> {
  const all = new Set<Socket>();
  // In the order in which they became idle.
  const idle = new Set<Socket>();
  server.on('connection', (socket) => {
    all.add(socket);
    idle.add(socket);
    socket.once('close', () => {
      all.delete(socket);
      idle.delete(socket);
    });
    if (all.size <= most) return;
    const [longestIdle = socket] = idle;
    // Not once it is closed: until then more connections would choose the same one.
    idle.delete(longestIdle);
    all.delete(longestIdle);
    longestIdle.destroy();
  });
  for (const event of ['request', 'checkContinue'] as const) {
    server.on(event, ({ socket }, response) => {
      idle.delete(socket);
      response.once('close', () => {
        if (all.has(socket)) idle.add(socket);
      });
    });
  }
  return all;
}
