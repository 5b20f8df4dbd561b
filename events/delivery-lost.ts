// dev.mlops.delivery.lost.v1: an event reached nobody, and what a person can do. One of this type that is lost itself is
// only logged, else losses would breed. Nothing signs what a broker says of a failure, so of that only a closed set comes in here.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { commitId, count, httpUrl, registryName, repositoryId, text, timestamp } from './fields.ts';
import { makeEvent } from './make-event.ts';
import { reader } from './read-data.ts';
import { repeatableId } from './repeatable-id.ts';

export const type = 'dev.mlops.delivery.lost.v1';

/** Functions that may have failed: those that a broker delivers to (functions/table.ts). */
export const receivers = ['parse', 'registry-writer', 'commit-status', 'rollout-observer', 'notify'] as const;

/**
 * How it was lost: a function answered (in the shape of our answers), something else did, there was no way to it, the broker did
 * not take a reply, or no answer came.
 */
export const failures = ['refusal', 'answer', 'unreachable', 'reply', 'silence'] as const;

export const schema = v.object({
  /** The event that was lost; an event need not have a subject. */
  event: v.object({ id: text, type: text, source: text, subject: v.optional(v.string('text')) }),
  failure: v.object({
    kind: v.picklist(failures, `one of ${failures.join(', ')}`),
    receiver: v.optional(v.picklist(receivers, `one of ${receivers.join(', ')}`)),
    /** Status of the last answer. */
    code: v.optional(v.pipe(count, v.minValue(100, 'a status'), v.maxValue(599, 'a status'))),
  }),
  /** A sentence that follows from the failure. */
  reason: text,
  /** What a person can do: wait for the reconcile, correct a file, … */
  remedy: text,
  /** When the head was read that the lost event was about. */
  observedAt: v.optional(timestamp),
  /** When it was given up. */
  lostAt: timestamp,
  /** Of several registries the one that was not written, or whose answer was lost. */
  registryName,
  repository: v.optional(httpUrl),
  repositoryId,
  commits: v.optional(v.array(commitId, 'a list')),
});

export type Loss = v.InferOutput<typeof schema>;
export type LossFailure = Loss['failure'];

/** `source` names who reports the loss: the repository where it is known, else the lost event's source. */
export function make(loss: Loss, origin: { traceparent?: string }): CloudEvent<Loss> {
  const { event, repository, lostAt, registryName: registry } = loss;
  return makeEvent(
    {
      id: repeatableId([event.source, event.id, type, ...(registry ? [registry] : [])]),
      type,
      source: repository ?? event.source,
      subject: event.subject || event.type,
      partitionkey: event.subject || event.source,
      time: lostAt,
      traceparent: origin.traceparent,
    },
    loss,
  );
}

export const read = reader<Loss>(type, schema);
