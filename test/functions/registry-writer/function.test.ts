import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import * as modelPromoted from '../../../events/model-promoted.ts';
import * as registryDrifted from '../../../events/registry-drifted.ts';
import { sign } from '../../../events/signature.ts';
import { commit, createWorld, repository, serving, type World } from './world.ts';

describe('registry-writer', () => {
  let world: World;
  afterEach(() => world.close());

  type Versions = Parameters<World['registry']['addModel']>[0]['versions'];
  /** The model jukebox in a world of its own. */
  const given = async (versions: Versions, ...options: Parameters<typeof createWorld>) => {
    world = await createWorld(...options);
    world.registry.addModel({ name: 'jukebox', versions });
  };
  const promote = (servings: Parameters<World['promotion']>[0], more?: Parameters<World['promotion']>[1]) =>
    world.send(world.promotion(servings, more));
  const labels = () => world.registry.labels().jukebox;
  const body = (response: { body: Buffer }) => JSON.parse(response.body.toString('utf8'));

  describe('a promotion', () => {
    it('moves the label, writes record and ownership marker, closes the old record, writes the uri, keeps all else', async () => {
      await given([
        {
          name: '1',
          labels: ['prod', 'test'],
          properties: { accuracy: 0.5 },
          artifacts: [{ name: 'jukebox', uri: 'old' }],
        },
        {
          name: '2',
          labels: ['test'],
          properties: { runs: { int: 7 }, ok: true, deep: { struct: { a: [1] } } },
          artifacts: [{ name: 'jukebox', uri: 'to-be-updated' }],
        },
      ]);
      const pullRequest = { number: 7, url: `${repository}/pulls/7`, title: 'Bump', mergeCommit: commit('a') };
      const promotion = world.promotion([serving('2', { uri: 'oci://quay.io/x/jukebox:2', pullRequest })]);

      const response = await world.send(promotion);

      assert.equal(response.status, 200);
      assert.equal(response.headers['ce-type'], 'dev.mlops.registry.updated.v1');
      const update = body(response);
      assert.equal(update.outcome, 'changed');
      assert.deepEqual(update.commits, [commit('a')]);
      assert.deepEqual(labels(), { '1': ['test'], '2': ['prod', 'test'] });
      assert.deepEqual(world.properties('jukebox', '2'), {
        test: '',
        prod: '',
        'prod.application': 'jukebox',
        'prod.commit': commit('c'),
        'prod.promotedAt': '2026-10-01T10:00:00Z',
        'prod.promotedBy': 'ada',
        'prod.pullRequest': `${repository}/pulls/7`,
      });
      assert.deepEqual(world.properties('jukebox', '1'), {
        test: '',
        'prod.retiredAt': promotion.observedAt,
        'prod.replacedBy': '2',
      });
      assert.deepEqual(world.properties('jukebox'), {
        'prod.repository': repository,
        'prod.head': commit('a'),
        'prod.observedAt': promotion.observedAt,
      });
      const artifacts = world.registry.dump().artifacts.map(({ uri }) => uri);
      assert.deepEqual(artifacts, ['old', 'oci://quay.io/x/jukebox:2']);
      const untouched = JSON.stringify(world.registry.dump().modelVersions);
      assert.match(untouched, /"int_value":"7"/);
      assert.match(untouched, /"bool_value":true/);
      assert.match(untouched, /"double_value":0.5/);
    });

    it('is harmless twice: the second delivery writes nothing', async () => {
      await given([
        { name: '1', labels: ['prod'] },
        { name: '2', artifacts: [{ name: 'jukebox', uri: 'x' }] },
      ]);
      const promotion = world.promotion([serving('2', { uri: 'oci://a/b:2' })]);
      await world.send(promotion);

      const { writes, reads } = await world.count(async () => {
        assert.equal(body(await world.send(promotion)).outcome, 'unchanged');
      });

      assert.equal(writes, 0);
      assert.ok(reads <= 4, `${reads} reads`);
    });

    for (const generation of ['main-postgres', 'v0.3.3-postgres', 'main-mariadb', 'v0.2.21-mariadb', 'mlmd'] as const) {
      for (const others of [0, 1, 5, 100]) {
        it(`costs at most 8 + R calls, 6 of them in a row: R = ${others} on ${generation}`, async () => {
          const bystanders = Array.from({ length: 130 }, (_, i) => ({ name: `v2-${i}` }));
          const versions = [
            ...Array.from({ length: others }, (_, i) => ({ name: `old-${i}`, labels: ['prod'] })),
            { name: 'v1_0', artifacts: [{ name: 'jukebox', uri: 'x' }] },
            { name: 'v1-0', artifacts: [{ name: 'jukebox', uri: 'x' }] },
            ...bystanders,
          ];
          await given(versions, { generation });
          const whole = generation === 'v0.2.21-mariadb' || generation === 'mlmd';
          // MLMD cuts the look after writing into pages too, and rows of the same millisecond may make it read all of them.
          const lists = generation === 'mlmd' && others === 100 ? 2 : 1;
          const pages = whole ? lists * Math.ceil((bystanders.length + others + 2) / 100) : 0;

          const cost = await world.count(async () => {
            const answer = await promote([serving('v1_0', { uri: 'oci://a/b:v1_0' })]);
            assert.equal(body(answer).outcome, 'changed');
          });

          assert.ok(cost.calls <= 8 + others + pages, `${cost.calls} calls with ${pages} pages`);
          assert.ok(cost.depth <= 6 + pages, `${cost.depth} in a row`);
          const held = Object.entries(labels() ?? {}).filter(([, names]) => names.includes('prod'));
          assert.deepEqual(held, [['v1_0', ['prod']]]);
        });
      }
    }

    it('keeps the label on one version at all times', async () => {
      await given([{ name: '1', labels: ['prod'] }, { name: '2' }]);
      const holders: number[] = [];
      world.registry.events.on('call', () => {
        holders.push(Object.values(labels() ?? {}).filter((names) => names.includes('prod')).length);
      });

      await promote([serving('2')]);

      assert.ok(
        holders.every((count) => count >= 1),
        String(holders),
      );
    });

    it('shares the label among several versions and lists applications', async () => {
      await given([{ name: '1', labels: ['prod'] }, { name: '2' }, { name: '3' }]);

      await promote([serving('2', { applications: ['a', 'b'] }), serving('3', { applications: ['c'] })]);

      assert.deepEqual(labels(), { '1': [], '2': ['prod'], '3': ['prod'] });
      assert.equal(world.properties('jukebox', '2')['prod.application'], 'a,b');
      assert.equal(world.properties('jukebox', '1')['prod.replacedBy'], '2,3');
    });

    it('labels an archived version, leaves it archived and says so', async () => {
      await given([{ name: '1', state: 'ARCHIVED' }]);

      const { body } = await promote([serving('1')]);

      assert.deepEqual(labels(), { '1': ['prod'] });
      assert.equal(world.registry.dump().modelVersions[0]?.state, 'ARCHIVED');
      assert.deepEqual(JSON.parse(body.toString()).warnings, ['Version 1 is archived in the registry.']);
    });

    for (const generation of ['main-postgres', 'v0.3.3-postgres', 'v0.2.21-mariadb'] as const) {
      it(`replaces whatever stood under the label's key on ${generation}`, async () => {
        await given([{ name: '1', properties: { prod: { int: 3 }, 'prod.commit': 'mine' } }], { generation });

        await promote([serving('1')]);

        assert.deepEqual(labels(), { '1': ['prod'] });
        assert.equal(world.properties('jukebox', '1')['prod.commit'], 'mine');
      });
    }

    it('completes the record of a label the old pipeline set', async () => {
      await given([
        { name: '1', labels: ['prod'] },
        { name: '2', labels: ['prod'] },
      ]);

      await promote([serving('1')]);

      assert.deepEqual(labels(), { '1': ['prod'], '2': [] });
      assert.equal(world.properties('jukebox', '1')['prod.commit'], commit('c'));
    });

    it('keeps the record of a deployment, and begins a new one after a retirement', async () => {
      await given([{ name: '1' }, { name: '2' }]);
      await promote([serving('1')], { head: commit('1'), observedAt: world.at(-5000) });
      const same = serving('1', {
        commit: commit('d'),
        promotedBy: { login: 'eve' },
        applications: ['jukebox', 'radio'],
      });
      await promote([same], { head: commit('2'), observedAt: world.at(-4000) });
      const kept = world.properties('jukebox', '1');
      assert.deepEqual(
        [kept['prod.commit'], kept['prod.promotedBy'], kept['prod.application']],
        [commit('c'), 'ada', 'jukebox,radio'],
      );
      await promote([serving('2')], { head: commit('3'), observedAt: world.at(-3000) });
      assert.equal(world.properties('jukebox', '1')['prod.replacedBy'], '2');

      await promote([serving('1', { commit: commit('e'), promotedBy: {} })], {
        head: commit('4'),
        observedAt: world.at(-2000),
      });

      const again = world.properties('jukebox', '1');
      assert.equal(again['prod.commit'], commit('e'));
      assert.equal(again['prod.promotedBy'], undefined);
      assert.equal(again['prod.retiredAt'], undefined);
      assert.equal(again['prod.replacedBy'], undefined);
    });

    it('begins a new record for a version that another one replaced after somebody took its label alone', async () => {
      await given([{ name: '1' }, { name: '2' }]);
      const requests = ['1', '2', '1'].map((version, i) =>
        world.promotion(
          [
            serving(version, {
              commit: commit(`${i + 1}`),
              promotedAt: `2026-10-0${i + 1}T00:00:00Z`,
              pullRequest: { number: i + 1, url: `${repository}/pulls/${i + 1}`, title: 'x', mergeCommit: commit('a') },
            }),
          ],
          { head: commit(`${i + 4}`), observedAt: world.at(i * 1000 - 9000) },
        ),
      );
      const record = () => {
        const {
          'prod.commit': of,
          'prod.promotedAt': since,
          'prod.pullRequest': by,
        } = world.properties('jukebox', '1');
        return [of, since, by];
      };
      await world.send(requests[0]!);
      await world.edit('jukebox', '1', (properties) => delete properties.prod);
      await world.send(requests[1]!);
      await world.send(requests[2]!);

      assert.deepEqual(labels(), { '1': ['prod'], '2': [] });
      assert.deepEqual(record(), [commit('3'), '2026-10-03T00:00:00Z', `${repository}/pulls/3`]);
    });

    it('ignores an event older than the ownership marker, but not one of the same time', async () => {
      await given([{ name: '1' }, { name: '2' }]);
      await promote([serving('2')], { observedAt: world.at(-1000), head: commit('b') });

      const late = await promote([serving('1')], { observedAt: world.at(-2000) });
      assert.equal(body(late).outcome, 'ignored');
      assert.match(body(late).reason, /older/);
      assert.deepEqual(labels(), { '1': [], '2': ['prod'] });

      await promote([serving('1')], { observedAt: world.at(-1000) });
      assert.deepEqual(labels(), { '1': ['prod'], '2': [] });
    });

    for (const observedAt of ['yesterday', new Date(Date.now() + 3_600_000).toISOString()]) {
      it(`takes an ownership marker that says ${observedAt.length > 10 ? 'an hour from now' : 'nonsense'} for none, but its repository binds`, async () => {
        world = await createWorld();
        const mark = { 'prod.head': commit('f'), 'prod.observedAt': observedAt };
        world.registry.addModel({
          name: 'jukebox',
          properties: { ...mark, 'prod.repository': repository.toUpperCase() },
          versions: [{ name: '1' }],
        });
        world.registry.addModel({
          name: 'radio',
          properties: { ...mark, 'prod.repository': 'https://other.example.test/a/b' },
          versions: [{ name: '1', labels: ['prod'] }, { name: '2' }],
        });

        await promote([serving('1')]);
        const foreign = await promote([serving('2')], { model: 'radio' });

        assert.deepEqual(world.registry.labels(), { jukebox: { '1': ['prod'] }, radio: { '1': ['prod'], '2': [] } });
        assert.match(body(foreign).reason, /ownership marker of the model names https:\/\/other/);
      });
    }

    it('moves the label, and the ownership marker with it, of a repository that was renamed', async () => {
      world = await createWorld();
      const former = 'https://other.example.test/a/b';
      const mark = { 'prod.repository': former, 'prod.head': commit('f'), 'prod.observedAt': world.at(-5000) };
      for (const name of ['jukebox', 'radio'])
        world.registry.addModel({
          name,
          properties: mark,
          versions: [{ name: '1', labels: ['prod'] }, { name: '2' }],
        });
      const about = { formerly: [former], cause: 'reconcile' as const };
      const models = [{ model: 'jukebox', versions: [{ version: '1', applications: ['a'] }] }];
      const { models: drifted } = body(await world.observe({ formerly: [former], models }));
      assert.deepEqual(
        drifted.map(({ model }: { model: string }) => model),
        ['jukebox', 'radio'],
      );

      await promote([serving('2')], about);
      await promote([], { ...about, model: 'radio' });

      assert.deepEqual(world.registry.labels(), { jukebox: { '1': [], '2': ['prod'] }, radio: { '1': [], '2': [] } });
      for (const name of ['jukebox', 'radio']) assert.equal(world.properties(name)['prod.repository'], repository);
    });

    it('takes over a model that another repository marked once no version holds the label, if it is not older', async () => {
      world = await createWorld();
      const mark = {
        'prod.repository': 'https://other.example.test/a/b',
        'prod.head': commit('f'),
        'prod.observedAt': world.at(5000),
      };
      world.registry.addModel({ name: 'jukebox', properties: mark, versions: [{ name: '1' }] });

      assert.match(body(await promote([serving('1')])).reason, /^older than what is known/);
      assert.deepEqual(labels(), { '1': [] });
      await promote([serving('1')], { observedAt: world.at(5000) });

      assert.deepEqual(labels(), { '1': ['prod'] });
      assert.equal(world.properties('jukebox')['prod.repository'], repository);
    });

    it('only adds while some file of the environment could not be read', async () => {
      await given([{ name: '1', labels: ['prod'] }, { name: '2' }]);

      await promote([serving('2')], { complete: false });

      assert.deepEqual(labels(), { '1': ['prod'], '2': ['prod'] });
    });
  });

  describe('a version or a model that is not registered', () => {
    for (const [what, reason, registered] of [
      ['version', /not registered: jukebox 2/, true],
      ['model', /no registered model has the name jukebox/, false],
    ] as const)
      it(`is waited for after a push, for 30 s by the registry’s clock; then ignored with a warning: a ${what}`, async () => {
        // The registry's clock stands still, an hour behind ours.
        const time = Date.now() - 3_600_000;
        world = await createWorld({ clock: () => time });
        world.registry.addModel({
          name: registered ? 'jukebox' : 'radio',
          versions: [{ name: '1', labels: ['prod'] }],
        });
        const second = Math.floor(time / 1000) * 1000;
        const sentAfter = async (ms: number, more = {}) =>
          promote([serving('2')], { observedAt: new Date(second - ms).toISOString(), ...more });
        const warned = () => world.lines.filter(({ message }) => message === `${what} not registered`).length;

        const late = await sentAfter(30_000, { head: commit('b') });
        assert.deepEqual([late.status, body(late).outcome, warned()], [200, 'ignored', 1]);
        assert.match(body(late).reason, reason);
        const early = await sentAfter(29_999);
        assert.deepEqual([early.status, reason.test(body(early).message), warned()], [503, true, 1]);
        const reconciled = await sentAfter(0, { cause: 'reconcile', head: commit('c') });
        assert.deepEqual([reconciled.status, body(reconciled).outcome], [200, 'ignored']);
        assert.deepEqual(world.registry.labels(), { [registered ? 'jukebox' : 'radio']: { '1': ['prod'] } });
      });

    it('is not waited for where nothing is to be labelled: a model that is withdrawn', async () => {
      world = await createWorld();
      const answer = await promote([]);
      assert.deepEqual([answer.status, body(answer).outcome], [200, 'ignored']);
    });

    it('is not waited for after a reconcile', async () => {
      await given([{ name: '1', labels: ['prod'] }]);
      const answer = await promote([serving('2')], { cause: 'reconcile' });
      assert.equal(body(answer).outcome, 'ignored');
      assert.deepEqual(labels(), { '1': ['prod'] });
    });

    it('counts as no version when it floats', async () => {
      await given([{ name: '1', labels: ['prod'] }]);
      await promote([serving('latest')]);
      assert.deepEqual(labels(), { '1': [] });
      assert.equal(world.properties('jukebox', '1')['prod.replacedBy'], 'latest');
    });

    it('is a version like any other when it floats and is registered', async () => {
      await given([{ name: '1', labels: ['prod'] }, { name: 'latest' }]);
      await promote([serving('latest')]);
      assert.deepEqual(labels(), { '1': [], latest: ['prod'] });
    });

    it('is not taken for one that looks alike', async () => {
      await given([{ name: '1', labels: ['prod'] }, { name: 'v1-0' }]);
      await promote([serving('v1_0')], { cause: 'reconcile' });
      assert.deepEqual(labels(), { '1': ['prod'], 'v1-0': [] });
    });
  });

  describe('a withdrawal', () => {
    it('takes the label and says so in the record', async () => {
      await given([{ name: '1' }]);
      await promote([serving('1')], { observedAt: world.at(-1000) });

      const answer = await promote([], { head: commit('b') });

      assert.deepEqual(body(answer).commits, [commit('b')]);
      assert.deepEqual(labels(), { '1': [] });
      assert.equal(world.properties('jukebox', '1')['prod.replacedBy'], 'withdrawn');
    });

    it('moves an unmarked label only when a push says that Git deployed the model', async () => {
      await given([{ name: '1', labels: ['prod'] }]);

      const reconcile = await promote([], { cause: 'reconcile' });
      assert.equal(body(reconcile).outcome, 'ignored');
      assert.deepEqual(labels(), { '1': ['prod'] });

      await promote([]);
      assert.deepEqual(labels(), { '1': [] });
    });

    it('takes nothing while the environment is not complete', async () => {
      await given([{ name: '1', labels: ['prod'] }]);
      await promote([], { complete: false });
      assert.deepEqual(labels(), { '1': ['prod'] });
    });

    it('leaves another repository’s ownership marker alone', async () => {
      world = await createWorld();
      const mark = {
        'prod.repository': 'https://other.example.test/a/b',
        'prod.head': commit('f'),
        'prod.observedAt': world.at(0),
      };
      world.registry.addModel({ name: 'jukebox', properties: mark, versions: [{ name: '1' }] });
      await promote([]);
      assert.deepEqual(world.properties('jukebox'), mark);
    });
  });

  describe('other writers', () => {
    it('finds and repairs what a stale whole-map write undid in the middle', async () => {
      await given([{ name: '1', labels: ['prod'] }, { name: '2' }]);
      const { registry } = world;
      const versions = registry.dump().modelVersions;
      const stale = versions.find(({ name }) => name === '2');
      let undone = false;
      registry.faults.onRequest = ({ method, path }) => {
        // Somebody saves the page of version 2 as it was, right after the label came.
        const gone =
          method === 'PATCH' && path.endsWith(`/model_versions/${versions.find(({ name }) => name === '1')?.id}`);
        if (gone && !undone) {
          undone = true;
          void fetch(`${registry.url}/api/model_registry/v1alpha3/model_versions/${stale?.id}`, {
            method: 'PATCH',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ state: 'LIVE', customProperties: {} }),
          });
        }
        return undefined;
      };

      const answer = await promote([serving('2')]);

      assert.ok(undone);
      // The other write may also have come after the last look: then the next event repairs it.
      if (!labels()?.['2']?.includes('prod')) await promote([serving('2')]);
      assert.ok([200, 503].includes(answer.status));
      assert.deepEqual(labels(), { '1': [], '2': ['prod'] });
    });

    it('asks for another try while somebody labels further versions after each write', async () => {
      world = await createWorld();
      const { registry } = world;
      const { id } = registry.addModel({ name: 'jukebox', versions: [{ name: '1', labels: ['prod'] }, { name: '2' }] });
      let wrote = false;
      let late = 0;
      registry.faults.onRequest = ({ method }) => {
        if (wrote && method === 'GET') registry.addVersion(id, { name: `late-${++late}`, labels: ['prod'] });
        wrote = method === 'PATCH';
        return undefined;
      };

      const answer = await promote([serving('2')]);

      assert.ok(late >= 2);
      assert.equal(answer.status, 503);
      registry.faults.onRequest = undefined;
      assert.equal((await promote([serving('2')])).status, 200);
      const { '2': target, ...others } = labels() ?? {};
      assert.deepEqual([target, new Set(Object.values(others).flat())], [['prod'], new Set()]);
    });

    for (const cause of ['push', 'reconcile'] as const)
      it(`keeps what is written between any two calls, but for the last one before its own, after a ${cause}`, async () => {
        for (let nth = 1, sent = nth; sent >= nth; nth++) {
          if (nth > 1) await world.close();
          await given([
            { name: '1', labels: ['prod'] },
            { name: '2', artifacts: [{ name: 'jukebox', uri: 'x' }] },
          ]);
          sent = 0;
          const lost = new Set<string | undefined>();
          world.beforeCall = async ({ method, url }) => {
            if (++sent !== nth) return;
            const [written] = (method === 'PATCH' && /[a-z_]+\/\d+$/.exec(url)) || [];
            // The version that gets the label is read while the mark is written.
            if (written === 'registered_models/1') lost.add(undefined).add('2');
            if (written === 'model_versions/2') lost.add('1');
            if (written === 'model_versions/3') lost.add('2');
            for (const version of [undefined, '1', '2'])
              await world.edit('jukebox', version, (properties) => {
                properties.note = { metadataType: 'MetadataStringValue', string_value: 'mine' };
              });
          };
          const answer = await promote([serving('2', { uri: 'oci://a/b:2' })], { cause });
          assert.equal(answer.status, 200);
          assert.deepEqual(labels(), { '1': [], '2': ['prod'] });
          if (sent >= nth)
            for (const version of [undefined, '1', '2'])
              if (!lost.has(version)) assert.equal(world.properties('jukebox', version).note, 'mine', `call ${nth}`);
        }
      });

    it('lets two promotions of one model follow one another', async () => {
      await given([{ name: '1' }, { name: '2' }]);
      const first = world.promotion([serving('1')], { observedAt: world.at(-2000), head: commit('1') });
      const second = world.promotion([serving('2')], { observedAt: world.at(-1000), head: commit('2') });

      await Promise.all([world.send(second), world.send(first), world.send(first), world.send(second)]);

      assert.deepEqual(labels(), { '1': [], '2': ['prod'] });
    });
  });

  describe('an outage', () => {
    for (const state of ['stopped', 'recovering', 'unreached'] as const) {
      it(`is answered 503 and changes nothing: database ${state}`, async () => {
        await given([{ name: '1', labels: ['prod'] }, { name: '2' }]);
        world.registry.database.set(state, 1);

        for (let i = 0; i < 3; i++) assert.equal((await promote([serving('2')])).status, 503);

        world.registry.database.set('up');
        assert.deepEqual(labels(), { '1': ['prod'], '2': [] });
        await promote([serving('2')]);
        assert.deepEqual(labels(), { '1': [], '2': ['prod'] });
      });
    }

    it('in the middle leaves two holders at most, never none, and the next try ends it', async () => {
      for (let broken = 1; broken <= 9; broken++) {
        await given([
          { name: '1', labels: ['prod'] },
          { name: '2', artifacts: [{ name: 'jukebox', uri: 'x' }] },
        ]);
        let calls = 0;
        world.registry.faults.onRequest = () => (++calls === broken ? { status: 502, body: 'bad gateway' } : undefined);
        const promotion = world.promotion([serving('2', { uri: 'oci://a/b:2' })]);

        const first = await world.send(promotion);

        if (calls >= broken) assert.equal(first.status, 503, `call ${broken}`);
        const held = Object.values(labels() ?? {}).filter((names) => names.includes('prod')).length;
        assert.ok(held >= 1, `call ${broken}: ${held} holders`);
        assert.equal((await world.send(promotion)).status, 200);
        assert.deepEqual(labels(), { '1': [], '2': ['prod'] });
        if (broken < 9) await world.close();
      }
    });
  });

  describe('the comparison', () => {
    it('says nothing about a true registry, and writes nothing', async () => {
      await given([{ name: '1', artifacts: [{ name: 'jukebox', uri: 'x' }] }]);
      await promote([serving('1', { uri: 'oci://a/b:1' })], { observedAt: world.at(-1000) });

      const cost = await world.count(async () => {
        const versions = [{ version: '1', applications: ['jukebox'], uri: 'oci://a/b:1' }];
        const answer = await world.observe({ models: [{ model: 'jukebox', versions }] });
        assert.equal(answer.status, 202);
        assert.equal(answer.body.length, 0);
      });

      assert.equal(cost.writes, 0);
    });

    it('names each model that differs, by the writer’s own plan', async () => {
      world = await createWorld();
      const { registry } = world;
      const mark = { 'prod.repository': repository, 'prod.head': commit('a'), 'prod.observedAt': world.at(-9000) };
      const record = { 'prod.application': 'x', 'prod.commit': commit('c'), 'prod.promotedAt': '2026-10-01T10:00:00Z' };
      const good = { name: '1', labels: ['prod'], properties: record };
      registry.addModel({ name: 'a-good', properties: mark, versions: [good] });
      registry.addModel({ name: 'b-no-label', properties: mark, versions: [{ name: '1', properties: record }] });
      registry.addModel({ name: 'c-no-mark', versions: [good] });
      registry.addModel({
        name: 'd-no-commit',
        properties: mark,
        versions: [{ ...good, properties: { ...record, 'prod.commit': '' } }],
      });
      registry.addModel({
        name: 'e-other-application',
        properties: mark,
        versions: [{ ...good, properties: { ...record, 'prod.application': 'y' } }],
      });
      registry.addModel({
        name: 'f-leftover',
        properties: mark,
        versions: [{ ...good, properties: { ...record, 'prod.retiredAt': world.at(0) } }],
      });
      registry.addModel({ name: 'g-two', properties: mark, versions: [good, { name: '0', labels: ['prod'] }] });
      registry.addModel({
        name: 'h-uri',
        properties: mark,
        versions: [{ ...good, artifacts: [{ name: 'h', uri: 'old' }] }],
      });
      registry.addModel({ name: 'i-unregistered', properties: mark, versions: [{ name: '0', labels: ['prod'] }] });
      registry.addModel({
        name: 'j-foreign',
        properties: { ...mark, 'prod.repository': 'https://o.example.test/a/b' },
        versions: [{ name: '0', labels: ['prod'] }, { name: '1' }],
      });
      registry.addModel({ name: 'k-gone-ours', properties: mark, versions: [good] });
      registry.addModel({ name: 'l-gone-unmarked', versions: [good] });
      registry.addModel({
        name: 'm-newer',
        properties: { ...mark, 'prod.observedAt': world.at(9000) },
        versions: [{ name: '1' }],
      });
      const names = [
        'a-good',
        'b-no-label',
        'c-no-mark',
        'd-no-commit',
        'e-other-application',
        'f-leftover',
        'g-two',
        'h-uri',
        'i-unregistered',
        'j-foreign',
        'm-newer',
        'n-not-registered',
      ];
      const observed = names.map((model) => ({
        model,
        versions: [{ version: '1', applications: ['x'], ...(model === 'h-uri' ? { uri: 'new' } : {}) }],
      }));

      const answer = await world.observe({ models: observed });

      assert.equal(answer.headers['ce-type'], 'dev.mlops.registry.drifted.v1');
      const drifted = body(answer).models.map(({ model }: { model: string }) => model);
      assert.deepEqual(drifted, [
        'b-no-label',
        'c-no-mark',
        'd-no-commit',
        'e-other-application',
        'f-leftover',
        'g-two',
        'h-uri',
        'k-gone-ours',
      ]);
      assert.deepEqual(body(answer).models[5], { model: 'g-two', git: ['1'], registry: ['0', '1'] });
    });

    it('names as many models, and versions of each, as an event may have, however much differs', async () => {
      world = await createWorld();
      // Labels that somebody gave to a model of ours; and long names in number.
      const mark = { 'prod.repository': repository, 'prod.head': commit('f'), 'prod.observedAt': world.at(-5000) };
      const held = Array.from({ length: 150 }, (_, i) => ({ name: `v${i}`, labels: ['prod'] }));
      world.registry.addModel({ name: 'a-held', properties: mark, versions: held });
      const long = (i: number) => `m${String(i).padStart(3, '0')}-${'n'.repeat(200)}`;
      for (let i = 0; i < 900; i++)
        world.registry.addModel({ name: long(i), properties: mark, versions: [{ name: '1', labels: ['prod'] }] });

      const answer = await world.observe({ models: [] });

      const event = new CloudEvent<unknown>(
        { id: 'd', type: 'dev.mlops.registry.drifted.v1', source: repository, data: body(answer) },
        false,
      );
      const { models } = registryDrifted.read(event);
      assert.equal(models[0]!.registry.length, registryDrifted.maxVersions);
      assert.ok(models.length > 500 && models.length < 901, String(models.length));
      assert.deepEqual(
        models.slice(1).map(({ model }) => model),
        Array.from({ length: models.length - 1 }, (_, i) => long(i)),
      );
      assert.ok(answer.body.length < 256_000, String(answer.body.length));
      assert.match(String(world.lines.at(-1)!.fields.reason), /^901 models differ, \d+ of them are named$/);
    });

    it('names the records whose label somebody took alone, with their commits', async () => {
      world = await createWorld();
      const record = { 'prod.commit': commit('c'), 'prod.application': 'x', 'prod.promotedAt': '2026-10-01T10:00:00Z' };
      const versions = [
        { name: '1', properties: record },
        { name: '2', properties: { ...record, 'prod.retiredAt': world.at(-9000) } },
        { name: '3', properties: { ...record, 'prod.replacedBy': '2' } },
        { name: '4', labels: ['prod'], properties: record },
        { name: '5' },
        { name: '6', properties: record },
        { name: '7', properties: { ...record, 'prod.commit': 'mine' } },
      ];
      world.registry.addModel({ name: 'jukebox', versions });
      const served = ['1', '2', '3', '4', '5', '7'].map((version) => ({ version, applications: ['x'] }));
      const answer = await world.observe({ models: [{ model: 'jukebox', versions: served }] });
      assert.deepEqual(body(answer).models, [
        {
          model: 'jukebox',
          git: ['1', '2', '3', '4', '5', '7'],
          registry: ['4'],
          records: [{ version: '1', commit: commit('c') }],
        },
      ]);
    });

    it('does not say that the registry is in sync where something cannot be written', async () => {
      world = await createWorld();
      const mark = { 'prod.repository': 'https://o.example.test/a/b', 'prod.head': commit('a') };
      const versions = [{ name: '0', labels: ['prod'] }];
      world.registry.addModel({ name: 'theirs', properties: mark, versions });
      world.registry.addModel({ name: 'unnamed', properties: mark, versions });
      const reasons = () =>
        world.lines.filter(({ fields }) => fields.reason && fields.outcome).map((line) => line.fields.reason);

      await world.observe({ models: [] });
      assert.equal(reasons().at(-1), 'registry and Git are in sync');
      await world.observe({ models: [{ model: 'theirs', versions: [{ version: '0', applications: ['a'] }] }] });
      assert.equal(reasons().at(-1), 'nothing can be written; 1 models differ');
    });

    it('looks at the models of its page only', async () => {
      world = await createWorld();
      const mark = { 'prod.repository': repository, 'prod.head': commit('a'), 'prod.observedAt': world.at(-9000) };
      for (const name of ['a', 'b', 'c'])
        world.registry.addModel({ name, properties: mark, versions: [{ name: '1', labels: ['prod'] }] });

      const answer = await world.observe({ page: { from: 'b', to: 'c', number: 2, of: 3 } });

      assert.deepEqual(body(answer).models, [{ model: 'b', git: [], registry: ['1'] }]);
    });

    it('removes nothing while the environment is not complete', async () => {
      world = await createWorld();
      const mark = { 'prod.repository': repository, 'prod.head': commit('a'), 'prod.observedAt': world.at(-9000) };
      world.registry.addModel({ name: 'a', properties: mark, versions: [{ name: '1', labels: ['prod'] }] });
      assert.equal((await world.observe({ complete: false })).status, 202);
    });
  });

  describe('refusals', () => {
    it('answers 422 when the environment is a field of the registry', async () => {
      await given([{ name: '1' }]);
      const answer = await promote([serving('1')], { environment: 'state' });
      assert.equal(answer.status, 422);
      assert.match(body(answer).message, /environment/);
      assert.equal(world.registry.calls.length, 0);
    });

    it('answers 401 to an event without a good signature when there is a key', async () => {
      await given([{ name: '1' }], {}, { EVENT_SIGNING_KEY: 'a key of some length' });
      const promotion = world.promotion([serving('1')]);
      assert.equal((await world.send(promotion)).status, 401);
      const event = modelPromoted.make(promotion, { cause: { source: repository, id: 'x' }, time: world.at(0) });
      assert.equal((await world.post(sign(event, 'other'))).status, 401);
      assert.equal((await world.observe({})).status, 401);
      assert.deepEqual(labels(), { '1': [] });
      assert.equal((await world.post(sign(event, 'a key of some length'))).status, 200);
      assert.deepEqual(labels(), { '1': ['prod'] });
    });

    it('answers 422 to a promotion older than EVENT_MAX_AGE_MINUTES by the clock of the registry, after one reading', async () => {
      // The writer's own clock is a day behind, and says nothing about it.
      const env = { EVENT_MAX_AGE_MINUTES: '30' };
      await given([{ name: '1', labels: ['prod'] }, { name: '2' }], {}, env, () => Date.now() - 86_400_000);
      const before = JSON.stringify(world.registry.dump());
      for (const servings of [[serving('2')], []]) {
        const answer = await promote(servings, { observedAt: world.at(-31 * 60_000) });
        assert.equal(answer.status, 422);
        assert.match(body(answer).message, /at most 30 minutes \(EVENT_MAX_AGE_MINUTES\).*The next reconcile/);
      }
      assert.equal(JSON.stringify(world.registry.dump()), before);
      assert.equal(world.registry.calls.length, 2);
      assert.equal((await promote([serving('2')], { observedAt: world.at(-29 * 60_000) })).status, 200);
      assert.deepEqual(labels(), { '1': [], '2': ['prod'] });
    });

    it('writes one log line per event, with its outcome', async () => {
      await given([{ name: '1' }]);
      await promote([serving('1')]);
      const [line] = world.lines.filter(({ message }) => message === 'event');
      assert.equal(line?.fields.outcome, 'done');
      assert.equal(line?.fields.type, modelPromoted.type);
      assert.equal(line?.fields.subject, 'prod/jukebox');
      assert.match(String(line?.fields.trace), /^[0-9a-f]{32}$/);
    });
  });
});
