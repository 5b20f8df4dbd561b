// What every registry keeps, whatever it is: names, holders, changes, pages, outages. What one of them has beside is in the files
// registry-<name>.ts.
import assert from 'node:assert/strict';
import { TryAgainError } from '../../events/errors.ts';
import type { RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Fault } from '../../stand-ins/registry-faults.ts';
import { foundIn, type World } from './registry-world.ts';

const names = (versions: Iterable<RegisteredVersion>) => [...versions].map(({ name }) => name).sort();
const held = { properties: { prod: '' } };

/** Names that some registry, database or language on the way takes for something else. */
const ODD = [
  'beat_box',
  '100%',
  'a\\_b',
  'back\\',
  'a\\\\b',
  "it's",
  'say "hi"',
  '"quoted"',
  `it's "both"`,
  'tick`',
  '_"_',
  'ünï 🎵',
  'tràil ',
  ' lead',
  'a/b:c',
  '..',
  '1.0.0+build.5',
  'a&b=c?d#e;f',
  'line\nline',
  'UPPER',
  'name = "x" OR prod = ""',
];

/** Other names that a look-up of this one may find: by pattern, without case, accents or blanks. */
const lookAlikes = (name: string): string[] =>
  [
    name.replaceAll('_', '-'),
    name.replaceAll('%', '-per-cent'),
    name.replaceAll('\\', ''),
    name.toLowerCase(),
    name.toUpperCase(),
    name.trim(),
    name.normalize('NFD').replace(/\p{M}/gu, ''),
    `${name}x`,
  ].filter((other, index, all) => other !== name && all.indexOf(other) === index);

/** Answers that are none: of a proxy, of a server that fails, of something else at that address. */
const NO_ANSWERS: Record<string, Fault> = {
  'no connection': 'reset',
  'status 500': { status: 500, body: { error_code: 'INTERNAL_ERROR', message: 'no' } },
  'status 502 of a proxy': { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>Bad Gateway</html>' },
  'status 503': { status: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'database is locked' } },
  'status 404 of a proxy': { status: 404, headers: { 'Content-Type': 'text/html' }, body: '<html>Not Found</html>' },
  'status 401': { status: 401, body: 'Unauthorized' },
  'status 403': { status: 403, body: 'Permission denied' },
  'a page in place of JSON': { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Log in</html>' },
  'JSON of something else': { status: 200, body: { hello: 'world' } },
};

export function keepsTheContract(open: () => World): void {
  let world: World;
  let registry: Registry;

  beforeEach(() => {
    world = open();
    registry = world.adapter();
  });

  const found = (name: string) => foundIn(registry, name);

  describe('names', () => {
    for (const odd of ODD) {
      it(`finds the model ${JSON.stringify(odd)} and no look-alike`, async () => {
        const own = (name: string) => `${world.unique('m')}.${name}`;
        for (const other of lookAlikes(odd)) assert.equal(await registry.findModel(own(other)), undefined, other);
        for (const other of lookAlikes(odd)) await world.addModel(own(other));
        const before = await registry.findModel(own(odd));
        assert.equal(before, undefined);
        if (!(await world.addModel(own(odd)))) return; // a look-alike has taken it, or it can be no name
        assert.equal((await found(own(odd))).name, own(odd));
      });

      it(`finds the version ${JSON.stringify(odd)} and no look-alike`, async () => {
        const name = world.unique(`v ${odd.replace(/[/:]/g, '-')}`);
        await world.addModel(name, {}, [{ name: 'first' }]);
        const model = await found(name);
        const others = lookAlikes(odd);
        const look = async () => names((await registry.findVersions(model, 'prod', [odd, ...others])).named.values());
        const here = [];
        assert.deepEqual(await look(), []);
        for (const version of [others[0]!, odd, ...others.slice(1)]) {
          if (await world.addVersion(name, { name: version })) here.push(version);
          assert.deepEqual(await look(), here.toSorted());
        }
        assert.ok(here.length > 0);
      });
    }

    it('finds nothing under names that nothing has', async () => {
      for (const name of ['x'.repeat(256), 'nothing of the kind', world.unique('nothing')]) {
        assert.equal(await registry.findModel(name), undefined, name);
      }
    });

    it('finds a version once for a name that is asked for twice', async () => {
      const name = world.unique('twice');
      await world.addModel(name, {}, [{ name: '1.0', ...held }]);
      const { holders, named } = await registry.findVersions(await found(name), 'prod', ['1.0', '1.0', '2.0']);
      assert.deepEqual([names(holders), [...named.keys()]], [['1.0'], ['1.0']]);
    });

    it('keeps versions of other models apart', async () => {
      const [one, other] = [world.unique('one'), world.unique('other')];
      await world.addModel(one, {}, [{ name: '1.0', ...held }]);
      await world.addModel(other, {}, [{ name: '2.0', ...held }]);
      const { holders, named } = await registry.findVersions(await found(one), 'prod', ['1.0', '2.0']);
      assert.deepEqual([names(holders), names(named.values())], [['1.0'], ['1.0']]);
    });

    it('gives a model without versions', async () => {
      const name = world.unique('bare');
      await world.addModel(name, { 'prod.head': 'abc' });
      const model = await found(name);
      assert.deepEqual([...model.properties], [['prod.head', { type: 'string', value: 'abc' }]]);
      assert.deepEqual([model.name, model.leftAlone, model.aliases?.size ?? 0], [name, undefined, 0]);
      assert.deepEqual(await registry.findVersions(model, 'prod', ['1']), { holders: [], named: new Map() });
      assert.deepEqual(await registry.versions(model), []);
    });
  });

  describe('holders', () => {
    const kinds: Record<string, Record<string, string>> = {
      label: { prod: '' },
      nothing: {},
      'another label': { test: '' },
      property: { prod: 'yes' },
      blank: { prod: ' ' },
      'other case': { Prod: '' },
      record: { 'prod.commit': 'abc' },
    };

    it('are the versions whose property of that key is empty, whatever else is there', async () => {
      const name = world.unique('kinds');
      await world.addModel(
        name,
        {},
        Object.entries(kinds).map(([name, properties]) => ({ name, properties })),
      );
      const model = await found(name);
      const { holders, named } = await registry.findVersions(model, 'prod', Object.keys(kinds));
      assert.deepEqual(names(holders), ['label']);
      assert.deepEqual(names(named.values()), Object.keys(kinds).sort());
      assert.deepEqual(names(await registry.holders(model, 'prod')), ['label']);
      const everywhere = (await registry.allHolders('prod')).filter(({ modelId }) => modelId === model.id);
      assert.deepEqual(names(everywhere), ['label']);
    });

    for (const label of ['pre-prod', '2nd', 'in', 'true', 'and-or', 'prod.serving']) {
      it(`are found by the label ${label}`, async () => {
        const name = world.unique(`label ${label}`);
        await world.addModel(name, {}, [
          { name: 'one', properties: { [label]: '' } },
          { name: 'other', properties: { [`${label}x`]: '' } },
        ]);
        const model = await found(name);
        assert.deepEqual(names((await registry.findVersions(model, label, [])).holders), ['one']);
        assert.deepEqual(names(await registry.holders(model, label)), ['one']);
      });
    }

    it('come with all their properties', async () => {
      const name = world.unique('full');
      await world.addModel(name, {}, [{ name: '1.0', properties: { prod: '', a: 'b' } }]);
      const { holders, named } = await registry.findVersions(await found(name), 'prod', ['1.0']);
      assert.deepEqual(holders[0]!.properties.get('a'), { type: 'string', value: 'b' });
      assert.deepEqual(named.get('1.0'), holders[0]);
    });

    it('are seen as they are after writing, whoever wrote', async () => {
      const name = world.unique('again');
      const seeds = Array.from({ length: 60 }, (_, i) => ({ name: `v${i}`, ...(i < 3 && held) }));
      await world.addModel(name, {}, seeds);
      const model = await found(name);
      const { holders, named } = await registry.findVersions(model, 'prod', ['v9']);
      assert.deepEqual(names(holders), ['v0', 'v1', 'v2']);
      await registry.changeVersion(named.get('v9')!, { set: { prod: '' }, remove: [] });
      await registry.changeVersion(holders.find((version) => version.name === 'v0')!, { set: {}, remove: ['prod'] });
      await world.change(name, 'v1', { set: {}, remove: ['prod'] });
      await world.change(name, 'v50', { set: { prod: '' }, remove: [] });
      await world.addVersion(name, { name: 'new', ...held });
      assert.deepEqual(names(await registry.holders(model, 'prod')), ['new', 'v2', 'v50', 'v9']);
      assert.deepEqual(names(await registry.holders(model, 'prod')), ['new', 'v2', 'v50', 'v9'], 'and once more');
    });
  });

  describe('writing', () => {
    const theirs = JSON.parse(
      '{"test":"","note":"line\\nünï \\u0001 \\"\'\\\\","__proto__":"own","constructor":"own"}',
    );
    const ours = { prod: '', 'prod.commit': 'abc', 'other key': 'y' };

    it('keeps everything else of a version, and can be repeated', async () => {
      const name = world.unique('kept');
      await world.addModel(name, {}, [{ name: '1.0', properties: theirs }]);
      const before = await world.shown(name, '1.0');
      const read = async () => (await registry.findVersions(await found(name), 'prod', ['1.0'])).named.get('1.0')!;
      const first = await read();
      const change = { set: ours, remove: ['not there'], completes: 'prod.commit' };
      const written = await registry.changeVersion(first, change);
      assert.deepEqual(written.properties, (await read()).properties);
      for (const [key, value] of Object.entries({ ...theirs, ...ours }))
        assert.deepEqual(written.properties.get(key), { type: 'string', value }, key);
      const once = await world.shown(name, '1.0');
      await registry.changeVersion(await read(), change);
      assert.deepEqual(await world.shown(name, '1.0'), once);
      await registry.changeVersion(written, { set: {}, remove: Object.keys(ours) });
      assert.deepEqual(await world.shown(name, '1.0'), before);
    });

    it('keeps everything else of a model', async () => {
      const name = world.unique('kept model');
      await world.addModel(name, theirs);
      const before = await world.shown(name);
      const written = await registry.changeModel(await found(name), { set: { 'prod.head': 'abc' }, remove: [] });
      assert.deepEqual((await found(name)).properties, written.properties);
      await registry.changeModel(written, { set: {}, remove: ['prod.head'] });
      assert.deepEqual(await world.shown(name), before);
    });

    it('puts a label where another text stood', async () => {
      const name = world.unique('text before');
      await world.addModel(name, {}, [{ name: '1.0', properties: { prod: 'x', n: 'x' } }]);
      const model = await found(name);
      const { named } = await registry.findVersions(model, 'prod', ['1.0']);
      await registry.changeVersion(named.get('1.0')!, { set: { prod: '' }, remove: [] });
      assert.deepEqual(names(await registry.holders(model, 'prod')), ['1.0']);
    });

    it('leaves a version as it is where nothing is to be changed', async () => {
      const name = world.unique('nothing to do');
      await world.addModel(name, { a: 'b' }, [{ name: '1.0', ...held }]);
      const before = await world.shown(name, '1.0');
      const { holders } = await registry.findVersions(await found(name), 'prod', []);
      await registry.changeVersion(holders[0]!, { set: {}, remove: [] });
      assert.deepEqual(await world.shown(name, '1.0'), before);
    });
  });

  describe('lists', () => {
    it('have every model, once', async () => {
      const own = ['a', 'b', 'c'].map((name) => world.unique(`listed ${name}`));
      for (const name of own) await world.addModel(name);
      const listed = (await registry.models()).map(({ name }) => name);
      assert.deepEqual(
        own.filter((name) => !listed.includes(name)),
        [],
      );
      assert.equal(new Set(listed).size, listed.length);
    });

    it('have every version of a model and none of another, on several pages', async () => {
      const [name, other] = [world.unique('pages'), world.unique('pages of another')];
      const seeds = Array.from({ length: world.severalPages }, (_, i) => ({ name: `v${i}`, ...(i % 2 && held) }));
      await world.addModel(other, {}, [{ name: 'v1', ...held }]);
      await world.addModel(name, {}, seeds);
      const model = await found(name);
      assert.deepEqual(names(await registry.versions(model)), seeds.map(({ name }) => name).sort());
      const last = `v${seeds.length - 1}`;
      const { holders, named } = await registry.findVersions(model, 'prod', ['v0', last, 'v_0']);
      const expected = seeds.filter((_, i) => i % 2).map(({ name }) => name);
      assert.deepEqual(names(holders), expected.toSorted());
      assert.deepEqual(names(named.values()), ['v0', last].sort());
      assert.deepEqual(names(await registry.holders(model, 'prod')), expected.toSorted());
      const everywhere = (await registry.allHolders('prod')).filter(({ modelId }) => modelId === model.id);
      assert.equal(everywhere.length, expected.length);
    });
  });

  it('knows the time of the registry', async () => {
    assert.equal(registry.serverTime(), undefined);
    await registry.findModel('nothing of the kind');
    assert.ok(registry.serverTime()! > Date.UTC(2020, 0));
  });
}

/** Only over stand-ins, which can be made to answer so. */
export function believesNothingElse(open: () => World): void {
  describe('what is no answer', () => {
    for (const [what, fault] of Object.entries(NO_ANSWERS)) {
      it(`is believed in nothing and written nowhere: ${what}`, async () => {
        const world = open();
        const registry = world.adapter();
        const faults = world.faults!;
        const name = world.unique(`away ${what}`);
        await world.addModel(name, {}, [{ name: '1.0', ...held }]);
        const model = (await registry.findModel(name))!;
        const [version] = await registry.holders(model, 'prod');
        const change = { set: { a: 'b' }, remove: [] };
        faults.onRequest = () => fault;
        try {
          for (const call of [
            () => registry.findModel(name),
            () => registry.findVersions(model, 'prod', ['1.0']),
            () => registry.findVersions(model, undefined, ['1.0']),
            () => registry.holders(model, 'prod'),
            () => registry.versions(model),
            () => registry.models(),
            () => registry.allHolders('prod'),
            () => registry.changeModel(model, change),
            () => registry.changeVersion(version!, change),
          ])
            await assert.rejects(call, (error) => error instanceof TryAgainError, String(call));
        } finally {
          faults.onRequest = undefined;
        }
        assert.deepEqual(names(await registry.holders(model, 'prod')), ['1.0']);
        assert.equal((await registry.findModel(name))!.properties.size, 0);
      });
    }
  });
}
