// Reads the contents of files: many per call where the server can, else one by one. Each is checked by its hash, and the last ones read
// are kept.
import { createHash } from 'node:crypto';
import { atMost } from '../../io/at-most.ts';
import { createCache } from '../../io/cache.ts';
import type { Forge } from '../forge.ts';
import { type Client, checkId, type Question } from './client.ts';
import { fileContentsWire } from './wire.ts';

type WantedFile = Parameters<Forge['files']>[1][number];

/** DEFAULT_PAGING_NUM: Gitea leaves out what is asked for beyond it, without saying so. */
const pathsPerCall = 30;
/** Proxies take request lines of 8 kB; the host and a redirect need room, too. */
const addressLength = 6_000;
/** In base64 well below the limit of one answer (io.ts). */
const bytesPerCall = 8 * 1024 * 1024;
const callsAtOnce = 4;
/** Of contents, for as long as the process lives: a moved head mostly has the files of the one before. */
const cacheBytes = 16 * 1024 * 1024;
/** An error's body may be longer than a small file. */
const room = 64 * 1024;

export function createFiles(client: Client): Forge['files'] {
  const cache = createCache<Uint8Array>(cacheBytes, ({ byteLength }) => byteLength);
  // Gitea 1.24 brought the route; older ones and Forgejo are asked once. Undefined: not asked yet.
  let hasBulk: boolean | undefined;
  let bulkSize = pathsPerCall;

  /** Kept at once, so that the next attempt after a failed reading has less to read. */
  function keep(id: string, bytes: Uint8Array, got: Map<string, Uint8Array>): void {
    got.set(id, bytes);
    cache.put(id, bytes);
  }

  /** Puts the contents that have the right hash into `got`; the others are left for single reads. */
  async function readMany(commit: string, files: readonly WantedFile[], got: Map<string, Uint8Array>): Promise<void> {
    if (hasBulk === false) return;
    const paths = files.map(({ path }) => path);
    const asked = bulkQuestion(commit, paths);
    const answer = await client.ask(asked);
    if (answer.status !== 200) {
      // The router's own 404 is no JSON; Gitea's about a commit it does not have is, and single reads will tell.
      if (answer.status === 405 || answer.body.toString('latin1').startsWith('404 page not found')) hasBulk = false;
      return;
    }
    hasBulk = true;
    const contents = client.read(asked, answer, fileContentsWire);
    if (contents.length > 0 && contents.length < files.length) bulkSize = Math.min(bulkSize, contents.length);
    const byPath = new Map(files.map((file) => [file.path, file]));
    for (const content of contents) {
      const file = content === null ? undefined : byPath.get(content.path);
      if (!file || content?.encoding !== 'base64' || typeof content.content !== 'string') continue;
      const bytes = Buffer.from(content.content, 'base64');
      // Another blob: the look-up takes a branch or tag named like the commit first. The single read decides.
      if (blobId(bytes, file.id.length) === file.id) keep(file.id, bytes, got);
    }
  }

  return async (commit, wanted, maxBytes) => {
    for (const id of [commit, ...wanted.map((file) => file.id)]) checkId(id);
    const readable = wanted.filter(({ size }) => size === undefined || size <= maxBytes);
    const got = new Map<string, Uint8Array>();
    const missing = new Map<string, WantedFile>();
    for (const file of readable) {
      const known = cache.get(file.id);
      if (known) got.set(file.id, known);
      else missing.set(file.id, file);
    }

    // One file alone is one call either way.
    const forMany = missing.size > 1 ? [...missing.values()].filter(({ size }) => size !== undefined) : [];
    const length = (paths: readonly string[]) => client.address(bulkQuestion(commit, paths)).length;
    const calls = chunks(forMany, bulkSize, length);
    if (hasBulk === undefined && calls.length > 0) await readMany(commit, calls.shift()!, got);
    await atMost(callsAtOnce, calls, (files) => readMany(commit, files, got));
    const left = [...missing.values()].filter(({ id }) => !got.has(id));
    await atMost(callsAtOnce, left, async (file) => {
      keep(file.id, await readOne(client, commit, file), got);
    });

    return new Map(
      wanted.map(({ path, id, size }) => {
        const bytes = got.get(id);
        const tooLarge = (size ?? 0) > maxBytes || (bytes?.byteLength ?? 0) > maxBytes;
        return [path, tooLarge ? 'too-large' : bytes!];
      }),
    );
  };
}

function bulkQuestion(commit: string, paths: readonly string[]): Question {
  return {
    route: '/file-contents',
    query: { ref: commit, body: JSON.stringify({ files: paths }) },
    // 414 and 431: a proxy that takes only shorter addresses. 500: one file can break the answer for all (Gitea 1.26 did
    // for some seconds after the first push).
    also: [404, 405, 414, 431, 500],
  };
}

async function readOne(client: Client, commit: string, file: WantedFile): Promise<Uint8Array> {
  const asked: Question = {
    route: '/raw/{path}',
    path: { path: file.path },
    query: { ref: commit },
    ...(file.size === undefined ? {} : { maxBytes: file.size + room }),
  };
  const { body } = await client.ask(asked);
  // Newer Gitea answers an unknown ref with the default branch's file (measured), so nothing else says what this is.
  if (blobId(body, file.id.length) !== file.id)
    throw client.error(asked, `${JSON.stringify(file.path)} at ${commit} is not blob ${file.id}, as the tree says`);
  return body;
}

/** The id Git gives these bytes: SHA-1 or SHA-256 by the length of the ids in use. */
export function blobId(bytes: Uint8Array, idLength: number): string {
  const hash = createHash(idLength === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** In order; no chunk has too many files, too long an address or too large an answer. A file that is too long has a chunk of its own. */
function chunks(
  files: readonly WantedFile[],
  most: number,
  addressOf: (paths: readonly string[]) => number,
): WantedFile[][] {
  const result: WantedFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = result.at(-1);
    const size = file.size ?? 0;
    const fits =
      last !== undefined &&
      last.length < most &&
      bytes + size <= bytesPerCall &&
      addressOf([...last.map(({ path }) => path), file.path]) <= addressLength;
    if (fits) last.push(file);
    else result.push([file]);
    bytes = fits ? bytes + size : size;
  }
  return result;
}
