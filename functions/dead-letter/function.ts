// Makes a lost event visible: a log line, a count, and a report. The report is POSTed, because brokers discard the reply of a dead-letter
// sink or (Kafka's) treat it as any event. Repairs nothing: the reconcile does.

import { CloudEvent } from 'cloudevents';
import { limits } from '../../config/limits.ts';
import * as deliveryLost from '../../events/delivery-lost.ts';
import { TryAgainError } from '../../events/errors.ts';
import { events } from '../../events/index.ts';
import { type SignedAttributes, signedAttributes, signWhere } from '../../events/signature.ts';
import { decodeAttributes } from '../../events/wire.ts';
import { explain } from '../../io/explain.ts';
import type { Io } from '../../io/io.ts';
import { within } from '../../io/within.ts';
import { attempt, checkSink, type Deliver, toSink } from '../deliver.ts';
import { createDeliveryQueue } from '../delivery-queue.ts';
import type { EventFunction, Result, Scope } from '../function.ts';
import type { SettingsOf } from '../settings.ts';
import { functions } from '../table.ts';
import { describeLoss, type LossInFull } from './describe-loss.ts';
import { nothingLost } from './nothing-lost.ts';
import { isLarge } from './read-origin.ts';

/** Dead letters that are remembered, so that a repetition of one is neither counted nor logged twice. */
const maxRemembered = 1_000;

/** `deliver` takes the place of K_SINK where all functions are one process. With neither, a loss is only logged and counted. */
export function createDeadLetter(
  settings: SettingsOf<'dead-letter'>,
  io: Io,
  deliver: Deliver | undefined = toSink(settings, io, limits.deadLetterHandOn),
): EventFunction {
  const lost = io.metrics.counter('events_lost_total', 'Events that no function took, after all attempts.');
  const remembered = new Set<string>();
  // The Trigger repeats the dead letter, and so its report.
  const reports = createDeliveryQueue(io);
  io.metrics.gauge('pending_reports', 'Reports of losses that the broker is busy with.', () => reports.size);

  return {
    name: 'dead-letter',
    takes: functions['dead-letter'].takes,
    async on(given, scope) {
      const key = settings.eventSigningKey();
      const signed = key === undefined ? {} : signedBy(key, given);
      // The SDK has made base64 of the data, and would turn each of its bytes into a number.
      const event = new CloudEvent<unknown>({ ...given, ...signed, data_base64: undefined }, false);
      const found = describeLoss(
        event,
        { sink: settings.sink, furtherRegistries: settings.deadLetter.furtherRegistries },
        new Date(io.clock.now()).toISOString(),
      );
      const nothing = nothingLost(event, found.loss.failure.receiver);
      if (nothing !== undefined) return { outcome: 'ignored', reason: `nothing is lost: ${nothing}` };
      logOnce(event, found, scope);
      if (event.type === deliveryLost.type)
        return { outcome: 'ignored', reason: 'the lost report of a loss is only logged, else losses would breed' };
      if (signed === undefined)
        return { outcome: 'ignored', reason: 'logged only: no function of ours signed the lost event' };
      if (deliver) return report(deliver, found.loss, scope);
      checkSink(settings);
      return { outcome: 'done', reason: 'logged only: there is no K_SINK' };
    },
    async shutdown(msLeft = settings.gracePeriodMs) {
      return (await reports.close(msLeft)).givenUp === 0;
    },
  };

  function logOnce(
    event: CloudEvent<unknown>,
    { reason, loss: { remedy, repository, commits } }: LossInFull,
    scope: Scope,
  ) {
    // The broker sets the arrival time: retries keep it, and an event that is sent anew has another one.
    const key = JSON.stringify([event.source, event.id, event.knativearrivaltime, reason]);
    if (remembered.has(key)) return;
    if (remembered.size >= maxRemembered) remembered.delete(remembered.values().next().value!);
    remembered.add(key);
    const known = events.some(({ type }) => type === event.type);
    lost.add({ type: known ? event.type : 'other' });
    scope.log('error', 'event lost', { reason, remedy, repository, commits });
  }

  /**
   * A synchronous broker may be busy with a report for minutes: hanging up would lose it, and waiting would outlast the Trigger's
   * time limit. The loss is in the log by then, so the answer does not wait.
   */
  async function report(deliver: Deliver, loss: deliveryLost.Loss, { traceparent, log }: Scope): Promise<Result> {
    reports.checkRoom();
    const letter = signWhere(settings.eventSigningKey(), deliveryLost.make(loss, { traceparent }));
    const { id, type } = letter;
    const sending = reports.keep({ fields: { id, type }, bytes: 0 }, () => attempt(deliver, letter));
    const result = await within(io.clock, limits.deadLetterAnswer, sending);
    const logUnreported = (fields: Record<string, unknown>) => log('error', 'the loss was not reported', fields);
    if (result === undefined) {
      void sending.then(
        (last) => void (last.outcome !== 'accepted' && logUnreported({ reason: last.reason })),
        (error) => logUnreported(explain(error)),
      );
      return { outcome: 'done', reason: 'the broker is still busy with the report' };
    }
    if (result.outcome === 'accepted') return { outcome: 'done', reason: `reported: ${loss.reason}` };
    if (result.outcome === 'unavailable') throw new TryAgainError(`The loss could not be reported: ${result.reason}`);
    // A repetition would be refused again, and there is no other dead-letter sink.
    logUnreported({ reason: result.reason });
    return { outcome: 'done', reason: `logged only: ${result.reason}` };
  }
}

/**
 * A signed report is believed, so only events that our functions signed are reported, with the attributes as they were signed: the
 * broker's copy may spell them differently.
 */
function signedBy(key: string, event: CloudEvent<unknown>): SignedAttributes | undefined {
  if (event.signature === undefined || isLarge(event.data)) return undefined;
  try {
    return signedAttributes(decodeAttributes(event), key);
  } catch {
    return undefined;
  }
}
