// Reads whole numbers as Go's strconv does, with its error words. It knows no field.

export type Parsed<T> = { value: T } | { error: string };

/** Between -2^31 and 2^31-1 for 32 bits, accordingly for 64; ids and int values are 32 bits wide. */
export function parseWhole(text: string, bits: 32 | 64): Parsed<number> {
  const failed = (why: string) => ({ error: `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}` });
  if (!/^[+-]?[0-9]+$/.test(text)) return failed('invalid syntax');
  const number = BigInt(text.replace(/^\+/, ''));
  const limit = 1n << BigInt(bits - 1);
  return number < -limit || number >= limit ? failed('value out of range') : { value: Number(number) };
}
