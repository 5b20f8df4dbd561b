// From a dead letter to the report of the loss: what was lost, why, what helps. Pure. Quotes nothing but attributes of the
// event and error bodies of our own shape: any other text may hold a payload or a secret of somebody else.
import type { CloudEvent } from 'cloudevents';
import type { Loss } from '../../events/delivery-lost.ts';
import { readFailure } from './read-failure.ts';
import { readOrigin } from './read-origin.ts';
import { reasonOf } from './reason-of.ts';
import { remedyOf } from './remedy-of.ts';

/** `event`: attributes as text, data as it came. `sink`: where functions send their events. */
export function lossOf(event: CloudEvent<unknown>, sink: string | undefined): Loss {
  const { id, type, source, subject } = event;
  const failure = readFailure(event, sink);
  return {
    event: { id, type, source, ...(subject ? { subject } : {}) },
    reason: reasonOf(failure),
    remedy: remedyOf(failure, type),
    ...readOrigin(event),
  };
}
