// Virtual time: one queue of what is to happen, in the order of its time, ties and pauses decided by one seed. Nothing here
// asks the machine's clock, so that a seed tells the whole story again.
import { createHash } from 'node:crypto';
import type { Clock } from '../../io/io.ts';

/** A day like any other; histories count from here (ms since epoch). */
export const dawn = Date.parse('2026-10-01T08:00:00Z');

interface Entry {
  at: number;
  /** Breaks ties: drawn, so that what happens "at the same time" has no order of its own. */
  tie: number;
  run: (() => void) | undefined;
}

/** Events after which a history counts as one that never comes to rest. */
const most = 200_000;

export class Scheduler {
  now = dawn;
  readonly trace: string[] = [];
  /** Set by who wants each line at once. */
  onLine: ((line: string) => void) | undefined;
  readonly #heap: Entry[] = [];
  readonly #random: () => number;
  #count = 0;

  constructor(seed: number) {
    this.#random = generator(seed);
  }

  /** 0 <= x < 1. */
  random(): number {
    return this.#random();
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  /** Runs something after `ms`; the result takes it back. */
  after(ms: number, run: () => void): () => void {
    const entry: Entry = { at: this.now + Math.max(0, Math.round(ms)), tie: this.#random(), run };
    push(this.#heap, entry);
    return () => {
      entry.run = undefined;
    };
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  note(line: string): void {
    const text = `${((this.now - dawn) / 1000).toFixed(3).padStart(9)}  ${line}`;
    this.trace.push(text);
    this.onLine?.(text);
  }

  /** What happened, as one short text. */
  hash(): string {
    const hash = createHash('sha1');
    for (const line of this.trace) hash.update(line).update('\n');
    return hash.digest('hex');
  }

  /** Until nothing is left to happen. Promises settle completely between two events. */
  async run(): Promise<void> {
    for (;;) {
      // Nothing of a history waits for the machine, so after one turn of the loop all promises have settled.
      await new Promise((resolve) => setImmediate(resolve));
      let entry = pop(this.#heap);
      while (entry !== undefined && entry.run === undefined) entry = pop(this.#heap);
      if (entry === undefined) return;
      if (++this.#count > most) throw new Error(`it never comes to rest: more than ${most} events`);
      this.now = entry.at;
      entry.run!();
    }
  }

  /** The clock of one process, `skew` ms beside the true time. `ended`: the process is gone, and its pauses never end. */
  clock(skew: number, ended: () => boolean): Clock {
    return {
      now: () => this.now + skew,
      monotonic: () => this.now - dawn,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const cancel = this.after(ms, () => {
            signal?.removeEventListener('abort', early);
            if (!ended()) resolve();
          });
          const early = () => {
            cancel();
            if (!ended()) resolve();
          };
          signal?.addEventListener('abort', early, { once: true });
        }),
    };
  }
}

/** mulberry32: small, and good enough to shuffle. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

function push(heap: Entry[], entry: Entry): void {
  heap.push(entry);
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (before(heap[parent]!, heap[i]!)) return;
    [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
    i = parent;
  }
}

function pop(heap: Entry[]): Entry | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return first;
  heap[0] = last;
  for (let i = 0; ; ) {
    const [left, right] = [2 * i + 1, 2 * i + 2];
    let least = i;
    if (left < heap.length && before(heap[left]!, heap[least]!)) least = left;
    if (right < heap.length && before(heap[right]!, heap[least]!)) least = right;
    if (least === i) return first;
    [heap[i], heap[least]] = [heap[least]!, heap[i]!];
    i = least;
  }
}
