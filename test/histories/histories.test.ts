import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Bundle, bundleHistories } from './bundle.ts';
import { createCoverage } from './coverage.ts';
import { belowFloors, usual } from './floors.ts';

/** A look at all of it; the gate runs 10,000. */
const runs = 60;
const seed = 20_261_125;

describe('hostile histories', () => {
  let bundle: Bundle;
  before(async () => {
    bundle = await bundleHistories();
  });
  after(() => bundle.remove());

  async function histories(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [bundle.file, ...args], { maxBuffer: 1 << 26 });
    return stdout;
  }
  const lastLine = (text: string) => text.trim().split('\n').at(-1);

  it(`end in a registry that equals Git, ${runs} of them`, async () => {
    const told = await histories('--runs', String(runs), '--seed', String(seed));
    assert.match(lastLine(told) ?? '', new RegExp(`^${runs} runs, seed ${seed}, 0 divergences`));
  });

  it('are too few of something when it never happens, in as many as the gate runs', () => {
    const all = Object.entries(usual).flatMap(([prefix, names]) => Object.keys(names).map((name) => prefix + name));
    const missed = belowFloors(createCoverage(), 10_000).map((sentence) => sentence.split(': 0, ')[0]);
    assert.deepEqual(missed, all);
  });

  it('are the same to the last step when a seed is run again', async () => {
    const twice = await Promise.all([1, 2].map(() => histories('--runs', '12', '--seed', '7')));
    const hashes = twice.map((text) => /^traces: ([0-9a-f]{40})$/m.exec(text)?.[1]);
    assert.match(hashes[0] ?? '', /^[0-9a-f]{40}$/);
    assert.equal(hashes[0], hashes[1]);
  });
});
