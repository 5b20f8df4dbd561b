import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type DeploymentFile, maxFileBytes, readDeploymentFile } from '../../promotions/deployment-file.ts';

const folder = new URL('../fixtures/deployment-files/', import.meta.url);
const bytes = (text: string) => new TextEncoder().encode(text);

/** A version by itself: the model `jukebox` at that version. An array: name (null: the folder's) and version. `{}`: nothing. Text in brackets: unreadable. */
type Meaning = string | [name: string | null, version: string] | { nothing: string } | { unreadable: RegExp };

const noVersion = { nothing: 'no version' };
const empty = { nothing: 'empty' };

/** Every shape of the workshop's files and every edge case they imply → what it means. */
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
  'genai-frontend': noVersion,
  'genai-backend': noVersion,
  'genai-models-list': noVersion,
  'without-name': [null, '4562a17c17'],
  'other-users-namespace': '4562a17c17',
  'name-unlike-folder': ['radio', '4562a17c17'],
  'missing-version': noVersion,
  'version-digits': '1234567890',
  'version-exponent': '12345e6789',
  'version-leading-zeros': '0012345678',
  'version-trailing-zero': '1.10',
  'version-hexadecimal': '0x1F',
  'version-octal': '0o17',
  'version-binary': '0b101',
  'version-underscore': '1_000',
  'version-sexagesimal': '1:30',
  'version-date': '2026-10-01',
  'version-infinity': '.inf',
  'version-plus': '+12',
  'version-boolean': 'True',
  'version-on': 'on',
  'version-single-quoted': 'a#b',
  'version-double-quoted': '1.10',
  'version-anchored': 'abc',
  'version-alias': '4562117e17',
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
  'version-helm-braces': { unreadable: /key that is no text/ },
  'version-line-break': { unreadable: /version has control characters/ },
  'version-half-character': { unreadable: /version has .* half a character/ },
  'version-too-long': { unreadable: /version has more than 255 characters/ },
  crlf: '4562117e17',
  'lone-cr': '4562117e17',
  'byte-order-mark': '1.10',
  'byte-order-mark-crlf': '1.10',
  'no-final-newline': '1.10',
  'utf-16': { unreadable: /not UTF-8/ },
  'latin-1': { unreadable: /not UTF-8/ },
  'control-character': { unreadable: /characters that YAML forbids/ },
  'two-documents': '1.10',
  'two-documents-second-broken': '1.10',
  'two-documents-first-empty': empty,
  'anchors-and-merge': '007',
  'merge-of-several': '1.10',
  'merge-of-nothing': { unreadable: /merge key/ },
  'duplicate-keys': { unreadable: /a key twice/ },
  'duplicate-keys-below': { unreadable: /a key twice/ },
  'alias-bomb': { unreadable: /expand without measure/ },
  'alias-without-anchor': { unreadable: /without its anchor/ },
  'anchor-in-itself': { unreadable: /contains itself/ },
  'many-aliases': '1',
  'invalid-yaml': { unreadable: /not YAML \([A-Z_]+, line \d+\)/ },
  'conflict-markers': { unreadable: /not YAML/ },
  'tab-indent': { unreadable: /not YAML \(TAB_AS_INDENT, line 4\)/ },
  'list-at-the-top': { unreadable: /not a mapping/ },
  'text-at-the-top': { unreadable: /not a mapping/ },
  'key-no-text': { unreadable: /key that is no text/ },
  'name-a-list': { unreadable: /name is not a scalar/ },
  'name-null': [null, '1'],
  'name-number-like': ['0010', '1'],
  'prototype-keys': '1',
  'prototype-version-only': noVersion,
  'non-ascii': ['音楽', '🚀-1'],
};

function expectMeaning(read: DeploymentFile, meaning: Meaning): void {
  if (typeof meaning === 'string' || Array.isArray(meaning)) {
    const [name, version] = typeof meaning === 'string' ? ['jukebox', meaning] : meaning;
    assert.ok(read.kind === 'deployments', JSON.stringify(read));
    assert.deepEqual(
      read.deployments.map((deployment) => [deployment.name ?? null, deployment.version]),
      [[name, version]],
    );
  } else if ('nothing' in meaning) {
    assert.deepEqual(read, { kind: 'nothing', reason: meaning.nothing, warnings: [] });
  } else {
    assert.equal(read.kind, 'unreadable', JSON.stringify(read));
    if (read.kind === 'unreadable') assert.match(read.reason, meaning.unreadable);
  }
}

describe('readDeploymentFile', () => {
  for (const [shape, meaning] of Object.entries(shapes)) {
    it(`reads ${shape}`, async () => {
      expectMeaning(await readDeploymentFile(readFileSync(new URL(`${shape}.yaml`, folder))), meaning);
    });
  }

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

  it('survives files made to exhaust it', async () => {
    for (const hostile of [
      '['.repeat(60_000),
      '{a: '.repeat(20_000),
      '- '.repeat(30_000),
      '? '.repeat(30_000),
      '&a '.repeat(20_000),
      // The package's parser takes levels down by recursion.
      `${': '.repeat(3_000)}\na`,
      `${'? '.repeat(3_000)}]`,
      `${': '.repeat(10_000)}\n---\n`,
    ]) {
      const read = await readDeploymentFile(bytes(hostile));
      assert.equal(read.kind, 'unreadable', hostile.slice(0, 10));
    }
  });

  it('quotes nothing of a file in its reasons', async () => {
    const secret = 'hunter2';
    for (const text of [
      `a: [${secret}`,
      `${secret}: 1\n${secret}: 2`,
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
          expectMeaning(await readDeploymentFile(bytes(text)), ['m', version]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never fails, whatever the bytes', async () => {
    const yamlish = fc.array(
      fc.constantFrom(
        'version',
        ':',
        ' ',
        '\n',
        '- ',
        '&a',
        '*a',
        '"',
        "'",
        '{',
        '}',
        '[',
        ']',
        '|',
        '<<',
        '---\n',
        '!!',
        '#',
        '\t',
        '%',
        '?',
        'x',
        '\u00e9',
        '\r',
      ),
      { maxLength: 40 },
    );
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
