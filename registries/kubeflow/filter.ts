// Filters in the registry's language, and how to recognise a server that does not know it. Filters only save calls: every row that comes
// back is checked again.
// Source: kubeflow/model-registry internal/platform/db/filter/parser.go (v0.3.0 and later; older servers ignore filterQuery).
import type { Properties } from '../../promotions/registry-state.ts';

const KEYWORDS = new Set(['and', 'or', 'in', 'like', 'ilike', 'true', 'false', 'not', 'is', 'null']);

/** Versions whose string property `label` is `""`. Labels are `[a-z0-9][a-z0-9-]*`. */
export function labelFilter(label: string): string {
  const bare = /^[a-z][a-z0-9]*$/.test(label) && !KEYWORDS.has(label);
  return `${bare ? label : `\`${label}\``} = ""`;
}

/**
 * Rows of that name; for versions a superset of them, because there the comparison is a pattern. Undefined for names that
 * cannot be carried safely: the parser trims quotes too eagerly, and a backslash escapes in two places.
 */
export function nameFilter(name: string): string | undefined {
  return /["'`\\\p{C}]/u.test(name) ? undefined : `name = "${name}"`;
}

/** Names that a look-up by name takes as they are. It compares by SQL LIKE since v0.3.0: `_` and `%` match anything. */
export const isPlainName = (name: string): boolean => !/[_%\\\p{C}]/u.test(name);

/** Longer names (and empty ones) cannot be registered: varchar(255) in every generation. */
export const isPossibleName = (name: string): boolean => name !== '' && [...name].length <= 255;

/**
 * Proof that a server did not apply `labelFilter`: a row that no database could have taken for a holder. MariaDB and MySQL
 * compare without case, accents and trailing blanks, so a row with `Prod` = " " proves nothing.
 */
export function provesNoFilter(properties: Properties, label: string): boolean {
  for (const [key, property] of properties) {
    if (property.type !== 'string' || /[^\p{C}\p{Z}\p{M}]/u.test(property.value)) continue;
    const folded = key
      .normalize('NFKD')
      .replace(/[\p{C}\p{Z}\p{M}]/gu, '')
      .toLowerCase();
    if (folded === label || /[^\x20-\x7e]/.test(folded)) return false;
  }
  return true;
}
