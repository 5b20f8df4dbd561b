// dev.knative.source.gitea.<event type>: a webhook of Gitea, Forgejo or Gogs as it came. Sent by gitea-source.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { StopError } from './errors.ts';
import { makeEvent } from './make-event.ts';
import { readValue } from './read-data.ts';

/** What stands before the forge's own name for the event. */
export const prefix = 'dev.knative.source.gitea.';
export const type = `${prefix}push`;
/** A test delivery: it only shows that webhooks arrive. */
export const pingType = `${prefix}ping`;

/** What all webhooks of a repository have in common; the payload of a push is read by forges/gitea/push.ts. */
export const schema = v.looseObject({
  repository: v.optional(v.looseObject({ html_url: v.string('text'), full_name: v.string('text') })),
});

export interface Webhook {
  /** Delivery id of the forge. */
  id: string;
  /** The precise type of the event: push, pull_request_sync, … or ping. */
  eventType: string;
  /** The forge's name for a group of types. */
  event: string;
  /** html url of the repository, else of its owner. */
  source: string;
  subject?: string;
  /** `owner/name`, as the payload has it. */
  partitionkey: string;
  time: string;
  traceparent?: string;
  /** Of a push. */
  push?: { ref: string; before: string; after: string };
  /** `text` is not all that came. */
  truncated?: true;
  /** JSON, passed on byte for byte. */
  text: string;
}

/** The data stays text: parsed and written again it would no longer be what was signed. */
export function make({ eventType, event, push, truncated, text, ...common }: Webhook): CloudEvent<string> {
  const attributes = { ...common, type: prefix + eventType, giteaevent: event, ...push, truncated };
  return makeEvent(attributes, text);
}

/** The payload of any webhook event. Throws StopError 422. */
export function read(event: CloudEvent<unknown>): v.InferOutput<typeof schema> {
  if (!event.type.startsWith(prefix)) throw new StopError(422, `Expected an event of type ${prefix}….`);
  return readValue(event.data, 'webhook payload', schema);
}
