// Which paths are deployment files: a template such as `model-deployments/{environment}/{application}/config.yaml`, matched
// against paths as Git has them (upper and lower case differ). Pure.

/** What a path says of a deployment file. */
export interface Place {
  environment: string;
  application: string;
}

export interface DeploymentTemplate {
  /** As configured. */
  text: string;
  /** The folder before the first placeholder or `**`, without a slash at its end; `""` is the root. */
  folder: string;
  /** Environment and application in the path; undefined when the path does not fit. */
  match(path: string): Place | undefined;
}

/** Characters; no checkout can hold longer paths, Argo CD's neither. */
const maxPathLength = 4096;

const placeholder = /\{(environment|application)\}/;

/**
 * `{environment}` and `{application}`, each exactly once, stand for (a part of) one segment, `**` for any number of segments, also
 * none. A text that is not a template gives `expected`, which completes "expected …".
 */
export function readTemplate(text: string): DeploymentTemplate | { expected: string } {
  const segments = text.split('/');
  const names = ['{environment}', '{application}'];
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return { expected: 'a path from the root of the repository, without empty segments, "." and ".."' };
  for (const name of names) if (!text.includes(name)) return { expected: `${name} in it` };
  if (segments.some((segment) => segment !== '**' && segment.includes('*')))
    return { expected: '* only as a whole segment **' };
  if (/[{}]/.test(text.replaceAll(new RegExp(placeholder, 'g'), '')))
    return { expected: 'no placeholders but {environment} and {application}' };
  for (const name of names)
    if (text.split(name).length !== 2) return { expected: `${name} exactly once in every path` };

  const parts = partsOf(segments);
  const first = segments.findIndex((segment) => segment === '**' || placeholder.test(segment));
  return {
    text,
    folder: segments.slice(0, first).join('/'),
    match: (path) =>
      path.length > maxPathLength ? undefined : (matchFrom(0, 0, parts, path.split('/'), []) as Place | undefined),
  };
}

/** The result of the first template that fits. */
export function matchTemplates(templates: readonly DeploymentTemplate[], path: string): Place | undefined {
  for (const template of templates) {
    const found = template.match(path);
    if (found) return found;
  }
  return undefined;
}

/** `**`, or the pieces of a segment: texts, and between them the names of placeholders. */
type Part = '**' | readonly string[];

function partsOf(segments: readonly string[]): Part[] {
  // `**/**` means the same as `**`.
  const once = segments.filter((segment, i) => segment !== '**' || segments[i - 1] !== '**');
  return once.map((segment) => (segment === '**' ? segment : segment.split(placeholder)));
}

/**
 * Matches the parts from `part` on with the segments from `at` on; a `**` takes as many as possible. `failed`: for each `**` from
 * which segment on everything was tried in vain. So nothing is tried twice, and a match takes time in proportion to the path.
 */
function matchFrom(
  part: number,
  at: number,
  parts: readonly Part[],
  segments: readonly string[],
  failed: number[],
): Partial<Place> | undefined {
  const wanted = parts[part];
  if (wanted === undefined) return at === segments.length ? {} : undefined;
  if (wanted !== '**') {
    const here = matchSegment(wanted, segments[at] ?? '');
    const behind = here && matchFrom(part + 1, at + 1, parts, segments, failed);
    return behind && { ...here, ...behind };
  }
  // A file has a name, so `**` at the end takes at least one segment.
  if (part === parts.length - 1) return at < segments.length ? {} : undefined;
  const before = failed[part] ?? segments.length;
  for (let next = before - 1; next >= at; next--) {
    const behind = matchFrom(part + 1, next, parts, segments, failed);
    if (behind) return behind;
  }
  failed[part] = Math.min(at, before);
  return undefined;
}

/** Each placeholder takes one character or more, and as few as possible. */
function matchSegment([start = '', name, ...behind]: readonly string[], text: string): Partial<Place> | undefined {
  if (name === undefined) return text === start ? {} : undefined;
  if (!text.startsWith(start)) return undefined;
  const from = start.length;
  const next = behind[0]!;
  // The last placeholder reaches to the end of the segment, and one before it to the first place of what stands between them.
  const end = behind.length === 1 ? text.length - next.length : text.indexOf(next, from + 1);
  if (end <= from) return undefined;
  const rest = matchSegment(behind, text.slice(end));
  return rest && { [name]: text.slice(from, end), ...rest };
}
