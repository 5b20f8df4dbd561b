// Reads whole numbers as Go's strconv does, with its error words. It knows no field.

export type Parsed<T> = { value: T } | { error: string };

const WHOLE = /^[+-]?[0-9]+$/;

/** Between -2^31 and 2^31-1 for 32 bits, accordingly for 64; ids and int values are 32 bits wide. */
export function parseWhole(text: string, bits: 32 | 64): Parsed<number> {
  const quoted = goQuote(text);
  if (!WHOLE.test(text)) return { error: `strconv.ParseInt: parsing ${quoted}: invalid syntax` };
  const number = BigInt(text.startsWith('+') ? text.slice(1) : text);
  const limit = 1n << BigInt(bits - 1);
  if (number < -limit || number >= limit) {
    return { error: `strconv.ParseInt: parsing ${quoted}: value out of range` };
  }
  return { value: Number(number) };
}

/** `%q` of Go for the texts met here: quotes, backslashes and control characters escaped. */
export function goQuote(text: string): string {
  const escaped = text.replace(/["\\]|\p{Cc}/gu, (char) => {
    const short = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
    return short ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
