// Puts together the attributes all our events share. In memory attributes are plain text; wire.ts encodes them.
import { CloudEvent } from 'cloudevents';
import { nameIn } from '../promotions/repository-address.ts';
import { repeatableId } from './repeatable-id.ts';
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

interface Attributes {
  id: string;
  type: string;
  source: string;
  subject?: string;
  partitionkey: string;
  time: string;
  traceparent?: string;
  [extension: string]: unknown;
}

/** An event with JSON data. Attributes that are undefined are left out, because the SDK would send `undefined` as text. */
export function makeEvent<T>(attributes: Attributes, data: T): CloudEvent<T> {
  const known = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  // Not strict: the SDK's check refuses text that CloudEvents allows once it is encoded, and quotes the value in its message.
  return new CloudEvent<T>(
    {
      ...known,
      specversion: '1.0',
      source: uriReference(attributes.source),
      datacontenttype: 'application/json',
      data,
    },
    false,
  );
}

/**
 * An event about a model in an environment, as parse and registry-writer send it. Asked about the same head, because of the same
 * event, it has the same id. `more`: what else tells it from others.
 */
export function makeForModel<T extends { environment: string; model: string; head: string }>(
  type: string,
  source: string,
  data: T,
  { cause, time, traceparent }: Origin,
  ...more: string[]
): CloudEvent<T> {
  const { environment, model, head } = data;
  return makeEvent(
    {
      id: repeatableId([cause.source, cause.id, type, environment, model, head, ...more]),
      type,
      source,
      subject: `${environment}/${model}`,
      // All writes to one model go one after the other, whatever the environment: a write replaces a whole property map.
      partitionkey: model,
      time,
      traceparent,
    },
    data,
  );
}

/** The same about a whole environment. `page`: where it has several. */
export function makeForEnvironment<T extends { environment: string; repository: string; head: string }>(
  type: string,
  data: T,
  { cause, time, traceparent }: Origin,
  ...page: string[]
): CloudEvent<T> {
  const { environment, repository, head } = data;
  return makeEvent(
    {
      id: repeatableId([cause.source, cause.id, type, environment, head, ...page]),
      type,
      source: repository,
      subject: environment,
      partitionkey: `${nameIn(repository)}/${environment}`,
      time,
      traceparent,
    },
    data,
  );
}
