// Applies a parsed filter to rows as the server's SQL does: which column a property means, and joins that double a row.

import { FIELDS } from './fields.ts';
import { type Cell, type ColumnType, compare, type Statement } from './filter-compare.ts';
import type { FilterExpression } from './filter-query.ts';
import type { Generation } from './generations.ts';
import { type Kind, type PropertyRow, type Row, type Store, TABLE_OF } from './store.ts';

type Column = 'int' | 'double' | 'string' | 'bool';
type Leaf = Extract<FilterExpression, { property: string }>;

const SUFFIX = /^(.*)\.(string|double|int|bool)_value$/s;

/** Real columns; they win over a custom property of that name, even in backticks. */
const ENTITY_COLUMNS: Record<string, { type: ColumnType; cell(row: Row): Cell }> = {
  id: { type: 'int', cell: (row) => row.id },
  name: { type: 'string', cell: (row) => row.name },
  externalId: { type: 'string', cell: (row) => row.externalId },
  createTimeSinceEpoch: { type: 'long', cell: (row) => row.createTime },
  lastUpdateTimeSinceEpoch: { type: 'long', cell: (row) => row.updateTime },
};
const ARTIFACT_COLUMNS: typeof ENTITY_COLUMNS = {
  ...ENTITY_COLUMNS,
  uri: { type: 'string', cell: (row) => row.uri },
  state: { type: 'int', cell: (row) => (row.state === undefined ? undefined : artifactState(row.state)) },
};
/** Stored by their number; -1 for what is no state, so that it matches nothing. */
const ARTIFACT_STATES = ['UNKNOWN', 'PENDING', 'LIVE', 'MARKED_FOR_DELETION', 'DELETED', 'ABANDONED', 'REFERENCE'];
const artifactState = (state: string): number => ARTIFACT_STATES.indexOf(state);

/** Fields of a resource that the filter does not know as built-in: as plain names they mean a property row of that name. */
const UNMAPPED: ReadonlySet<string> = new Set([
  'description',
  'readme',
  'maturity',
  'language',
  'tasks',
  'provider',
  'logo',
  'license',
  'licenseLink',
  'libraryName',
]);

/**
 * How often a row stands in the answer: a property condition outside of any OR is a join, so a row with a built-in and a
 * custom property of one name comes twice. `parameters`: those of the statement before the filter's. The returned function
 * throws ComparisonError where the database refuses the statement, whatever the row.
 */
export function rowMatcher(
  expression: FilterExpression,
  kind: Kind,
  { collation }: Store,
  generation: Generation,
  parameters: number,
): (row: Row) => number {
  return (row) => timesMatched(expression, row, kind, { collation, generation, parameter: parameters });
}

function timesMatched(expression: FilterExpression, row: Row, kind: Kind, statement: Statement): number {
  if ('property' in expression) return leafMatches(expression, row, kind, statement);
  const left = timesMatched(expression.left, row, kind, statement);
  const right = timesMatched(expression.right, row, kind, statement);
  return expression.combine === 'AND' ? left * right : Math.min(left + right, 1);
}

function leafMatches(leaf: Leaf, row: Row, kind: Kind, statement: Statement): number {
  const suffixed = SUFFIX.exec(leaf.property);
  const name = suffixed ? suffixed[1]! : leaf.property;
  const isArtifact = TABLE_OF[kind] === 'artifact';
  const columns = isArtifact ? ARTIFACT_COLUMNS : ENTITY_COLUMNS;
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (column) {
    const { operator, value } = isArtifact && name === 'state' ? stateNumber(leaf) : childName(leaf, name, kind);
    return compare(column.cell(row), column.type, operator, value, statement) ? 1 : 0;
  }
  const field = Object.hasOwn(FIELDS[kind], name) && !UNMAPPED.has(name) ? FIELDS[kind][name]! : undefined;
  const stored = field?.property ?? name;
  const builtIn: Column | undefined = field?.property === undefined ? undefined : field.number ? 'int' : 'string';
  const wanted = suffixed
    ? [suffixed[2] as Column]
    : builtIn
      ? [builtIn]
      : columnsFor(leaf.value, statement.generation);
  const start = ++statement.parameter; // The name comes first.
  const holds = (property: PropertyRow): boolean => {
    statement.parameter = start;
    const { operator, value } = leaf;
    return wanted.map((type) => compare(property[type], type, operator, value, statement)).some(Boolean);
  };
  const matching = row.properties.filter(({ name: other }) => statement.collation.equal(other, stored)).filter(holds);
  // Once more without a row, so that a refusal does not depend on there being one.
  holds({ name: stored, custom: false });
  return matching.length;
}

/** The column of the value's own type, and of a list always text. */
function columnsFor(value: Leaf['value'], generation: Generation): Column[] {
  if (Array.isArray(value)) return ['string'];
  if (typeof value === 'bigint') return generation.findsWholeDoubles ? ['int', 'double'] : ['int'];
  return [typeof value === 'number' ? 'double' : typeof value === 'boolean' ? 'bool' : 'string'];
}

/** Names of children are stored behind their parent's id, so `=` becomes a pattern, with all that follows from it. */
function childName(leaf: Leaf, name: string, kind: Kind): Leaf {
  if (name !== 'name' || kind === 'RegisteredModel' || kind === 'ServingEnvironment') return leaf;
  if (typeof leaf.value !== 'string') return leaf;
  if (leaf.operator === '=') return { ...leaf, operator: 'LIKE', value: `%:${leaf.value}` };
  if (leaf.operator === 'LIKE' && !leaf.value.includes(':') && !leaf.value.startsWith('%')) {
    return { ...leaf, value: `%:${leaf.value}` };
  }
  return leaf;
}

function stateNumber(leaf: Leaf): Leaf {
  return typeof leaf.value === 'string' ? { ...leaf, value: BigInt(artifactState(leaf.value)) } : leaf;
}
