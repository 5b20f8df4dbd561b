// Where a path of a tree leads when its symbolic links are followed as the file system of a checkout follows them, because that is what
// Argo CD reads. Reads the texts of links, nothing else.
import type { Tree, TreeEntry } from '../../forges/forge.ts';

/** Links that are followed for one path; Linux follows no more. */
const maxLinks = 40;

/** Bytes of a link's text; Linux makes none that is longer. */
export const maxLinkBytes = 4_095;

export interface Place {
  /** The regular file at the end; undefined: there is none. */
  file?: TreeEntry;
  /** The path of the folder that a link leads to. */
  folder?: string;
  /** Why there is none; completes "it is …". */
  reason?: string;
  /** All paths on which the content depends: the path itself, then every link on the way and the end. */
  paths: readonly string[];
}

/** `textOf` gives the text of a link; undefined: it is too long. */
export async function followLinks(
  tree: Tree,
  path: string,
  textOf: (link: TreeEntry) => Promise<string | undefined>,
): Promise<Place> {
  const start = tree.get(path);
  if (start === undefined || !isLink(start)) return { ...ending(start), paths: [path] };
  const paths = new Set([path]);
  const none = (reason: string): Place => ({ reason: `a symbolic link ${reason}`, paths: [...paths] });
  // Folders that were entered, and segments of the path that are still ahead.
  const at = path.split('/').slice(0, -1);
  let ahead = path.split('/').slice(-1);
  for (let links = 0; ahead.length > 0; ) {
    const [segment, ...rest] = ahead as [string, ...string[]];
    ahead = rest;
    if (segment === '..' && at.pop() === undefined) return none('that leaves the repository');
    if (segment === '' || segment === '.' || segment === '..') continue;
    const here = [...at, segment].join('/');
    const entry = tree.get(here);
    if (entry !== undefined && isLink(entry)) {
      paths.add(here);
      links += 1;
      if (links > maxLinks) return none('that turns in a circle');
      const text = await textOf(entry);
      if (text === undefined) return none('whose text is too long');
      if (text.startsWith('/')) return none('that leaves the repository');
      ahead = [...text.split('/'), ...ahead];
      continue;
    }
    at.push(segment);
    if (entry?.type === 'tree') continue;
    paths.add([...at, ...ahead].join('/'));
    // Also when there is a file where the path needs a folder.
    if (entry === undefined || ahead.length > 0) return none('to something that is not there');
  }
  const folder = at.join('/');
  const { file, reason } = ending(tree.get(folder));
  return file === undefined ? { ...none(`to ${reason}`), folder } : { file, paths: [...paths] };
}

export function isLink({ mode }: TreeEntry): boolean {
  return mode === '120000';
}

function ending(entry: TreeEntry | undefined): Pick<Place, 'file' | 'reason'> {
  if (entry?.type === 'blob') return { file: entry };
  return { reason: entry?.type === 'commit' ? 'a submodule, not a file' : 'a folder, not a file' };
}
