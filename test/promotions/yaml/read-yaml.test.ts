import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readYaml, Unreadable, type Value } from '../../../promotions/yaml/read-yaml.ts';
import { Source } from '../../../promotions/yaml/source.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function plainOf(value: Value | undefined): unknown {
  if (value?.kind !== 'mapping') return value?.kind === 'scalar' ? value.shown : value?.kind;
  return [...value.entries].map(([id, { value }]) => [id, plainOf(value)]);
}

const read = (text: string) => plainOf(readYaml(bytes(text)));

function reasonOf(text: string): string {
  try {
    return `was read: ${JSON.stringify(read(text))?.slice(0, 100)}`;
  } catch (error) {
    assert.ok(error instanceof Unreadable, String(error));
    return error.message;
  }
}

describe('readYaml', () => {
  it('gives back what was put in', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.dictionary(word, word, { maxKeys: 6 }), (given) => {
        const entries = Object.entries(given);
        const text = entries.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}\n`).join('');
        const expected = entries.map(([key, value]) => [`=${key}`, value]);
        assert.deepEqual(read(text), text === '' ? undefined : expected);
      }),
      { numRuns: 200 },
    );
  });

  it('reads the first document only: what another one holds, or breaks, or has too much of, is not looked at', () => {
    for (const later of [
      '...\n]',
      '---\n]',
      '---\nb: [',
      `---\n${'- '.repeat(20_000)}`,
      `...\n# ${'x'.repeat(600)}\u0000`,
    ])
      assert.deepEqual(read(`a: b\n${later}`), [['=a', 'b']], later.slice(0, 20));
    // Without a mark in between it is the same document.
    assert.match(reasonOf('a: b\n]'), /expected a key, line 2/);
  });

  it('names the line where it stops, counting every kind of line end', () => {
    for (const newline of ['\n', '\r\n', '\r', '\u0085', '\u2028'])
      assert.match(reasonOf(['a: 1', 'b: 2', 'c: @x'].join(newline)), /line 3/);
  });

  it('takes 10,000 levels and refuses more, of brackets, of indentation and by aliases', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    assert.equal(read(nested(10_000)), 'list');
    const through = (levels: number) => `- &a0 ${nested(9_000)}\n- ${'['.repeat(levels)}*a0${']'.repeat(levels)}\n`;
    assert.equal(read(through(900)), 'list');
    for (const text of [
      nested(10_001),
      '- '.repeat(10_001),
      '? '.repeat(300_000),
      '{a: '.repeat(200_000),
      through(1_100),
    ])
      assert.match(reasonOf(text), /more than 10000 levels/);
  });

  it('looks at each character a few times, however much there is of anything', () => {
    const { code } = Source.prototype;
    let looks = 0;
    Source.prototype.code = function (this: Source, ahead) {
      looks++;
      return code.call(this, ahead);
    };
    try {
      for (const [start, part] of [
        ['a: |\n  x\n', '\n'],
        ['a: >\n', ' \n'],
        ['a: "', '\n'],
        ["a: '", "''"],
        ['a: b', '\n'],
        ['a: ', ' '],
        ['a: b', ' c'],
        ['a: "', '\\n'],
        ['[', 'a,'],
        ['[', '[],'],
        ['{', 'a: b,'],
        ['', 'k: v\n'],
        ['', '- a\n'],
        ['', '#\n'],
        ['', '\r'],
        ['!', '%41'],
        ['', '[?'],
        ['', '"k" : '],
        ['a: &a {b: c}\n', '<<: *a\n'],
        ['a: &a [x]\nb: [', '*a,'],
      ] as const) {
        looks = 0;
        const text = start + part.repeat(100_000 / part.length);
        reasonOf(text);
        assert.ok(looks < 40 * text.length, `${looks} looks at ${JSON.stringify(start + part)}`);
      }
    } finally {
      Source.prototype.code = code;
    }
  });
});
