// Checks the data of an event against its schema. Says which field is wrong and what was expected, never what came.
import type { CloudEvent } from 'cloudevents';
import * as v from 'valibot';
import { StopError } from './errors.ts';

/** Errors in one message; the answer has to stay below 500 bytes. */
const maxErrors = 4;

/** Nested values up to which all errors are searched. An error takes a kilobyte of memory. */
const maxParts = 300;

/** Reads the data of an event of this type as the schema gives it, without fields that it does not know. Throws StopError 422. */
export function reader<T>(type: string, schema: v.GenericSchema<unknown, T>): (event: CloudEvent<unknown>) => T {
  return (event) => {
    if (event.type !== type) throw new StopError(422, `Expected an event of type ${type}.`);
    return readValue(event.data, `data of ${type}`, schema);
  };
}

/** The value as the schema gives it; `what` names it in the message. Throws StopError 422. */
export function readValue<S extends v.GenericSchema>(value: unknown, what: string, schema: S): v.InferOutput<S> {
  const first = v.safeParse(schema, value, { abortEarly: true });
  if (first.success) return first.output;
  const { issues = first.issues } = hasFewParts(value) ? v.safeParse(schema, value) : first;
  const errors = issues.slice(0, maxErrors).map((issue) => `${placeOf(issue)}: expected ${wanted(issue)}`);
  const more = issues.length > maxErrors ? `; and ${issues.length - maxErrors} more` : '';
  throw new StopError(422, `The ${what} makes no sense: ${errors.join('; ')}${more}.`);
}

/** Whether all errors may be searched: a list of a million wrong items from outside would have as many, of a kilobyte each. */
function hasFewParts(value: unknown): boolean {
  let parts = 0;
  for (const open = [value]; open.length > 0; ) {
    const one = open.pop();
    if (typeof one !== 'object' || one === null) continue;
    const inside = Object.values(one);
    parts += inside.length;
    if (parts > maxParts) return false;
    open.push(...inside);
  }
  return true;
}

/** The field's name. Keys of a map are the sender's, and shown only if they are plain words. */
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
