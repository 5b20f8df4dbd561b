// Reads and writes JSON text as Go's encoding/json does: its error words, repeated keys kept, keys sorted, `<>&` escaped.

/** Objects keep their pairs in order, numbers their text: both matter to how the server decodes. `at` is where in the text. */
export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;
export interface JsonNumber {
  number: string;
  at: number;
}
export interface JsonObject {
  pairs: [key: string, value: Json, at: number][];
}

export const isNumber = (json: Json): json is JsonNumber =>
  typeof json === 'object' && json !== null && 'number' in json;
export const isObject = (json: Json): json is JsonObject =>
  typeof json === 'object' && json !== null && 'pairs' in json;

export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError';
}

/**
 * The first value of a body; what follows it is not looked at (`Decoder.Decode`). Throws JsonSyntaxError with "EOF" for
 * nothing at all and "unexpected EOF" for a value that is cut.
 */
export function readFirstValue(text: string): Json {
  const reader = createReader(text, 'unexpected EOF');
  if (reader.atEnd()) throw new JsonSyntaxError('EOF');
  return reader.value();
}

/** The one value of a text (`json.Unmarshal`). */
export function readOnlyValue(text: string): Json {
  const reader = createReader(text, 'unexpected end of JSON input');
  const value = reader.value();
  if (!reader.atEnd()) throw new JsonSyntaxError(`invalid character ${reader.here()} after top-level value`);
  return value;
}

function createReader(text: string, cut: string) {
  let at = 0;
  const skipSpace = () => {
    while (' \t\r\n'.includes(text[at] ?? 'x')) at++;
  };
  const here = () => quoteCharacter(text, at);
  const fail = (context: string): never => {
    throw new JsonSyntaxError(at >= text.length ? cut : `invalid character ${here()} ${context}`);
  };
  const atEnd = () => {
    skipSpace();
    return at >= text.length;
  };

  function literal<T extends null | boolean>(word: string, value: T): T {
    for (let i = 1; i < word.length; i++) {
      at++;
      if (text[at] !== word[i]) fail(`in literal ${word} (expecting '${word[i]}')`);
    }
    at++;
    return value;
  }

  function digits(context: string): void {
    if (!/[0-9]/.test(text[at] ?? '')) fail(context);
    while (/[0-9]/.test(text[at] ?? '')) at++;
  }

  function number(): JsonNumber {
    const start = at;
    if (text[at] === '-') at++;
    if (text[at] === '0') at++;
    else digits('in numeric literal');
    if (text[at] === '.') {
      at++;
      digits('after decimal point in numeric literal');
    }
    if (text[at] === 'e' || text[at] === 'E') {
      at++;
      if (text[at] === '+' || text[at] === '-') at++;
      digits('in exponent of numeric literal');
    }
    return { number: text.slice(start, at), at: start };
  }

  function string(): string {
    const start = at++;
    for (; text[at] !== '"'; at++) {
      if (at >= text.length || text[at]! < ' ') fail('in string literal');
      if (text[at] !== '\\') continue;
      at++;
      if (text[at] === 'u') {
        for (let i = 0; i < 4; i++) {
          at++;
          if (!/[0-9a-fA-F]/.test(text[at] ?? '')) fail('in \\u hexadecimal character escape');
        }
      } else if (!'"\\/bfnrt'.includes(text[at] ?? 'x')) fail('in string escape code');
    }
    at++;
    // Half a surrogate pair becomes U+FFFD on the way through UTF-8, as in Go.
    return Buffer.from(JSON.parse(text.slice(start, at)) as string, 'utf8').toString('utf8');
  }

  function array(): Json[] {
    at++;
    if (atEnd() || text[at] === ']') return close(']', [], 'looking for beginning of value');
    const items: Json[] = [];
    for (;;) {
      items.push(value());
      skipSpace();
      if (text[at] !== ',') return close(']', items, 'after array element');
      at++;
    }
  }

  function object(): JsonObject {
    at++;
    const pairs: JsonObject['pairs'] = [];
    if (atEnd() || text[at] === '}') return close('}', { pairs }, 'looking for beginning of object key string');
    for (;;) {
      skipSpace();
      if (text[at] !== '"') fail('looking for beginning of object key string');
      const start = at;
      const key = string();
      skipSpace();
      if (text[at] !== ':') fail('after object key');
      at++;
      pairs.push([key, value(), start]);
      skipSpace();
      if (text[at] !== ',') return close('}', { pairs }, 'after object key:value pair');
      at++;
    }
  }

  function close<T>(bracket: string, done: T, context: string): T {
    if (text[at] !== bracket) fail(context);
    at++;
    return done;
  }

  function value(): Json {
    skipSpace();
    switch (text[at]) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        return literal('true', true);
      case 'f':
        return literal('false', false);
      case 'n':
        return literal('null', null);
      default:
        return /[-0-9]/.test(text[at] ?? '') ? number() : fail('looking for beginning of value');
    }
  }

  return { value, atEnd, here };
}

function quoteCharacter(text: string, at: number): string {
  // Go looks at bytes, so of a longer character it names the first byte.
  const byte = Buffer.from(String.fromCodePoint(text.codePointAt(at)!), 'utf8')[0]!;
  const char = String.fromCharCode(byte);
  if (char === "'") return `'\\''`;
  if (char === '\\') return `'\\\\'`;
  if (char === '"') return `'"'`;
  const control = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[char];
  if (control) return `'${control}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  return `'${char}'`;
}

/** By code point, as Go sorts keys; JavaScript's own order differs above U+FFFF. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

const ESCAPES: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

/** Plain values to text: keys sorted, `undefined` left out, no spaces. */
export function writeJson(value: unknown): string {
  return write(value)
    .replaceAll(/[<>&]/g, (char) => ESCAPES[char]!)
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : JSON.stringify(value ?? null);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => byCodePoint(a, b))
    .map(([key, field]) => `${JSON.stringify(key)}:${write(field)}`);
  return `{${fields.join(',')}}`;
}
