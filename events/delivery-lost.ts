// dev.mlops.delivery.lost.v1: an event reached nobody, and what a person can do. One of this type that is lost itself is
// only logged, else losses would breed.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { commitId, httpUrl, repositoryId, text, timestamp } from './fields.ts';
import { makeEvent } from './make-event.ts';
import { readData } from './read-data.ts';
import { repeatableId } from './repeatable-id.ts';

export const type = 'dev.mlops.delivery.lost.v1';

export const schema = v.object({
  /** The event that was lost; an event need not have a subject. */
  event: v.object({ id: text, type: text, source: text, subject: v.optional(v.string('text')) }),
  reason: text,
  /** What helps: wait for the reconcile, correct a file, … */
  remedy: text,
  /** When the head was read that the lost event told of. */
  observedAt: v.optional(timestamp),
  repository: v.optional(httpUrl),
  repositoryId,
  commits: v.optional(v.array(commitId, 'a list')),
});

export type Loss = v.InferOutput<typeof schema>;

/** `source` names who reports the loss: the repository where it is known, else the lost event's source. */
export function make(loss: Loss, origin: { time: string; traceparent?: string }): CloudEvent<Loss> {
  const { event, repository } = loss;
  return makeEvent(
    {
      id: repeatableId([event.source, event.id, type]),
      type,
      source: repository ?? event.source,
      subject: event.subject || event.type,
      partitionkey: event.subject || event.source,
      time: origin.time,
      traceparent: origin.traceparent,
    },
    loss,
  );
}

/** Throws StopError 422. */
export function read(event: CloudEvent<unknown>): Loss {
  return readData(event, type, schema);
}
