// The Triggers of this system, as functions/table.ts says and as the chart has them.
import { type Trigger as Delivery, type FunctionName, rows, waking } from '../../functions/table.ts';
import type { Trigger } from './trigger.ts';

/**
 * `subscribers`: where functions listen; one that is not named gets no Trigger. What cannot be delivered goes to `deadLetterSink`:
 * an address, or `keep` (trigger.ts).
 */
export function defaultTriggers(
  subscribers: Readonly<Partial<Record<FunctionName, string>>>,
  deadLetterSink = subscribers['dead-letter'],
): Trigger[] {
  return rows.flatMap(({ name, takes, wokenBy, trigger }) => {
    const subscriber = subscribers[name];
    if (trigger === undefined || subscriber === undefined) return [];
    const to = { subscriber, ...(deadLetterSink !== undefined && { deadLetterSink }) };
    return [
      { name, types: takes === 'all' ? [] : takes, ...to, ...delivery(trigger) },
      ...(wokenBy ? [{ name: `${name}-wake`, types: wokenBy, ...to, ...delivery(waking) }] : []),
    ];
  });
}

function delivery({ retries, firstPause, attempt }: Delivery) {
  return {
    retry: retries,
    backoffPolicy: 'exponential',
    backoffDelayMs: firstPause,
    timeoutMs: attempt,
  } as const;
}
