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

/** Ways that are tried of one path: a template that names a placeholder again has more than there are characters, cubed. */
const maxTries = 20_000;

const names = ['environment', 'application'] as const;
type Name = (typeof names)[number];

const placeholder = /\{(environment|application)\}/;

/**
 * `{environment}` and `{application}` stand for (a part of) one segment, `**` for any number of segments, also none. A text that
 * cannot be a template gives `fault`, which completes "expected …".
 */
export function readTemplate(text: string): DeploymentTemplate | { fault: string } {
  const segments = text.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return { fault: 'a path from the root of the repository, without empty segments, "." and ".."' };
  for (const name of names) if (!text.includes(`{${name}}`)) return { fault: `{${name}} in it` };
  if (segments.some((segment) => segment !== '**' && segment.includes('*')))
    return { fault: '* only as a whole segment **' };
  if (/[{}]/.test(text.replaceAll(new RegExp(placeholder, 'g'), '')))
    return { fault: 'no placeholders but {environment} and {application}' };

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
  /** Where it was tried in vain, so that it is tried once however many `**` lead there. */
  readonly #failed = new Set<string>();
  #tries = 0;

  constructor(parts: readonly Part[], segments: readonly string[]) {
    this.#parts = parts;
    this.#segments = segments;
  }

  /** The parts from `part` on, and the segments from `at` on. */
  find(part: number, at: number, found: Found): Required<Found> | undefined {
    const wanted = this.#parts[part];
    if (++this.#tries > maxTries) return undefined;
    if (wanted === undefined) return at === this.#segments.length ? (found as Required<Found>) : undefined;
    return wanted === '**' ? this.#findAny(part, at, found) : this.#findSegment(part, at, found, 0, 0);
  }

  #findAny(part: number, at: number, found: Found): Required<Found> | undefined {
    const left = this.#segments.length - at;
    // A folder by itself is no file, so at the end at least one segment.
    if (part === this.#parts.length - 1) return left > 0 ? (found as Required<Found>) : undefined;
    // Only what is named again has a say in what follows.
    const named = names.map((name) => (this.#isLater(part, name) ? found[name] : undefined));
    const state = JSON.stringify([part, at, ...named]);
    if (this.#failed.has(state) || ++this.#tries > maxTries) return undefined;
    const match = (left > 0 ? this.#findAny(part, at + 1, found) : undefined) ?? this.find(part + 1, at, found);
    if (match === undefined) this.#failed.add(state);
    return match;
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
    const name = placeholder.exec(wanted)?.[1] as Name | undefined;
    const literal = name === undefined ? wanted : found[name];
    if (literal !== undefined)
      return text.startsWith(literal, from)
        ? this.#findSegment(part, at, found, piece + 1, from + literal.length)
        : undefined;
    const behind = pieces.slice(piece + 1);
    // When only texts follow, there is one end it can have.
    const only = behind.some((one) => placeholder.test(one)) ? undefined : text.length - behind.join('').length;
    for (let end = Math.max(from + 1, only ?? 0); end <= (only ?? text.length); end++) {
      if (++this.#tries > maxTries) return undefined;
      const match = this.#findSegment(part, at, { ...found, [name!]: text.slice(from, end) }, piece + 1, end);
      if (match) return match;
    }
    return undefined;
  }
}
