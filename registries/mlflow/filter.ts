// Filters in MLflow's language. They only save calls: every row that comes back is checked again. Nothing can be escaped in it, so what
// cannot be carried is left out, and more rows come back.
// Source: mlflow/utils/search_utils.py (sqlparse, and the outer quotes taken off).

/** All of these; undefined when none can be said. */
export function all(...conditions: (string | undefined)[]): string | undefined {
  return conditions.filter((one) => one !== undefined).join(' and ') || undefined;
}

/** Bytes of a text. Each takes up to three in an address, and servers 2.x read 4,094 bytes of a request line. */
const longest = 500;

/** Undefined for a text with both kinds of quotes, with what the parser may take for something else, or too long. */
export function equals(left: string, text: string): string | undefined {
  if (/[\\\p{C}]/u.test(text) || Buffer.byteLength(text) > longest) return undefined;
  if (!text.includes("'")) return `${left} = '${text}'`;
  return text.includes('"') ? undefined : `${left} = "${text}"`;
}

/** Keys of ours have letters, digits, dots and dashes, the configured one no backtick. */
export function tagEquals(key: string, text: string): string | undefined {
  return equals(`tags.\`${key}\``, text);
}
