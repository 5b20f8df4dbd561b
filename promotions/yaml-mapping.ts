// The top level of a YAML file with its scalars as written, no type applied. Refuses what Go's YAML refuses, and what could
// exhaust this process. Pure.
import type { Alias, CST, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

type Yaml = typeof import('yaml');

/** A value of the top level. */
export type Entry = { kind: 'scalar'; text: string } | { kind: 'null' } | { kind: 'collection' };

/** Completes "unreadable: …"; quotes nothing of the file. */
export interface Fault {
  fault: string;
}

/** Levels. Parsing and composing are recursive, and V8 aborts the whole process when a regular expression is compiled on an exhausted stack. */
const maxDepth = 500;

/**
 * Lexemes (a line `key: value` has seven) and lines. Deployment files have some hundreds, the greatest values files of public
 * charts 20,000. Unbounded, 1 MiB of brackets took 15 s and 2 GB of memory; the costliest text found within the bounds takes 0.4 s.
 */
const maxLexemes = 100_000;
const maxLines = 50_000;

/** Directives of YAML files are two at most; each unknown one costs as much as a hundred values. */
const maxDirectives = 100;

/**
 * The mapping that the first document is (Helm reads no other), with merge keys (`<<`) applied; undefined when the document
 * is empty. `text` without byte order mark.
 */
export async function readMapping(text: string): Promise<ReadonlyMap<string, Entry> | Fault | undefined> {
  // A lone CR ends a line too, for Go as for YAML; the package knows LF and CRLF.
  const lines = text.replace(/\r\n?/g, '\n');
  if (hasMoreLines(lines)) return { fault: `more than ${maxLines} lines` };
  const yaml = await import('yaml');
  const first = firstDocument(yaml, lines);
  if ('fault' in first) return first;
  const { contents } = first;
  if (contents === null) return undefined;
  if (yaml.isScalar(contents) && isNull(contents)) return undefined;
  const anchors = new Anchors(yaml);
  const fault = anchors.walk(contents);
  if (fault !== undefined) return { fault };
  if (!yaml.isMap(contents)) return { fault: 'not a mapping' };
  return anchors.entries(contents);
}

function hasMoreLines(text: string): boolean {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && lines < maxLines; at = text.indexOf('\n', at + 1)) lines++;
  return lines === maxLines;
}

function firstDocument(yaml: Yaml, text: string): Document.Parsed | Fault {
  // failsafe: the only schema that turns no scalar into a number. Unique keys are checked below: the package compares every
  // key with every other one.
  const composer = new yaml.Composer({ schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const composed = function* (): Generator<Document.Parsed | Fault> {
    for (const token of tokensOfFirst(yaml, text)) {
      if ('fault' in token) return yield token;
      yield* composer.next(token);
    }
    yield* composer.end(true, text.length);
  };
  for (const document of composed()) {
    if ('fault' in document) return document;
    const [error] = document.errors;
    if (error === undefined) return document;
    return { fault: `not YAML (${error.code}, line ${text.slice(0, error.pos[0]).split('\n').length})` };
  }
  return { fault: 'not YAML' };
}

/** The first document's tokens, and no more: Helm reads no other, and neither does an error of another one touch it. */
function* tokensOfFirst(yaml: Yaml, text: string): Generator<CST.Token | Fault> {
  const parser = new yaml.Parser();
  let lexemes = 0;
  let directives = 0;
  let complete = false;
  for (const lexeme of new yaml.Lexer().lex(text)) {
    if (++lexemes > maxLexemes) return yield { fault: `more than ${maxLexemes} signs and values` };
    for (const token of parser.next(lexeme)) {
      if (token.type === 'directive' && ++directives > maxDirectives)
        return yield { fault: `more than ${maxDirectives} directives` };
      yield token;
      if (token.type === 'error') return;
      complete ||= token.type === 'document';
    }
    // Every open level stands on its stack; it takes them down, and all is composed, by recursion.
    if (parser.stack.length > maxDepth) return yield { fault: `more than ${maxDepth} levels` };
    // The parser has something open again: the end mark, or the next document.
    if (complete && parser.stack.length > 0) return;
  }
  yield* parser.end();
}

/** Null as Go's YAML resolves it: plain and without a tag, or tagged so. */
function isNull(scalar: Scalar): boolean {
  if (scalar.tag !== undefined) return scalar.tag === 'tag:yaml.org,2002:null';
  return scalar.type === 'PLAIN' && /^(?:|~|null|Null|NULL)$/.test(scalar.source ?? '');
}

/** As written; the line break that ends a block scalar belongs to the notation, and what is rendered from it ends without it. */
function textOf(scalar: Scalar): string {
  const text = scalar.source ?? '';
  return scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED' ? text.replace(/\n+$/, '') : text;
}

/** Nodes of one document, and what its aliases stand for. */
class Anchors {
  readonly #yaml: Yaml;
  readonly #named = new Map<string, { node: Node; nodes: number }>();
  readonly #targets = new Map<Alias, Node>();
  /** Nodes after all aliases are replaced, and those of them that came by an alias. */
  #expanded = 0;
  #aliased = 0;

  constructor(yaml: Yaml) {
    this.#yaml = yaml;
  }

  /** The first reason why Go's YAML would refuse the nodes, or undefined. */
  walk(root: Node): string | undefined {
    try {
      this.#expanded = this.#count(root);
    } catch (error) {
      if (error instanceof Refused) return error.message;
      throw error;
    }
    // Limits of Go's YAML (decode.go, "excessive aliasing"): up to 99 % of 400,000 nodes, falling to 10 % of 4,000,000.
    if (this.#aliased <= 100 || this.#expanded <= 1000) return undefined;
    const share = Math.min(0.99, Math.max(0.1, 0.99 - (0.89 * (this.#expanded - 400_000)) / 3_600_000));
    return this.#aliased / this.#expanded > share ? 'aliases that expand without measure' : undefined;
  }

  entries(map: YAMLMap): ReadonlyMap<string, Entry> | Fault {
    const entries = new Map<string, Entry>();
    try {
      this.#collect(map, entries, false);
    } catch (error) {
      if (error instanceof Refused) return { fault: error.message };
      throw error;
    }
    return entries;
  }

  /** How many nodes this one is when aliases are replaced. */
  #count(node: unknown): number {
    const { isAlias, isCollection, isPair, isMap, isNode } = this.#yaml;
    if (isPair(node)) return this.#count(node.key) + this.#count(node.value);
    if (!isNode(node)) return 0;
    if (isAlias(node)) {
      const target = this.#named.get(node.source);
      if (target === undefined) throw new Refused('an alias without its anchor');
      if (target.nodes === 0) throw new Refused('an anchor that contains itself');
      this.#targets.set(node, target.node);
      this.#aliased += target.nodes;
      return target.nodes;
    }
    const anchored = 'anchor' in node && node.anchor ? { node, nodes: 0 } : undefined;
    if (anchored) this.#named.set(node.anchor as string, anchored);
    let nodes = 1;
    if (isCollection(node)) for (const item of node.items) nodes += this.#count(item);
    if (isMap(node)) this.#checkKeys(node);
    if (anchored) anchored.nodes = nodes;
    return nodes;
  }

  #checkKeys(map: YAMLMap): void {
    const keys = new Set<string>();
    for (const { key } of map.items) {
      const name = this.#keyOf(key);
      if (name === undefined) throw new Refused('a key that is no text');
      if (keys.has(name)) throw new Refused('a key twice');
      keys.add(name);
    }
  }

  #keyOf(key: unknown): string | undefined {
    const node = this.#resolve(key);
    return this.#yaml.isScalar(node) && !isNull(node) ? (node.source ?? '') : undefined;
  }

  #resolve(node: unknown): unknown {
    return this.#yaml.isAlias(node) ? this.#targets.get(node) : node;
  }

  /** A map's own keys win over merged ones, whatever the order; of merged ones the first. */
  #collect(map: YAMLMap, entries: Map<string, Entry>, merged: boolean): void {
    const isMerge = ({ key }: Pair) =>
      this.#yaml.isScalar(key) && key.type === 'PLAIN' && key.tag === undefined && key.source === '<<';
    for (const pair of map.items) {
      if (isMerge(pair)) continue;
      const key = this.#keyOf(pair.key);
      if (key !== undefined && !(merged && entries.has(key))) entries.set(key, this.#entry(pair.value));
    }
    for (const pair of map.items) {
      if (!isMerge(pair)) continue;
      for (const source of this.#mergeSources(pair.value)) this.#collect(source, entries, true);
    }
  }

  #mergeSources(value: unknown): YAMLMap[] {
    const node = this.#resolve(value);
    const sources = this.#yaml.isSeq(node) ? (node as YAMLSeq).items.map((item) => this.#resolve(item)) : [node];
    if (!sources.every((source) => this.#yaml.isMap(source))) throw new Refused('a merge key without a mapping');
    return sources as YAMLMap[];
  }

  #entry(value: unknown): Entry {
    const node = this.#resolve(value);
    if (node === null || node === undefined) return { kind: 'null' };
    if (!this.#yaml.isScalar(node)) return { kind: 'collection' };
    return isNull(node) ? { kind: 'null' } : { kind: 'scalar', text: textOf(node) };
  }
}

/** Ends the walk; its message is the fault. */
class Refused extends Error {}
