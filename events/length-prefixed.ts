// Joins texts so that no two lists give the same bytes: `ab`,`c` and `a`,`bc` differ. For ids and signatures.

/** Of every part its length in bytes (decimal), a colon and its UTF-8 bytes: `2:ab1:c`. */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    pieces.push(Buffer.from(`${bytes.length}:`), bytes);
  }
  return Buffer.concat(pieces);
}
