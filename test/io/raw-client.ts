// Sends exact bytes over TCP and reads until the server closes: for requests no HTTP client would send.
import { once } from 'node:events';
import net, { type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A request with `connection: close`, unless the headers say otherwise. */
export function requestText(line: string, headers: readonly string[] = [], body = ''): string {
  const close = headers.some((header) => /^connection:/i.test(header)) ? [] : ['connection: close'];
  return `${[`${line} HTTP/1.1`, 'host: localhost', ...close, ...headers].join('\r\n')}\r\n\r\n${body}`;
}

export async function connect(port: number): Promise<Socket> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** All there is to read until the connection ends, by the server or by a reset. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  // Not `once`: it gives up at an error, and a reset is an end too.
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve));
  return text;
}

export async function exchange(port: number, text: string): Promise<RawAnswer> {
  const socket = await connect(port);
  socket.write(text, 'latin1');
  return parse(await readToEnd(socket));
}

export function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString('utf8'),
  };
}
