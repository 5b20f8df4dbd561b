// Whom the servers of one machine answer: those who asked for this machine. Any page of the web can have its name point to
// 127.0.0.1, and a browser then lets it read and do what the server there allows (DNS rebinding). Knows no route.
import type { RequestListener } from 'node:http';
import { isLoopback } from '../io/addresses.ts';

/** `named`: host names that are this server's, too. What asks for another name gets 421 and reaches nothing. */
export function forOwnNames(listener: RequestListener, named: () => readonly string[] = () => []): RequestListener {
  return (request, response) => {
    const { host = '' } = request.headers;
    const name = host.replace(/:\d*$/, '').toLowerCase();
    const others = named().filter((one) => !isLoopback(one));
    if (isLoopback(name) || others.includes(name)) return listener(request, response);
    const expected = ['localhost', '*.localhost', '127.0.0.1', '[::1]', ...others].join(', ');
    response
      .writeHead(421, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
      .end(
        `Expected a Host of this machine (${expected}, with any port), came ${JSON.stringify(host.slice(0, 100))}.\n`,
      );
  };
}
