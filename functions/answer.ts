// How a function answers its sender (docs/architecture.md): 202 without a body, one CloudEvent, or a short JSON error. Nothing else,
// because Knative counts any other body as a failed delivery, and an error body over 768 bytes ends its dispatcher.
import { refusal as describe, internalErrorText } from '../host/refusal.ts';

/** func's structured return. `body` is always given: without it the stock runtime sends this object itself as the body. */
export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** Done, or nothing to do. */
export function accepted(): Answer {
  return { statusCode: 202, headers: {}, body: '' };
}

/** A refusal or a failure with its sentence; the host makes its own in the same form (host/refusal.ts). */
export function refusal(status: number, message: string): Answer {
  const { body } = describe(status, message);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (status === 405) headers.allow = 'POST';
  return { statusCode: status, headers, body };
}

/** An error in our code: the sender learns only that it was not the sender's. */
export function internalError(): Answer {
  return refusal(500, internalErrorText);
}
