// Puts together the attributes all our events share. In memory attributes are plain text; wire.ts encodes them.
import { CloudEvent } from 'cloudevents';
import { uriReference } from './uri-reference.ts';

/** What made an event necessary, and when. */
export interface Origin {
  /** The event that is being answered: its attributes as text. */
  cause: { source: string; id: string };
  /** RFC 3339. */
  time: string;
  /** W3C Trace Context of the hop that sends. */
  traceparent?: string;
}

export interface Attributes {
  id: string;
  type: string;
  source: string;
  subject: string;
  partitionkey: string;
  time: string;
  traceparent?: string;
}

/** An event with JSON data. Extensions that are undefined are left out, because the SDK would send the word. */
export function makeEvent<T>(attributes: Attributes, data: T): CloudEvent<T> {
  const { traceparent, ...rest } = attributes;
  // Not strict: the SDK's check refuses text that CloudEvents allows once it is encoded, and quotes the value in its message.
  return new CloudEvent<T>(
    {
      ...rest,
      ...(traceparent === undefined ? {} : { traceparent }),
      specversion: '1.0',
      source: uriReference(attributes.source),
      datacontenttype: 'application/json',
      data,
    },
    false,
  );
}
