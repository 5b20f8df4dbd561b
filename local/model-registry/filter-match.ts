// Applies a parsed filter to rows as the server's SQL does: which column a property means, joins that double a row, types of the database.

import { FIELDS } from './fields.ts';
import type { FilterExpression, FilterValue } from './filter-query.ts';
import type { Generation } from './generations.ts';
import { type Kind, type PropertyRow, type Row, type Store, TABLE_OF } from './store.ts';

/** The database refuses the comparison; the words are PostgreSQL's. */
export class ComparisonError extends Error {
  override name = 'ComparisonError';
}

type Column = 'int' | 'double' | 'string' | 'bool';
type Cell = string | number | boolean | undefined;
type Leaf = Extract<FilterExpression, { property: string }>;

const SUFFIX = /^(.*)\.(string|double|int|bool)_value$/s;

/** Real columns; they win over a custom property of that name, even in backticks. */
const ENTITY_COLUMNS: Record<string, { type: 'int' | 'string'; cell(row: Row): Cell }> = {
  id: { type: 'int', cell: (row) => row.id },
  name: { type: 'string', cell: (row) => row.name },
  externalId: { type: 'string', cell: (row) => row.externalId },
  createTimeSinceEpoch: { type: 'int', cell: (row) => row.createTime },
  lastUpdateTimeSinceEpoch: { type: 'int', cell: (row) => row.updateTime },
};
const ARTIFACT_COLUMNS: typeof ENTITY_COLUMNS = {
  ...ENTITY_COLUMNS,
  uri: { type: 'string', cell: (row) => row.uri },
  state: { type: 'int', cell: (row) => (row.state === undefined ? undefined : artifactState(row.state)) },
};
const ARTIFACT_STATES = ['UNKNOWN', 'PENDING', 'LIVE', 'MARKED_FOR_DELETION', 'DELETED', 'ABANDONED', 'REFERENCE'];
const artifactState = (state: string): number => ARTIFACT_STATES.indexOf(state);

/**
 * How often the row stands in the answer: a property condition outside of any OR is a join, so a row with a built-in and a
 * custom property of one name comes twice. Throws ComparisonError, whatever the rows are, where PostgreSQL would.
 */
export function timesMatched(
  expression: FilterExpression,
  row: Row,
  kind: Kind,
  store: Store,
  generation: Generation,
): number {
  if ('property' in expression) return leafMatches(expression, row, kind, store, generation);
  if (expression.combine === 'AND') {
    const left = timesMatched(expression.left, row, kind, store, generation);
    return left * timesMatched(expression.right, row, kind, store, generation);
  }
  const left = timesMatched(expression.left, row, kind, store, generation);
  const right = timesMatched(expression.right, row, kind, store, generation);
  return left + right > 0 ? 1 : 0;
}

function leafMatches(leaf: Leaf, row: Row, kind: Kind, store: Store, generation: Generation): number {
  const suffixed = SUFFIX.exec(leaf.property);
  const name = suffixed ? suffixed[1]! : leaf.property;
  const columns = TABLE_OF[kind] === 'artifact' ? ARTIFACT_COLUMNS : ENTITY_COLUMNS;
  const entityColumn = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (entityColumn) {
    const asked = TABLE_OF[kind] === 'artifact' && name === 'state' ? stateNumbers(leaf) : childName(leaf, name, kind);
    return compare(entityColumn.cell(row), entityColumn.type, asked, store, generation) ? 1 : 0;
  }
  const field = Object.hasOwn(FIELDS[kind], name) ? FIELDS[kind][name] : undefined;
  const builtIn = field?.property !== undefined && !UNMAPPED.has(name) ? field : undefined;
  const stored = builtIn?.property ?? name;
  const wanted = suffixed
    ? [suffixed[2] as Column]
    : columnsFor(builtIn?.number ? 'int' : builtIn && 'string', leaf.value);
  const rows = row.properties.filter((property) => store.collation.equal(property.name, stored));
  const probe: PropertyRow = { name: stored, custom: false };
  // The probe meets type errors also where no row has the property: the database refuses the statement, not the row.
  const holds = (property: PropertyRow) =>
    wanted.map((column) => compare(property[column], column, leaf, store, generation)).some(Boolean);
  holds(probe);
  return rows.filter(holds).length;
}

/** Fields of a resource that the filter does not know as built-in; as plain names they mean a property row of that name. */
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

/** A whole number is looked for among ints and doubles; other values in the column of their own type. */
function columnsFor(builtIn: Column | undefined, value: Leaf['value']): Column[] {
  if (builtIn) return [builtIn];
  if (Array.isArray(value)) return ['string'];
  if (typeof value === 'bigint') return ['int', 'double'];
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

function stateNumbers(leaf: Leaf): Leaf {
  return typeof leaf.value === 'string' ? { ...leaf, value: BigInt(artifactState(leaf.value)) } : leaf;
}

function compare(cell: Cell, type: Column, leaf: Leaf, store: Store, generation: Generation): boolean {
  const { operator, value } = leaf;
  if (operator === 'IN') {
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => compareOne(cell, type, '=', one, store, generation)).some(Boolean);
  }
  if (Array.isArray(value)) {
    if (value.length === 1) return compareOne(cell, type, operator, value[0]!, store, generation);
    throw new ComparisonError('ERROR: syntax error in a comparison with a list (SQLSTATE 42601)');
  }
  return compareOne(cell, type, operator, value, store, generation);
}

function compareOne(
  cell: Cell,
  type: Column,
  operator: string,
  value: FilterValue,
  store: Store,
  generation: Generation,
): boolean {
  if (operator === 'LIKE' || operator === 'ILIKE') {
    if (type !== 'string' && generation.database === 'postgres') {
      throw new ComparisonError(`ERROR: operator does not exist: ${type} ~~ unknown (SQLSTATE 42883)`);
    }
    const asked = textParameter(value, generation);
    if (cell === undefined) return false;
    const match = operator === 'LIKE' ? store.collation.like : store.collation.likeAnyCase;
    return match(String(cell), asked);
  }
  const difference =
    type === 'string'
      ? textDifference(cell, value, store, generation)
      : numberDifference(cell, type, value, generation);
  if (difference === undefined) return false;
  switch (operator) {
    case '!=':
      return difference !== 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    default:
      // `<>` has no case of its own in the server and falls to `=`.
      return difference === 0;
  }
}

function textParameter(value: FilterValue, generation: Generation): string {
  if (typeof value === 'string' || generation.database === 'mariadb') return String(value);
  throw new ComparisonError(
    `failed to encode args: unable to encode ${value} into text format for text (OID 25): cannot find encode plan`,
  );
}

function textDifference(cell: Cell, value: FilterValue, store: Store, generation: Generation): number | undefined {
  if (typeof value !== 'string' && generation.database === 'mariadb') {
    return cell === undefined ? undefined : looseNumber(cell) - looseNumber(value);
  }
  const asked = textParameter(value, generation);
  return cell === undefined ? undefined : store.collation.compare(String(cell), asked);
}

function numberDifference(cell: Cell, type: Column, value: FilterValue, generation: Generation): number | undefined {
  const asked = generation.database === 'mariadb' ? looseNumber(value) : strictNumber(value, type);
  return cell === undefined ? undefined : Number(cell) - asked;
}

/** MariaDB takes of a text what looks like a number at its start, else 0. */
function looseNumber(value: Cell | bigint): number {
  return typeof value === 'string' ? Number.parseFloat(value) || 0 : Number(value);
}

const SQL_TYPES = { int: 'integer', double: 'double precision', bool: 'boolean', string: 'text' };

function strictNumber(value: FilterValue, type: Column): number {
  if (typeof value === 'string') {
    const fits =
      type === 'int'
        ? /^\s*[-+]?\d+\s*$/
        : type === 'double'
          ? /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/
          : /^(t|true|f|false|1|0)$/i;
    if (fits.test(value)) return type === 'bool' ? Number(/^(t|true|1)$/i.test(value)) : Number(value);
    throw new ComparisonError(`ERROR: invalid input syntax for type ${SQL_TYPES[type]}: "${value}" (SQLSTATE 22P02)`);
  }
  const fits = type === 'bool' ? typeof value === 'boolean' : typeof value !== 'boolean';
  if (!fits || (type === 'int' && !Number.isInteger(Number(value)))) {
    throw new ComparisonError(
      `failed to encode args: unable to encode ${value} into ${SQL_TYPES[type]}: cannot find encode plan`,
    );
  }
  return Number(value);
}
