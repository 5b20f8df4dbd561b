import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { openBundles } from '../../io/code-cache.ts';

const require = createRequire(import.meta.url);

describe('bundles', () => {
  let folder: string;
  const write = (name: string, id: string, code: string) =>
    writeFileSync(path.join(folder, `${name}.cjs`), `// ${id}\n${code}`);
  const first = 'aaaaaaaaaaaaaaaa';
  const second = 'bbbbbbbbbbbbbbbb';
  const code = (text: string) => `exports.say = () => '${text}' + require('./late.cjs').word;`;
  const say = (bundles: ReturnType<typeof openBundles>) => (bundles.load('one') as { say(): string }).say();

  // V8 remembers what it compiled in this process, too, and would not look at what was kept.
  before(() => setFlagsFromString('--no-compilation-cache'));
  after(() => setFlagsFromString('--compilation-cache'));
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'code-'));
    write('one', first, code('one '));
    write('late', first, "exports.word = require('node:path').sep;");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are compiled the first time, and from then on loaded with the code that was kept, late ones too', () => {
    const older = openBundles(folder, require);
    assert.equal(say(older), `one ${path.sep}`);
    assert.deepEqual(older.compiled(), ['one', 'late']);
    older.keep();
    const newer = openBundles(folder, require);
    assert.equal(say(newer), `one ${path.sep}`);
    assert.deepEqual(newer.compiled(), []);
    assert.equal(readdirSync(folder).length, 4, 'nothing unfinished is left');
  });

  it('are run once, however often they are loaded', () => {
    write('one', first, 'exports.at = process.hrtime.bigint();');
    const bundles = openBundles(folder, require);
    assert.equal(bundles.load('one'), bundles.load('one'));
  });

  it('are compiled anew when the text is another one of the same length', () => {
    const older = openBundles(folder, require);
    say(older);
    older.keep();
    write('one', second, code('two '));
    const newer = openBundles(folder, require);
    assert.equal(say(newer), `two ${path.sep}`);
    assert.deepEqual(newer.compiled(), ['one']);
  });

  for (const [what, spoil] of [
    ['is of another V8', () => Buffer.concat([Buffer.from(first), Buffer.alloc(4_096, 7)])],
    ['is cut off', () => Buffer.from(first)],
    ['is empty', () => Buffer.alloc(0)],
  ] as const)
    it(`are compiled when the code ${what}`, () => {
      const older = openBundles(folder, require);
      say(older);
      older.keep();
      const kept = readdirSync(folder).filter((name) => name.endsWith('.code'));
      assert.equal(kept.length, 2);
      for (const name of kept) writeFileSync(path.join(folder, name), spoil());
      const newer = openBundles(folder, require);
      assert.equal(say(newer), `one ${path.sep}`);
      assert.deepEqual(newer.compiled(), ['one', 'late']);
    });

  it('throw what they throw, and when there is none', () => {
    write('one', first, "throw new Error('no');");
    const bundles = openBundles(folder, require);
    assert.throws(() => bundles.load('one'), /^Error: no$/);
    assert.throws(() => bundles.load('none'), /ENOENT.*none\.cjs/);
  });
});
