// Reads that all resources share: by id, one by name or externalId, lists. It turns what the database says into the server's answers.

import type { Answer } from '../registry-faults.ts';
import { json } from './answers.ts';
import { DatabaseFailure } from './database.ts';
import { LABELS } from './fields.ts';
import { readFilter } from './filter.ts';
import type { Generation } from './generations.ts';
import { parseWhole } from './go-numbers.ts';
import { cutPage, readPageRequest } from './paging.ts';
import { present, toResource } from './records.ts';
import { badRequest, databaseError, notFound } from './refusals.ts';
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
  /** `name=1.0, parentResourceId=2, externalId=`. */
  asked: string;
}

/** Exactly one row, else 404. */
export function findOne(world: World, of: Kind | 'artifact', finding: Finding, wanted: (row: Row) => boolean): Row {
  const rows = listErrors(of, world.generation, () => world.store.rows(of).filter(wanted));
  if (rows.length === 1) return rows[0]!;
  const count = rows.length === 0 ? 'no' : 'multiple';
  throw notFound(`${count} ${finding.plural} found for ${finding.asked}`);
}

export interface Listing {
  of: Kind | 'artifact';
  wanted?: (row: Row) => boolean;
  /** Rows below a parent: what some servers cannot do. */
  nested?: boolean;
}

export function list(call: Call, { of, wanted = () => true, nested = false }: Listing): Answer {
  const { generation, query, store } = call;
  const asked = readPageRequest(query, generation);
  const filterQuery = generation.filters && of !== 'artifact' ? parameter(query, 'filterQuery') : undefined;
  const matches = filterQuery === undefined ? () => true : readFilter(filterQuery, of as Kind, call);
  const page = listErrors(of, generation, () => {
    if (nested && generation.cannotListChildren) {
      const table = of === 'artifact' ? 'attribution' : 'parentcontext';
      throw new DatabaseFailure(`ERROR: relation "${table}" does not exist (SQLSTATE 42P01)`);
    }
    return cutPage(
      store.rows(of).filter((row) => wanted(row) && matches(row)),
      asked,
      generation,
    );
  });
  return json(200, {
    items: page.rows.map((row) => present(toResource(row, generation))),
    nextPageToken: page.nextPageToken,
    pageSize: asked.pageSize,
    size: page.rows.length,
  });
}

function listErrors<T>(of: Kind | 'artifact', generation: Generation, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error;
    const label =
      of === 'artifact' ? 'artifact' : of === 'RegisteredModel' && !generation.filters ? 'model' : LABELS[of];
    const words = `error listing ${label}s`;
    // Every database error with a state code counts as the caller's mistake; the list of all kinds of artifacts is written
    // apart in the server and passes the database's words on.
    if (generation.explainsFilterErrors && of !== 'artifact' && /SQLSTATE/.test(error.message)) {
      throw badRequest(`${words}: invalid filter query, type mismatch or invalid value in comparison`);
    }
    throw databaseError(`${words}: ${error.message}`);
  }
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
