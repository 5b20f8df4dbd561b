import assert from 'node:assert/strict';
import { seed } from '../seed.ts';
import { targets } from './fuzz/index.ts';
import { complaint, runsOf } from './fuzz/target.ts';

/** Over all targets; the gate tries ten times as many, `npm run fuzz` with another seed each time. */
const runs = 4_000;

describe(`fuzzing, seed ${seed}`, () => {
  for (const make of targets) {
    const target = make();
    it(`${target.name}: no error of ours, nothing disclosed, whatever comes in`, async () => {
      const details = await target.check({ runs: runsOf(target, runs), seed });
      assert.equal(complaint(target.name, details), undefined);
      if (details.numRuns < 200) return;
      for (const end of target.needs) assert.ok(target.seen.has(end), `${end} was never reached: ${[...target.seen]}`);
    });
  }
});
