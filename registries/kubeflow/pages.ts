// Reads lists of the Model Registry page by page, in order of id: ids never change, so nothing that is written meanwhile can
// make a walk skip or repeat a row (by time it can: there is no tie-break).
import type { Call } from '../../io/api-client.ts';
import { allRows, type Page, walkPages } from '../whole-list.ts';
import type { Client } from './client.ts';
import { readPage } from './wire.ts';

/**
 * Rows a page. Without it new servers send everything at once and v0.2.18 sends 20. Each row costs the server a statement,
 * about 0.3 ms: 200 stay far below the time limit of a call.
 */
export const PAGE_SIZE = 200;

/** A list: where it is, how its items are read, and the filter that servers since v0.3.0 apply and older ones ignore. */
export interface List<T> {
  route: string;
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  read: (json: unknown) => T;
}

/** `token` is the `next` of the page before; `""` for the first page. */
export function readOnePage<T>(client: Client, list: List<T>, token = '', size = PAGE_SIZE): Promise<Page<T>> {
  const { route, path, query } = list;
  const call: Call = {
    route,
    ...(path && { path }),
    query: { pageSize: size, ...query, ...(token !== '' && { nextPageToken: token }) },
  };
  return client.ask(call, (json) => readPage(json, list.read));
}

/**
 * The rows of all pages, `first` (when given) being the first page. Throws TryAgainError when the list is not whole: v0.2.21 and v0.3.3
 * start again at page 1 when they do not like a token.
 */
export function walk<T>(client: Client, list: List<T>, first?: Page<T>): AsyncGenerator<T> {
  return walkPages(
    (token) => readOnePage(client, list, token),
    (text) => client.error(list, text),
    first,
  );
}

export function walkAll<T>(client: Client, list: List<T>): Promise<T[]> {
  return allRows(walk(client, list));
}
