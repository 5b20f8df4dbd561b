// The grammar: from tokens to the scalars, lists and mappings of the first document. Uses a stack instead of recursion, because
// there may be 10,000 levels. Pure.
import { Unreadable } from './source.ts';
import type { Token } from './token.ts';
import { Tokens } from './tokens.ts';

export interface ScalarNode {
  text: string;
  /** In full, such as `tag:yaml.org,2002:str`; empty when there is none. */
  tag: string;
  /** The text decides its type. */
  implicit: boolean;
  /** Written as `|` or `>`. */
  block: boolean;
  anchor?: string | undefined;
  line: number;
}

/** Receives the nodes in the order of the file. */
export interface NodeTaker {
  scalar(node: ScalarNode): void;
  alias(name: string, line: number): void;
  open(kind: 'mapping' | 'list', anchor?: string): void;
  close(): void;
}

/** Reads the first document and nothing after it. */
export function readNodes(bytes: Uint8Array, taker: NodeTaker): void {
  const tokens = new Tokens(bytes);
  try {
    new Grammar(tokens, taker).readDocument();
  } finally {
    // If the file could not be decoded to its end, that is the reason to report, whatever error it led to.
    tokens.check();
  }
}

type Type = Token['type'];

const outside: readonly Type[] = ['version directive', 'tag directive', 'document start', 'document end', 'file end'];

class Grammar {
  readonly #tokens: Tokens;
  readonly #taker: NodeTaker;
  readonly #prefixes = new Map<string, string>();
  /** A stack of what is to be read next. */
  readonly #open: (() => void)[] = [];

  constructor(tokens: Tokens, taker: NodeTaker) {
    this.#tokens = tokens;
    this.#taker = taker;
  }

  readDocument(): void {
    const explicit = outside.includes(this.#next) && this.#next !== 'document end';
    if (this.#next !== 'file end') {
      this.#readDirectives();
      if (explicit) {
        if (this.#next !== 'document start') throw this.#unexpected('"---" after the directives');
        this.#tokens.take();
      }
      if (explicit && outside.includes(this.#next)) this.#empty();
      else this.#node(true, false);
      for (let read = this.#open.pop(); read; read = this.#open.pop()) read();
      this.#tokens.peek();
    }
  }

  get #next(): Type {
    return this.#tokens.peek().type;
  }

  #nextIs(...types: readonly Type[]): boolean {
    return types.includes(this.#next);
  }

  #unexpected(expected: string): Unreadable {
    return new Unreadable(`expected ${expected}, line ${this.#tokens.peek().line + 1}`);
  }

  #readDirectives(): void {
    let versions = 0;
    for (;;) {
      const token = this.#tokens.peek();
      if (token.type === 'version directive') {
        if (++versions > 1) throw this.#unexpected('one %YAML');
        if (token.version !== '1.1') throw this.#unexpected('%YAML 1.1, which Helm reads');
      } else if (token.type === 'tag directive') {
        if (this.#prefixes.has(token.handle)) throw this.#unexpected('one %TAG of a handle');
        this.#prefixes.set(token.handle, token.prefix);
      } else break;
      this.#tokens.take();
    }
    if (!this.#prefixes.has('!')) this.#prefixes.set('!', '!');
    if (!this.#prefixes.has('!!')) this.#prefixes.set('!!', 'tag:yaml.org,2002:');
  }

  /** An empty scalar, where a value may be and is not. */
  #empty(): void {
    this.#taker.scalar({ text: '', tag: '', implicit: true, block: false, line: this.#tokens.peek().line });
  }

  /** `block`: in block style. `dashes`: a list here may begin without indentation. */
  #node(block: boolean, dashes: boolean): void {
    const token = this.#tokens.peek();
    if (token.type === 'alias') {
      this.#tokens.take();
      this.#taker.alias(token.name, token.line);
    } else this.#content(block, dashes);
  }

  /** A node other than an alias. */
  #content(block: boolean, dashes: boolean): void {
    const { anchor, tag } = this.#properties();
    const content = this.#tokens.peek();
    const implicit = tag === '';
    if (dashes && content.type === '-') {
      this.#taker.open('list', anchor);
      this.#open.push(() => this.#dashEntry());
    } else if (content.type === 'scalar') {
      this.#tokens.take();
      const { text, style, line } = content;
      const seen = (implicit && style === 'plain') || tag === '!';
      this.#taker.scalar({ text, tag, implicit: seen, block: style === 'block', anchor, line });
    } else if (content.type === '[' || (block && content.type === 'block sequence')) {
      this.#tokens.take();
      this.#taker.open('list', anchor);
      this.#open.push(() => (content.type === '[' ? this.#flowEntry(true) : this.#blockEntry()));
    } else if (content.type === '{' || (block && content.type === 'block mapping')) {
      this.#tokens.take();
      this.#taker.open('mapping', anchor);
      this.#open.push(() => (content.type === '{' ? this.#flowKey(true) : this.#blockKey()));
    } else if (anchor !== undefined || !implicit) {
      this.#taker.scalar({ text: '', tag, implicit, block: false, anchor, line: content.line });
    } else {
      throw this.#unexpected('a value');
    }
  }

  /** A tag, an anchor, both in either order, or none. */
  #properties(): { anchor: string | undefined; tag: string } {
    let anchor: string | undefined;
    let tag = '';
    for (;;) {
      const token = this.#tokens.peek();
      if (token.type === 'anchor' && anchor === undefined) {
        anchor = token.name;
      } else if (token.type === 'tag' && tag === '') {
        const prefix = token.handle === '' ? '' : this.#prefixes.get(token.handle);
        if (prefix === undefined) throw this.#unexpected('a tag whose handle is known');
        tag = prefix + token.suffix;
      } else return { anchor, tag };
      this.#tokens.take();
    }
  }

  /** The value after `:`, or an empty one. */
  #value(ends: readonly Type[], next: () => void, ...how: [block: boolean, dashes: boolean]): void {
    if (this.#nextIs('value')) {
      this.#tokens.take();
      this.#valueUnless(ends, next, ...how);
    } else {
      this.#open.push(next);
      this.#empty();
    }
  }

  /** A value, or an empty one before one of the tokens `ends`; then `next`. */
  #valueUnless(ends: readonly Type[], next: () => void, ...how: [block: boolean, dashes: boolean]): void {
    this.#open.push(next);
    if (this.#nextIs(...ends)) this.#empty();
    else this.#node(...how);
  }

  #blockEnds(): boolean {
    if (!this.#nextIs('block end')) return false;
    this.#tokens.take();
    this.#taker.close();
    return true;
  }

  #blockEntry(): void {
    if (this.#blockEnds()) return;
    if (!this.#nextIs('-')) throw this.#unexpected('"-"');
    this.#tokens.take();
    this.#valueUnless(['-', 'block end'], () => this.#blockEntry(), true, false);
  }

  /** An entry of a list that is indented like its key. */
  #dashEntry(): void {
    if (this.#nextIs('-')) {
      this.#tokens.take();
      this.#valueUnless(['-', 'key', 'value', 'block end'], () => this.#dashEntry(), true, false);
    } else this.#taker.close();
  }

  #blockKey(): void {
    if (this.#blockEnds()) return;
    if (!this.#nextIs('key')) throw this.#unexpected('a key');
    this.#tokens.take();
    this.#valueUnless(['key', 'value', 'block end'], () => this.#blockValue(), true, true);
  }

  #blockValue(): void {
    this.#value(['key', 'value', 'block end'], () => this.#blockKey(), true, true);
  }

  /** Whether one more entry follows. */
  #moreInFlow(end: ']' | '}', first: boolean): boolean {
    if (!first && !this.#nextIs(end)) {
      if (!this.#nextIs(',')) throw this.#unexpected(`"," or "${end}"`);
      this.#tokens.take();
    }
    if (!this.#nextIs(end)) return true;
    this.#tokens.take();
    this.#taker.close();
    return false;
  }

  #flowEntry(first: boolean): void {
    if (!this.#moreInFlow(']', first)) return;
    if (this.#nextIs('key')) {
      this.#tokens.take();
      this.#taker.open('mapping');
      this.#open.push(() => this.#pairKey());
    } else {
      this.#open.push(() => this.#flowEntry(false));
      this.#node(false, false);
    }
  }

  /** The key of a single pair as an entry of `[]`. */
  #pairKey(): void {
    const ends: readonly Type[] = ['value', ',', ']'];
    const none = this.#nextIs(...ends);
    this.#valueUnless(ends, () => this.#pairValue(), false, false);
    // The library consumes the token that ends an empty key.
    if (none) this.#tokens.take();
  }

  #pairValue(): void {
    const next = () => {
      this.#taker.close();
      this.#open.push(() => this.#flowEntry(false));
    };
    this.#value([',', ']'], next, false, false);
  }

  #flowKey(first: boolean): void {
    if (!this.#moreInFlow('}', first)) return;
    if (this.#nextIs('key')) {
      this.#tokens.take();
      this.#valueUnless(['value', ',', '}'], () => this.#flowMappingValue(), false, false);
    } else {
      this.#open.push(() => {
        this.#open.push(() => this.#flowKey(false));
        this.#empty();
      });
      this.#node(false, false);
    }
  }

  #flowMappingValue(): void {
    this.#value([',', '}'], () => this.#flowKey(false), false, false);
  }
}
