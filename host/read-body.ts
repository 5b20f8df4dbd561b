// Reads the body of a request into memory, up to a limit.
import type { IncomingMessage } from 'node:http';
import { StopError, TryAgainError } from '../events/errors.ts';

/** Bytes that all requests of a host hold together. */
export interface Budget {
  /** False: there is no room. `isSmall`: it may use the share that is kept for small bodies. */
  take(bytes: number, isSmall: boolean): boolean;
  give(bytes: number): void;
  /** Bodies that are being read, in the order in which they began. */
  readonly unfinished: Set<Unfinished>;
}

interface Unfinished {
  /** Bytes that it has taken; none once all have come. */
  held(): number;
  giveUp(): void;
}

/** Bytes; nearly every webhook, and every event, is smaller. */
const smallBody = 1024 * 1024;

/** `kept`: bytes of the limit for small bodies alone, so that a few large uploads that never end keep no webhook out. */
export function createBudget(limit: number, kept: number): Budget {
  let taken = 0;
  return {
    unfinished: new Set(),
    take(bytes, isSmall) {
      if (taken + bytes > (isSmall ? limit : limit - kept)) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}

/** Pieces that are copied into one: a piece takes some hundred bytes beside its own, and a sender may send single bytes. */
const piecesInOne = 1_024;

/** The sender went away before the end, so that there is nobody to answer. */
export class Gone extends Error {
  override name = 'Gone';
}

/** Bytes that a body has to bring in each window of time, until it is whole. */
export interface LeastRate {
  bytes: number;
  windowMs: number;
}

/** Throws StopError 413 when the head announces too many bytes. */
export function checkLength(request: IncomingMessage, limit: number): void {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

/**
 * Throws StopError 413, TryAgainError when the budget is used up or the body comes too slowly, Gone. What it took from the
 * budget is the body's length.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  budget: Budget,
  leastRate: LeastRate,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const declared = Number(request.headers['content-length'] ?? 0);
    const chunks: Buffer[] = [];
    let pieces = 0;
    let bytes = 0;
    let bytesBefore = 0;
    const fail = (error: Error) => {
      clearInterval(timer);
      budget.unfinished.delete(own);
      request.off('data', onData);
      budget.give(bytes);
      chunks.length = 0;
      bytes = 0;
      reject(error);
    };
    const own: Unfinished = {
      held: () => (request.complete ? 0 : bytes),
      giveUp: () => fail(new TryAgainError('Too many requests are being read just now; try again.')),
    };
    const hasRoom = (length: number, isSmall: boolean) => {
      if (budget.take(length, isSmall)) return true;
      // Bodies that never end must keep no small one out: the one that began first makes room.
      const first = [...budget.unfinished].find((one) => one !== own && one.held() >= length);
      if (!isSmall || first === undefined) return false;
      first.giveUp();
      return budget.take(length, isSmall);
    };
    const onData = (chunk: Buffer) => {
      if (bytes + chunk.length > limit) return fail(tooLarge(limit));
      if (!hasRoom(chunk.length, Math.max(declared, bytes + chunk.length) <= smallBody)) return own.giveUp();
      bytes += chunk.length;
      chunks.push(chunk);
      pieces += 1;
      if (pieces % piecesInOne === 0) chunks.push(Buffer.concat(chunks.splice(-piecesInOne)));
    };
    const timer = setInterval(() => {
      if (bytes - bytesBefore < leastRate.bytes)
        return fail(new TryAgainError('The request comes too slowly; try again.'));
      bytesBefore = bytes;
    }, leastRate.windowMs);
    budget.unfinished.add(own);
    request.on('data', onData);
    request.once('end', () => {
      clearInterval(timer);
      budget.unfinished.delete(own);
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
