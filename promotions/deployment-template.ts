// Which paths are deployment files: a template such as `model-deployments/{environment}/{application}/config.yaml`, matched
// against paths as Git has them (upper and lower case differ). Pure.

export interface DeploymentTemplate {
  /** As configured. */
  text: string;
  /** The folder before the first placeholder or `**`, without a slash at its end; `""` is the root. */
  folder: string;
  /** Environment and application in the path; undefined when the path does not fit. */
  match(path: string): { environment: string; application: string } | undefined;
}

/** Characters; no checkout can hold longer paths, Argo CD's neither. */
const maxPathLength = 4096;

const names = ['environment', 'application'] as const;
type Name = (typeof names)[number];

const placeholder = /\{(environment|application)\}/;

/**
 * `{environment}` and `{application}` stand for (a part of) one segment, `**` for any number of segments, also none. A text that
 * is not a template gives `expected`, which completes "expected …".
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

/** The result of the first template that fits. */
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

/** `**`, or the pieces of a segment: texts and placeholders. */
type Part = '**' | readonly string[];

type Found = Partial<Record<Name, string>>;

function partsOf(segments: readonly string[]): Part[] {
  return (
    segments
      // `**/**` means the same as `**`.
      .filter((segment, i) => segment !== '**' || segments[i - 1] !== '**')
      .map((segment) => (segment === '**' ? segment : segment.split(/(\{(?:environment|application)\})/)))
  );
}

/** One path. A `**` takes as many segments as possible, a placeholder at the start of a segment as few characters as possible. */
class Match {
  readonly #parts: readonly Part[];
  readonly #segments: readonly string[];
  /**
   * From which segment on everything was tried in vain, by part and by those values found so far that later parts repeat. So nothing
   * is tried twice, and a match takes time in proportion to the path.
   */
  readonly #failed = new Map<string | number, number>();
  /** Places of segments by their text; made when needed. */
  #places: ReadonlyMap<string, readonly number[]> | undefined;

  constructor(parts: readonly Part[], segments: readonly string[]) {
    this.#parts = parts;
    this.#segments = segments;
  }

  /** Matches the parts from `part` on with the segments from `at` on. */
  find(part: number, at: number, found: Found): Required<Found> | undefined {
    const wanted = this.#parts[part];
    if (wanted === undefined) return at === this.#segments.length ? (found as Required<Found>) : undefined;
    return wanted === '**' ? this.#findAny(part, at, found) : this.#findSegment(part, at, found, 0, 0);
  }

  #findAny(part: number, at: number, found: Found): Required<Found> | undefined {
    const end = this.#segments.length;
    // A file has a name, so `**` at the end takes at least one segment.
    if (part === this.#parts.length - 1) return at < end ? (found as Required<Found>) : undefined;
    // Only values that are repeated later influence what follows.
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

  /** Matches the pieces from `piece` on with the characters of the segment from `from` on. */
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

/** The text that a segment must be, when all its placeholders are known. */
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

/** Where the value of `name` that starts at `from` must end, so that the pieces behind it fill the segment; undefined: several places are possible. */
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
  // 0 when no value fits.
  return left % times === 0 ? from + left / times : 0;
}

function nameIn(piece: string): Name | undefined {
  return placeholder.exec(piece)?.[1] as Name | undefined;
}
