// Hands events to the broker, and keeps trying in memory after the forge was answered: the forge hangs up after 5 s and never tries
// again. What a crash loses, the reconcile repairs.
import type { CloudEvent } from 'cloudevents';
import { limits } from '../../config/limits.ts';
import { explain } from '../../io/explain.ts';
import type { Io } from '../../io/io.ts';
import { within } from '../../io/within.ts';
import { type Attempt, attempt, type Deliver } from '../deliver.ts';
import { createDeliveryQueue, type Kept, type Retries } from '../delivery-queue.ts';

/** `pending`: it goes on in the background; `reason`: why the broker has not taken it yet. `unavailable`: given up. */
export type Handover = Attempt | { outcome: 'pending'; reason: string; needsPerson?: true };

export interface Outbox {
  /** Throws TryAgainError when nothing more can be taken, whatever its size. */
  checkRoom(): void;
  /**
   * Resolves when the broker has accepted or refused the event, or with `pending` after `limits.webhookAnswer` ms. When an attempt fails in
   * a way that may need a person (K_SINK is wrong, a certificate is not trusted), it resolves with `pending` at once. `fields` go on
   * log lines about what comes later. Throws TryAgainError when too much is waiting already.
   */
  post(event: CloudEvent<string>, fields: Readonly<Record<string, unknown>>): Promise<Handover>;
  /** Waits at most `msLeft` for what is pending, then logs what is given up. False: something was. */
  close(msLeft: number): Promise<boolean>;
}

const retries: Retries = {
  firstPause: 500,
  longestPause: 30_000,
  spread: [0.5, 1],
  most: Number.POSITIVE_INFINITY,
  within: limits.sourceDelivery,
  goOnAtEnd: true,
};

export function createOutbox(deliver: Deliver<string>, io: Io): Outbox {
  const queue = createDeliveryQueue(io);
  let closed = false;
  const late = io.metrics.counter(
    'late_handovers_total',
    'Events whose fate was settled after the webhook was answered.',
  );
  const repeated = io.metrics.counter('call_retries_total', 'Calls that were repeated.');
  io.metrics.gauge('pending_events', 'Events that the broker has not taken yet.', () => queue.size);
  io.metrics.gauge('pending_bytes', 'Data of those events.', () => queue.bytes);

  return { checkRoom: queue.checkRoom, post, close };

  async function post(event: CloudEvent<string>, fields: Readonly<Record<string, unknown>>): Promise<Handover> {
    const bytes = Buffer.byteLength(event.data ?? '');
    queue.checkRoom(bytes);
    let kept: Kept | undefined;
    let stopWaiting: (result: 'needsPerson') => void;
    const needed = new Promise<'needsPerson'>((resolve) => {
      stopWaiting = resolve;
    });
    const handover = queue.keep({ fields, bytes }, (entry) => {
      kept = entry;
      return queue.retry(entry, retries, () => attempt(deliver, event), failure);
    });
    const first = await within(io.clock, limits.webhookAnswer, Promise.race([handover, needed]));
    if (typeof first === 'object') return first;
    void handover.then(
      (last) => logLate(last, fields),
      (error) => logBroken(error, fields),
    );
    return { outcome: 'pending', reason: kept!.reason, ...(first === 'needsPerson' && { needsPerson: true }) };

    function failure(result: Attempt): string | undefined {
      if (result.outcome !== 'unavailable') return undefined;
      repeated.add({ server: 'sink' });
      if (result.needsPerson) stopWaiting('needsPerson');
      return result.reason;
    }
  }

  function logLate(last: Attempt, fields: Readonly<Record<string, unknown>>): void {
    // What was given up is logged and counted already.
    if (closed) return;
    const outcome = last.outcome === 'unavailable' ? 'lost' : last.outcome;
    late.add({ outcome });
    if (last.outcome === 'accepted') io.log('info', 'handed on after the answer', fields);
    else io.log('error', 'event lost after the answer', { ...fields, outcome, reason: last.reason });
  }

  function logBroken(error: unknown, fields: Readonly<Record<string, unknown>>): void {
    late.add({ outcome: 'failed' });
    io.log('error', 'event lost after the answer', { ...fields, outcome: 'failed', ...explain(error) });
  }

  async function close(msLeft: number): Promise<boolean> {
    const { givenUp } = await queue.close(msLeft);
    closed = true;
    if (givenUp > 0) late.add({ outcome: 'given-up' }, givenUp);
    return givenUp === 0;
  }
}
