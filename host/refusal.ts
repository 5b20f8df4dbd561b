// What our host answers when a request does not reach the function: one JSON object under 500 bytes, because an error
// body over 768 bytes ends Knative's in-memory dispatcher. A sender repeats after 500 and above, and after no other of these statuses.

export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const names: Readonly<Record<number, string>> = {
  400: 'unreadable',
  401: 'unauthorized',
  405: 'method_not_allowed',
  413: 'too_large',
  422: 'unprocessable',
  431: 'too_large',
  500: 'internal',
  502: 'broker_refused',
  503: 'unavailable',
};

/** What `error` may be; it shows, with the shape of the body, that an error comes from a function of ours. */
export const errorNames: ReadonlySet<string> = new Set(Object.values(names));

/** Bytes of an error body, at most. */
const maxBytes = 499;

/** Says nothing about what went wrong: that is in the log alone. */
export const internalErrorText = "Internal error: see this function's log at the time of this request.";

/** `message` is a sentence of ours without anything of the request; one that is too long is cut. */
export function refusal(status: number, message: string): Refusal {
  const error = names[status] ?? 'error';
  let text = message;
  let body = JSON.stringify({ error, message: text });
  while (Buffer.byteLength(body) > maxBytes) {
    text = `${text.slice(0, Math.floor(text.length * 0.8))}…`;
    body = JSON.stringify({ error, message: text });
  }
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
    body,
  };
}
