// Files that change while the process runs: mounted secrets and CAs. Reads a file again when it has changed.
import { readFileSync, statSync } from 'node:fs';

/** Far above any secret or CA bundle; a wrong path (a device, an image) is refused instead of read into memory. */
const maxBytes = 4 * 1024 * 1024;

/**
 * A reader that remembers. Kubernetes updates a mounted secret by turning a symlink to another folder, so the look goes
 * through links, and inode and change time count beside mtime and size. Throws with the path when there is no readable file.
 * `lookAfterMs`: what was found is believed that long, so that ten calls in a row do not ask the disk thirty times.
 */
export function createFileReader(lookAfterMs = 0): (path: string) => string {
  const looks = new Map<string, { at: number } & Found>();
  return (path) => {
    const at = performance.now();
    const last = looks.get(path);
    const look = last !== undefined && at - last.at < lookAfterMs ? last : { at, ...read(path, last) };
    looks.set(path, look);
    if ('failure' in look) throw look.failure;
    return look.text;
  };
}

type Found = { mark: string; text: string } | { failure: Error };

/** `last`: what was found before. */
function read(path: string, last: Found | undefined): Found {
  try {
    // Before reading: a change in between shows at the next look.
    const stat = statSync(path, { bigint: true });
    if (!stat.isFile()) throw new Error('not a file');
    if (stat.size > maxBytes) throw new Error(`larger than ${maxBytes} bytes`);
    const mark = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join();
    const isSame = last !== undefined && 'mark' in last && last.mark === mark;
    return { mark, text: isSame ? last.text : readFileSync(path, 'utf8') };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return { failure: new Error(`Cannot read file ${path}: ${code ?? message}`, { cause }) };
  }
}
