// Contents of deployment files, each blob read once.
import { TryAgainError } from '../../events/errors.ts';
import type { Forge, TreeEntry } from '../../forges/forge.ts';
import { type DeploymentFile, maxFileBytes, readDeploymentFile, tooLarge } from '../../promotions/deployment-file.ts';
import type { Place } from './follow-links.ts';

/** Bytes of contents held at once, so that thousands of large files do not fill the memory. Thousands of normal ones fit. */
const bytesAtOnce = 16 * 1024 * 1024;

/** Bytes from which on a file may take so long to parse that other work gets a turn first. */
const greatFile = 16 * 1024;

export interface Contents {
  /** By blob id. */
  contents: ReadonlyMap<string, DeploymentFile>;
  /** Resolves when `contents` has all of them, also those that another call is reading already. */
  load(commit: string, places: readonly Place[]): Promise<void>;
  /** Of a place that was loaded. */
  contentOf(place: Place): DeploymentFile;
}

/** `known` and `rest` as in createFileReader. */
export function createContents(
  forge: Forge,
  known: ReadonlyMap<string, DeploymentFile>,
  rest: () => Promise<void>,
): Contents {
  const contents = new Map<string, DeploymentFile>();
  const loading = new Map<string, Promise<void>>();

  return { contents, load, contentOf };

  async function load(commit: string, places: readonly Place[]): Promise<void> {
    const wanted = new Map<string, TreeEntry>();
    const others = new Set<Promise<void>>();
    for (const { file: entry } of places) {
      if (entry === undefined || contents.has(entry.id)) continue;
      const content = known.get(entry.id) ?? ((entry.size ?? 0) > maxFileBytes ? tooLarge : undefined);
      const underWay = loading.get(entry.id);
      if (content) contents.set(entry.id, content);
      else if (underWay) others.add(underWay);
      else wanted.set(entry.id, entry);
    }
    const own = read(commit, [...wanted.values()]).finally(() => {
      for (const id of wanted.keys()) loading.delete(id);
    });
    for (const id of wanted.keys()) loading.set(id, own);
    await Promise.all([own, ...others]);
  }

  async function read(commit: string, entries: readonly TreeEntry[]): Promise<void> {
    for (const some of portions(entries)) {
      const found = await forge.files(commit, some, maxFileBytes);
      for (const { id, path } of some) {
        const bytes = found.get(path);
        if (bytes === undefined) throw new TryAgainError(`expected the content of ${JSON.stringify(path)}; got none`);
        if (bytes.length > greatFile) await rest();
        contents.set(id, bytes === 'too-large' ? tooLarge : await readDeploymentFile(bytes));
      }
    }
  }

  function contentOf({ file, reason = '' }: Place): DeploymentFile {
    return file === undefined ? { kind: 'unreadable', reason } : (contents.get(file.id) as DeploymentFile);
  }
}

/** In order, none with more bytes than may be held; unknown sizes count as the greatest. */
function portions(entries: readonly TreeEntry[]): TreeEntry[][] {
  const result: TreeEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.size ?? maxFileBytes;
    const last = result.at(-1);
    if (last !== undefined && bytes + size <= bytesAtOnce) last.push(entry);
    else result.push([entry]);
    bytes = last !== undefined && bytes + size <= bytesAtOnce ? bytes + size : size;
  }
  return result;
}
