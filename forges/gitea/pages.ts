// Reads lists whose entries have ids, page by page, until there are as many as the server counts.
import type * as v from 'valibot';
import type { Client, Question } from './client.ts';

/** MAX_RESPONSE_ITEMS; a server may give fewer. */
const perPage = 50;

/** 5,000 entries; a list with more is an accident, not to be read through at every event. */
const maxPages = 100;

/** By id, smallest first; undefined when the server answers 404, where the question allows it. */
export async function readAll<T extends { id: number }>(
  client: Client,
  question: Question,
  shape: v.GenericSchema<unknown, T[]>,
): Promise<T[] | undefined> {
  const found = new Map<number, T>();
  for (let page = 1; page <= maxPages; page++) {
    const asked: Question = { ...question, query: { ...question.query, page, limit: perPage } };
    const answer = await client.ask(asked);
    if (answer.status === 404) return undefined;
    const entries = client.read(asked, answer, shape);
    for (const entry of entries) found.set(entry.id, entry);
    const total = Number(answer.headers['x-total-count'] ?? Number.NaN);
    if (entries.length > 0 && !(found.size >= total)) continue;
    if (found.size < total) throw client.error(asked, `expected ${total} entries in all pages, got ${found.size}`);
    return [...found.values()].sort((a, b) => a.id - b.id);
  }
  throw client.error(question, `more than ${maxPages * perPage} entries`);
}
