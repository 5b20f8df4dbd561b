// From a dead letter to the report of the loss: what was lost, why, what helps. Pure. The report quotes nothing but attributes of
// the event: who makes up a dead letter must not get a text of their own signed.
import type { CloudEvent } from 'cloudevents';
import type { Loss } from '../../events/delivery-lost.ts';
import { writerName } from '../table.ts';
import { reasonOf, remedyOf } from './explain-loss.ts';
import { type Place, readFailure } from './read-failure.ts';
import { readOrigin } from './read-origin.ts';

export interface LossInFull {
  loss: Loss;
  /** For the log: the reason with what brokers and functions said of it. */
  reason: string;
}

/** `event`: attributes as text, data as it came. `lostAt`: RFC 3339. */
export function describeLoss(event: CloudEvent<unknown>, place: Place, lostAt: string): LossInFull {
  const { id, type, source, subject } = event;
  const { failure, registryName, receiver, detail } = readFailure(event, place);
  const named = registryName === undefined ? undefined : writerName(registryName);
  const loss: Loss = {
    event: { id, type, source, ...(subject ? { subject } : {}) },
    failure,
    reason: reasonOf(failure, named),
    remedy: remedyOf(failure, type),
    lostAt,
    ...(registryName && { registryName }),
    ...readOrigin(event),
  };
  return { loss, reason: reasonOf(failure, receiver, detail) };
}
