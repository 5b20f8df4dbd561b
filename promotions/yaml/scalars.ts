// Reads plain, quoted and block scalars from the source, which then stands after them. Pure otherwise.
import { oneOf, type Source, space, tab } from './source.ts';

/** What joins two lines: a space, or the breaks after the first one. Only a line feed becomes a space. */
function fold(first: string, others: string): string {
  if (first !== '\n') return first + others;
  return others === '' ? ' ' : others;
}

/** `indent`: the column that following lines must reach, outside of `{}` and `[]`. `ended`: a line break followed. */
export function takePlain(source: Source, inFlow: boolean, indent: number): { text: string; ended: boolean } {
  let text = '';
  let joint = '';
  let ended = false;
  // The words of one line are taken together, because every part of a joined text takes memory.
  let start = source.at;
  let end = start;
  while (!source.isDocumentMark() && !source.is('#')) {
    const word = source.at;
    while (!source.isBlankOrEnd() && !endsPlain(source, inFlow)) source.at++;
    if (source.at > word) {
      end = source.at;
      ended = false;
    }
    if (!source.isBlank() && !source.isBreak()) break;
    source.skipBlanks();
    if (source.isBreak()) {
      ended = true;
      text += joint + source.textFrom(start, end);
      joint = fold(source.takeBreak(), takeBreaks(source, indent));
      start = end = source.at;
    }
    if (!inFlow && source.column < indent) break;
  }
  if (end > start) text += joint + source.textFrom(start, end);
  return { text, ended };
}

const endsInFlow = oneOf(',?[]{}');

function endsPlain(source: Source, inFlow: boolean): boolean {
  return (source.is(':') && source.isBlankOrEnd(1)) || (inFlow && source.isOneOf(endsInFlow));
}

/** Skips empty lines and the blanks before the next text; returns the line breaks. */
function takeBreaks(source: Source, indent: number): string {
  const breaks = new Breaks();
  while (source.isBlank() || source.isBreak()) {
    if (source.isBreak()) breaks.add(source.takeBreak());
    else if (source.code() === tab && source.column < indent) throw source.wrong('a tab as indentation');
    else source.at++;
  }
  return breaks.text;
}

/** Line breaks in a row. Line feeds are counted: joined one by one, each would take 32 bytes. */
class Breaks {
  #others = '';
  #lineFeeds = 0;

  add(taken: string): void {
    if (taken === '\n') {
      this.#lineFeeds++;
      return;
    }
    this.#others = this.text + taken;
    this.#lineFeeds = 0;
  }

  get text(): string {
    return this.#others + '\n'.repeat(this.#lineFeeds);
  }
}

export function takeQuoted(source: Source): string {
  const single = source.is("'");
  const quote = source.code();
  const { line } = source;
  source.at++;
  let text = '';
  for (;;) {
    if (source.isDocumentMark() || source.isEnd()) throw source.wrong('quotes without end', line);
    const start = source.at;
    // After the last character that is not a blank.
    let end = start;
    while (!source.isBreakOrEnd() && source.code() !== quote && !(source.is('\\') && !single)) {
      source.at++;
      if (!source.isBlank(-1)) end = source.at;
    }
    text += source.isBreak() ? source.textFrom(start, end) : source.textFrom(start);
    if (source.code() === quote) {
      source.at++;
      if (!single || source.code() !== quote) return text;
      source.at++;
      text += "'";
    } else if (source.is('\\') && !single && source.isBreak(1)) {
      source.at++;
      source.takeBreak();
      text += takeBreaks(source, 0);
    } else if (source.is('\\') && !single) {
      text += takeEscape(source);
    } else if (source.isBreak()) {
      text += fold(source.takeBreak(), takeBreaks(source, 0));
    }
  }
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};

/** Number of digits after the letter. */
const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function takeEscape(source: Source): string {
  const letter = String.fromCodePoint(source.code(1));
  source.at += 2;
  const known = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
  if (known !== undefined) return known;
  const length = Object.hasOwn(codeLengths, letter) ? codeLengths[letter]! : 0;
  const start = source.at;
  source.at += length;
  const digits = source.textFrom(start);
  const code = Number.parseInt(digits, 16);
  if (length === 0 || digits.length < length || !/^[0-9a-fA-F]+$/.test(digits) || code > 0x10ffff)
    throw source.wrong('an unknown escape in double quotes');
  if (code >= 0xd800 && code <= 0xdfff) throw source.wrong('half a character as an escape');
  return String.fromCodePoint(code);
}

/** `parent`: the column of the collection around it, -1 outside of all. */
export function takeBlock(source: Source, parent: number): string {
  const literal = source.is('|');
  source.at++;
  const { chomping, increment } = takeHeader(source);
  const lines = new BlockLines(source, parent, increment);
  let text = '';
  let breaks = lines.takeBreaks();
  let ending = '';
  let wasBlank = false;
  while (source.column === lines.indent && !source.isEnd()) {
    const blank = source.isBlank();
    const folds = !literal && !wasBlank && !blank && ending === '\n';
    if (!folds) text += ending;
    else if (breaks === '') text += ' ';
    text += breaks;
    wasBlank = blank;
    const start = source.at;
    while (!source.isBreakOrEnd()) source.at++;
    text += source.textFrom(start);
    ending = source.takeBreak();
    breaks = lines.takeBreaks();
  }
  if (chomping === '-') return text;
  return chomping === '+' ? text + ending + breaks : text + ending;
}

function takeHeader(source: Source): { chomping: string; increment: number } {
  let chomping = '';
  let increment = 0;
  const takeChomping = () => {
    if (!source.is('+') && !source.is('-')) return;
    chomping = source.is('+') ? '+' : '-';
    source.at++;
  };
  takeChomping();
  const digit = source.code() - 0x30;
  if (digit === 0) throw source.wrong('a block scalar with the indentation 0');
  if (digit > 0 && digit <= 9) {
    increment = digit;
    source.at++;
    if (chomping === '') takeChomping();
  }
  source.skipBlanks();
  source.skipComment();
  if (!source.isBreakOrEnd()) throw source.wrong('more than a comment after the sign of a block scalar');
  source.takeBreak();
  return { chomping, increment };
}

/** The indentation of a block scalar's lines, from its header or from the first line. */
class BlockLines {
  readonly #source: Source;
  readonly #least: number;
  /** 0: not known yet. */
  indent: number;

  constructor(source: Source, parent: number, increment: number) {
    this.#source = source;
    this.#least = Math.max(parent + 1, 1);
    this.indent = increment === 0 ? 0 : Math.max(parent, 0) + increment;
  }

  /** Skips empty lines and the indentation of the next line; returns the line breaks. */
  takeBreaks(): string {
    const source = this.#source;
    const indented = () => this.indent > 0 && source.column >= this.indent;
    const breaks = new Breaks();
    let widest = 0;
    for (;;) {
      while (!indented() && source.code() === space) source.at++;
      widest = Math.max(widest, source.column);
      if (!indented() && source.code() === tab) throw source.wrong('a tab as indentation');
      if (!source.isBreak()) break;
      breaks.add(source.takeBreak());
    }
    if (this.indent === 0) this.indent = Math.max(widest, this.#least);
    return breaks.text;
  }
}
