// Reads the body of a request up to a limit, and not a byte more into memory.
import type { IncomingMessage } from 'node:http';
import { StopError, TryAgainError } from '../events/errors.ts';

/** Bytes all requests of a host hold together. */
export interface Budget {
  /** False: there is no room. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createBudget(limit: number): Budget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > limit) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}

/** The sender went away before the end: nobody to answer. */
export class Gone extends Error {
  override name = 'Gone';
}

/** Throws StopError 413 as soon as the head or the bytes say so. */
export function checkLength(request: IncomingMessage, limit: number): void {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

/** Throws StopError 413, TryAgainError when the budget is used up, Gone. What it took from the budget is the body's length. */
export function readBody(request: IncomingMessage, limit: number, budget: Budget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: Error) => {
      request.off('data', onData);
      budget.give(bytes);
      chunks.length = 0;
      bytes = 0;
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      if (bytes + chunk.length > limit) return fail(tooLarge(limit));
      if (!budget.take(chunk.length))
        return fail(new TryAgainError('Too many requests are being read just now; try again.'));
      bytes += chunk.length;
      chunks.push(chunk);
    };
    request.on('data', onData);
    request.once('end', () => {
      const whole = Buffer.concat(chunks, bytes);
      // The listeners, and all they refer to, stay until the answer is out.
      chunks.length = 0;
      resolve(whole);
    });
    // Also after a failure above: nobody listens any more then.
    request.once('error', () => fail(new Gone('the sender went away')));
    request.once('close', () => request.complete || fail(new Gone('the sender went away')));
  });
}

function tooLarge(limit: number): StopError {
  return new StopError(413, `Expected a body of at most ${limit} bytes.`);
}
