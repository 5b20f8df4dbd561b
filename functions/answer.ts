// What a function says to its sender (design §4): 202 without a body, one CloudEvent, or a short JSON error. Nothing else,
// because Knative counts any other body as a failed delivery, and an error body over 768 bytes ends its dispatcher.

/** func's structured return. `body` is always given: without it the stock runtime sends this object itself as the body. */
export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

const errorNames: Readonly<Record<number, string>> = {
  400: 'unreadable',
  401: 'unauthorized',
  405: 'method_not_allowed',
  413: 'too_large',
  422: 'unprocessable',
  500: 'internal',
  502: 'broker_refused',
  503: 'unavailable',
};

/** Bytes of an error body; half of what the in-memory dispatcher survives. */
const maxErrorBytes = 500;

/** Done, or nothing to do. */
export function accepted(): Answer {
  return { statusCode: 202, headers: {}, body: '' };
}

/** A refusal or a failure with its sentence, cut to stay below 500 bytes. */
export function refusal(status: number, message: string): Answer {
  const error = errorNames[status] ?? 'error';
  let text = message;
  let body = JSON.stringify({ error, message: text });
  while (Buffer.byteLength(body) >= maxErrorBytes) {
    text = `${text.slice(0, Math.floor(text.length * 0.8))}…`;
    body = JSON.stringify({ error, message: text });
  }
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (status === 405) headers.allow = 'POST';
  return { statusCode: status, headers, body };
}

/** A fault of ours: the sender learns nothing but that it was not his. */
export function internalError(): Answer {
  return refusal(500, 'A fault of this function. Its log says more under the same time.');
}
