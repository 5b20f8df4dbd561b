// The `owner/name` of a repository out of its address, for partition keys.

/** The last two segments of the path as written; the whole text when there are not two. */
export function repositoryName(url: string): string {
  const segments = url
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .split('/')
    .filter((segment) => segment !== '');
  return segments.length >= 2 ? segments.slice(-2).join('/') : url;
}
