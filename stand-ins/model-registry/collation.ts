// Compares text as the database behind the server does: PostgreSQL exactly, MariaDB without case, accents and trailing spaces.

export interface Collation {
  /** `=`, unique keys and primary keys. */
  equal(a: string, b: string): boolean;
  /** `LIKE`: `%` any text, `_` one character, backslash takes the next character as it is. */
  like(text: string, pattern: string): boolean;
}

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase();
const foldPadded = (text: string): string => fold(text).replace(/ +$/, '');

export const POSTGRES: Collation = {
  equal: (a, b) => a === b,
  // A pattern that ends in a lone backslash finds nothing (measured: 404, where the documentation has an error).
  like: (text, pattern) => !endsInEscape(pattern) && matches([...text], [...pattern]),
};

export const MARIADB: Collation = {
  equal: (a, b) => foldPadded(a) === foldPadded(b),
  // There a last backslash stands for itself.
  like: (text, pattern) => matches([...fold(text)], [...fold(endsInEscape(pattern) ? `${pattern}\\` : pattern)]),
};

const endsInEscape = (pattern: string): boolean => (/\\*$/.exec(pattern)![0].length & 1) === 1;

/** Walks back only to the last `%`, so that a pattern full of them stays linear times its length. */
function matches(text: string[], pattern: string[]): boolean {
  let t = 0;
  let p = 0;
  let retryText = -1;
  let retryPattern = -1;
  while (t < text.length) {
    if (pattern[p] === '%') {
      retryPattern = ++p;
      retryText = t;
      continue;
    }
    const escaped = pattern[p] === '\\';
    const wanted = escaped ? pattern[p + 1] : pattern[p];
    if (p < pattern.length && ((!escaped && wanted === '_') || wanted === text[t])) {
      p += escaped ? 2 : 1;
      t++;
    } else if (retryPattern >= 0) {
      p = retryPattern;
      t = ++retryText;
    } else return false;
  }
  while (pattern[p] === '%') p++;
  return p === pattern.length;
}
