// The part of `filterQuery` that the product asks: `property = "text"`, parsed by the server's rules and applied as its SQL does.

import { badRequest } from './refusals.ts';
import type { World } from './routing.ts';
import type { Kind, Row } from './store.ts';

const CONDITION = /^\s*(?:([a-zA-Z_]\w*)|`((?:[^`\\]|\\.)*)`)\s*=\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*$/;
/** Taken for operators and values, not for names. */
const KEYWORDS = ['AND', 'OR', 'IN', 'LIKE', 'ILIKE'];

/** Which rows meet the filter; a name means the row's own, any other property a custom one. Throws 400 for any other filter. */
export function readFilter(query: string, kind: Kind, { store: { collation } }: World): (row: Row) => boolean {
  const [, bare, escaped, quoted] = CONDITION.exec(query) ?? [];
  if (quoted === undefined || KEYWORDS.includes(bare ?? ''))
    throw badRequest(`invalid filter query syntax: the stand-in takes property = "text", came ${query}`);
  const property = bare ?? escaped!.replaceAll('\\.', '.').replaceAll('\\\\', '\\');
  // All quotes at both ends go, also those that belong to the value: `"'a'"` is `a`.
  const value = quoted
    .replace(/^["']+|["']+$/g, '')
    .replaceAll('\\"', '"')
    .replaceAll("\\'", "'")
    .replaceAll('\\\\', '\\');
  if (property === 'name') {
    // Names of children are stored behind their parent's id, so `=` becomes a pattern, with all that follows from it.
    return kind === 'RegisteredModel'
      ? ({ name }) => collation.equal(name, value)
      : ({ name }) => collation.like(name, `%:${value}`);
  }
  return ({ properties }) =>
    properties.some(
      ({ custom, name, string }) =>
        custom && collation.equal(name, property) && string !== undefined && collation.equal(string, value),
    );
}
