import assert from 'node:assert/strict';
import { seed } from '../seed.ts';
import { lookForCosts } from './fuzz/cost/run.ts';

/** Over all doors; the gate tries twenty times as many, and by time as well. */
const runs = 330;

describe(`what a stranger's bytes cost, seed ${seed}`, () => {
  it('is in proportion to them at every door, whatever is repeated in them', async () => {
    const { ok, text } = await lookForCosts({ runs, seed });
    assert.ok(ok, text);
  });
});
