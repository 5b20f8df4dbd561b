import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Compiler, openCompiler } from '../mutations/compiler.ts';
import { knownFaults } from './known-faults.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('known faults', () => {
  let compiler: Compiler;
  before(() => {
    compiler = openCompiler(root);
  });
  after(() => compiler.close());

  it('have names of their own and say what they break', () => {
    assert.equal(new Set(knownFaults.map(({ name }) => name)).size, knownFaults.length);
    for (const { name, breaks } of knownFaults) assert.match(breaks, /\.$/, name);
  });

  for (const { name, file, replace, by } of knownFaults) {
    it(`${name}: can be put into ${file} in one place`, () => {
      assert.match(file, /^(?:functions|promotions|forges|registries)\//);
      const parts = readFileSync(path.join(root, file), 'utf8').split(replace);
      assert.equal(parts.length, 2, 'the text that is replaced stands there once');
      assert.notEqual(replace, by);
      // A name that is not there would be caught by every history, whatever the fault is.
      assert.ok(compiler.accepts(file, parts.join(by)), 'the compiler finds nothing wrong with it');
    });
  }
});
