// Whether the search for inputs that cost too much finds any: functions as they were before they were mended are laid into a
// copy of the project, and found from ordinary recordings by some hundreds of inputs.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { listed } from '../mutations/listed.ts';
import { lookForCosts } from './fuzz/cost/run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Planted {
  what: string;
  door: string;
  /** File, what stands there, and what stood there. */
  changes: readonly (readonly [file: string, now: string, before: string])[];
  /** It shows in nothing but time. */
  time?: true;
  /** The seed that shows it soonest, where the first ones do not. */
  seed?: number;
}

/** Twice as many as the gate has for one door; by chance it may take further seeds. */
const runs = 700;

const anyAttributes = [
  'host/read-event.ts',
  '  if (attributes.length > maxAttributes) throw tooMany();',
  '  if (attributes.length >= 0) return;',
] as const;

const planted: readonly Planted[] = [
  {
    what: 'a form that is split and decoded before the signature is checked',
    door: 'gitea-source',
    changes: [
      [
        'forges/gitea/form-payload.ts',
        '  if (!body.subarray(0, name.length).equals(name) || body.includes(ampersand)) throw new StopError(400, expected);\n  return decode(body.subarray(name.length));',
        `  const bytes = (text: string) => Buffer.from(text, 'latin1');
  const values = body.toString('latin1').split('&').map((field) => /^([^=]*)=?(.*)$/s.exec(field)!)
    .filter(([, key]) => decode(bytes(key!)).toString('latin1') === 'payload').map(([, , value]) => value!);
  if (values.length !== 1) throw new StopError(400, expected);
  return decode(bytes(values[0]!));`,
      ],
    ],
  },
  { what: 'any number of attributes', door: 'registry-writer', changes: [anyAttributes] },
  {
    what: 'blank lines of a block scalar that are gone through again for each of them',
    door: 'deployment file',
    changes: [
      [
        'promotions/yaml/scalars.ts',
        '    let widest = 0;\n    for (;;) {',
        '    let widest = 0;\n    const begin = source.at;\n    for (;;) {\n      for (let at = begin; at < source.at; at++) if (source.code(at - source.at) > 0x7f) break;',
      ],
    ],
  },
  {
    what: 'a path compared with `**` that tries again what it has tried in vain',
    door: 'path',
    changes: [['promotions/deployment-template.ts', '  failed[part] = Math.min(at, before);\n', '']],
    time: true,
  },
  {
    what: 'an address that is encoded character by character',
    door: 'dead-letter',
    seed: 7,
    changes: [
      [
        'events/uri-reference.ts',
        'replace(forbidden, (run) => encodeURIComponent(run))',
        `replace(forbidden, (run) => {
    const hex = (byte: number) => \`%\${byte.toString(16).toUpperCase().padStart(2, '0')}\`;
    return [...run].map((one) => Buffer.from(one).reduce((all, byte) => all + hex(byte), '')).join('');
  })`,
      ],
    ],
  },
  {
    what: 'all faults of a list, told or not',
    door: 'commit-status, no key',
    changes: [
      [
        'events/read-data.ts',
        '  const first = v.safeParse(schema, value, { abortEarly: true });',
        '  const first = v.safeParse(schema, value);',
      ],
    ],
  },
];

describe('the search for inputs that cost too much', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cost-'));
    for (const file of listed(root).filter((each) => existsSync(path.join(root, each))))
      cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));

  for (const { what, door, changes, time = false, seed: first = 1 } of planted) {
    it(`finds ${what}`, async () => {
      const before = changes.map(([file]) => readFileSync(path.join(folder, file), 'utf8'));
      for (const [i, [file, now, was]] of changes.entries()) {
        assert.ok(before[i]!.includes(now), `${file} is no longer as it was when the fault was planted`);
        writeFileSync(
          path.join(folder, file),
          before[i]!.replace(now, () => was),
        );
      }
      try {
        let text = '';
        for (let seed = first; seed < first + 8 && !text.includes('too dear'); seed++)
          ({ text } = await lookForCosts({ runs, seed, door, time, root: folder }));
        assert.match(text, new RegExp(`^cost of ${door}: too dear`, 'm'));
      } finally {
        for (const [i, [file]] of changes.entries()) writeFileSync(path.join(folder, file), before[i]!);
      }
    });
  }
});
