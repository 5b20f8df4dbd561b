// Whom the servers of one machine answer: those who asked for this machine, and no page of elsewhere. Any page of the web can have
// its name point to 127.0.0.1, and a browser then lets it read and do what the server there allows (DNS rebinding); and it can
// post to 127.0.0.1 without reading the answer. Knows no route.
import type { RequestListener } from 'node:http';
import { isLoopback } from '../io/addresses.ts';

/**
 * `named`: host names that are this server's, too. What asks for another name gets 421, what a page of another name asks 403, and
 * neither reaches anything.
 */
export function forOwnNames(listener: RequestListener, named: () => readonly string[] = () => []): RequestListener {
  return (request, response) => {
    const { host = '', origin } = request.headers;
    const others = named().filter((one) => !isLoopback(one));
    const isOwn = (name: string) => isLoopback(name) || others.includes(name);
    const refuse = (status: number, header: string, came: string) => {
      const expected = ['localhost', '*.localhost', '127.0.0.1', '[::1]', ...others].join(', ');
      response
        .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
        .end(
          `Expected ${header} of this machine (${expected}, with any port), came ${JSON.stringify(came.slice(0, 100))}.\n`,
        );
    };
    if (!isOwn(host.replace(/:\d*$/, '').toLowerCase())) return refuse(421, 'a Host', host);
    // `null` where a page hides it. Browsers send it with all that may change something.
    if (origin !== undefined && !isOwn(URL.canParse(origin) ? new URL(origin).hostname : ''))
      return refuse(403, 'an Origin', origin);
    return listener(request, response);
  };
}
