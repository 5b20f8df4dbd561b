// Checks the data of an event against its schema. Says which field is wrong and what was expected, never what came.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { StopError } from './errors.ts';

/** Faults named in one message; the answer has to stay below 500 bytes. */
const maxFaults = 4;

/** The data as the schema gives it, without fields it does not know. Throws StopError 422. */
export function readData<S extends v.GenericSchema>(
  event: CloudEvent<unknown>,
  type: string,
  schema: S,
): v.InferOutput<S> {
  if (event.type !== type) throw new StopError(422, `Expected an event of type ${type}.`);
  return readValue(event.data, `data of ${type}`, schema);
}

/** As readData, for any value; `what` names it in the message. */
export function readValue<S extends v.GenericSchema>(value: unknown, what: string, schema: S): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const faults = result.issues.slice(0, maxFaults).map((issue) => `${placeOf(issue)}: expected ${wanted(issue)}`);
  const more = result.issues.length > maxFaults ? `; and ${result.issues.length - maxFaults} more` : '';
  throw new StopError(422, `The ${what} makes no sense: ${faults.join('; ')}${more}.`);
}

/** Names of ours; keys of a map are the sender's, and only shown where they are plain words. */
function placeOf({ path }: v.BaseIssue<unknown>): string {
  const keys = (path ?? []).map(({ key }) => (/^[\w-]{1,40}$/.test(String(key)) ? String(key) : '…'));
  return keys.join('.') || 'data';
}

/** Our own messages say what was expected; valibot's would quote what came. */
function wanted(issue: v.BaseIssue<unknown>): string {
  // An object's issue is also that of a missing key: then `expected` is the key.
  if (issue.type === 'object' || issue.type === 'loose_object')
    return issue.expected === 'Object' ? 'an object' : 'a value';
  return issue.message.startsWith('Invalid ') ? 'another value' : issue.message;
}
