// The forms of answers: JSON as Go's encoder writes it, and the error body. It chooses no status.

import { goJson } from '../go-json.ts';
import { type Answer, plainError } from '../registry-faults.ts';
import type { Generation } from './generations.ts';
import type { Refusal } from './refusals.ts';

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

export const noSuchPage = (): Answer => {
  const answer = plainError(404, '404 page not found');
  return { ...answer, headers: [...answer.headers, VARY] };
};

export function methodNotAllowed(allowed: string[]): Answer {
  return { status: 405, headers: [VARY, ...allowed.map((method): [string, string] => ['Allow', method])], body: '' };
}
