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
  const known = new Map<string, { mark: string; text: string }>();
  const looked = new Map<string, { at: number; failure?: Error }>();
  return (path) => {
    const last = looked.get(path);
    if (last !== undefined && performance.now() - last.at < lookAfterMs) {
      if (last.failure !== undefined) throw last.failure;
      const text = known.get(path)?.text;
      if (text !== undefined) return text;
    }
    const look: { at: number; failure?: Error } = { at: performance.now() };
    looked.set(path, look);
    try {
      // Before reading: a change in between shows at the next look.
      const stat = statSync(path, { bigint: true });
      if (!stat.isFile()) throw new Error('not a file');
      if (stat.size > maxBytes) throw new Error(`larger than ${maxBytes} bytes`);
      const mark = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join();
      const before = known.get(path);
      if (before?.mark === mark) return before.text;
      const text = readFileSync(path, 'utf8');
      known.set(path, { mark, text });
      return text;
    } catch (cause) {
      known.delete(path);
      const { code, message } = cause as NodeJS.ErrnoException;
      look.failure = new Error(`Cannot read file ${path}: ${code ?? message}`, { cause });
      throw look.failure;
    }
  };
}
