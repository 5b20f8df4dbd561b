// Reads lists of the Model Registry page by page, in order of id: ids never change, so nothing that is written meanwhile can
// make a walk skip or repeat a row (by time it can: there is no tie-break).
import type { Call } from '../../io/api-client.ts';
import type { Client } from './client.ts';
import { type Page, readPage } from './wire.ts';

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
 * The rows of all pages, `first` (when given) being the first page. Throws TryAgainError when a row comes twice or a page
 * before the last is empty: v0.2.21 and v0.3.3 start again at page 1 when they do not like a token.
 */
export async function* walk<T>(client: Client, list: List<T>, first?: Page<T>): AsyncGenerator<T> {
  const seen = new Set<string>();
  let page = first ?? (await readOnePage(client, list));
  for (;;) {
    for (const id of page.ids) {
      if (seen.has(id)) throw client.error(list, 'a row came twice, so the list is not whole');
      seen.add(id);
    }
    yield* page.items;
    if (page.next === '') return;
    if (page.items.length === 0)
      throw client.error(list, 'an empty page before the last one, so the list is not whole');
    page = await readOnePage(client, list, page.next);
  }
}

export async function walkAll<T>(client: Client, list: List<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const row of walk(client, list)) rows.push(row);
  return rows;
}
