// JSON text as Go writes it: `<`, `>`, `&` and the two Unicode line separators as \u escapes. Pure.
// Source: encoding/json, HTMLEscape.

/** `undefined` is left out. `sorted`: the keys of every object in the order of a Go map, by code point. */
export function goJson(value: unknown, { indent = 0, sorted = false } = {}): string {
  return JSON.stringify(sorted ? sortKeys(value) : value, null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
