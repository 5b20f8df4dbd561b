import assert from 'node:assert/strict';
import { type Bundle, bundleHistories } from './bundle.ts';
import { catchFault } from './faults.ts';
import { knownFaults } from './known-faults.ts';

/** Seen by almost every history. */
const evident = knownFaults.find(({ name }) => name === 'one version a model')!;

describe('faults laid into the product', () => {
  const hunt = { most: 40, seed: 1 };
  let sound: Bundle;
  before(async () => {
    sound = await bundleHistories();
  });
  after(() => sound.remove());

  it('are caught by a history that passes without them', async () => {
    const caught = await catchFault(evident, sound, hunt);
    assert.equal(caught.is, 'caught');
    assert.ok('runs' in caught && caught.runs <= hunt.most);
    // Which one sees it first is up to the generator; it is about a label in any case.
    assert.match(caught.divergence, /label/);
  });

  it('are missed when they are none', async () => {
    const { file, replace } = evident;
    assert.deepEqual(await catchFault({ file, replace, by: ` ${replace}` }, sound, hunt), { is: 'missed' });
  });

  it('are not caught by a history that fails without them, too', async () => {
    const alsoFaulty = await bundleHistories(evident);
    const result = await catchFault(evident, alsoFaulty, hunt).finally(() => alsoFaulty.remove());
    assert.equal(result.is, 'no proof');
  });
});
