import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { knownFaults } from './known-faults.ts';

const root = new URL('../../', import.meta.url);

describe('known faults', () => {
  it('have names of their own and say what they break', () => {
    assert.equal(new Set(knownFaults.map(({ name }) => name)).size, knownFaults.length);
    for (const { name, breaks } of knownFaults) assert.match(breaks, /\.$/, name);
  });

  for (const { name, file, replace, by } of knownFaults) {
    it(`${name}: can be put into ${file} in one place`, () => {
      assert.match(file, /^(?:functions|promotions|forges|registries)\//);
      const parts = readFileSync(new URL(file, root), 'utf8').split(replace);
      assert.equal(parts.length, 2, 'the text that is replaced stands there once');
      assert.notEqual(replace, by);
      transformSync(parts.join(by), { loader: 'ts', logLevel: 'silent' });
    });
  }
});
