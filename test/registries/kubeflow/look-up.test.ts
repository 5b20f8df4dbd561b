import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createModelRegistryStandIn, type GenerationName } from '../../../stand-ins/model-registry/index.ts';
import { adapterAt } from './world.ts';

const GENERATIONS: GenerationName[] = ['main-postgres', 'main-mariadb', 'v0.3.3-postgres', 'v0.2.21-mariadb', 'mlmd'];

/** Short names of the characters that mean something to LIKE, to the filter language or to a collation. */
const name = fc
  .array(fc.constantFrom('a', 'A', 'á', 'v', '1', '_', '%', '\\', '"', "'", '`', '-', ' ', '(', '=', ','), {
    minLength: 1,
    maxLength: 4,
  })
  .map((characters) => characters.join(''));

describe('a look-up by name', () => {
  for (const generation of GENERATIONS) {
    it(`gives who has exactly that name, and nobody else, on ${generation}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(name, { maxLength: 12 }),
          fc.array(name, { maxLength: 4 }),
          async (seeds, more) => {
            const standIn = await createModelRegistryStandIn({ generation });
            try {
              const { id } = standIn.addModel({ name: 'm' });
              // MariaDB takes only one of those that it cannot tell apart.
              const here = seeds.filter((seed) => adds(() => standIn.addVersion(id, { name: seed })));
              const models = seeds.filter((seed) => adds(() => standIn.addModel({ name: seed })));
              const registry = adapterAt(standIn.url);
              // Not all of them: a look-alike that nobody asked for must not come in place of the one asked for.
              const asked = [...seeds.filter((_, i) => i % 2 === 0), ...more];
              const { named } = await registry.findVersions((await registry.findModel('m'))!, 'prod', asked);
              const versions = [...named].map(([key, version]) => [key, version.name]);
              assert.deepEqual(
                versions.sort(),
                here
                  .filter((seed) => asked.includes(seed))
                  .map((seed) => [seed, seed])
                  .sort(),
              );
              const found = await Promise.all(asked.map(async (one) => (await registry.findModel(one))?.name));
              assert.deepEqual(
                found,
                asked.map((one) => (models.includes(one) ? one : undefined)),
              );
            } finally {
              await standIn.close();
            }
          },
        ),
        { numRuns: 25 },
      );
    });
  }

  it('costs one call for a name that is asked for twice', async () => {
    const standIn = await createModelRegistryStandIn();
    try {
      standIn.addModel({ name: 'm', versions: [{ name: '1' }] });
      const registry = adapterAt(standIn.url);
      const model = (await registry.findModel('m'))!;
      await registry.findVersions(model, 'prod', ['1', '1', '1']);
      assert.equal(standIn.calls.filter(({ path }) => path.includes('/model_version?')).length, 1);
    } finally {
      await standIn.close();
    }
  });

  it('costs one call for a name that is all wildcards, on a server that filters', async () => {
    const standIn = await createModelRegistryStandIn();
    try {
      for (const one of ['a', 'b', '%', '_']) standIn.addModel({ name: one });
      const registry = adapterAt(standIn.url);
      assert.equal((await registry.findModel('%'))?.name, '%');
      assert.equal((await registry.findModel('_'))?.name, '_');
      assert.equal(await registry.findModel('__'), undefined);
      assert.equal(standIn.calls.length, 3);
    } finally {
      await standIn.close();
    }
  });
});

function adds(add: () => unknown): boolean {
  try {
    add();
    return true;
  } catch {
    return false;
  }
}
