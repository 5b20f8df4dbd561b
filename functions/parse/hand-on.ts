// Hands events to the sink: all of them, or the sender of the cause has to come again.
import type { CloudEvent } from 'cloudevents';
import { TryAgainError } from '../../events/errors.ts';
import { atMost } from '../../io/at-most.ts';
import { type Deliver, inWords } from '../deliver.ts';

/** A synchronous broker keeps each POST open until the writer is done. */
const atOnce = 16;

/**
 * Tries every event, whatever becomes of the others. Throws TryAgainError with the answers of those that were not taken; the
 * repeat carries the same ids, so whoever got one twice can tell.
 */
export async function handOn(events: readonly CloudEvent<unknown>[], deliver: Deliver): Promise<void> {
  const failures = new Map<string, number>();
  await atMost(atOnce, events, async (event) => {
    let answer: string;
    try {
      const delivered = await deliver(event);
      const { status } = delivered;
      if (status >= 200 && status < 300) return;
      answer = `status ${inWords(delivered)}`;
    } catch (error) {
      if (!(error instanceof TryAgainError)) throw error;
      answer = error.message;
    }
    failures.set(answer, (failures.get(answer) ?? 0) + 1);
  });
  const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
  if (failed === 0) return;
  const answers = [...failures].map(([answer, count]) => `${count} × ${answer}`).join('; ');
  throw new TryAgainError(`${failed} of ${events.length} events could not be handed to the sink: ${answers}`);
}
