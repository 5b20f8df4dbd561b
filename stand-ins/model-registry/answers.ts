// The forms of answers: JSON as Go's encoder writes it, plain text, and the error body. It chooses no status.

import { goJson } from '../go-json.ts';
import type { Generation } from './generations.ts';
import type { Refusal } from './refusals.ts';

export interface Answer {
  status: number;
  /** A name may come several times, as `Allow` does. */
  headers: [string, string][];
  body: string;
}

const NOSNIFF: [string, string] = ['X-Content-Type-Options', 'nosniff'];
/** Set by the cross-origin layer in front of the routes. */
export const VARY: [string, string] = ['Vary', 'Origin'];

export function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: [['Content-Type', 'application/json; charset=UTF-8'], VARY],
    body: `${goJson(value, { sorted: true })}\n`,
  };
}

export function refused(refusal: Refusal, generation: Generation): Answer {
  return json(refusal.status, { code: generation.errorCodes ? refusal.code : '', message: refusal.message });
}

/** As Go's `http.Error` writes it. */
export function plainError(status: number, text: string): Answer {
  return { status, headers: [['Content-Type', 'text/plain; charset=utf-8'], NOSNIFF], body: `${text}\n` };
}

export const noSuchPage = (): Answer => {
  const answer = plainError(404, '404 page not found');
  return { ...answer, headers: [...answer.headers, VARY] };
};

export function methodNotAllowed(allowed: string[]): Answer {
  return { status: 405, headers: [VARY, ...allowed.map((method): [string, string] => ['Allow', method])], body: '' };
}
