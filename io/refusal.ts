// What our host itself says when a request does not reach the function: one JSON object under 500 bytes, because an error
// body over 768 bytes ends Knative's in-memory dispatcher. Statuses steer the sender: 503 is repeated, the others are not.

export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const names: Readonly<Record<number, string>> = {
  400: 'unreadable',
  405: 'method_not_allowed',
  413: 'too_large',
  431: 'too_large',
  500: 'internal',
  503: 'unavailable',
};

/** `message` is a sentence of ours without anything of the request. */
export function refusal(status: number, message: string): Refusal {
  const body = JSON.stringify({ error: names[status] ?? 'error', message });
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
    body,
  };
}
