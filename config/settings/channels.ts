// Where `notify` tells people: the JSON list in NOTIFY_CHANNELS, checked as a whole before anything starts. It is a secret, tokens and
// addresses of incoming webhooks are in it: a message names the entry and the field, and what belongs there, never what stands there.
import * as v from 'valibot';
import { isEnvironmentName } from '../../promotions/environment-name.ts';
import { certificates, staysPrivate, token, Unexpected } from './checks.ts';

/** What a message can say of a promotion, and of what keeps one from happening. */
export const states = [
  'labelled',
  'withdrawn',
  'left_alone',
  'rolling_out',
  'serving',
  'failed',
  'differs',
  'unknown',
  'unreadable',
  'lost',
] as const;
export type State = (typeof states)[number];

/** What a template may contain, in braces. */
export const placeholders = [
  'model',
  'version',
  'environment',
  'registry',
  'state',
  'sentence',
  'reason',
  'by',
  'request',
  'commitUrl',
  'registryUrl',
] as const;
export type Placeholder = (typeof placeholders)[number];

/** Of a template: `{name}` with its name. Braces around anything else are text. */
export const placeholderPattern = /\{(\w+)\}/g;

const text = v.pipe(v.string('text'), v.minLength(1, 'text that is not empty'));

/** Without user and password, which messages about calls would show. A query may hold the key, as it does at Microsoft. */
const address = v.pipe(
  v.string('an address'),
  v.check(
    (url) => URL.canParse(url) && /^https?:\/\/[^/?#\\@\s]+([/?#]\S*)?$/i.test(url) && staysPrivate(url),
    'an address with https://, or with http:// to this machine or to a Service of the cluster',
  ),
);

const secretToken = v.pipe(text, v.check(isA(token), 'printable ASCII without spaces'));

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
const secret = v.pipe(
  text,
  v.check((given) => {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(given) ?? [];
    const { length } = Buffer.from(base64, 'base64');
    return length >= 24 && length <= 64;
  }, 'whsec_ and 24 to 64 bytes in base64 (`echo whsec_$(openssl rand -base64 32)`)'),
);

const ofEvery = {
  /** For log lines and errors. */
  name: v.pipe(text, v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a text of a-z, 0-9 and -')),
  environments: v.optional(v.array(v.pipe(text, v.check(isEnvironmentName, 'names of environments')), 'a list')),
  states: v.optional(v.array(v.picklist(states, `one of ${states.join(', ')}`), 'a list')),
  ca: v.optional(v.pipe(text, v.check(isA(certificates), 'PEM certificates'))),
};

const withText = {
  ...ofEvery,
  template: v.optional(
    v.pipe(
      text,
      v.maxLength(2_000, 'at most 2000 characters'),
      v.check(
        (template) => [...template.matchAll(placeholderPattern)].every(([, name]) => isPlaceholder(name!)),
        `no other words in braces than ${placeholders.map((name) => `{${name}}`).join(', ')}`,
      ),
    ),
  ),
};

const kinds = [
  v.strictObject({
    kind: v.literal('slack'),
    ...withText,
    token: secretToken,
    channel: v.pipe(text, v.regex(/^[CG][A-Z0-9]{5,}$/, "the channel's id, such as C0123456789")),
    url: v.optional(address, 'https://slack.com'),
  }),
  v.strictObject({
    kind: v.literal('mattermost'),
    ...withText,
    url: address,
    token: secretToken,
    channel: v.pipe(text, v.regex(/^[a-z0-9]{26}$/, "the channel's id, 26 letters and digits")),
  }),
  v.strictObject({ kind: v.literal('slack-webhook'), ...withText, url: address }),
  v.strictObject({ kind: v.literal('mattermost-webhook'), ...withText, url: address }),
  v.strictObject({ kind: v.literal('teams'), ...withText, url: address }),
  v.strictObject({
    kind: v.literal('webhook'),
    ...ofEvery,
    url: address,
    secrets: v.pipe(v.array(secret, 'a list'), v.minLength(1, 'one secret at least')),
  }),
] as const;

const list = v.pipe(
  v.array(v.variant('kind', kinds), 'a list'),
  v.minLength(1, 'one channel at least'),
  v.check((all) => new Set(all.map(({ name }) => name)).size === all.length, 'every name once'),
);

/** One entry. Undefined `environments` and `states`: all. */
export type ChannelSettings = v.InferOutput<typeof list>[number];
export type ChannelOf<K extends ChannelSettings['kind']> = Extract<ChannelSettings, { kind: K }>;

export const channels = (given: string): readonly ChannelSettings[] | Unexpected => {
  let json: unknown;
  try {
    json = JSON.parse(given);
  } catch {
    return new Unexpected('a JSON list of channels', true);
  }
  const result = v.safeParse(list, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  return new Unexpected(`a JSON list of channels; ${placeOf(issue, json)}${expectedBy(issue)}`, true);
};

type Issue = v.InferIssue<typeof list>;

function placeOf({ path: [index, ...fields] = [] as never }: Issue, json: unknown): string {
  if (index === undefined) return '';
  const { name } = (json as { name?: unknown }[])[Number(index.key)] ?? {};
  const named = typeof name === 'string' && v.is(ofEvery.name, name) ? ` (${name})` : '';
  const field = fields.map(({ key }) => key).join('.');
  // A key that nobody knows may be a secret in the wrong place.
  return `in number ${Number(index.key) + 1}${named}${/^[a-z.0-9]{1,30}$/.test(field) ? `, ${field}` : ''}: `;
}

function expectedBy({ type, expected, input, message }: Issue): string {
  if (type === 'variant') return `one of ${kinds.map(({ entries }) => entries.kind.literal).join(', ')}`;
  if (type === 'strict_object' && expected === 'never') return 'no field that such a channel does not have';
  return input === undefined ? 'a value' : message;
}

function isA(check: (text: string) => unknown): (text: string) => boolean {
  return (given) => !(check(given) instanceof Unexpected);
}

function isPlaceholder(name: string): boolean {
  return (placeholders as readonly string[]).includes(name);
}
