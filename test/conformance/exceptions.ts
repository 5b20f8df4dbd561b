// Where the stock runtime (faas-js-runtime 3.0.2) does something else than cases.ts asks, what it does, and why that is a fault
// of its own. The suite fails when one of them no longer differs, and when it differs in another way.
import type { Outcome } from './cases.ts';

export interface Exception {
  reason: string;
  /** Only what is given is compared. */
  stock: Partial<Outcome>;
}

const noEvent: Partial<Outcome> = { status: 400, body: { error: 'echo', message: 'no event' } };
const asHttpCall = 'takes it for a plain POST, so the function is given no event';
const lateFault = 'answers 500, which senders repeat';
const unchecked = 'does not check it';

export const exceptions: Readonly<Record<string, Exception>> = {
  'binary event: neither type nor data': { reason: 'gives no rawBody without a body', stock: { status: 200 } },
  'binary event: JSON number': { reason: asHttpCall, stock: noEvent },
  'binary event: JSON true': { reason: asHttpCall, stock: noEvent },
  'binary event: JSON text that is JSON itself': { reason: 'parses it twice', stock: { status: 200 } },
  'binary event: JSON type and no data': { reason: 'refuses an empty JSON body', stock: { status: 400 } },
  'structured event: charset in capitals': { reason: asHttpCall, stock: noEvent },
  'structured event: data false': { reason: 'drops data that is false, 0 or empty', stock: { status: 200 } },
  'structured event: data as base64': { reason: 'gives a Uint32Array, one byte an element', stock: { status: 200 } },

  'answer: status alone': { reason: 'sends it as the body', stock: { status: 202, body: { statusCode: 202 } } },
  'answer: error': { reason: 'tells the message to the sender', stock: { status: 500, body: 'secret words' } },
  'answer: error with code': { reason: 'takes the code for a status, and says so', stock: { status: 500 } },
  'answer: error with status': { reason: 'takes the code for a status', stock: { status: 404, body: 'secret words' } },

  'refused: no type': { reason: lateFault, stock: { status: 500 } },
  'refused: no source': { reason: lateFault, stock: { status: 500 } },
  'refused: an extension name that is none': { reason: lateFault, stock: { status: 500 } },
  'refused: no specversion': { reason: unchecked, stock: { status: 200 } },
  'refused: specversion 0.2': { reason: unchecked, stock: { status: 200 } },
  'refused: a time that is none': { reason: 'puts the present time in its place', stock: { status: 200 } },
  'refused: id twice': { reason: 'joins both with a comma', stock: { status: 200 } },
  'refused: another path': { reason: 'answers 404, which senders repeat', stock: { status: 404 } },
  'refused: PUT': { reason: 'answers 404, which senders repeat', stock: { status: 404 } },
  'refused: OPTIONS': { reason: 'answers it for any origin (CORS)', stock: { status: 204 } },

  metrics: { reason: 'does not name the version of the format', stock: { status: 200 } },
};
