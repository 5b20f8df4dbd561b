// The worst inputs known: found by people who attacked, and by the fuzzer that looks for costs (test/security/fuzz/cost).
import type { Measured } from './contestants.ts';
import type { Message, Recording } from './record.ts';

const mib = 2 ** 20;
/** What bodies of events have beside them. */
const less = 1_000;
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const fill = (head: string, unit: string | ((i: number) => string), tail: string, size: number) => {
  const parts: string[] = [];
  for (let i = 0, left = size - head.length - tail.length; ; i++) {
    const one = typeof unit === 'string' ? unit : unit(i);
    left -= one.length;
    if (left < 0) return head + parts.join('') + tail;
    parts.push(one);
  }
};
const wrongSignature = 'a'.repeat(64);
const manyHeaders = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`x-${i.toString(36)}`, 'a']));

interface Strange {
  door: Measured;
  what: string;
  message: Message;
  env?: Record<string, string>;
}

export function strangeRequests(recording: Recording): Strange[] {
  const webhook = (what: string, body: string, headers: Record<string, string> = {}): Strange => ({
    door: 'gitea-source',
    what,
    message: { headers: { ...recording.webhook.headers, 'x-gitea-signature': wrongSignature, ...headers }, body },
  });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  return [
    webhook('a form of ampersands', '&'.repeat(25 * mib), form),
    webhook('a form of ampersands, 1 MiB', '&'.repeat(mib), form),
    webhook('a form of %ff', fill('payload=', '%ff', '', 25 * mib), form),
    webhook('a form of spaces', fill('payload=', '+', '', 25 * mib), form),
    webhook('opening brackets', '['.repeat(25 * mib)),
    webhook('900 headers', '{}', manyHeaders),
    ...(['parse', 'registry-writer', 'commit-status', 'dead-letter'] as const).flatMap((door) =>
      eventsTo(door, recording),
    ),
  ];
}

function eventsTo(door: Measured, recording: Recording): Strange[] {
  const own = { parse: recording.push, 'registry-writer': recording.promoted, 'commit-status': recording.updated };
  const { headers, body } = own[door as keyof typeof own] ?? recording.promoted;
  const type = headers['ce-type']!;
  const env = { EVENT_SIGNING_KEY: 'a-key-of-the-bench-only' };
  const room = mib - less;
  const event = (
    what: string,
    text: string,
    more: Record<string, string> = {},
    settings: Record<string, string> = env,
  ) => ({
    door,
    what,
    message: { headers: { ...headers, ...more }, body: text },
    env: settings,
  });
  const structured = (what: string, text: string) => ({
    ...event(what, text),
    message: { headers: { 'content-type': 'application/cloudevents+json' }, body: text },
  });
  const head = `{"specversion":"1.0","source":"/x","type":"${type}"`;
  const data = (JSON.parse(body) as { serving?: unknown[] }).serving ? 'serving' : 'commits';
  const list = body.replace(
    new RegExp(`"${data}":\\s*\\[`),
    (found) => `${found}${fill('', '[],', '', room - body.length)}`,
  );
  const attributes = Array.from({ length: 50 }, (_, i) => [`ce-a${i}`, '%ffa'.repeat(50)]);
  return [
    event('ids of %ff', body, {
      'ce-id': '%ffa'.repeat(1_000),
      'ce-subject': '%ffa'.repeat(1_000),
      'ce-x': '%ffa'.repeat(1_000),
    }),
    event('58 attributes of %ff', body, Object.fromEntries(attributes)),
    event('900 headers', body, manyHeaders),
    event('JSON nested 500,000 levels', `{"a":${deep(500_000)}}`),
    event('JSON of objects', fill('{"a":[', '{},', '0]}', room)),
    event(
      'JSON of 80,000 keys',
      fill('{', (i) => `"k${i.toString(36)}":0,`, '"a":0}', room),
    ),
    event('a list of a million wrong items, no key', list, {}, {}),
    structured(
      '80,000 attributes',
      fill(`${head},"id":"1"`, (i) => `,"k${i.toString(36)}":0`, '}', room),
    ),
    structured('an id of %ff', fill(`${head},"id":"`, '%ffa', '"}', room)),
    structured('data nested 500,000 levels', `${head},"id":"1","data":${deep(500_000)}}`),
    structured('data in base64', fill(`${head},"id":"1","data_base64":"`, 'AAAA', '"}', room)),
  ];
}

interface StrangeText {
  kind: 'file' | 'path';
  what: string;
  input: Buffer;
}

export function strangeFiles(): StrangeText[] {
  const file = (
    what: string,
    head: string,
    unit: string | ((i: number) => string),
    tail = '',
    size = mib,
  ): StrangeText => ({
    kind: 'file',
    what,
    input: Buffer.from(fill(head, unit, tail, size)),
  });
  return [
    file('an ordinary one', '', (i) => `image_${i}: quay.io/models/jukebox\nreplicas_${i}: 3\n`, 'version: 1\n'),
    file('blank lines in a block scalar', 'version: 1\nx: |\n', '\n'),
    file('blank lines in a block scalar, 49 kB', 'version: 1\nx: |\n', '\n', '', 49_000),
    file('lines of a folded scalar', 'version: 1\nx: >\n', ' a\n'),
    file('a list of values', 'version: 1\nx: [', 'a,', ']\n'),
    file('a mapping of values', 'version: 1\nx: {', (i) => `${i.toString(36)},`, '}\n'),
    file('nested lists', 'version: 1\nx: ', '['),
    { kind: 'file', what: '9,990 levels, closed', input: Buffer.from(`version: 1\nx: ${deep(9_990)}\n`) },
    file('aliases', 'version: 1\na: &a b\nx: [', '*a,', ']\n'),
    file('merge keys', 'version: 1\na: &a {b: c}\nx:\n', '  <<: *a\n'),
    file('a list of deployments', '', '- version: 1\n'),
    file('keys', 'version: 1\n', (i) => `${i.toString(36)}:\n`),
  ];
}

export function strangePaths(): StrangeText[] {
  return [
    { kind: 'path', what: 'folders for three `**`', input: Buffer.from('a/'.repeat(2_000)) },
    {
      kind: 'path',
      what: 'the same as a path of a model',
      input: Buffer.from(fill('', (i) => `${i}/`, 'config.yaml', 4_000)),
    },
  ];
}
