// Which version of a model an artifact's address names: the template SERVED_URI read backwards, as text. Pure.

export interface NamedVersion {
  version: string;
  /** The address with `{version}` in place of the version: two addresses with the same pattern are of the same repository. */
  uriPattern: string;
}

const placeholder = /\{[^{}]+\}/;

/**
 * Undefined where the address is not made as the template says, or is that of another model. `{name}` stands for the model, other
 * keys for anything; the version is one segment of a path at most.
 */
export function versionIn(template: string, model: string, uri: string): NamedVersion | undefined {
  const [head, tail, more] = template.replaceAll('{name}', () => model).split('{version}');
  if (head === undefined || tail === undefined || more !== undefined) return undefined;
  const heads = head.split(placeholder);
  const tails = tail.split(placeholder);
  const [first, before] = [heads[0]!, heads.at(-1)!];
  const [after, last] = [tails[0]!, tails.at(-1)!];
  // With nothing between a placeholder and the version nobody can say where the version begins, or ends.
  if ((heads.length > 1 && before === '') || (tails.length > 1 && after === '')) return undefined;
  if (!uri.startsWith(first) || !uri.endsWith(last)) return undefined;
  const from = heads.length === 1 ? first.length : startOf(uri, before, after);
  const to = tails.length === 1 ? uri.length - last.length : uri.indexOf(after, from);
  if (from < first.length || to <= from) return undefined;
  const version = uri.slice(from, to);
  return version.includes('/') ? undefined : { version, uriPattern: `${uri.slice(0, from)}{version}${uri.slice(to)}` };
}

/** The model that an address is of; undefined where the template does not say it, or the address is not made so. */
export function modelIn(template: string, uri: string): string | undefined {
  if (!template.includes('{name}')) return undefined;
  // The name is read as a version is, in its place.
  const turned = template.replace('{version}', '{any}').replace('{name}', '{version}').replaceAll('{name}', '{any}');
  const model = versionIn(turned, '', uri)?.version;
  return model !== undefined && versionIn(template, model, uri) !== undefined ? model : undefined;
}

/** Where the version begins; -1: nowhere. */
function startOf(uri: string, before: string, after: string): number {
  const at = uri.lastIndexOf(before, after === '' ? undefined : uri.lastIndexOf(after));
  return at < 0 ? -1 : at + before.length;
}

/** The address of another version in the same place. */
export function withVersion({ uriPattern }: NamedVersion, version: string): string {
  return uriPattern.replace('{version}', () => version);
}
