// The tokens of a YAML file, one after the other. Only the `:` after a value shows that it is a key, so tokens wait in a queue
// while one of them may become a key. Pure.
import { takeAnchor, takeDirective, takeTag } from './properties.ts';
import { takeBlock, takePlain, takeQuoted } from './scalars.ts';
import { oneOf, Source, space, tab } from './source.ts';
import type { Sign, Token } from './token.ts';

const notPlain = oneOf(',[]{}#&*!|>\'"%@`');

/** Levels of brackets, and of indentation. */
const maxLevels = 10_000;

/** Characters from the beginning of a key (without `?`) to its `:`. */
const maxKeyLength = 1024;

/** Where a key may have begun; one for each level of brackets. */
interface KeyStart {
  possible: boolean;
  /** It can only be a key. */
  required: boolean;
  /** Number of its token, from the beginning of the file. */
  token: number;
  at: number;
  line: number;
  column: number;
}

export class Tokens {
  readonly #source: Source;
  readonly #waiting: Token[] = [];
  #next = 0;
  /** Number of tokens that were taken. */
  #taken = 0;
  /** Where the last token began. */
  #lastAt = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  readonly #keyStarts: KeyStart[] = [];
  /** The level of the key start that belongs to a token. */
  readonly #levelOf = new Map<number, number>();
  #keyAllowed = true;
  /** The next token is known not to be a key. */
  #settled = false;

  constructor(bytes: Uint8Array) {
    this.#source = new Source(bytes);
    this.#pushKeyStart(false, false);
  }

  peek(): Token {
    while (!this.#settled) {
      if (this.#next === this.#waiting.length || this.#mayBecomeKey()) this.#read();
      else this.#settled = true;
    }
    return this.#waiting[this.#next]!;
  }

  take(): Token {
    const token = this.peek();
    this.#settled = false;
    this.#next++;
    this.#taken++;
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    }
    return token;
  }

  /** To be called when the document has been read: throws if an undecodable part of the file was needed. */
  check(): void {
    this.#source.check(this.#lastAt);
  }

  get #inFlow(): boolean {
    return this.#keyStarts.length > 1;
  }

  #mayBecomeKey(): boolean {
    const level = this.#levelOf.get(this.#taken);
    return level !== undefined && this.#isOpen(level);
  }

  /** Whether a key may still have begun there: on the same line, and not too many characters ago. */
  #isOpen(level: number): boolean {
    const start = this.#keyStarts[level]!;
    if (!start.possible) return false;
    if (start.line === this.#source.line && start.at + maxKeyLength >= this.#source.at) return true;
    if (start.required) throw this.#source.wrong('no ":" after a key', start.line);
    start.possible = false;
    return false;
  }

  #put(token: Token, place?: number): void {
    if (place === undefined) this.#waiting.push(token);
    else this.#waiting.splice(place, 0, token);
  }

  #sign(type: Sign, width: number): void {
    this.#put({ type, line: this.#source.line });
    this.#source.at += width;
  }

  /** Notes that a key may begin here. */
  #startKey(): void {
    if (!this.#keyAllowed) return;
    this.#dropKey();
    const required = !this.#inFlow && this.#indent === this.#source.column;
    this.#keyStarts.pop();
    const { token } = this.#pushKeyStart(true, required);
    this.#levelOf.set(token, this.#keyStarts.length - 1);
  }

  #pushKeyStart(possible: boolean, required: boolean): KeyStart {
    const { at, line, column } = this.#source;
    const token = this.#taken + this.#waiting.length - this.#next;
    const start = { possible, required, token, at, line, column };
    this.#keyStarts.push(start);
    return start;
  }

  /** What might have been a key is not one. */
  #dropKey(): void {
    const start = this.#keyStarts.at(-1)!;
    if (!start.possible) return;
    if (start.required) throw this.#source.wrong('no ":" after a key', start.line);
    start.possible = false;
    this.#levelOf.delete(start.token);
  }

  /** A collection begins when a token is further right than the collection around it. */
  #indentTo(column: number, type: Sign, place?: number): void {
    if (this.#inFlow || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    if (this.#indents.length > maxLevels) throw this.#source.wrong(`more than ${maxLevels} levels`);
    this.#put({ type, line: this.#source.line }, place);
  }

  #unindentTo(column: number): void {
    if (this.#inFlow) return;
    while (this.#indent > column) {
      this.#sign('block end', 0);
      this.#indent = this.#indents.pop()!;
    }
  }

  #read(): void {
    const source = this.#source;
    this.#skipToToken();
    this.#lastAt = source.at;
    this.#unindentTo(source.column);
    if (source.isEnd()) source.endLine();
    const outside = source.isEnd() || source.isDocumentMark() || (source.column === 0 && source.is('%'));
    if (outside) this.#readOutside();
    else this.#readInside(String.fromCodePoint(source.code()));
  }

  /** A token outside of all collections. */
  #readOutside(): void {
    this.#unindentTo(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    if (this.#source.isEnd()) this.#sign('file end', 0);
    else if (this.#source.is('%')) this.#put(takeDirective(this.#source));
    else this.#sign(this.#source.is('-') ? 'document start' : 'document end', 3);
  }

  #readInside(character: string): void {
    const standsAlone = this.#source.isBlankOrEnd(1);
    const separates = standsAlone || this.#inFlow;
    if (character === '[' || character === '{') this.#readOpening(character);
    else if (character === ']' || character === '}') this.#readClosing(character);
    else if (character === ',') this.#readComma();
    else if (character === '-' && standsAlone) this.#readDash();
    else if (character === '?' && separates) this.#readQuestionMark();
    else if (character === ':' && separates) this.#readColon();
    else if (character === '*' || character === '&' || character === '!') this.#readProperty(character);
    else if ((character === '|' || character === '>') && !this.#inFlow) this.#readBlock();
    else if (character === "'" || character === '"') this.#readQuoted();
    else if (this.#startsPlain(character)) this.#readPlain();
    else throw this.#source.wrong('a character that cannot begin a value');
  }

  #startsPlain(character: string): boolean {
    const source = this.#source;
    if (character === '-') return !source.isBlank(1);
    if (character === '?' || character === ':') return !this.#inFlow && !source.isBlankOrEnd(1);
    return !source.isBlankOrEnd() && !source.isOneOf(notPlain);
  }

  /** Tabs are blanks, except where indentation or a key may be. */
  #skipToToken(): void {
    const source = this.#source;
    for (;;) {
      while (source.code() === space || (source.code() === tab && (this.#inFlow || !this.#keyAllowed))) source.at++;
      source.skipComment();
      if (!source.isBreak()) return;
      source.takeBreak();
      if (!this.#inFlow) this.#keyAllowed = true;
    }
  }

  #readOpening(sign: '[' | '{'): void {
    this.#startKey();
    this.#pushKeyStart(false, false);
    if (this.#keyStarts.length - 1 > maxLevels) throw this.#source.wrong(`more than ${maxLevels} levels`);
    this.#keyAllowed = true;
    this.#sign(sign, 1);
  }

  #readClosing(sign: ']' | '}'): void {
    this.#dropKey();
    // In the library a bracket without a key inside can no longer begin a key itself.
    if (this.#inFlow) this.#levelOf.delete(this.#keyStarts.pop()!.token);
    this.#keyAllowed = false;
    this.#sign(sign, 1);
  }

  #readComma(): void {
    this.#dropKey();
    this.#keyAllowed = true;
    this.#sign(',', 1);
  }

  #readDash(): void {
    if (!this.#inFlow) this.#beginCollection('block sequence');
    this.#dropKey();
    this.#keyAllowed = true;
    this.#sign('-', 1);
  }

  #readQuestionMark(): void {
    if (!this.#inFlow) this.#beginCollection('block mapping');
    this.#dropKey();
    this.#keyAllowed = !this.#inFlow;
    this.#sign('key', 1);
  }

  #beginCollection(type: 'block sequence' | 'block mapping'): void {
    if (!this.#keyAllowed) throw this.#source.wrong('a key or an entry where none can begin');
    this.#indentTo(this.#source.column, type);
  }

  #readColon(): void {
    const level = this.#keyStarts.length - 1;
    if (this.#isOpen(level)) {
      const start = this.#keyStarts[level]!;
      const { token, column, line } = start;
      // As in the library: a token that was already taken stays where it is, and the tokens for the key come too late.
      const place = token < this.#taken ? undefined : this.#next + token - this.#taken;
      this.#put({ type: 'key', line }, place);
      this.#indentTo(column, 'block mapping', place);
      start.possible = false;
      this.#levelOf.delete(token);
      this.#keyAllowed = false;
    } else {
      if (!this.#inFlow) this.#beginCollection('block mapping');
      this.#keyAllowed = !this.#inFlow;
    }
    this.#sign('value', 1);
  }

  #readProperty(sign: '*' | '&' | '!'): void {
    this.#startKey();
    this.#keyAllowed = false;
    this.#put(sign === '!' ? takeTag(this.#source) : takeAnchor(this.#source));
  }

  #readBlock(): void {
    this.#dropKey();
    this.#keyAllowed = true;
    const { line } = this.#source;
    this.#put({ type: 'scalar', text: takeBlock(this.#source, this.#indent), style: 'block', line });
  }

  #readQuoted(): void {
    this.#startKey();
    this.#keyAllowed = false;
    const { line } = this.#source;
    this.#put({ type: 'scalar', text: takeQuoted(this.#source), style: 'quoted', line });
  }

  #readPlain(): void {
    this.#startKey();
    this.#keyAllowed = false;
    const { line } = this.#source;
    const { text, ended } = takePlain(this.#source, this.#inFlow, this.#indent + 1);
    if (ended) this.#keyAllowed = true;
    this.#put({ type: 'scalar', text, style: 'plain', line });
  }
}
