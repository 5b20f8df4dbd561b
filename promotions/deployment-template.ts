// Where deployment files lie: a template such as `model-deployments/{environment}/{application}/config.yaml` as a matcher of
// paths. Pure; compares paths as Git has them, with case.

export interface DeploymentTemplate {
  /** As configured. */
  text: string;
  /** The folder before the first placeholder or `**`, without a slash at its end; `""` is the root. */
  folder: string;
  /** What the path says, or undefined when it does not fit. */
  match(path: string): { environment: string; application: string } | undefined;
}

/** Characters; no checkout can hold longer ones, Argo CD's neither. */
const maxPathLength = 4096;

const names = ['environment', 'application'] as const;
type Name = (typeof names)[number];

const placeholder = /\{(environment|application)\}/;

/**
 * `{environment}` and `{application}` stand for (a part of) one segment, `**` for any number of segments, also none. A text that
 * cannot be a template gives `expected`, which completes "expected …".
 */
export function readTemplate(text: string): DeploymentTemplate | { expected: string } {
  const segments = text.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return { expected: 'a path from the root of the repository, without empty segments, "." and ".."' };
  for (const name of names) if (!text.includes(`{${name}}`)) return { expected: `{${name}} in it` };
  if (segments.some((segment) => segment !== '**' && segment.includes('*')))
    return { expected: '* only as a whole segment **' };
  if (/[{}]/.test(text.replaceAll(new RegExp(placeholder, 'g'), '')))
    return { expected: 'no placeholders but {environment} and {application}' };

  const parts = partsOf(segments);
  const first = segments.findIndex((segment) => segment === '**' || placeholder.test(segment));
  return {
    text,
    folder: segments.slice(0, first).join('/'),
    match: (path) => (path.length > maxPathLength ? undefined : new Match(parts, path.split('/')).find(0, 0, {})),
  };
}

/** The first template that fits decides. */
export function matchTemplates(
  templates: readonly DeploymentTemplate[],
  path: string,
): { environment: string; application: string } | undefined {
  for (const template of templates) {
    const found = template.match(path);
    if (found) return found;
  }
  return undefined;
}

/** `**`, or what a segment consists of: texts and placeholders. */
type Part = '**' | readonly string[];

type Found = Partial<Record<Name, string>>;

function partsOf(segments: readonly string[]): Part[] {
  return (
    segments
      // `**/**` says nothing that `**` does not.
      .filter((segment, i) => segment !== '**' || segments[i - 1] !== '**')
      .map((segment) => (segment === '**' ? segment : segment.split(/(\{(?:environment|application)\})/)))
  );
}

/** One path. The first `**` takes as many segments as it can, the first placeholder of a segment as few characters as it can. */
class Match {
  readonly #parts: readonly Part[];
  readonly #segments: readonly string[];
  /** By part and what later parts say of what was found: from which segment on all was tried in vain. Nothing is tried twice. */
  readonly #failed = new Map<string | number, number>();
  /** Where segments stand, by their text; made when it is needed. */
  #places: ReadonlyMap<string, readonly number[]> | undefined;

  constructor(parts: readonly Part[], segments: readonly string[]) {
    this.#parts = parts;
    this.#segments = segments;
  }

  /** The parts from `part` on, and the segments from `at` on. */
  find(part: number, at: number, found: Found): Required<Found> | undefined {
    const wanted = this.#parts[part];
    if (wanted === undefined) return at === this.#segments.length ? (found as Required<Found>) : undefined;
    return wanted === '**' ? this.#findAny(part, at, found) : this.#findSegment(part, at, found, 0, 0);
  }

  #findAny(part: number, at: number, found: Found): Required<Found> | undefined {
    const end = this.#segments.length;
    // A folder by itself is no file, so at the end at least one segment.
    if (part === this.#parts.length - 1) return at < end ? (found as Required<Found>) : undefined;
    // Only what is named again has a say in what follows.
    const named = names.filter((name) => found[name] !== undefined && this.#isLater(part, name));
    const state = named.length === 0 ? part : JSON.stringify([part, named.map((name) => found[name])]);
    const before = this.#failed.get(state) ?? end;
    if (before <= at) return undefined;
    const next = this.#parts[part + 1] as readonly string[];
    const text = textOf(next, found);
    const places = text === undefined ? undefined : (this.#placesOf().get(text) ?? []);
    for (let i = places ? places.length - 1 : before - 1; i >= 0; i--) {
      const place = places ? places[i]! : i;
      if (place < at) break;
      const match = place < before ? this.find(part + 1, place, found) : undefined;
      if (match) return match;
    }
    this.#failed.set(state, at);
    return undefined;
  }

  #placesOf(): ReadonlyMap<string, readonly number[]> {
    if (this.#places) return this.#places;
    const places = new Map<string, number[]>();
    for (const [i, segment] of this.#segments.entries()) {
      const same = places.get(segment);
      if (same) same.push(i);
      else places.set(segment, [i]);
    }
    this.#places = places;
    return places;
  }

  #isLater(part: number, name: Name): boolean {
    return this.#parts.some((one, i) => i > part && one !== '**' && one.includes(`{${name}}`));
  }

  /** The pieces from `piece` on, and the characters of the segment from `from` on. */
  #findSegment(part: number, at: number, found: Found, piece: number, from: number): Required<Found> | undefined {
    const pieces = this.#parts[part] as readonly string[];
    const text = this.#segments[at] ?? '';
    const wanted = pieces[piece];
    if (wanted === undefined) return from === text.length ? this.find(part + 1, at + 1, found) : undefined;
    const name = nameIn(wanted);
    const literal = name === undefined ? wanted : found[name];
    if (literal !== undefined)
      return text.startsWith(literal, from)
        ? this.#findSegment(part, at, found, piece + 1, from + literal.length)
        : undefined;
    const only = onlyEnd(pieces.slice(piece + 1), name!, found, from, text.length);
    for (let end = Math.max(from + 1, only ?? 0); end <= (only ?? text.length); end++) {
      const match = this.#findSegment(part, at, { ...found, [name!]: text.slice(from, end) }, piece + 1, end);
      if (match) return match;
    }
    return undefined;
  }
}

/** What a segment has to be, when all that it names is known. */
function textOf(pieces: readonly string[], found: Found): string | undefined {
  let text = '';
  for (const piece of pieces) {
    const name = nameIn(piece);
    const known = name === undefined ? piece : found[name];
    if (known === undefined) return undefined;
    text += known;
  }
  return text;
}

/** Where what `name` stands for, from `from` on, has to end so that the pieces behind it fill the segment; undefined: not only one place. */
function onlyEnd(
  behind: readonly string[],
  name: Name,
  found: Found,
  from: number,
  length: number,
): number | undefined {
  let left = length - from;
  let times = 1;
  for (const piece of behind) {
    const other = nameIn(piece);
    if (other === name) times++;
    else {
      const known = other === undefined ? piece : found[other];
      if (known === undefined) return undefined;
      left -= known.length;
    }
  }
  // Not a whole number: it ends nowhere.
  return left % times === 0 ? from + left / times : 0;
}

function nameIn(piece: string): Name | undefined {
  return placeholder.exec(piece)?.[1] as Name | undefined;
}
