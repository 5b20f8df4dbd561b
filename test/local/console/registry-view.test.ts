// Of a registry with more models than a page shows, those of Git are shown.
import assert from 'node:assert/strict';
import { readRegistry } from '../../../local/console/registry-view.ts';
import { createModelRegistryStandIn } from '../../../stand-ins/model-registry/index.ts';
import { adapterAt } from '../../registries/kubeflow/world.ts';

describe('console: what it reads of the registry', () => {
  it('shows models of Git first, wherever they stand, and says that there are more', async () => {
    const registry = await createModelRegistryStandIn();
    try {
      for (let i = 0; i < 250; i++) registry.addModel({ name: `model-${i}`, versions: [{ name: '1' }] });
      registry.addModel({ name: 'jukebox', versions: [{ name: '2', labels: ['prod'] }, { name: '1' }] });
      const view = await readRegistry(adapterAt(registry.url), new Set(['jukebox', 'model_1', 'not-there', 'model-7']));
      const [one, two] = view.models;
      assert.deepEqual([one?.name, two?.name], ['jukebox', 'model-7']);
      assert.deepEqual(
        one?.versions.map(({ name, labels }) => [name, labels]),
        [
          ['1', []],
          ['2', ['prod']],
        ],
      );
      assert.equal(view.models.length, 40);
      assert.equal(view.more, true);
    } finally {
      await registry.close();
    }
  });
});
