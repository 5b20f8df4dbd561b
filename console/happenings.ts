// What happened in the system, in order and bounded: a list that numbers itself, tells listeners, and can be taken up again
// after any number. Knows no kind of happening; keeps nothing on disk.
import { randomBytes } from 'node:crypto';

/** One thing that happened, as it is sent to the page. Plain JSON; short, whatever it is about. */
export interface Happening {
  /** From 1, without gaps. */
  seq: number;
  /** ms since epoch. */
  at: number;
  kind: string;
  [detail: string]: unknown;
}

/** What a happening is about in full; asked for only when somebody looks. */
export type InFull = () => Record<string, unknown>;

export interface Happenings {
  /** Of this list; another one starts from 1 again. */
  epoch: string;
  /** `at` of the details counts, where something began earlier than it was known. */
  add(kind: string, details: Record<string, unknown>, inFull?: InFull): Happening;
  /** Those after `seq`, oldest first; undefined when some of them are no longer kept. */
  after(seq: number): Happening[] | undefined;
  all(): readonly Happening[];
  inFull(seq: number): Record<string, unknown> | undefined;
  /** Calls `listener` for each new one, until the returned function is called. */
  listen(listener: (happening: Happening) => void): () => void;
}

/** `kept`: the newest so many are kept. */
export function createHappenings(kept = 5_000, now: () => number = Date.now): Happenings {
  const list: Happening[] = [];
  const full = new Map<number, InFull>();
  const listeners = new Set<(happening: Happening) => void>();
  let last = 0;
  return {
    epoch: randomBytes(6).toString('hex'),
    add(kind, details, inFull) {
      last += 1;
      const happening = { at: now(), ...details, seq: last, kind };
      list.push(happening);
      if (inFull) full.set(last, inFull);
      if (list.length > kept) full.delete(list.shift()!.seq);
      for (const listener of listeners) listener(happening);
      return happening;
    },
    after(seq) {
      const oldest = list[0]?.seq ?? last + 1;
      return seq > last || seq + 1 < oldest ? undefined : list.slice(list.length - (last - seq));
    },
    all: () => list,
    inFull: (seq) => full.get(seq)?.(),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
