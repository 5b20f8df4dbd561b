// From a dead letter to the report of the loss: what was lost, why, what helps. Pure. The report quotes nothing but attributes of
// the event: who makes up a dead letter must not get a text of their own signed.
import type { CloudEvent } from 'cloudevents';
import type { Loss } from '../../events/delivery-lost.ts';
import { reasonOf, remedyOf } from './explain-loss.ts';
import { readFailure } from './read-failure.ts';
import { readOrigin } from './read-origin.ts';

export interface LossInFull {
  loss: Loss;
  /** For the log: the reason with what brokers and functions said of it. */
  reason: string;
}

/** `event`: attributes as text, data as it came. `sink`: where functions send their events. `lostAt`: RFC 3339. */
export function describeLoss(event: CloudEvent<unknown>, sink: string | undefined, lostAt: string): LossInFull {
  const { id, type, source, subject } = event;
  const { failure, receiver, detail } = readFailure(event, sink);
  const loss: Loss = {
    event: { id, type, source, ...(subject ? { subject } : {}) },
    failure,
    reason: reasonOf(failure),
    remedy: remedyOf(failure, type),
    lostAt,
    ...readOrigin(event),
  };
  return { loss, reason: reasonOf(failure, receiver, detail) };
}
