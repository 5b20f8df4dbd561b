// Reads that all resources share: by id, one by name or externalId, lists. It turns what the database says into the server's answers.

import { type Answer, json } from './answers.ts';
import { DatabaseFailure } from './database.ts';
import { LABELS } from './fields.ts';
import { ComparisonError } from './filter-compare.ts';
import { rowMatcher } from './filter-match.ts';
import { type FilterExpression, FilterSyntaxError, parseFilter } from './filter-query.ts';
import type { Generation } from './generations.ts';
import { parseWhole } from './go-numbers.ts';
import { cutPage, readPageRequest } from './paging.ts';
import { present, toResource } from './records.ts';
import { badRequest, databaseError, notFound, Refusal } from './refusals.ts';
import type { Call, World } from './routing.ts';
import type { Kind, Row } from './store.ts';

/** `label` names the id in the newer servers' message. Throws 400. */
export function readId(text: string, label: string, generation: Generation): number {
  const parsed = parseWhole(text, 32);
  if ('value' in parsed) return parsed.value;
  throw badRequest(generation.namesBadIds ? `invalid ${label} ID: ${parsed.error}` : parsed.error);
}

/** Words of "no … found for id". */
const BY_ID: Record<Kind | 'artifact', string> = {
  ...LABELS,
  ModelArtifact: 'artifact',
  DocArtifact: 'artifact',
  artifact: 'artifact',
  InferenceService: 'InferenceService',
};

/** Any failure of the database here is a 404 too: the server asks for no reason. */
export function rowById({ store, generation }: World, of: Kind | 'artifact', idText: string): Row {
  const id = readId(idText, of in LABELS ? LABELS[of as Kind] : 'artifact', generation);
  try {
    const row = store.find(of, id);
    if (row) return row;
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error;
  }
  throw notFound(`no ${BY_ID[of]} found for id ${idText}`);
}

export function answerOne(row: Row, generation: Generation): Answer {
  return json(200, present(toResource(row, generation)));
}

export interface Finding {
  /** `model versions`, as in "no … found for". */
  plural: string;
  /** Differs for a single one in a few messages. */
  none?: string;
  /** `name=1.0, parentResourceId=2, externalId=`. */
  asked: string;
}

/** Exactly one row, else 404. */
export function findOne(world: World, of: Kind | 'artifact', finding: Finding, wanted: (row: Row) => boolean): Row {
  const rows = select(world, of, (row) => (wanted(row) ? 1 : 0));
  if (rows.length === 1) return rows[0]!;
  const count = rows.length === 0 ? 'no' : 'multiple';
  const what = rows.length === 0 ? (finding.none ?? finding.plural) : finding.plural;
  throw notFound(`${count} ${what} found for ${finding.asked}`);
}

export interface Listing {
  of: Kind | 'artifact';
  wanted?: (row: Row) => boolean;
  /** Rows below a parent: what some servers cannot do. */
  nested?: boolean;
  /** Parameters of the statement before the filter's: the type, and the parent of a nested list, unless told. */
  parameters?: number;
  /** Where the server looks at it. */
  filterQuery?: string | undefined;
}

export function list(
  call: Call,
  { of, wanted = () => true, nested = false, parameters, filterQuery }: Listing,
): Answer {
  const { generation } = call;
  const asked = readPageRequest(call.query, generation);
  const filter = filterQuery ? readFilter(filterQuery, generation) : undefined;
  const page = listErrors(of, generation, () => {
    if (nested && generation.cannotListChildren) {
      const table = of === 'artifact' ? 'attribution' : of === 'ServeModel' ? 'association' : 'parentcontext';
      throw new ComparisonError(`ERROR: relation "${table}" does not exist (SQLSTATE 42P01)`);
    }
    const matched = filter
      ? rowMatcher(filter, filterKind(of), call.store, generation, parameters ?? (nested ? 2 : 1))
      : () => 1;
    matched(PROBE);
    const times = (row: Row): number => (wanted(row) ? matched(row) : 0);
    return cutPage(select(call, of, times), asked, generation);
  });
  return json(200, {
    items: page.rows.map((row) => present(toResource(row, generation))),
    nextPageToken: page.nextPageToken,
    pageSize: asked.pageSize,
    size: page.rows.length,
  });
}

/** Stands for "any row": a filter that the database refuses is refused when there are no rows, too. */
const PROBE: Row = { id: 0, kind: 'ModelVersion', name: '', createTime: 0, updateTime: 0, properties: [], parents: [] };

const filterKind = (of: Kind | 'artifact'): Kind => (of === 'artifact' ? 'ModelArtifact' : of);

function select({ store, generation }: World, of: Kind | 'artifact', times: (row: Row) => number): Row[] {
  return listErrors(of, generation, () => store.rows(of).flatMap((row) => Array<Row>(times(row)).fill(row)));
}

function listErrors<T>(of: Kind | 'artifact', generation: Generation, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const fromPage = error instanceof Refusal && error.status === 500 && error.message.startsWith('ERROR:');
    if (!(error instanceof DatabaseFailure || error instanceof ComparisonError || fromPage)) throw error;
    const label =
      of === 'artifact' ? 'artifact' : of === 'RegisteredModel' && !generation.filters ? 'model' : LABELS[of];
    const words = `error listing ${label}s`;
    // Every database error with a state code, and every parameter that does not fit, counts as the caller's mistake; the
    // list of all kinds of artifacts is written apart in the server and passes the database's words on.
    if (generation.explainsFilterErrors && of !== 'artifact' && /SQLSTATE|encode/.test(error.message)) {
      throw badRequest(`${words}: invalid filter query, type mismatch or invalid value in comparison`);
    }
    throw databaseError(`${words}: ${error.message}`);
  }
}

function readFilter(query: string, generation: Generation): FilterExpression | undefined {
  try {
    return parseFilter(query);
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    const words = `error parsing filter query: ${error.message}`;
    if (!generation.explainsFilterErrors) throw badRequest(`invalid filter query: ${words}`);
    const hint = words.includes('expected Value')
      ? '. Hint: String values must be quoted (e.g., name="value"). Numbers and booleans don\'t need quotes (e.g., id>5, active=true)'
      : words.includes('unexpected token')
        ? '. Check that operators and values are correctly formatted'
        : '';
    throw badRequest(`invalid filter query syntax: ${words}${hint}`);
  }
}

/** Nested lists join their parameters into one filter, doubling quotes that the filter's parser does not know as doubled. */
export function combinedFilter(query: URLSearchParams): string {
  const conditions: string[] = [];
  const filterQuery = query.get('filterQuery');
  if (filterQuery) conditions.push(`(${filterQuery})`);
  const name = query.get('name');
  const externalId = query.get('externalId');
  if (name) conditions.push(`name = '${name.replaceAll("'", "''")}'`);
  else if (externalId) conditions.push(`externalId = '${externalId.replaceAll("'", "''")}'`);
  return conditions.join(' AND ');
}

/** A query parameter; the server takes an empty one for absent. */
export function parameter(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

/** The name condition of a look-up: a pattern on the newer servers, equality on the older ones. */
export function nameIs({ store, generation }: World, stored: string): (row: Row) => boolean {
  const { collation } = store;
  return (row) => (generation.findsByPattern ? collation.like(row.name, stored) : collation.equal(row.name, stored));
}

export function externalIdIs({ store }: World, wanted: string): (row: Row) => boolean {
  return (row) => row.externalId !== undefined && store.collation.equal(row.externalId, wanted);
}
