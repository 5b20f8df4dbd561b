// Orders rows and cuts them into pages as the server does: tokens of `id:value`, no tie-break in the order. It knows no filter.

import type { Generation } from './generations.ts';
import { decodeBase64 } from './go-base64.ts';
import { parseWhole } from './go-numbers.ts';
import { badRequest, Refusal } from './refusals.ts';
import type { Row } from './store.ts';

export interface PageRequest {
  /** As asked for, shown in the answer. */
  pageSize: number;
  orderBy: string;
  descending: boolean;
  cursor?: { id: number; value: string } | undefined;
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
  const cursor = token === '' ? undefined : readToken(token, generation);
  if (typeof cursor === 'string' && generation.checksToken) throw badRequest(`invalid nextPageToken: ${cursor}`);
  return {
    pageSize,
    orderBy: orderBy in COLUMNS ? orderBy : 'ID',
    // The oldest kind sorts downwards when it is told an order without a direction.
    descending: sortOrder === 'DESC' || (generation.name === 'mlmd' && orderBy !== '' && sortOrder !== 'ASC'),
    cursor: typeof cursor === 'string' ? undefined : cursor,
  };
}

/** The cursor, or what is wrong with the token. */
function readToken(token: string, generation: Generation): { id: number; value: string } | string {
  if (token.length > 1024) return 'invalid cursor format';
  const decoded = decodeBase64(token);
  if ('error' in decoded) return decoded.error;
  const text = decoded.value.toString('utf8');
  const colon = text.indexOf(':');
  // Only the newest servers take a value that holds a colon itself.
  const parts = text.split(':').length;
  if (parts < 2 || (parts > 2 && !generation.checksToken)) return 'invalid cursor format';
  const id = parseWhole(text.slice(0, colon), 32);
  return 'error' in id ? id.error : { id: id.value, value: text.slice(colon + 1) };
}

/** One page of the rows, which come sorted by id and may hold a row more than once. */
export function cutPage(rows: Row[], asked: PageRequest, generation: Generation): Page {
  const column = COLUMNS[asked.orderBy]!;
  const sign = asked.descending ? -1 : 1;
  const { cursor } = asked;
  const value = cursor && Number(cursor.value);
  if (cursor && !/^\s*[-+]?\d+\s*$/.test(cursor.value) && generation.database === 'postgres') {
    throw new Refusal(
      500,
      `ERROR: invalid input syntax for type ${asked.orderBy === 'ID' ? 'integer' : 'bigint'}: "${cursor.value}" (SQLSTATE 22P02)`,
    );
  }
  const after = (row: Row): boolean => {
    if (!cursor) return true;
    const difference = sign * (column(row) - (value || 0));
    return difference > 0 || (difference === 0 && sign * (row.id - cursor.id) > 0);
  };
  const ordered = rows.filter(after).sort((a, b) => sign * (column(a) - column(b)));
  const limit = Math.min(asked.pageSize || generation.defaultPageSize, generation.maximumPageSize);
  if (limit <= 0 || ordered.length <= limit) return { rows: ordered, nextPageToken: '' };
  const page = ordered.slice(0, limit);
  const last = page.at(-1)!;
  return { rows: page, nextPageToken: Buffer.from(`${last.id}:${column(last)}`, 'utf8').toString('base64') };
}
