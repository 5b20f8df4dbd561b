// Orders rows and cuts them into pages as the server does: tokens of `id:value`, no tie-break in the order. It knows no filter.

import type { Generation } from './generations.ts';
import { parseWhole } from './go-numbers.ts';
import { badRequest } from './refusals.ts';
import type { Row } from './store.ts';

export interface PageRequest {
  /** As asked for, shown in the answer. */
  pageSize: number;
  orderBy: string;
  descending: boolean;
  cursor?: { id: number; value: number } | undefined;
}

export interface Page {
  rows: Row[];
  nextPageToken: string;
}

const COLUMNS: Record<string, (row: Row) => number> = {
  ID: (row) => row.id,
  CREATE_TIME: (row) => row.createTime,
  LAST_UPDATE_TIME: (row) => row.updateTime,
};

/** Reads the query. Throws the server's 400; an unknown order means id, an unknown direction ascending. */
export function readPageRequest(query: URLSearchParams, generation: Generation): PageRequest {
  const sizeText = query.get('pageSize') ?? '';
  let pageSize = 0;
  if (sizeText !== '') {
    const parsed = parseWhole(sizeText, 32);
    if ('error' in parsed)
      throw badRequest(`${generation.namesBadIds ? 'invalid numeric string: ' : ''}${parsed.error}`);
    pageSize = parsed.value;
  }
  const orderBy = query.get('orderBy') ?? '';
  const sortOrder = query.get('sortOrder') ?? '';
  const token = query.get('nextPageToken') ?? '';
  const cursor = token === '' ? undefined : readToken(token);
  if (typeof cursor === 'string' && generation.checksToken) throw badRequest(`invalid nextPageToken: ${cursor}`);
  return {
    pageSize,
    orderBy: orderBy in COLUMNS ? orderBy : 'ID',
    // The oldest kind sorts downwards when the query has an order without a direction.
    descending: sortOrder === 'DESC' || (generation.name === 'mlmd' && orderBy !== '' && sortOrder !== 'ASC'),
    cursor: typeof cursor === 'string' ? undefined : cursor,
  };
}

/** The cursor, or what is wrong with the token. */
function readToken(token: string): { id: number; value: number } | string {
  const [, id, value] = /^(-?\d+):(-?\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8')) ?? [];
  return id === undefined ? 'invalid cursor format' : { id: Number(id), value: Number(value) };
}

/** One page of the rows, which come sorted by id. */
export function cutPage(rows: Row[], asked: PageRequest, generation: Generation): Page {
  const column = COLUMNS[asked.orderBy]!;
  const sign = asked.descending ? -1 : 1;
  const { cursor } = asked;
  const after = (row: Row): boolean => {
    if (!cursor) return true;
    const difference = sign * (column(row) - cursor.value);
    return difference > 0 || (difference === 0 && sign * (row.id - cursor.id) > 0);
  };
  const ordered = rows.filter(after).sort((a, b) => sign * (column(a) - column(b)));
  const limit = Math.min(asked.pageSize || generation.defaultPageSize, generation.maximumPageSize);
  if (limit <= 0 || ordered.length <= limit) return { rows: ordered, nextPageToken: '' };
  const page = ordered.slice(0, limit);
  const last = page.at(-1)!;
  return { rows: page, nextPageToken: Buffer.from(`${last.id}:${column(last)}`, 'utf8').toString('base64') };
}
