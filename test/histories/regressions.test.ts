import assert from 'node:assert/strict';
import { type Bundle, bundleHistories } from './bundle.ts';
import { runBundle } from './parts.ts';
import { stories } from './stories.ts';

describe('histories that once went wrong', () => {
  let sound: Bundle;
  before(async () => {
    sound = await bundleHistories();
  });
  after(() => sound.remove());
  const tell = ({ file }: Bundle, name: string) => runBundle(file, '--first', '--story', name);

  for (const { name, found } of stories) {
    it(name, async () => {
      assert.equal((await tell(sound, name)).divergence, undefined);
      if (!found) return;
      const faulty = await bundleHistories(found);
      assert.notEqual((await tell(faulty, name).finally(faulty.remove)).divergence, undefined);
    });
  }
});
