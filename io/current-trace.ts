// The trace that the work now going on belongs to, so that calls made for an event can say for which. Sends nothing itself.
import { AsyncLocalStorage } from 'node:async_hooks';

const traces = new AsyncLocalStorage<string>();

/** Whatever `work` starts belongs to this W3C traceparent. */
export function withTrace<T>(traceparent: string, work: () => T): T {
  return traces.run(traceparent, work);
}

/** The traceparent of the work this is called from; undefined outside of any. */
export function currentTrace(): string | undefined {
  return traces.getStore();
}
