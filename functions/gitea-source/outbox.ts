// Hands events to the broker and keeps trying, in memory, while the forge has long been answered: it would hang up after
// 5 s and never come back. What a crash loses, the reconcile finds.
import type { CloudEvent } from 'cloudevents';
import { limits } from '../../config/limits.ts';
import { TryAgainError, UntrustedError } from '../../events/errors.ts';
import { explain } from '../../io/explain.ts';
import type { Io } from '../../io/io.ts';
import { Stop } from '../../io/stop.ts';
import { type Deliver, type Delivered, inWords, mayBeTakenLater } from '../deliver.ts';

export type Handover =
  | { outcome: 'accepted' }
  /** Never to be taken: a repetition would get the same answer. */
  | ({ outcome: 'refused' } & Delivered)
  /** Not taken within the time. */
  | { outcome: 'lost'; reason: string }
  /** Goes on in the background; `reason`: why not yet. `doubtful`: it may be that only a person can mend that. */
  | { outcome: 'pending'; reason: string; doubtful?: true };

export interface Outbox {
  /** Throws TryAgainError when too much is waiting already, whatever comes. */
  checkRoom(): void;
  /**
   * Resolves as soon as the event's fate is known, or with `pending` after `limits.webhookAnswer` ms, and at once where it may be
   * that only a person can help. `fields` go on log lines about what comes later. Throws TryAgainError when too much is waiting already.
   */
  post(event: CloudEvent<string>, fields: Readonly<Record<string, unknown>>): Promise<Handover>;
  /** Waits at most `ms` for what is pending, then names what is given up. False: something was. */
  close(ms: number): Promise<boolean>;
}

const maxEvents = 1_000;
const maxBytes = 64 * 1024 * 1024;

/** ms before the second attempt, doubled each time up to the greatest. */
const firstPause = 500;
const greatestPause = 30_000;
/** While the process ends there is no time for long pauses. */
const greatestPauseAtEnd = 1_000;

interface Entry {
  id: string;
  bytes: number;
  fields: Readonly<Record<string, unknown>>;
  /** Aborted: the present pause ends at once. */
  hurry: Stop;
  done: Promise<unknown>;
  lastReason: string;
  /** Called when the broker's certificate is refused, or there is no broker at that address. */
  doubt(): void;
}

export function createOutbox(deliver: Deliver<string>, io: Io): Outbox {
  const entries = new Set<Entry>();
  let bytes = 0;
  let closing = false;
  let closed = false;
  const late = io.metrics.counter(
    'late_handovers_total',
    'Events whose fate was settled after the webhook was answered.',
  );
  const retries = io.metrics.counter('call_retries_total', 'Calls that were repeated.');
  io.metrics.gauge('pending_events', 'Events that the broker has not taken yet.', () => entries.size);
  io.metrics.gauge('pending_bytes', 'Data of those events.', () => bytes);

  return { checkRoom, post, close };

  function checkRoom(more = 0): void {
    if (entries.size >= maxEvents || bytes + more > maxBytes)
      throw new TryAgainError(`The broker is behind: ${entries.size} events are waiting for it.`);
  }

  async function post(event: CloudEvent<string>, fields: Readonly<Record<string, unknown>>): Promise<Handover> {
    const size = Buffer.byteLength(event.data ?? '');
    checkRoom(size);
    const entry: Entry = {
      id: event.id,
      bytes: size,
      fields,
      hurry: new Stop(),
      done: Promise.resolve(),
      lastReason: 'no answer yet',
      doubt: () => {},
    };
    const doubted = new Promise<'doubtful'>((resolve) => {
      entry.doubt = () => resolve('doubtful');
    });
    entries.add(entry);
    bytes += size;
    const handover = held(event, entry);
    entry.done = handover;

    const timer = new Stop();
    let doubtful = false;
    try {
      const first = await Promise.race([handover, doubted, io.clock.sleep(limits.webhookAnswer, timer)]);
      if (typeof first === 'object') return first;
      doubtful = first === 'doubtful';
    } finally {
      timer.abort();
    }
    void handover.then(
      (last) => tellLate(entry, last),
      (error) => tellBroken(entry, error),
    );
    return { outcome: 'pending', reason: entry.lastReason, ...(doubtful ? { doubtful } : {}) };
  }

  async function held(event: CloudEvent<string>, entry: Entry): Promise<Handover> {
    try {
      return await attempts(event, entry);
    } finally {
      entries.delete(entry);
      bytes -= entry.bytes;
    }
  }

  async function attempts(event: CloudEvent<string>, entry: Entry): Promise<Handover> {
    const start = io.clock.monotonic();
    for (let pause = firstPause; ; pause = Math.min(pause * 2, greatestPause)) {
      const result = await attempt(event, entry);
      if (typeof result !== 'string') return result;
      retries.add({ server: 'sink' });
      // Between half of the pause and all of it, so that many do not come back at the same moment.
      const wait = Math.min(pause, closing ? greatestPauseAtEnd : pause) * (0.5 + io.random() / 2);
      if (io.clock.monotonic() - start + wait > limits.sourceDelivery) return { outcome: 'lost', reason: result };
      await io.clock.sleep(wait, entry.hurry);
      if (closed) return { outcome: 'lost', reason: result };
      if (entry.hurry.aborted) entry.hurry = new Stop();
    }
  }

  /** A text says why to try again. */
  async function attempt(event: CloudEvent<string>, entry: Entry): Promise<Handover | string> {
    try {
      const delivered = await deliver(event);
      const { status } = delivered;
      if (status >= 200 && status < 300) return { outcome: 'accepted' };
      if (!mayBeTakenLater(status)) return { outcome: 'refused', ...delivered };
      entry.lastReason = `the broker answered ${inWords(delivered)}`;
      // It may not be there yet, or K_SINK is wrong.
      if (status === 404) entry.doubt();
    } catch (error) {
      if (!(error instanceof TryAgainError)) throw error;
      entry.lastReason = error.message;
      if (error instanceof UntrustedError) entry.doubt();
    }
    return entry.lastReason;
  }

  function tellLate(entry: Entry, last: Handover): void {
    // What was given up has been told by close().
    if (closed) return;
    late.add({ outcome: last.outcome });
    if (last.outcome === 'accepted') io.log('info', 'handed on after the answer', entry.fields);
    else {
      const reason = last.outcome === 'refused' ? `the broker answered ${inWords(last)}` : entry.lastReason;
      io.log('error', 'event lost after the answer', { ...entry.fields, outcome: last.outcome, reason });
    }
  }

  function tellBroken(entry: Entry, error: unknown): void {
    late.add({ outcome: 'failed' });
    io.log('error', 'event lost after the answer', { ...entry.fields, outcome: 'failed', ...explain(error) });
  }

  async function close(ms: number): Promise<boolean> {
    closing = true;
    for (const entry of entries) entry.hurry.abort();
    const timer = new Stop();
    const all = Promise.allSettled([...entries].map(({ done }) => done));
    await Promise.race([all, io.clock.sleep(ms, timer)]);
    timer.abort();
    closed = true;
    for (const { fields, lastReason } of entries) {
      late.add({ outcome: 'given-up' });
      io.log('error', 'event given up at the end of the process', { ...fields, reason: lastReason });
    }
    const handedOn = entries.size === 0;
    // Ends the pauses, and with them the attempts.
    for (const entry of entries) entry.hurry.abort();
    return handedOn;
  }
}
