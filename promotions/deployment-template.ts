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

const placeholder = /\{(environment|application)\}/;

/**
 * `{environment}` and `{application}` stand for (a part of) one segment, `**` for any number of segments, also none. A text that
 * cannot be a template gives `fault`, which completes "expected …".
 */
export function readTemplate(text: string): DeploymentTemplate | { fault: string } {
  const segments = text.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return { fault: 'a path from the root of the repository, without empty segments, "." and ".."' };
  for (const name of ['environment', 'application'])
    if (!text.includes(`{${name}}`)) return { fault: `{${name}} in it` };
  if (segments.some((segment) => segment !== '**' && segment.includes('*')))
    return { fault: '* only as a whole segment **' };
  if (/[{}]/.test(text.replaceAll(new RegExp(placeholder, 'g'), '')))
    return { fault: 'no placeholders but {environment} and {application}' };

  const pattern = patternOf(segments);
  const first = segments.findIndex((segment) => segment === '**' || placeholder.test(segment));
  return {
    text,
    folder: segments.slice(0, first).join('/'),
    match(path) {
      const { environment, application } = pattern.exec(path)?.groups ?? {};
      return environment && application ? { environment, application } : undefined;
    },
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

function patternOf(segments: readonly string[]): RegExp {
  // `**/**` says nothing that `**` does not, and would only cost the matcher time.
  const parts = segments.filter((segment, i) => segment !== '**' || segments[i - 1] !== '**');
  const named = new Set<string>();
  let source = '';
  parts.forEach((part, i) => {
    const last = i === parts.length - 1;
    if (part === '**') {
      // A folder by itself is no file, so at the end at least one segment.
      source += last ? '[^/]+(?:/[^/]+)*' : '(?:[^/]+/)*';
      return;
    }
    for (const piece of part.split(/(\{(?:environment|application)\})/)) {
      const name = placeholder.exec(piece)?.[1];
      if (name === undefined) source += piece.replace(/[\\^$.|?*+()[\]]/g, '\\$&');
      // Named twice, it has to be the same both times.
      else if (named.has(name)) source += `\\k<${name}>`;
      else source += `(?<${name}>[^/]+?)`;
      if (name !== undefined) named.add(name);
    }
    if (!last) source += '/';
  });
  return new RegExp(`^${source}$`);
}
