// Compares what was recorded with what came, value by value, and holds both against the reviewed list of what is not
// compared. An entry of that list that hides nothing is an error too.

import { readJson } from './recorded-history.ts';

/** Where two values differ, in the order of their keys too: `body.commits[].id`, array positions left out. */
export function differences(recorded: unknown, came: unknown, at = ''): string[] {
  if (Array.isArray(recorded) && Array.isArray(came)) {
    const length = recorded.length === came.length ? [] : [`${at}.length`];
    const count = Math.min(recorded.length, came.length);
    const inner = Array.from({ length: count }, (_, index) => differences(recorded[index], came[index], `${at}[]`));
    return [...new Set([...length, ...inner.flat()])];
  }
  if (isObject(recorded) && isObject(came)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(came)]);
    const sameKeys = keys.size === Object.keys(recorded).length && keys.size === Object.keys(came).length;
    const order = sameKeys && Object.keys(recorded).join() !== Object.keys(came).join() ? [`${at}.order of keys`] : [];
    return [
      ...order,
      ...new Set([...keys].flatMap((key) => differences(recorded[key], came[key], at ? `${at}.${key}` : key))),
    ];
  }
  return Object.is(recorded, came) ? [] : [at];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `where`: a recording, or a prefix of several ending in `*`. `what`: a place, or a prefix of places ending in `*`. */
export type NotCompared = { where: string; what: string; reason: string };

function covers(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}

/** The list for one kind of comparison, and which of its entries have hidden a difference so far. */
export class ReviewedList {
  readonly #entries: NotCompared[];
  readonly #used = new Set<NotCompared>();

  constructor(kind: 'api' | 'deliveries') {
    this.#entries = readJson<Record<string, NotCompared[]>>('gitea/not-compared.json')[kind]!;
  }

  /** The differences of one recording that nothing excuses. */
  unexcused(where: string, found: readonly string[]): string[] {
    return found.filter((what) => {
      const entries = this.#entries.filter((entry) => covers(entry.where, where) && covers(entry.what, what));
      for (const entry of entries) this.#used.add(entry);
      return entries.length === 0;
    });
  }

  /** Entries that hid nothing: they name something that passes, or that does not exist. */
  unused(): NotCompared[] {
    return this.#entries.filter((entry) => !this.#used.has(entry));
  }
}
