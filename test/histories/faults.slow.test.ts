import assert from 'node:assert/strict';
import { type Bundle, bundleHistories } from './bundle.ts';
import { catchFault } from './faults.ts';
import { knownFaults } from './known-faults.ts';

/** Seen by almost every history. */
const evident = knownFaults.find(({ name }) => name === 'one version a model')!;

// That each known fault is caught is a step of the gate of its own.
describe('faults laid into the product', () => {
  const hunt = { most: 40, seed: 1 };
  let sound: Bundle;
  before(async () => {
    sound = await bundleHistories();
  });
  after(() => sound.remove());

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
