// The Triggers of this system, as functions/table.ts says and as the chart has them.
import { type FunctionName, rows } from '../../functions/table.ts';
import type { Trigger } from './trigger.ts';

/**
 * `subscribers`: where functions listen; one that is not named gets no Trigger. What cannot be delivered goes to `deadLetterSink`:
 * an address, or `keep` (trigger.ts).
 */
export function defaultTriggers(
  subscribers: Readonly<Partial<Record<FunctionName, string>>>,
  deadLetterSink = subscribers['dead-letter'],
): Trigger[] {
  return rows.flatMap(({ name, takes, trigger }) => {
    const subscriber = subscribers[name];
    if (trigger === undefined || subscriber === undefined) return [];
    return {
      name,
      types: takes === 'all' ? [] : takes,
      subscriber,
      retry: trigger.retries,
      backoffPolicy: 'exponential',
      backoffDelayMs: trigger.firstPause,
      timeoutMs: trigger.attempt,
      ...(deadLetterSink !== undefined && { deadLetterSink }),
    };
  });
}
