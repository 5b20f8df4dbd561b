// Ways to give an answer over HTTP: whole, slowly, with an end that never comes, or not at all.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Answer } from '../network.ts';

export function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}

function begin(response: ServerResponse, { status, headers, body }: Answer): boolean {
  // Who waits no longer hears nothing of how it ended.
  if (response.destroyed) return false;
  response.sendDate = false;
  const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...rest } = headers;
  response.writeHead(status, status === 204 ? rest : { ...rest, 'content-length': String(body.length) });
  return true;
}

export function write(response: ServerResponse, answer: Answer): void {
  if (begin(response, answer)) response.end(answer.status === 204 ? undefined : answer.body);
}

export async function writeSlowly(response: ServerResponse, answer: Answer, pause: () => Promise<void>): Promise<void> {
  if (!begin(response, answer)) return;
  const half = Math.floor(answer.body.length / 2);
  response.write(answer.body.subarray(0, half));
  await pause();
  response.end(answer.body.subarray(half));
}

/** The caller can tell by the length that was announced. */
export function cutOff(response: ServerResponse, answer: Answer): Promise<void> | void {
  const { socket } = response;
  if (answer.body.length < 2 || socket === null) return void (socket && reset(socket));
  if (!begin(response, answer)) return;
  return new Promise((resolve) => {
    response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => {
      socket.destroy();
      resolve();
    });
    socket.once('close', () => resolve());
  });
}
