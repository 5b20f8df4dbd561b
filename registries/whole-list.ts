// A list of a registry, read page by page to its end.
export interface Page<T> {
  items: T[];
  /** Of the items, in their order. */
  ids: string[];
  /** `""` on the last page. */
  next: string;
}

/**
 * The rows of all pages, `first` (when given) being the first page. `read`: the page of a token, which is the `next` of the page before,
 * or `""`. Throws what `error` makes when a row comes twice or a page before the last is empty: then the list is not whole.
 */
export async function* walkPages<T>(
  read: (token: string) => Promise<Page<T>>,
  error: (text: string) => Error,
  first?: Page<T>,
): AsyncGenerator<T> {
  const seen = new Set<string>();
  let page = first ?? (await read(''));
  for (;;) {
    for (const id of page.ids) {
      if (seen.has(id)) throw error('a row came twice, so the list is not whole');
      seen.add(id);
    }
    yield* page.items;
    if (page.next === '') return;
    if (page.items.length === 0) throw error('an empty page before the last one, so the list is not whole');
    page = await read(page.next);
  }
}

export async function allRows<T>(walk: AsyncGenerator<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const row of walk) rows.push(row);
  return rows;
}
