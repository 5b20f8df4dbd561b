// The first document of a YAML file as `sigs.k8s.io/yaml` reads it for Helm and Argo CD: not strict, so the last of two equal
// keys wins, and a merge key (`<<`) is applied where it stands. Pure.
import { type NodeTaker, readNodes, type ScalarNode } from './nodes.ts';
import { type Resolved, resolve } from './resolve.ts';
import { Unreadable } from './source.ts';

export { Unreadable } from './source.ts';

export interface Scalar extends Resolved {
  kind: 'scalar';
  /** As in the file, without quotes and escapes. */
  written: string;
  /** Written as `|` or `>`. */
  block: boolean;
}

export interface Mapping {
  kind: 'mapping';
  /** By type and text of the key; keys that are text begin with `=`. */
  entries: Map<string, Entry>;
  /** Duplicate keys. */
  doubled: Map<string, { times: number; firstLine: number; lastLine: number }>;
  /** Keys that a later merge key overrides, with the line of that merge key. */
  overridden: Map<string, number>;
}

export interface List {
  kind: 'list';
  /** Only of a list at the top and of one in a merge key. Items of other lists are not kept. */
  items: Value[];
}

export type Value = (Scalar | Mapping | List) & {
  /** It contains something that JSON cannot hold; Helm converts to JSON. */
  noValue: boolean;
  /** Levels of nested collections. */
  height: number;
};

export interface Entry {
  value: Value;
  /** Counted from 1. */
  line: number;
  noKey: boolean;
  merged: boolean;
}

/** Undefined when the document is empty. Throws `Unreadable` when the library refuses it. Time and memory are in proportion to the file. */
export function readYaml(bytes: Uint8Array): Value | undefined {
  const document = new Document();
  readNodes(bytes, document);
  const { root } = document;
  if (root?.noValue) throw new Unreadable('a key or a number that JSON cannot hold');
  if (root !== undefined && root.height > maxJsonLevels) throw new Unreadable(`more than ${maxJsonLevels} levels`);
  return root?.kind === 'scalar' && root.type === 'null' ? undefined : root;
}

const maxJsonLevels = 10_000;

/** The value of a key that is text. */
export function valueAt(mapping: Mapping, key: string): Value | undefined {
  return mapping.entries.get(`=${key}`)?.value;
}

/** An open collection. */
interface Level {
  collection: (Mapping | List) & Value;
  anchor?: Anchored | undefined;
  /** Of a mapping: the key whose value comes next. */
  key?: { id: string; line: number; noKey: boolean } | 'merge' | undefined;
}

interface Anchored {
  /** Undefined while it is open. */
  value?: Value;
  /** Steps that reading it took, as the library counts them. */
  steps: number;
}

class Document implements NodeTaker {
  root: Value | undefined;
  readonly #levels: Level[] = [];
  readonly #anchors = new Map<string, Anchored>();
  /** The library's counters against aliases that expand too much: all steps, and the steps that came from aliases. */
  #steps = 0;
  #aliased = 0;
  #line = 0;
  #unique = 0;

  scalar(node: ScalarNode): void {
    const { text, tag, implicit, anchor, line } = node;
    this.#line = line + 1;
    const level = this.#levels.at(-1);
    const isMerge = text === '<<' && (implicit || tag === 'tag:yaml.org,2002:merge');
    if (isMerge && level?.collection.kind === 'mapping' && level.key === undefined) {
      this.#anchored(anchor, { value: this.#scalarOf(node), steps: 1 });
      level.key = 'merge';
      return;
    }
    this.#step();
    const value = this.#scalarOf(node);
    this.#anchored(anchor, { value, steps: 1 });
    this.#add(value);
  }

  alias(name: string, line: number): void {
    this.#line = line + 1;
    const target = this.#anchors.get(name);
    if (target === undefined) throw new Unreadable(`an alias without its anchor, line ${this.#line}`);
    if (target.value === undefined) throw new Unreadable(`an anchor that contains itself, line ${this.#line}`);
    this.#step();
    this.#aliased += target.steps - 1;
    this.#steps += target.steps - 1;
    this.#aliased++;
    this.#step();
    this.#add(target.value, true);
  }

  open(kind: 'mapping' | 'list', anchor?: string): void {
    // The list of a merge key is no step in the library.
    if (kind === 'mapping' || this.#levels.at(-1)?.key !== 'merge') this.#step();
    const common = { noValue: false, height: 1 };
    const collection: Level['collection'] =
      kind === 'list'
        ? { kind, items: [], ...common }
        : { kind, entries: new Map(), doubled: new Map(), overridden: new Map(), ...common };
    this.#levels.push({ collection, anchor: this.#anchored(anchor, { steps: -this.#steps + 1 }) });
  }

  close(): void {
    const { collection, anchor } = this.#levels.pop()!;
    if (collection.kind === 'mapping') {
      for (const { value, noKey } of collection.entries.values()) {
        collection.noValue ||= noKey || value.noValue;
        collection.height = Math.max(collection.height, value.height + 1);
      }
    }
    if (anchor) {
      anchor.value = collection;
      anchor.steps += this.#steps;
    }
    this.#add(collection);
  }

  #scalarOf({ text, tag, implicit, block }: ScalarNode): Scalar & Value {
    const { type, shown, noJson } = resolve(text, tag, implicit);
    return { kind: 'scalar', written: text, block, type, shown, noJson, noValue: noJson === 'as a value', height: 0 };
  }

  #anchored(name: string | undefined, anchored: Anchored): Anchored | undefined {
    if (name === undefined) return undefined;
    this.#anchors.set(name, anchored);
    return anchored;
  }

  /** Limits of the library ("excessive aliasing"): 99 % of up to 400,000 steps, falling to 10 % of 4,000,000. */
  #step(): void {
    this.#steps++;
    if (this.#aliased <= 100 || this.#steps <= 1000) return;
    const allowed = Math.min(0.99, Math.max(0.1, 0.99 - (0.89 * (this.#steps - 400_000)) / 3_600_000));
    if (this.#aliased / this.#steps > allowed) throw new Unreadable('aliases that expand too much');
  }

  /** Adds a value to the open collection. */
  #add(value: Value, aliased = false): void {
    const level = this.#levels.at(-1);
    if (level === undefined) {
      this.root = value;
    } else if (level.collection.kind === 'list') {
      this.#addItem(level.collection, value);
    } else if (level.key === undefined) {
      level.key = this.#keyOf(value);
    } else {
      if (level.key === 'merge') this.#merge(level.collection, value, aliased);
      else this.#set(level.collection, level.key, value);
      level.key = undefined;
    }
  }

  #addItem(list: List & Value, value: Value): void {
    list.noValue ||= value.noValue;
    list.height = Math.max(list.height, value.height + 1);
    if (this.#levels.length === 1 || this.#levels.at(-2)?.key === 'merge') list.items.push(value);
  }

  #keyOf(value: Value): Level['key'] {
    if (value.kind !== 'scalar') throw new Unreadable(`a key that is a collection, line ${this.#line}`);
    const { type, shown, noJson } = value;
    let id = type === 'string' ? `=${shown}` : `${type} ${shown}`;
    // NaN is not equal to itself, so two such keys are two entries.
    if (id === 'float NaN') id += this.#unique++;
    return { id, line: this.#line, noKey: noJson === 'as a key' };
  }

  #set({ entries, doubled }: Mapping, { id, line, noKey }: Exclude<Level['key'], 'merge' | undefined>, value: Value) {
    const before = entries.get(id);
    if (before && !before.merged && id.startsWith('=')) {
      const { times, firstLine } = doubled.get(id.slice(1)) ?? { times: 1, firstLine: before.line };
      doubled.set(id.slice(1), { times: times + 1, firstLine, lastLine: line });
    }
    entries.set(id, { value, line, noKey, merged: false });
  }

  /** Merges the entries of one or several mappings. The first mapping wins. */
  #merge(into: Mapping, value: Value, aliased: boolean): void {
    const sources = value.kind === 'list' && !aliased ? [...value.items].reverse() : [value];
    for (const source of sources) {
      if (source.kind !== 'mapping') throw new Unreadable(`a merge key without a mapping, line ${this.#line}`);
      for (const [id, entry] of source.entries) {
        const before = into.entries.get(id);
        if (before && !before.merged && id.startsWith('=')) into.overridden.set(id.slice(1), this.#line);
        into.entries.set(id, { ...entry, merged: true });
      }
    }
  }
}
