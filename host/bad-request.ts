// Answers to senders that break the rules of HTTP, or go on sending: they get the answer, then the connection is cut off.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../io/io.ts';
import { refusal } from './refusal.ts';

/** How long and how much is still taken (and thrown away) of a refused body. */
const lingerMs = 3_000;
const lingerBytes = 128 * 1024 * 1024;

/** Whether so much of a refused body may still come that keeping the connection is not worth reading it. */
export function isSendingOn(request: IncomingMessage, limit: number): boolean {
  if (request.complete) return false;
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return coding !== undefined || Number(length ?? 0) > limit;
}

/**
 * Ends an answer that is written already when the sender has ended, or after the limits above. To close with bytes unread makes
 * the kernel reset the connection, and the sender loses the answer (RFC 9112 9.6).
 */
export function linger(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  const cut = () => response.destroy();
  const timer = setTimeout(cut, lingerMs);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) cut();
  });
  request.once('end', () => response.end());
  request.once('error', cut);
  response.once('close', () => clearTimeout(timer));
  request.resume();
}

/** Answers to what node:http could not read. Never 408, which Knative repeats: 503 is what our contract has for that. */
const refusals: Readonly<Record<string, [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Expected headers of at most 16 kB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Expected a body without such long chunk extensions.'],
  ERR_HTTP_REQUEST_TIMEOUT: [503, 'The request did not come whole in time; try again.'],
};

export function answerBadRequest(error: NodeJS.ErrnoException, socket: Socket, log: Log): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] = refusals[error.code ?? ''] ?? [400, 'Expected an HTTP/1.1 request.'];
  log('warn', 'request refused', { status, reason: message, code: error.code });
  const { headers, body } = refusal(status, message);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  socket.removeAllListeners('data');
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}
