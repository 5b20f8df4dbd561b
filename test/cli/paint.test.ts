// Text that stands within a terminal of any width. Pure.
import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { createPaint, table, width, within } from '../../cli/paint.ts';

const paint = createPaint(true, () => 80);
const words = fc.constantFrom(
  'a',
  'jukebox',
  '模型',
  '🎵',
  '👩‍💻',
  'e\u0301',
  'https://gitea.example/ada/mlops-gitops',
  '→',
);
const texts = fc
  .array(fc.tuple(words, fc.boolean()), { maxLength: 12 })
  .map((list) => list.map(([word, coloured]) => (coloured ? paint.red(word) : word)).join(' '));
const plain = (text: string) => stripVTControlCharacters(text).replace(/\s/g, '');

describe('text on a terminal', () => {
  it('never runs over, and loses nothing', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 10, max: 100 }), (text, columns) => {
        const shown = within(text, columns);
        for (const line of shown.split('\n')) assert.ok(width(line) <= columns, line);
        assert.equal(plain(shown), plain(text));
      }),
    );
  });

  it('as a table never runs over, has a line for each row where there is room, and loses nothing', () => {
    const rows = fc
      .integer({ min: 2, max: 8 })
      .chain((cells) =>
        fc.array(fc.array(texts, { minLength: cells, maxLength: cells }), { minLength: 1, maxLength: 4 }),
      );
    fc.assert(
      fc.property(rows, fc.integer({ min: 40, max: 200 }), (all, columns) => {
        const titles = all[0]!.map((_, i) => `TITLE ${i}`);
        const shown = table([titles, ...all], columns);
        for (const line of shown.split('\n')) assert.ok(width(line) <= columns, line);
        const signs = (...parts: string[]) => [...plain(parts.join(''))].sort().join('');
        const free = table([titles, ...all]);
        assert.equal(free.split('\n').length, all.length + 1);
        // In columns, or every row by itself with all titles.
        assert.ok([signs(free), signs(...all.flatMap((row) => [...titles, ...row]))].includes(signs(shown)), shown);
      }),
      { numRuns: 50 },
    );
  });

  it('counts what is wide', () => {
    for (const [text, columns] of [
      ['abc', 3],
      ['模型', 4],
      ['\u{20000}', 2],
      ['한국어', 6],
      ['e\u0301', 1],
      ['🎵', 2],
      ['👩‍💻', 2],
      ['🇩🇪', 2],
      ['❤️', 2],
      [paint.bold('ab'), 2],
    ] as const)
      assert.equal(width(text), columns, text);
  });
});
