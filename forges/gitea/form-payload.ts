// The field `payload` of an HTML form, as bytes: the signature is over exactly those. URLSearchParams would repair what is malformed, and
// Node's unescape() takes seconds for what an unknown sender may post; so the bytes are gone through once, and copied once.
// https://url.spec.whatwg.org/#application/x-www-form-urlencoded
import { StopError } from '../../events/errors.ts';

const expected = 'Expected a form with exactly one field "payload", percent-encoded.';
const name = Buffer.from('payload=');
const ampersand = 0x26;

/** Throws StopError 400. */
export function formPayload(body: Buffer): Buffer {
  if (!body.subarray(0, name.length).equals(name) || body.includes(ampersand)) throw new StopError(400, expected);
  return decode(body.subarray(name.length));
}

function decode(bytes: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i]!;
    if (byte === 0x2b) byte = 0x20;
    else if (byte === 0x25) {
      const [high, low] = [hexDigit(bytes[++i]), hexDigit(bytes[++i])];
      if (high < 0 || low < 0) throw new StopError(400, expected);
      byte = high * 16 + low;
    }
    decoded[length++] = byte;
  }
  return decoded.subarray(0, length);
}

/** Value of an ASCII digit, else below 0. Not by regular expression: a form has millions of them. */
function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
