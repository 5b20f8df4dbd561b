// What a Trigger is, when it matches, and how long it waits between attempts. Pure.
import type { BrokerEvent } from './event.ts';

export interface Trigger {
  name: string;
  /** Any of these, compared exactly; none: every type. */
  types?: readonly string[];
  /** All of these, compared exactly, as `filter.attributes` does. */
  attributes?: Readonly<Record<string, string>>;
  subscriber: string;
  /** Further attempts after the first. */
  retry: number;
  backoffPolicy: 'linear' | 'exponential';
  backoffDelayMs: number;
  /** One attempt: at the subscriber, at the dead-letter sink, or to hand a reply on with all that happens behind it. */
  timeoutMs: number;
  /**
   * `keep`: the broker itself takes what cannot be delivered. A URL: posted there, as often as the subscriber is tried.
   * Absent: the producer gets 500, and a reply that led here is sent again.
   */
  deadLetterSink?: string;
}

export function matches(trigger: Trigger, { attributes }: BrokerEvent): boolean {
  const { types = [], attributes: wanted = {} } = trigger;
  return (
    (types.length === 0 || types.includes(attributes.type!)) &&
    Object.entries(wanted).every(([name, value]) => attributes[name] === value)
  );
}

/** ms before the attempt after `attempts` ones. Measured on Knative 1.22: linear begins with no wait at all. */
export function backoff({ backoffPolicy, backoffDelayMs }: Trigger, attempts: number): number {
  return backoffPolicy === 'linear' ? backoffDelayMs * (attempts - 1) : backoffDelayMs * 2 ** (attempts - 1);
}

/** Knative data plane, "Retry": these, and every answer that did not come. */
export function isRetried(status: number): boolean {
  return [404, 408, 409, 429].includes(status) || status >= 500;
}
