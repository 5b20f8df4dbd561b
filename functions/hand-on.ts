// Hands events to the sink. When one of them is not taken, the event that caused them has to be delivered again.
import type { CloudEvent } from 'cloudevents';
import { TryAgainError } from '../events/errors.ts';
import { atMost } from '../io/at-most.ts';
import { attempt, type Deliver } from './deliver.ts';

/** POSTs at a time. A synchronous broker keeps each open until the writer is done. */
const atOnce = 16;

/**
 * Tries every event, whatever becomes of the others. Throws TryAgainError with the answers of those that were not taken; the
 * repeat carries the same ids, by which a receiver knows what it has already.
 */
export async function handOn(events: readonly CloudEvent<unknown>[], deliver: Deliver): Promise<void> {
  const failures = new Map<string, number>();
  await atMost(atOnce, events, async (event) => {
    const result = await attempt(deliver, event);
    if (result.outcome !== 'accepted') failures.set(result.reason, (failures.get(result.reason) ?? 0) + 1);
  });
  const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
  if (failed === 0) return;
  const answers = [...failures].map(([answer, count]) => `${count} × ${answer}`).join('; ');
  throw new TryAgainError(`${failed} of ${events.length} events could not be handed to the sink: ${answers}`);
}
