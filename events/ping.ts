// dev.knative.sources.ping: time to compare everything. Sent by Knative's PingSource; what it carries does not matter.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { makeEvent } from './make-event.ts';
import { reader } from './read-data.ts';

export const type = 'dev.knative.sources.ping';

export const schema = v.looseObject({});

/** As PingSource sends it, for the broker of one machine. */
export function make(ping: { id: string; source: string; time: string; traceparent?: string }): CloudEvent<object> {
  return makeEvent({ ...ping, type, subject: 'reconcile', partitionkey: ping.source }, {});
}

export const read = reader<object>(type, schema);
