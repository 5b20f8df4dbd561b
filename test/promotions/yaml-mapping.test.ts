import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readMapping } from '../../promotions/yaml-mapping.ts';

async function entriesOf(text: string) {
  const mapping = await readMapping(text);
  assert.ok(mapping !== undefined && !('fault' in mapping), JSON.stringify(mapping));
  return [...mapping].map(([key, entry]) => [key, entry.kind === 'scalar' ? entry.text : entry.kind]);
}

async function faultOf(text: string): Promise<string> {
  const mapping = await readMapping(text);
  assert.ok(mapping !== undefined && 'fault' in mapping);
  return mapping.fault;
}

describe('readMapping', () => {
  it('gives scalars as written, nulls and collections by kind', async () => {
    assert.deepEqual(await entriesOf('a: 010\nb: ~\nc: [1]\nd: {e: 1}\n"f": "x\\ty"\n? g\n: h\n'), [
      ['a', '010'],
      ['b', 'null'],
      ['c', 'collection'],
      ['d', 'collection'],
      ['f', 'x\ty'],
      ['g', 'h'],
    ]);
  });

  it('lets own keys win over merged ones, and the first merged over later ones', async () => {
    const text = 'x: &x {a: x, b: x, c: x}\ny: &y {<<: *x, b: y, d: y}\n<<: [*y, {d: z, e: z}]\na: own\n';
    assert.deepEqual((await entriesOf(text)).filter(([key]) => !['x', 'y'].includes(key as string)).sort(), [
      ['a', 'own'],
      ['b', 'y'],
      ['c', 'x'],
      ['d', 'y'],
      ['e', 'z'],
    ]);
  });

  it('takes a quoted << for a key like any other', async () => {
    assert.deepEqual(await entriesOf('"<<": text\n'), [['<<', 'text']]);
  });

  it('lets a later anchor of the same name replace an earlier one', async () => {
    assert.deepEqual(await entriesOf('a: &n 1\nb: *n\nc: &n 2\nd: *n\n'), [
      ['a', '1'],
      ['b', '1'],
      ['c', '2'],
      ['d', '2'],
    ]);
    assert.match(await faultOf('a: *n\nb: &n 1\n'), /without its anchor/);
  });

  it('names the line of a fault, counting every kind of line end', async () => {
    for (const newline of ['\n', '\r\n', '\r']) {
      assert.match(await faultOf(['a: 1', 'b: 2', 'c: @x'].join(newline)), /line 3/);
    }
  });

  it('takes 500 levels and refuses more', async () => {
    const nested = (levels: number) => `a: ${'['.repeat(levels)}${']'.repeat(levels)}`;
    assert.deepEqual(await entriesOf(nested(400)), [['a', 'collection']]);
    assert.match(await faultOf(nested(600)), /more than 500 levels/);
  });

  it('refuses what says nothing and takes long: 100,000 lexemes, 50,000 lines, 100 directives', async () => {
    const pairs = (count: number) => Array.from({ length: count }, (_, i) => `k${i}: v\n`).join('');
    assert.equal((await entriesOf(pairs(14_000))).length, 14_000);
    assert.match(await faultOf(pairs(15_000)), /more than 100000 signs and values/);
    const [entry] = await entriesOf(`b: |\n${'  text\n'.repeat(49_000)}`);
    assert.equal(entry?.[1]?.split('\n').length, 49_000);
    assert.match(await faultOf(`b: |\n${'  text\n'.repeat(51_000)}`), /more than 50000 lines/);
    assert.deepEqual(await entriesOf(`${'%X y\n'.repeat(90)}---\na: 1\n`), [['a', '1']]);
    assert.match(await faultOf(`${'%X y\n'.repeat(110)}---\na: 1\n`), /more than 100 directives/);
  });

  it('reads the first document only: what another one holds, or breaks, or has too much of, is not looked at', async () => {
    for (const later of [
      '...\n]',
      '---\n]',
      '---\nb: [',
      `---\n${'- a\n'.repeat(45_000)}`,
      `...\n${'%X\n'.repeat(200)}`,
    ])
      assert.deepEqual(await entriesOf(`a: 1\n${later}`), [['a', '1']], later.slice(0, 20));
    // Without a mark in between it is the same document.
    assert.match(await faultOf('a: 1\n]'), /not YAML/);
  });

  it('gives back what was put in', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(word, word, { maxKeys: 6 }), async (given) => {
        const text = Object.entries(given)
          .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}\n`)
          .join('');
        const mapping = await readMapping(text);
        if (text === '') return assert.equal(mapping, undefined);
        assert.deepEqual(await entriesOf(text), Object.entries(given));
      }),
      { numRuns: 200 },
    );
  });
});
