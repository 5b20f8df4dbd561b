// Input as an attacker would make it: recorded samples, changed where it hurts. All of it comes out of fast-check, so that a
// seed gives the same input again and a failure shrinks to the change that matters.
import fc from 'fast-check';

/** Put into texts that are no identifiers: it may come out in no answer and in no log line. */
export const canary = 'canary-5f1c';

/** Texts that break out of something somewhere: SQL, filters, URLs, headers, logs, shells, paths, prototypes, terminals. */
export const hostileTexts = [
  '',
  ' ',
  '"',
  "'",
  '`',
  '\\',
  '%',
  '_',
  '%00',
  '%2e%2e%2f',
  '\u0000',
  'a\nb',
  'a\r\nx-injected: 1',
  '\u2028\u2029\u0085',
  '\u001b[2J\u001b]0;title\u0007',
  '\u202egnirts\u2066',
  'e\u0301\u0323\u200d\ufeff',
  '\ud800',
  '𝔘𝔫𝔦🏳️‍🌈',
  '../../../etc/passwd',
  '/absolute',
  '..',
  '" OR name = "x',
  "' OR 1=1; DROP TABLE Context; --",
  'name = `prod`',
  `\${jndi:ldap://127.0.0.1/}`,
  '{{7*7}}',
  '$(reboot)',
  '<script>alert(1)</script>',
  'http://127.0.0.1:1/else',
  'https://user:pass@host/?a#b',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  '0',
  'x'.repeat(300),
  'é'.repeat(5_000),
] as const;

/** JSON as text, so that it may be what JSON.stringify would never write. */
const hostileJson = [
  'null',
  'true',
  '0',
  '-0',
  '1e999',
  '123456789012345678901234567890',
  '0.1',
  '[]',
  '{}',
  '[[[[[[[[[[]]]]]]]]]]',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":2}',
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
  `[${'0,'.repeat(3_000)}0]`,
  `{${Array.from({ length: 500 }, (_, i) => `"k${i}":${i}`).join()}}`,
  '"\\ud800"',
  '"\\u0000"',
] as const;

/** Names whose values say which thing is meant; log lines and answers may show them. */
const identifiers =
  /^(id|type|source|subject|cluster|namespace|ref|ref_type|before|after|branch|head|name|full_name|login|username|html_url|repository|registry|environment|model|version|git|path|applications|commit|commits|sha|number|sha1|tag_name|page|from|to|uri|url|reason|remedy|mergeCommit|default_branch|state)$/;

export type Change = Readonly<{ at: number; how: (typeof hows)[number]; text: number; json: number }>;
const hows = ['text', 'json', 'remove', 'rename', 'swap', 'double', 'wrap', 'add'] as const;

/** Up to `most` changes of one value; none leaves it valid. */
export function changes(most = 3): fc.Arbitrary<Change[]> {
  return fc.array(
    fc.record({
      at: fc.nat(500),
      how: fc.constantFrom(...hows),
      text: fc.nat(hostileTexts.length - 1),
      json: fc.nat(hostileJson.length - 1),
    }),
    { maxLength: most },
  );
}

type Place = { holder: Record<string, unknown> | unknown[]; key: string | number; name: string };

/** The JSON text of a sample after the changes. */
export function changed(sample: unknown, list: readonly Change[]): string {
  const root: Record<string, unknown> = { root: structuredClone(sample) };
  const raw: string[] = [];
  for (const change of list) apply(root, change, raw);
  return JSON.stringify(root.root ?? null).replace(/"@raw(\d+)@"/g, (_, index: string) => raw[Number(index)] ?? 'null');
}

function apply(root: Record<string, unknown>, { at, how, text, json }: Change, raw: string[]): void {
  const places: Place[] = [];
  collect(root, 'root', places);
  if (places.length === 0) return;
  const { holder, key, name } = places[at % places.length] as Place;
  const slot = holder as Record<string | number, unknown>;
  const word = hostileTexts[text] as string;
  switch (how) {
    case 'text':
      slot[key] = identifiers.test(name) ? word : word + canary;
      return;
    case 'json':
      raw.push(hostileJson[json] as string);
      slot[key] = `@raw${raw.length - 1}@`;
      return;
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete slot[key];
      return;
    case 'rename':
      if (Array.isArray(holder) || key === 'root') return;
      Object.defineProperty(holder, word, { value: slot[key], enumerable: true, configurable: true, writable: true });
      delete slot[key];
      return;
    case 'swap': {
      const other = places[(at + text + 1) % places.length] as Place;
      // Structure stays a tree: only leaves change places, and only into places that say no more about whom.
      if (typeof slot[key] === 'object' || !identifiers.test(name)) return;
      const value = (other.holder as Record<string | number, unknown>)[other.key];
      if (typeof value !== 'object' && identifiers.test(other.name)) slot[key] = value;
      return;
    }
    case 'double':
      if (Array.isArray(holder))
        holder.push(...Array.from({ length: (json + 1) ** 2 }, () => structuredClone(slot[key])));
      return;
    case 'wrap':
      slot[key] = [slot[key]];
      return;
    case 'add':
      if (Array.isArray(holder)) holder.push(word);
      else Object.defineProperty(holder, word, { value: canary, enumerable: true, configurable: true, writable: true });
  }
}

function collect(holder: Record<string, unknown> | unknown[], name: string, places: Place[]): void {
  for (const key of Array.isArray(holder) ? holder.keys() : Object.keys(holder)) {
    const said = typeof key === 'number' ? name : key;
    places.push({ holder, key, name: said });
    const value = (holder as Record<string | number, unknown>)[key];
    if (typeof value === 'object' && value !== null)
      collect(value as Record<string, unknown> | unknown[], said, places);
  }
}

export type Cut = Readonly<{ at: number; length: number; bytes: Uint8Array }>;

/** Changes of bytes: each takes some away and puts others there. */
export function cuts(most = 3): fc.Arbitrary<Cut[]> {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\u0000',
    '\n',
    '\r',
    '\t',
    '&a',
    '*a',
    '<<: ',
    '---\n',
    '%',
    '|',
    '>',
  ];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(...pieces, ...hostileTexts).map((text) => new Uint8Array(Buffer.from(text))),
  );
  const size = fc.oneof(fc.nat(8), fc.nat(400), fc.constant(1_000_000));
  return fc.array(fc.record({ at: fc.nat(20_000), length: size, bytes }), { maxLength: most });
}

export function cut(sample: Uint8Array, list: readonly Cut[]): Buffer {
  let whole = Buffer.from(sample);
  for (const { at, length, bytes } of list) {
    const from = whole.length === 0 ? 0 : at % (whole.length + 1);
    whole = Buffer.concat([whole.subarray(0, from), bytes, whole.subarray(from + length)]);
  }
  return whole;
}

export type HeaderChange = Readonly<{ at: number; how: 'remove' | 'set' | 'add'; text: number; name: string }>;

export function headerChanges(names: readonly string[], most = 2): fc.Arbitrary<HeaderChange[]> {
  return fc.array(
    fc.record({
      at: fc.nat(40),
      how: fc.constantFrom('remove', 'set', 'add'),
      text: fc.nat(hostileTexts.length - 1),
      name: fc.constantFrom(...names),
    }) as fc.Arbitrary<HeaderChange>,
    { maxLength: most },
  );
}

/** Only values that HTTP lets through reach a function. */
export function changedHeaders(
  headers: Readonly<Record<string, string>>,
  list: readonly HeaderChange[],
): Record<string, string> {
  const result: Record<string, string> = { ...headers };
  for (const { at, how, text, name } of list) {
    const names = Object.keys(result);
    const key = how === 'add' ? name : (names[at % Math.max(names.length, 1)] ?? name);
    if (how === 'remove') delete result[key];
    // Bytes as Node shows them.
    else
      result[key] = Buffer.from(hostileTexts[text] as string)
        .toString('latin1')
        .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
        .trim();
  }
  return result;
}
