// A real forward proxy on 127.0.0.1: tunnels for CONNECT, and plain HTTP by absolute address. Whatever name is asked for, it goes to
// 127.0.0.1, so that names of the tests need no DNS.
import http from 'node:http';
import net from 'node:net';
import { type LocalServer, listening } from './local-server.ts';

export interface LocalProxy extends LocalServer {
  /** Request lines with the credentials that came: `CONNECT git.test:443 Basic …`. */
  asked: string[];
  /** What it answers instead of letting through. */
  refuse?: number;
}

export async function localProxy(): Promise<LocalProxy> {
  const asked: string[] = [];
  const note = ({ method, url, headers }: http.IncomingMessage) =>
    asked.push([method, url, headers['proxy-authorization']].filter(Boolean).join(' '));
  const server = http.createServer((request, response) => {
    note(request);
    if (proxy.refuse !== undefined) return void response.writeHead(proxy.refuse).end('the proxy says no');
    const { port, pathname, search } = new URL(request.url!);
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers;
    const options = { host: '127.0.0.1', port, path: pathname + search, method: request.method, headers };
    const onward = http.request(options, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connect', (request, socket: net.Socket) => {
    note(request);
    if (proxy.refuse !== undefined)
      return void socket.end(`HTTP/1.1 ${proxy.refuse} No\r\nContent-Length: 17\r\n\r\nthe proxy says no`);
    const onward = net.connect(Number(/:(\d+)$/.exec(request.url!)![1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    socket.on('error', () => onward.destroy());
    socket.on('close', () => onward.destroy());
  });
  const proxy: LocalProxy = Object.assign(await listening(server, 'http'), { asked });
  return proxy;
}
