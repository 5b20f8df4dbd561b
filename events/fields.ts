// The kinds of values our events are made of, as schemas. Each message completes "expected …".
import * as v from 'valibot';
import { isEnvironmentName } from '../promotions/environment-name.ts';
import { nameError } from '../promotions/name-error.ts';
import { isRegistryName } from '../promotions/registry-name.ts';

/** Any text but the empty one. */
export const text = v.pipe(v.string('text'), v.minLength(1, 'text that is not empty'));

/** Name of a model, a version or an application. */
export const validName = v.pipe(
  text,
  v.check(
    (name) => nameError(name) === undefined,
    'a name of at most 255 characters, none of them a control character',
  ),
);

/** Full object id of Git, SHA-1 or SHA-256. */
const commitPattern = /^(?!0+$)(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
export const commitId = v.pipe(
  v.string('text'),
  v.regex(commitPattern, 'a full commit id (40 or 64 hex digits, not all zeros)'),
);

export const isCommitId = (text: string): boolean => commitPattern.test(text);

/** RFC 3339 as JavaScript reads it: no leap second, upper-case T and Z. */
const timePattern =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
export const timestamp = v.pipe(
  v.string('text'),
  v.regex(timePattern, 'a time (RFC 3339)'),
  v.check((time) => !Number.isNaN(Date.parse(time)), 'a time (RFC 3339)'),
);

/** Characters: it becomes an attribute of other events, which no function takes any longer (host/read-event.ts). */
const longestUrl = 4_096;

/** Address of a page or an API. */
export const httpUrl = v.pipe(
  v.string('text'),
  v.maxLength(longestUrl, `at most ${longestUrl} characters`),
  v.regex(/^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^/?#]/, 'a URL (http or https)'),
  v.check((url) => URL.canParse(url), 'a URL (http or https)'),
);

/** Which repository: its public address, and by what else it is recognized after a move. */
export const repositoryId = v.optional(text);
export const repository = {
  repository: httpUrl,
  repositoryId,
  formerly: v.optional(v.pipe(v.array(httpUrl, 'a list'), v.minLength(1, 'a list that is not empty'))),
};

/** Name of an environment: it becomes a property key in the registry. */
export const environment = v.pipe(
  v.string('text'),
  v.regex(/^[a-z0-9][a-z0-9-]*$/, 'the name of an environment ([a-z0-9][a-z0-9-]*)'),
  v.check(isEnvironmentName, 'the name of an environment that is no field of the registry'),
);

/** Of several registries the one that is meant; absent: the first, which has no name. */
export const registryName = v.optional(v.pipe(v.string('text'), v.check(isRegistryName, 'the name of a registry')));

export const flag = v.boolean('true or false');

/** A page number and the like, counted from 1. */
export const count = v.pipe(v.number('a number'), v.integer('a whole number'), v.minValue(1, 'a number from 1'));

/** One application or more. */
export const applications = v.pipe(v.array(validName, 'a list'), v.minLength(1, 'a list that is not empty'));

/** No two elements of a list have the same text in this field. */
export function unique<T extends Record<K, string>, K extends string>(key: K, message: string) {
  return v.check((elements: T[]) => new Set(elements.map((one) => one[key])).size === elements.length, message);
}
