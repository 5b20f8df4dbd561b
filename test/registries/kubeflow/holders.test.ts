import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HttpRequest } from '../../../io/io.ts';
import type { RegisteredVersion } from '../../../promotions/registry-state.ts';
import { PAGE_SIZE } from '../../../registries/kubeflow/pages.ts';
import type { Registry } from '../../../registries/registry.ts';
import {
  createModelRegistryStandIn,
  type GenerationName,
  type StandIn,
} from '../../../stand-ins/model-registry/index.ts';
import { adapterAt, testIo } from './world.ts';

const names = (versions: Iterable<RegisteredVersion>) => [...versions].map(({ name }) => name).sort();

describe('holders of a label', () => {
  let standIn: StandIn;
  let time: number;
  afterEach(() => standIn.close());

  /** Versions `0`, `1`, …; the first three hold the label. */
  async function start(generation: GenerationName, versions = 60) {
    time = Date.UTC(2026, 10, 23);
    standIn = await createModelRegistryStandIn({ generation, clock: () => time++ });
    return standIn.addModel({
      name: 'jukebox',
      versions: Array.from({ length: versions }, (_, i) => ({ name: `${i}`, labels: i < 3 ? ['prod'] : [] })),
    });
  }

  /** An adapter whose requests are changed on their way. */
  function through(change: (request: HttpRequest, url: URL) => void): Registry {
    const io = testIo();
    const { api } = io;
    io.api = (request) => {
      const url = new URL(request.url);
      change(request, url);
      return api({ ...request, url: url.href });
    };
    return adapterAt(standIn.url, {}, io);
  }

  async function firstLook(registry: Registry) {
    const model = (await registry.findModel('jukebox'))!;
    return { model, ...(await registry.findVersions(model, 'prod', ['9'])) };
  }

  /** As a person with the UI does: the whole map, at once. */
  async function elsewhere(id: string, labels: string[]): Promise<void> {
    const customProperties = Object.fromEntries(
      labels.map((label) => [label, { metadataType: 'MetadataStringValue', string_value: '' }]),
    );
    await fetch(`${standIn.url}/api/model_registry/v1alpha3/model_versions/${id}`, {
      method: 'PATCH',
      body: JSON.stringify({ state: 'LIVE', customProperties }),
    });
  }

  const lists = () => standIn.calls.filter(({ path }) => path.includes('/versions?'));

  it('are read by one filtered list each time where the server filters', async () => {
    await start('main-postgres');
    const registry = adapterAt(standIn.url);
    const { model } = await firstLook(registry);
    await registry.holders(model, 'prod');
    assert.deepEqual(
      lists().map(({ path }) => new URL(path, standIn.url).searchParams.get('filterQuery')),
      ['prod = ""', 'prod = ""'],
    );
  });

  it('are read from the whole list where it does not, and again after writing', async () => {
    const { versions } = await start('v0.2.21-mariadb', 500);
    const registry = adapterAt(standIn.url);
    const { model, holders, named } = await firstLook(registry);
    await registry.changeVersion(named.get('9')!, { set: { prod: '' }, remove: [] });
    await registry.changeVersion(holders[0]!, { set: {}, remove: ['prod'] });
    await elsewhere(versions['450']!.id, ['prod']);
    assert.deepEqual(names(await registry.holders(model, 'prod')), ['1', '2', '450', '9']);
    assert.equal(lists().length, 2 * Math.ceil(500 / PAGE_SIZE));
  });

  it('are read where nothing was read before', async () => {
    await start('v0.2.21-mariadb');
    const registry = adapterAt(standIn.url);
    const model = (await registry.findModel('jukebox'))!;
    assert.deepEqual(names(await registry.holders(model, 'prod')), ['0', '1', '2']);
    assert.deepEqual(names(await registry.holders(model, 'test')), []);
  });

  it('tells once that the server ignores filters, and sends it none from then on', async () => {
    await start('v0.2.21-mariadb');
    const io = testIo();
    const registry = adapterAt(standIn.url, {}, io);
    const { model } = await firstLook(registry);
    await firstLook(registry);
    await registry.holders(model, 'other');
    await registry.allHolders('prod');
    assert.equal(io.lines.filter(({ message }) => message.includes('filterQuery')).length, 1);
    assert.equal(standIn.calls.filter(({ path }) => path.includes('filterQuery')).length, 1);
  });

  it('are never taken from a list that a newer server has filtered since', async () => {
    await start('v0.2.21-mariadb');
    const old = standIn;
    const registry = through((_request, url) => {
      url.port = new URL(standIn.url).port;
    });
    await firstLook(registry);
    await start('main-postgres');
    await old.close();
    const { holders, named } = await firstLook(registry);
    assert.deepEqual([names(holders), names(named.values())], [['0', '1', '2'], ['9']]);
  });

  it('are not taken for a whole list where the database only sees no difference', async () => {
    await start('main-mariadb', 3);
    standIn.addModel({
      name: 'beat-box',
      versions: [
        { name: '1', labels: ['Prod'] },
        { name: '2', properties: { prod: ' ' } },
        { name: 'v_3' },
        { name: 'v-3' },
      ],
    });
    const registry = adapterAt(standIn.url);
    const model = (await registry.findModel('beat-box'))!;
    const { holders, named } = await registry.findVersions(model, 'prod', ['1', '2', 'v_3']);
    assert.deepEqual([names(holders), names(named.values())], [[], ['1', '2', 'v_3']]);
    assert.ok(lists().some(({ path }) => path.includes('filterQuery=prod')));
    await registry.holders(model, 'prod');
    assert.ok(lists().at(-1)!.path.includes('filterQuery=prod'), 'still believed to filter');
  });

  for (const [what, labels, holding] of [
    ['gains the label', ['prod'], ['0', '1', '2', '9']],
    ['loses it', [], ['0', '1', '2']],
  ] as const) {
    it(`say the same as the look-up when a version ${what} between the two`, async () => {
      const { versions } = await start('main-postgres');
      const id = versions[what === 'loses it' ? '0' : '9']!.id;
      const name = what === 'loses it' ? '0' : '9';
      const io = testIo();
      const { api } = io;
      let listed = () => {};
      const isListed = new Promise<void>((resolve) => {
        listed = resolve;
      });
      io.api = async (request) => {
        if (request.url.includes('/model_version?')) {
          await isListed;
          await elsewhere(id, [...labels]);
        }
        const response = await api(request);
        if (request.url.includes('/versions?')) listed();
        return response;
      };
      const registry = adapterAt(standIn.url, {}, io);
      const model = (await registry.findModel('jukebox'))!;
      const found = await registry.findVersions(model, 'prod', [name]);
      assert.deepEqual(names(found.holders), holding);
      assert.deepEqual(
        found.named.get(name),
        found.holders.find((version) => version.name === name),
      );
    });
  }

  for (const generation of ['main-mariadb', 'v0.2.21-mariadb', 'mlmd'] as const) {
    it(`are right after any writes in any order on ${generation}`, async () => {
      const step = fc.tuple(fc.constantFrom('label', 'strip', 'touch', 'skew'), fc.nat({ max: 11 }), fc.boolean());
      await fc.assert(
        fc
          .asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
            const { versions } = await start(generation, 12);
            const registry = adapterAt(standIn.url);
            const model = (await registry.findModel('jukebox'))!;
            const { named } = await registry.findVersions(model, 'prod', Object.keys(versions));
            for (const [what, index, ours] of steps) {
              const set: Record<string, string> = what === 'label' ? { prod: '' } : {};
              const change = { set, remove: what === 'strip' ? ['prod'] : [] };
              if (what === 'skew') time += (index - 6) * 1000;
              else if (ours) await registry.changeVersion(named.get(String(index))!, change);
              else await elsewhere(versions[index]!.id, what === 'label' ? ['prod'] : []);
            }
            const labels = standIn.labels().jukebox!;
            const expected = Object.keys(labels).filter((name) => labels[name]!.includes('prod'));
            assert.deepEqual(names(await registry.holders(model, 'prod')), expected.sort());
          })
          .afterEach(() => standIn.close()),
        { numRuns: 15 },
      );
      await start(generation);
    });
  }
});
