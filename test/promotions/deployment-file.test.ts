import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type DeploymentFile, maxFileBytes, readDeploymentFile } from '../../promotions/deployment-file.ts';

const folder = new URL('../fixtures/deployment-files/', import.meta.url);
const bytes = (text: string) => new TextEncoder().encode(text);

/**
 * A version by itself: the model `jukebox` at that version, of which nothing is said; with `helm`, what Helm makes of it instead. An
 * array: name (null: the folder's), version and warnings. `{}`: nothing. Text in brackets: unreadable.
 */
type Meaning =
  | string
  | [name: string | null, version: string, ...warnings: string[]]
  | { version: string; helm: string }
  | { nothing: string; warnings?: string[] }
  | { unreadable: RegExp };

const noVersion = { nothing: 'no version' };
const empty = { nothing: 'empty' };

const ten = { version: '1.10', helm: '1.1' };
const power = { version: '4562117e17', helm: '4.562117e+23' };

/** Every shape of deployment files that is in use, and every edge case, with its meaning. */
const shapes: Record<string, Meaning> = {
  'empty-file': empty,
  'empty-placeholder': empty,
  'comments-only': empty,
  'null-at-the-top': empty,
  'empty-mapping': noVersion,
  'first-deploy-latest': 'latest',
  'single-version': '4562a17c17',
  autoscaling: '4562a17c17',
  canary: '4562a17c17',
  'blue-green-rollback': '4562a17c17',
  feast: '68b0c7cf1b',
  'ui-without-version': noVersion,
  trustyai: noVersion,
  'alerting-named-like-a-model': noVersion,
  tooling: noVersion,
  'genai-frontend': { ...noVersion, warnings: ['No `version`; `image.tag` (line 5) looks like one.'] },
  'genai-backend': noVersion,
  'genai-models-list': noVersion,
  'without-name': [null, '4562a17c17'],
  'other-users-namespace': '4562a17c17',
  'name-unlike-folder': ['radio', '4562a17c17'],
  'missing-version': noVersion,
  'version-digits': { version: '1234567890', helm: '1.23456789e+09' },
  'version-exponent': '12345e6789',
  'version-leading-zeros': { version: '0012345678', helm: '1.2345678e+07' },
  'version-trailing-zero': ten,
  'version-hexadecimal': { version: '0x1F', helm: '31' },
  'version-octal': { version: '0o17', helm: '15' },
  'version-binary': { version: '0b101', helm: '5' },
  'version-underscore': { version: '1_000', helm: '1000' },
  'version-sexagesimal': '1:30',
  'version-date': '2026-10-01',
  'version-infinity': { unreadable: /JSON cannot hold/ },
  'version-plus': { version: '+12', helm: '12' },
  'version-boolean': { version: 'True', helm: 'true' },
  'version-on': { version: 'on', helm: 'true' },
  'version-single-quoted': 'a#b',
  'version-double-quoted': '1.10',
  'version-anchored': 'abc',
  'version-alias': power,
  'version-tagged': '10',
  'version-tagged-null': 'null',
  'version-with-comment': '1.2.3',
  'version-block': 'abc',
  'version-folded': 'abc def',
  'version-null': noVersion,
  'version-tilde': noVersion,
  'version-nothing': noVersion,
  'version-empty-quotes': noVersion,
  'version-spaces': noVersion,
  'version-list': { unreadable: /version is not a scalar/ },
  'version-mapping': { unreadable: /version is not a scalar/ },
  'version-helm-braces': { unreadable: /a key that is a collection, line 3/ },
  'version-line-break': { unreadable: /version has control characters/ },
  'version-half-character': { unreadable: /half a character as an escape/ },
  'version-too-long': { unreadable: /version has more than 255 characters/ },
  crlf: power,
  'lone-cr': power,
  'byte-order-mark': ten,
  'byte-order-mark-crlf': ten,
  'no-final-newline': ten,
  'utf-16': ten,
  'latin-1': { unreadable: /not UTF-8/ },
  'control-character': { unreadable: /characters that YAML forbids/ },
  'two-documents': ten,
  'two-documents-second-broken': ten,
  'two-documents-first-empty': empty,
  'anchors-and-merge': { version: '007', helm: '7' },
  'merge-of-several': ten,
  'merge-of-nothing': { unreadable: /merge key/ },
  'duplicate-keys': ['jukebox', '2', 'The key `version` stands twice (lines 2 and 3); the last one counts.'],
  'duplicate-keys-below': '1',
  'alias-bomb': { unreadable: /expand too much/ },
  'alias-without-anchor': { unreadable: /without its anchor/ },
  'anchor-in-itself': { unreadable: /contains itself/ },
  'many-aliases': '1',
  'invalid-yaml': { unreadable: /quotes without end, line \d/ },
  'conflict-markers': { unreadable: /no ":" after a key, line 2/ },
  'tab-indent': { unreadable: /cannot begin a value, line 4/ },
  'list-at-the-top': '1',
  'text-at-the-top': { unreadable: /neither a mapping nor a list/ },
  'key-no-text': { unreadable: /a key that is a collection, line 1/ },
  'name-a-list': { unreadable: /name is not a scalar/ },
  'name-null': [null, '1'],
  'name-number-like': ['0010', '1', 'Helm reads the unquoted name 0010 as 8: quote it.'],
  'prototype-keys': '1',
  'prototype-version-only': {
    ...noVersion,
    warnings: ['No `version`; a `version` one level deeper (line 2) looks like one.'],
  },
  'non-ascii': ['音楽', '🚀-1'],
};

function expectMeaning(read: DeploymentFile, meaning: Meaning): void {
  if (typeof meaning === 'object' && 'unreadable' in meaning) {
    assert.ok(read.kind === 'unreadable', JSON.stringify(read));
    assert.match(read.reason, meaning.unreadable);
  } else if (typeof meaning === 'object' && 'nothing' in meaning) {
    const { nothing: reason, warnings = [] } = meaning;
    assert.deepEqual(read, { kind: 'nothing', reason, warnings });
  } else {
    assert.ok(read.kind === 'deployments', JSON.stringify(read));
    const found = read.deployments.map(({ name, version }) => [name ?? null, version]);
    assert.deepEqual([...found, ...read.warnings], expectedDeployment(meaning));
  }
}

function expectedDeployment(
  meaning: string | [string | null, string, ...string[]] | { version: string; helm: string },
) {
  if (typeof meaning === 'string') return [['jukebox', meaning]];
  if (Array.isArray(meaning)) return [meaning.slice(0, 2), ...meaning.slice(2)];
  const { version, helm } = meaning;
  return [['jukebox', version], `Helm reads the unquoted version ${version} as ${helm}: quote it.`];
}

describe('readDeploymentFile', () => {
  for (const [shape, meaning] of Object.entries(shapes)) {
    it(`reads ${shape}`, async () => {
      expectMeaning(await readDeploymentFile(readFileSync(new URL(`${shape}.yaml`, folder))), meaning);
    });
  }

  const merged = 'A merge key (`<<`) overrides `version`.';
  for (const [text, meaning] of [
    [
      'name: jukebox\nversion: "1.2.0"\nfeast: http://x\nfeast: http://x\n',
      ['jukebox', '1.2.0', 'A key stands twice (lines 3 and 4); the last one counts.'],
    ],
    ['x: &c {version: "1.1.0"}\nversion: "1.2.0"\n<<: *c\n', [null, '1.1.0', merged]],
    ['x: &c {version: "1.1.0"}\n<<: *c\nversion: "1.2.0"\n', [null, '1.2.0']],
    [
      'a: 1\na: 2\na: 3\nb: 1\nb: 2\nversion: v\n',
      [
        null,
        'v',
        'A key stands 3 times (lines 1 and 3); the last one counts.',
        'More keys that stand more than once: 1.',
      ],
    ],
    [
      'x: &c {a: 1}\na: 2\nversion: v\n<<: *c\n',
      [null, 'v', 'A merge key (`<<`, line 4) overrides keys that stand before it.'],
    ],
    ['description: "a\nb"\nversion: v\n', [null, 'v']],
    ['list: [a,\nb\n]\nversion: v\n', [null, 'v']],
    ['version: "1.1.0"#x\n', [null, '1.1.0']],
    ['description: a\ufeffb\nversion: v\n', [null, 'v']],
    ['version: v\nname: 007\n', ['007', 'v', 'Helm reads the unquoted name 007 as 7: quote it.']],
    ['version: v\n\t\nname: a\n', { unreadable: /a tab as indentation, line 2/ }],
    ['%YAML 1.2\n---\nversion: v\n', { unreadable: /%YAML 1\.1, which Helm reads/ }],
    ['version: "http:\\/\\/x"\n', { unreadable: /unknown escape/ }],
    ['version: v\nx: "\\ud83c\\udfb5"\n', { unreadable: /half a character/ }],
    ['version: v\nx: {<<: foo}\n', { unreadable: /merge key without a mapping, line 2/ }],
    ['verison: 1\n', { ...noVersion, warnings: ['No `version`; `verison` (line 1) looks like one.'] }],
    ['name: a\nVersion: 1\n', { ...noVersion, warnings: ['No `version`; `Version` (line 2) looks like one.'] }],
    ['model:\n  version: 1\n', { ...noVersion, warnings: ['No `version`; `model.version` (line 2) looks like one.'] }],
    [
      'x: {version: 1}\n',
      { ...noVersion, warnings: ['No `version`; a `version` one level deeper (line 1) looks like one.'] },
    ],
    ['session: a\nversions: [1]\nverbose:\nimage: {name: a}\n', noVersion],
  ] satisfies [string, Meaning][])
    it(`reads ${JSON.stringify(text)}`, async () => expectMeaning(await readDeploymentFile(bytes(text)), meaning));

  it('takes each mapping of a list for a deployment, if it has a version', async () => {
    const read = await readDeploymentFile(
      bytes('- &a {name: radio, version: "1"}\n- name: jukebox\n- ~\n- {<<: *a, version: "2"}\n- verison: 3\n'),
    );
    assert.ok(read.kind === 'deployments');
    assert.deepEqual(
      read.deployments.map(({ name, version, values }) => [name, version, values.size]),
      [
        ['radio', '1', 2],
        ['radio', '2', 2],
      ],
    );
    assert.deepEqual(read.warnings, ['No `version`; `verison` (line 5) looks like one.']);
    expectMeaning(await readDeploymentFile(bytes('- version: 1\n- text\n')), {
      unreadable: /neither a mapping nor a list/,
    });
    expectMeaning(await readDeploymentFile(bytes('[]')), noVersion);
  });

  it('has a row for every fixture', () => {
    assert.deepEqual(
      readdirSync(folder).sort(),
      Object.keys(shapes)
        .map((shape) => `${shape}.yaml`)
        .sort(),
    );
  });

  it('gives top-level scalars as written for the uri, nested ones and empty ones not', async () => {
    const read = await readDeploymentFile(
      bytes('name: a\nversion: 1.10\nport: 0x1F\nnothing: ~\nbelow:\n  deep: 1\n__proto__: safe\n'),
    );
    assert.ok(read.kind === 'deployments');
    assert.deepEqual(
      [...(read.deployments[0]?.values ?? [])],
      [
        ['name', 'a'],
        ['version', '1.10'],
        ['port', '0x1F'],
        ['__proto__', 'safe'],
      ],
    );
  });

  it('refuses more than 1 MiB and takes exactly 1 MiB', async () => {
    const start = 'version: 1.10\n';
    const filled = (size: number) => bytes(start + `# ${'x'.repeat(77)}\n`.repeat(size / 80 + 1)).slice(0, size);
    assert.equal((await readDeploymentFile(filled(maxFileBytes))).kind, 'deployments');
    assert.deepEqual(await readDeploymentFile(filled(maxFileBytes + 1)), {
      kind: 'unreadable',
      reason: 'more than 1 MiB',
    });
  });

  it('quotes nothing of a file in its reasons', async () => {
    const secret = 'hunter2';
    for (const text of [
      `a: [${secret}`,
      `${secret}: 1\n${secret}: 2\n]`,
      `? [${secret}]`,
      `x: !!int ${secret}`,
      `version: *${secret}`,
      `"${secret}`,
      `version: !<${secret}`,
      `%${secret}\n`,
    ]) {
      const read = await readDeploymentFile(bytes(text));
      assert.equal(read.kind, 'unreadable', text);
      assert.doesNotMatch(JSON.stringify(read), new RegExp(secret));
    }
  });

  it('gives any version back as it was written, plain, quoted or in a block', async () => {
    // Plain text that YAML reads as text whatever the schema: a letter first, so that it is no sign, and no `: ` or ` #`.
    const plain = fc.stringMatching(/^[a-z0-9][a-zA-Z0-9._+-]{0,40}$/).filter((text) => !/^(null)$/i.test(text));
    await fc.assert(
      fc.asyncProperty(plain, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), async (version, newline, mark) => {
        for (const written of [
          version,
          `"${version}"`,
          `'${version}'`,
          `&a ${version}`,
          `!!str ${version}`,
          `|-${newline}  ${version}`,
        ]) {
          const text = `${mark ? '\ufeff' : ''}name: m${newline}version: ${written}${newline}last: 1${newline}`;
          const read = await readDeploymentFile(bytes(text));
          assert.ok(read.kind === 'deployments', text);
          assert.deepEqual([read.deployments[0]?.name, read.deployments[0]?.version], ['m', version]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never fails, whatever the bytes', async () => {
    const pieces = ['version', '- ', '&a', '*a', '<<', '---\n', '!!', ...':\n "\'{}[]|#\t%?x\u00e9\r'];
    const yamlish = fc.array(fc.constantFrom(...pieces), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          yamlish.map((parts) => bytes(parts.join(''))),
        ),
        async (file) => {
          const { kind } = await readDeploymentFile(file);
          assert.ok(['deployments', 'nothing', 'unreadable'].includes(kind));
        },
      ),
      { numRuns: 500 },
    );
  });
});
