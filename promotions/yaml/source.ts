// The characters of a YAML file, and the place where reading stands. Pure.

/** Why a file cannot be read; completes "unreadable: …" and quotes nothing of the file. */
export class Unreadable extends Error {}

/** Go's library decodes a file in portions of so many bytes, and never decodes a portion that it does not need. */
const portion = 512;

const byteOrderMark = 0xfeff;

/** Character codes that the rules name. */
export const tab = 0x09;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const space = 0x20;

/** A table of ASCII characters, for `Source.isOneOf`. */
export function oneOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

export class Source {
  /** Code points; columns and lengths are counted in them. */
  readonly #codes: Uint32Array;
  /** Index of the next character. */
  at = 0;
  /** Counted from 0. */
  line = 0;
  #lineStart = 0;
  /** Set when the file could not be decoded to its end: the reason, and the first character of the failed portion. */
  readonly #broken: { reason: string; at: number } | undefined;

  constructor(bytes: Uint8Array) {
    const { codes, broken } = decode(bytes);
    this.#codes = codes;
    this.#broken = broken;
  }

  /** The character `ahead` places further; 0 after the end. */
  code(ahead = 0): number {
    return this.#codes[this.at + ahead] ?? 0;
  }

  /** Compares the next character with one of ASCII. */
  is(character: string, ahead = 0): boolean {
    return this.code(ahead) === character.charCodeAt(0);
  }

  isOneOf(table: Uint8Array): boolean {
    return table[this.code()] === 1;
  }

  get column(): number {
    return this.at - this.#lineStart;
  }

  isEnd(ahead = 0): boolean {
    return this.code(ahead) === 0;
  }

  isBlank(ahead = 0): boolean {
    const code = this.code(ahead);
    return code === space || code === tab;
  }

  isBreak(ahead = 0): boolean {
    const code = this.code(ahead);
    return code === lineFeed || code === carriageReturn || code === 0x85 || code === 0x2028 || code === 0x2029;
  }

  isBreakOrEnd(ahead = 0): boolean {
    return this.isEnd(ahead) || this.isBreak(ahead);
  }

  isBlankOrEnd(ahead = 0): boolean {
    return this.isBlank(ahead) || this.isBreakOrEnd(ahead);
  }

  /** `---` or `...` at the beginning of a line. */
  isDocumentMark(): boolean {
    if (this.column !== 0 || !(this.is('-') || this.is('.'))) return false;
    return this.code(1) === this.code() && this.code(2) === this.code() && this.isBlankOrEnd(3);
  }

  /** Skips a line break and returns it as YAML keeps it; returns an empty text when there is none. */
  takeBreak(): string {
    if (!this.isBreak()) return '';
    const code = this.code();
    this.at += code === carriageReturn && this.code(1) === lineFeed ? 2 : 1;
    this.line++;
    this.#lineStart = this.at;
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n';
  }

  /** Counts the end of the file as the end of its last line. */
  endLine(): void {
    if (this.column === 0) return;
    this.line++;
    this.#lineStart = this.at;
  }

  /** The error for what is wrong at this place. */
  wrong(what: string, line = this.line): Unreadable {
    return new Unreadable(`${what}, line ${line + 1}`);
  }

  skipBlanks(): void {
    while (this.isBlank()) this.at++;
  }

  /** Skips a comment that begins here. */
  skipComment(): void {
    if (this.is('#')) while (!this.isBreakOrEnd()) this.at++;
  }

  /** The characters from `start` to `end`, in a string of their own: a part of a string would keep the whole file in memory (V8). */
  textFrom(start: number, end = this.at): string {
    let text = '';
    // The arguments of one call have a limit.
    for (let from = start; from < end; from += 4096)
      text += String.fromCodePoint(...this.#codes.subarray(from, Math.min(end, from + 4096)));
    return text;
  }

  /**
   * Throws if reading the document needed the portion that could not be decoded. To be called at the end; `last`: where the last
   * token began.
   */
  check(last: number): void {
    if (this.#broken !== undefined && Math.max(last + 4, this.at + 1) > this.#broken.at)
      throw new Unreadable(this.#broken.reason);
  }
}

function decode(bytes: Uint8Array): { codes: Uint32Array; broken: { reason: string; at: number } | undefined } {
  const codes = new Uint32Array(bytes.length + 1);
  const [first, second, third] = bytes;
  const wide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const decodeOne = !wide ? decodeUtf8 : first === 0xff ? decodeUtf16(1) : decodeUtf16(0);
  let offset = wide ? 2 : first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
  let end = portion;
  let count = 0;
  let portionAt = 0;
  const brokenAt = (at: number, reason: string) => ({
    codes: codes.subarray(0, Math.min(at, count)),
    broken: { reason, at },
  });
  while (offset < bytes.length) {
    const { code, width, reason } = decodeOne(bytes, offset);
    if (offset + width > Math.min(end, bytes.length)) {
      const marked = codes.subarray(Math.max(0, count - 3), count).indexOf(byteOrderMark);
      if (marked >= 0) return brokenAt(Math.max(0, count - 3) + marked, misread);
      end = offset + portion;
      portionAt = count;
    }
    if (reason !== undefined) return brokenAt(portionAt, reason);
    if (code === byteOrderMark && count === portionAt) return brokenAt(portionAt, misread);
    if (!isPrintable(code)) return brokenAt(portionAt, 'characters that YAML forbids');
    codes[count++] = code;
    offset += width;
  }
  return { codes: codes.subarray(0, count), broken: undefined };
}

// With such a mark at the beginning of its buffer, Go's library skips characters at the beginnings of lines. The buffer begins
// where it was filled again, at most three characters before the end of a portion.
const misread = 'a byte order mark where Helm reads on';

interface Decoded {
  code: number;
  /** Bytes. */
  width: number;
  reason?: string;
}

export function decodeUtf8(bytes: Uint8Array, offset: number): Decoded {
  const lead = bytes[offset]!;
  if (lead < 0x80) return { code: lead, width: 1 };
  if (lead < 0xc0 || lead > 0xf7) return { code: lead, width: 1, reason: 'not UTF-8' };
  const width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  let code = lead & (0xff >> (width + 1));
  let right = true;
  for (let i = 1; i < width; i++) {
    const next = bytes[offset + i] ?? 0;
    right &&= (next & 0xc0) === 0x80;
    code = (code << 6) | (next & 0x3f);
  }
  const least = width === 2 ? 0x80 : width === 3 ? 0x800 : 0x10000;
  right &&= code >= least && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return right ? { code, width } : { code, width, reason: 'not UTF-8' };
}

/** `little`: 1 when the low byte comes first. */
function decodeUtf16(little: 0 | 1): (bytes: Uint8Array, offset: number) => Decoded {
  const unit = (bytes: Uint8Array, at: number) =>
    at + 1 >= bytes.length ? -1 : (bytes[at + little]! << 8) | bytes[at + 1 - little]!;
  const wrong = (width: number) => ({ code: 0, width, reason: 'not UTF-16' });
  return (bytes, offset) => {
    const code = unit(bytes, offset);
    if (code < 0 || (code & 0xfc00) === 0xdc00) return wrong(2);
    if ((code & 0xfc00) !== 0xd800) return { code, width: 2 };
    const next = unit(bytes, offset + 2);
    if (next < 0 || (next & 0xfc00) !== 0xdc00) return wrong(4);
    return { code: 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff), width: 4 };
  };
}

/** The characters that YAML 1.1 allows (section 5.1). */
function isPrintable(code: number): boolean {
  if (code < space) return code === tab || code === lineFeed || code === carriageReturn;
  return code <= 0x7e || code === 0x85 || (code >= 0xa0 && code < 0xfffe) || code > 0xffff;
}
