// Where a function hands its events: K_SINK, or what takes its place where all functions are one process.
import type { CloudEvent } from 'cloudevents';
import type { Settings } from '../config/settings.ts';
import { callsTo } from '../io/calls.ts';
import type { Io } from '../io/io.ts';
import { sendEvent } from '../io/sink.ts';

/** One attempt: the status of the answer. Rejects with TryAgainError when there was none. */
export type Deliver<T = unknown> = (event: CloudEvent<T>) => Promise<{ status: number }>;

/** One POST per event to K_SINK; undefined without one. `timeoutMs`: hanging up on a synchronous broker loses the event. */
export function toSink({ sink, ceOverrides }: Settings, io: Io, timeoutMs: number): Deliver | undefined {
  if (sink === undefined) return undefined;
  const { sink: send } = callsTo('sink', io);
  return (event) => sendEvent(send, sink, event, { timeoutMs, overrides: ceOverrides });
}
