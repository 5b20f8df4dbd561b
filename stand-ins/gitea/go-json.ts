// JSON text as Go writes it: <, >, & and the two Unicode line separators as \u escapes. Pure.
// Source: encoding/json, HTMLEscape; Gitea's payloads are MarshalIndent with two spaces, of wiki and repository one.

export function goJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same with the keys of every object sorted, as Go writes a map. */
export function goMapJson(value: unknown): string {
  return goJson(sortKeys(value));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
