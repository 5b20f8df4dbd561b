// W3C Trace Context, as much of it as a chain of events needs: the sender's traceparent is continued or a new one begun, and work
// knows which it belongs to.
import { AsyncLocalStorage } from 'node:async_hooks';

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const traces = new AsyncLocalStorage<string>();

/** Whatever `work` starts belongs to this traceparent. */
export function withTrace<T>(traceparent: string, work: () => T): T {
  return traces.run(traceparent, work);
}

/** The traceparent of the work this is called from; undefined outside of any. */
export function currentTrace(): string | undefined {
  return traces.getStore();
}

/** The first well-formed of the given values with a new span id of ours, else a new trace. `random`: 0 <= x < 1. */
export function continueTrace(candidates: readonly unknown[], random: () => number): string {
  const span = hex(16, random);
  for (const given of candidates) {
    if (typeof given === 'string' && pattern.test(given)) return `${given.slice(0, 35)}-${span}-${given.slice(-2)}`;
  }
  return `00-${hex(32, random)}-${span}-01`;
}

/** The trace id of a traceparent, for log lines. */
export function traceId(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** Identifies this hop's own calls among those of the trace. */
export function spanId(traceparent: string): string {
  return traceparent.slice(36, 52);
}

/** As traceId, of what a sender gave; undefined unless it is well-formed. */
export function givenTraceId(value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? traceId(value) : undefined;
}

function hex(digits: number, random: () => number): string {
  let text = '';
  while (text.length < digits) text += Math.floor(random() * 16).toString(16);
  // All zeros means "invalid" in Trace Context.
  return /^0+$/.test(text) ? `${text.slice(1)}1` : text;
}
