import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plainText } from '../../promotions/plain-text.ts';

const mean = [
  ...[
    'https://evil.example/',
    'HTTP:evil.example',
    'https:/\\evil.example',
    'https: @evil.example',
    'www.evil.example',
  ],
  ...['ht\ntps://evil.example', '\u0000https://evil.example', '\ufeffhttps:\ufeffevil.example', 'ftp://evil.example'],
  ...['[x](https://evil.example)', '![x](y)', '[x][y]', '<b>x</b>', '<!--', '<?x', '<img src=x onerror=alert(1)>'],
  ...['a\u202egnp.exe', '\u2066x\u2069', 'a\r\nb', '\u001b[31m', '\u0085', '\u2028'],
];
const texts = fc
  .array(
    fc.oneof(fc.constantFrom(...mean, 'https', ':', '//', '<', ']', '(', ' ', '…'), fc.string({ unit: 'binary' })),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));

describe('texts from outside', () => {
  it('stay as they are where they are names, versions, paths or sentences', () => {
    for (const text of [
      ...[
        'a_b',
        'v1.0',
        '1.10',
        '4562117e17',
        'Ada Lovelace',
        "Ada O'Neil <3",
        'models:/x/1',
        'fraud detection (v2) [beta]',
      ],
      ...[
        'oci://quay.io/user1/jukebox:1.0',
        '模型',
        'نموذج',
        'می‌خواهم',
        '👩‍🔬',
        'a < b',
        'x@example.org',
        'https',
        'httpserver-2',
      ],
      ...['model-deployments/prod/jukebox/config.yaml', '*x* `y` ~z~', '__proto__', '%41', '&lt;b&gt;', ''],
    ])
      assert.equal(plainText(text), text);
  });

  it('are no link, no markup and of one direction afterwards, and the same when done twice', () => {
    for (const text of mean) assert.notEqual(plainText(text), text, text);
    fc.assert(
      fc.property(texts, (text) => {
        const plain = plainText(text);
        assert.equal(plainText(plain), plain);
        assert.doesNotMatch(plain, /[\p{Cc}\p{Bidi_Control}\u2028\u2029]|https?:|ftp:|www\.|<[a-z/!?]|\][([]/iu);
        // As the registry's page recognises a link.
        if (URL.canParse(plain)) assert.doesNotMatch(new URL(plain).protocol, /^https?:$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
