import assert from 'node:assert/strict';
import { PAGE_SIZE } from '../../../registries/kubeflow/pages.ts';
import type { Registry } from '../../../registries/registry.ts';
import {
  createModelRegistryStandIn,
  type GenerationName,
  type StandIn,
} from '../../../stand-ins/model-registry/index.ts';
import { adapterAt } from './world.ts';

const GENERATIONS: GenerationName[] = ['main-postgres', 'main-mariadb', 'v0.3.3-postgres', 'v0.2.21-mariadb', 'mlmd'];

/** What a promotion asks of a registry, as reads and as writes. */
async function read(registry: Registry, target: string, name = 'beat-box') {
  const model = await registry.findModel(name);
  const { holders, named } = await registry.findVersions(model!, 'prod', [target]);
  const version = named.get(target)!;
  return { model: model!, version, holders, artifacts: await registry.artifacts!.of(version) };
}

async function promote(registry: Registry, target: string, name?: string): Promise<string[]> {
  const { model, version, holders, artifacts } = await read(registry, target, name);
  await registry.changeModel(model, { set: { 'prod.head': 'abc' }, remove: [] });
  await registry.changeVersion(version, { set: { prod: '', 'prod.commit': 'abc' }, remove: [] });
  await Promise.all([
    ...holders.map((holder) => registry.changeVersion(holder, { set: { 'prod.retiredAt': 'now' }, remove: ['prod'] })),
    registry.artifacts!.changeUri(artifacts[0]!, 'oci://x'),
  ]);
  return (await registry.holders(model, 'prod')).map(({ name }) => name);
}

describe('the calls that a promotion costs', () => {
  let standIn: StandIn;
  afterEach(() => standIn.close());

  /** Of `versions`, `holders` hold the label; the target, the last of them, does not. Beside the model stand look-alikes. */
  async function seed(
    generation: GenerationName,
    versions: number,
    holders: number,
    target: string,
    others: string[],
    model = 'beat-box',
  ) {
    // Every reading is a millisecond later, so that no two writes have the same time.
    let time = Date.UTC(2026, 10, 23);
    standIn = await createModelRegistryStandIn({ generation, clock: () => time++ });
    const plain = Array.from({ length: versions - 1 - others.length }, (_, i) => `1.0.${i}`);
    const beside = [...plain, ...others].map((name, i) => ({ name, labels: i < holders ? ['prod'] : ['test'] }));
    for (const name of ['beat-box', 'beat_box', 'beat.box']) {
      const own = [...beside, { name: target, artifacts: [{ name: 'model', uri: 's3://x' }] }];
      standIn.addModel({ name, versions: name === model ? own : [] });
    }
  }

  for (const generation of GENERATIONS) {
    describe(`on ${generation}`, () => {
      const whole = generation === 'v0.2.21-mariadb' || generation === 'mlmd';
      const pageSize = generation === 'mlmd' ? 100 : PAGE_SIZE;
      /** Of the list that a server without filters sends whole. */
      const pages = (versions: number) => (whole ? Math.ceil(versions / pageSize) : 0);

      const cases: [versions: number, holders: number, target: string, others: string[], model?: string][] = [
        [1, 0, '2.0.0', []],
        [5, 1, '2.0.0', []],
        [8, 5, '2.0.0', []],
        [101, 100, '2.0.0', []],
        [1000, 100, '2.0.0', []],
        [6, 1, 'v1_0', ['v1-0', 'v1.0', 'v1x0']],
        [1000, 5, 'v1_0', ['v1-0', 'v1.0', 'v1x0']],
        [6, 1, 'v1-0', ['v1_0', 'v1%0']],
        [6, 1, '1%', []],
        [6, 1, '2.0.0', [], 'beat_box'],
      ];
      for (const [versions, holders, target, others, model] of cases) {
        const title = `${model ?? 'beat-box'} ${target}, ${versions} versions, ${holders} other holders`;
        it(`at most 8 + R, and all pages of a whole list, twice: ${title}`, async () => {
          await seed(generation, versions, holders, target, others, model);
          const after = await promote(adapterAt(standIn.url), target, model);
          assert.deepEqual(after, [target]);
          const calls = standIn.calls.length;
          // Before and after writing.
          const allowed = 8 + holders + (whole ? 2 * (pages(versions) - 1) : 0);
          assert.ok(calls <= allowed, `${calls} calls, ${allowed} allowed`);
          assert.ok(standIn.calls.every(({ status }) => status === 200));
          if (!whole) assert.equal(calls, 8 + holders);
        });
      }

      it('at most 4 reads when nothing is to be done, and those pages', async () => {
        await seed(generation, 500, 5, 'v1_0', ['v1-0', 'v1.0', 'v1x0']);
        const registry = adapterAt(standIn.url);
        await read(registry, 'v1_0');
        assert.ok(standIn.calls.length <= 4 + pages(500), `${standIn.calls.length}`);
        const first = standIn.calls.length;
        await read(registry, 'v1_0');
        assert.ok(standIn.calls.length - first <= (whole ? 3 : 4) + pages(500));
        assert.ok(standIn.calls.every(({ method }) => method === 'GET'));
      });
    });
  }
});
