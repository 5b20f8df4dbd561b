import assert from 'node:assert/strict';
import { type Bundle, bundleHistories } from './bundle.ts';
import { createCoverage } from './coverage.ts';
import { belowFloors, usualInMemory } from './floors.ts';
import { runBundle } from './parts.ts';

/** A look at all of it; the gate runs 10,000. */
const runs = 60;
const seed = 20_261_125;

describe('hostile histories', () => {
  let bundle: Bundle;
  before(async () => {
    bundle = await bundleHistories();
  });
  after(() => bundle.remove());

  it(`end in a registry that equals Git, ${runs} of them`, async () => {
    const result = await runBundle(bundle.file, '--runs', String(runs), '--seed', String(seed));
    assert.deepEqual([result.runs, result.divergence], [runs, undefined]);
  });

  it('are too few of something when it never happens, in as many as the gate runs', () => {
    const missed = belowFloors(createCoverage(), usualInMemory, 10_000).map((sentence) => sentence.split(': 0, ')[0]);
    assert.deepEqual(missed, [...usualInMemory.keys()]);
  });

  it('are the same to the last step when a seed is run again', async () => {
    const twice = await Promise.all([1, 2].map(() => runBundle(bundle.file, '--runs', '12', '--seed', '7')));
    const [one, other] = twice.map(({ traces }) => traces);
    assert.match(one!, /^[0-9a-f]{40}$/);
    assert.equal(one, other);
  });
});
