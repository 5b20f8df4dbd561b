// Compares one cell with one value of a filter as the database does: its types, its limits, its refusals. It knows no resource.

import type { Collation } from './collation.ts';
import type { FilterValue } from './filter-query.ts';
import type { Generation } from './generations.ts';

/** The database refuses the statement; the words are PostgreSQL's and its driver's. */
export class ComparisonError extends Error {
  override name = 'ComparisonError';
}

/** `long` is the type of the times. */
export type ColumnType = 'int' | 'long' | 'double' | 'string' | 'bool';
export type Cell = string | number | boolean | undefined;

/** The statement that a filter becomes. */
export interface Statement {
  collation: Collation;
  generation: Generation;
  /** Number of the next parameter, which a refusal names. */
  parameter: number;
}

const SQL_TYPES = { int: 'integer', long: 'bigint', double: 'double precision', bool: 'boolean', string: 'text' };
const WIRE_TYPES = {
  int: 'int4 (OID 23)',
  long: 'int8 (OID 20)',
  double: 'float8 (OID 701)',
  bool: 'bool (OID 16)',
  string: 'text (OID 25)',
};
const INT4_LIMIT = 2 ** 31;

/** One condition; a NULL cell meets none. Throws ComparisonError whatever the cell is. */
export function compare(
  cell: Cell,
  type: ColumnType,
  operator: string,
  value: FilterValue | FilterValue[],
  statement: Statement,
): boolean {
  if (!Array.isArray(value)) return compareOne(cell, type, operator, value, statement);
  if (operator === 'IN') return value.map((one) => compareOne(cell, type, '=', one, statement)).some(Boolean);
  // Other operators take a list of one as that one, an empty one as NULL.
  if (value.length === 1) return compareOne(cell, type, operator, value[0]!, statement);
  if (value.length === 0) return false;
  throw new ComparisonError(`ERROR: operator does not exist: ${SQL_TYPES[type]} = record (SQLSTATE 42883)`);
}

function compareOne(cell: Cell, type: ColumnType, operator: string, value: FilterValue, statement: Statement): boolean {
  const { collation, generation } = statement;
  if (operator === 'LIKE' || operator === 'ILIKE') {
    if (type !== 'string' && generation.database === 'postgres') {
      throw new ComparisonError(`ERROR: operator does not exist: ${SQL_TYPES[type]} ~~ unknown (SQLSTATE 42883)`);
    }
    const pattern = textParameter(value, statement);
    if (cell === undefined) return false;
    return (operator === 'LIKE' ? collation.like : collation.likeAnyCase)(String(cell), pattern);
  }
  const difference =
    type === 'string' ? textDifference(cell, value, statement) : numberDifference(cell, type, value, statement);
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
      // `<>` has no case of its own in the server and falls to `=`; so does IN with a single value.
      return difference === 0;
  }
}

function textDifference(cell: Cell, value: FilterValue, statement: Statement): number | undefined {
  if (typeof value !== 'string' && statement.generation.database === 'mariadb') {
    return cell === undefined ? undefined : looseNumber(cell) - looseNumber(value);
  }
  const asked = textParameter(value, statement);
  return cell === undefined ? undefined : statement.collation.compare(String(cell), asked);
}

function numberDifference(cell: Cell, type: ColumnType, value: FilterValue, statement: Statement): number | undefined {
  const loose = statement.generation.database === 'mariadb';
  const asked = loose ? looseNumber(value) : numberParameter(value, type, statement);
  return cell === undefined ? undefined : Number(cell) - asked;
}

/** MariaDB takes of a text what looks like a number at its start, else 0. */
function looseNumber(value: Cell | bigint): number {
  return typeof value === 'string' ? Number.parseFloat(value) || 0 : Number(value);
}

function textParameter(value: FilterValue, statement: Statement): string {
  const number = statement.parameter++;
  if (typeof value === 'string' || statement.generation.database === 'mariadb') return String(value);
  throw notEncoded(value, 'string', number, 'cannot find encode plan');
}

const NUMBER_TEXTS: Record<ColumnType, RegExp> = {
  int: /^\s*[-+]?\d+\s*$/,
  long: /^\s*[-+]?\d+\s*$/,
  double: /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/,
  bool: /^(t|true|f|false|1|0)$/i,
  string: /^/,
};

function numberParameter(value: FilterValue, type: ColumnType, statement: Statement): number {
  const number = statement.parameter++;
  if (typeof value === 'string') {
    if (!NUMBER_TEXTS[type].test(value)) {
      throw new ComparisonError(`ERROR: invalid input syntax for type ${SQL_TYPES[type]}: "${value}" (SQLSTATE 22P02)`);
    }
    return type === 'bool' ? Number(/^(t|true|1)$/i.test(value)) : Number(value);
  }
  if ((typeof value === 'boolean') !== (type === 'bool'))
    throw notEncoded(value, type, number, 'cannot find encode plan');
  // A fraction is cut off on the way into a whole number.
  const asked = type === 'int' || type === 'long' ? Math.trunc(Number(value)) : Number(value);
  if (type !== 'int' || (asked >= -INT4_LIMIT && asked < INT4_LIMIT)) return asked;
  const limit = asked > 0 ? 'greater than maximum' : 'less than minimum';
  throw notEncoded(value, type, number, `${value} is ${limit} value for int4`);
}

function notEncoded(value: FilterValue, type: ColumnType, number: number, reason: string): ComparisonError {
  const format = type === 'string' ? 'text' : 'binary';
  return new ComparisonError(
    `failed to encode args[${number}]: unable to encode ${value} into ${format} format for ${WIRE_TYPES[type]}: ${reason}`,
  );
}
