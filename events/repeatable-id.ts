// Ids that come out the same when the same work is done again, so that receivers can tell a repetition by (source, id).
import { createHash } from 'node:crypto';
import { lengthPrefixed } from './length-prefixed.ts';

/** Hex SHA-256 over the length-prefixed parts. */
export function repeatableId(parts: readonly string[]): string {
  return createHash('sha256').update(lengthPrefixed(parts)).digest('hex');
}
