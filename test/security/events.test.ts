// Events as somebody inside the cluster would send them to registry-writer: the real handler on the real host, the real adapter,
// and a registry that is looked at afterwards, whole.
import assert from 'node:assert/strict';
import { CloudEvent } from 'cloudevents';
import * as environmentObserved from '../../events/environment-observed.ts';
import * as modelPromoted from '../../events/model-promoted.ts';
import * as modelWithdrawn from '../../events/model-withdrawn.ts';
import { sign } from '../../events/signature.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import { commit, createWorld, serving, type World } from '../functions/registry-writer/world.ts';

const key = 'a-signing-key-of-tests';
let ids = 0;
const origin = () => ({ cause: { source: 'https://x.test/a/b', id: String(++ids) }, time: '2026-11-02T09:30:00Z' });

describe('an event that parse did not send', () => {
  let world: World;
  const open = async (env: Record<string, string> = {}) => {
    world = await createWorld({}, env);
    world.registry.addModel({
      name: 'jukebox',
      versions: [{ name: '1', labels: ['prod'] }, { name: '2' }, { name: '3' }],
    });
  };
  afterEach(() => world.close());

  const promoted = (version: string, more: Partial<Promotion> = {}) =>
    modelPromoted.make(world.promotion([serving(version)], more), origin());
  const withdrawn = () => modelWithdrawn.make(world.promotion([]), origin());
  const observed = () =>
    environmentObserved.make(
      {
        environment: 'prod',
        repository: 'https://gitea.example.test/user1/mlops-gitops',
        branch: 'main',
        head: commit('a'),
        observedAt: world.at(0),
        complete: true,
        page: { from: '', number: 1, of: 1 },
        models: [],
      },
      origin(),
    );

  /** The registry is neither written nor asked. */
  async function refused(event: CloudEvent<unknown>, what: string): Promise<void> {
    const before = JSON.stringify(world.registry.dump());
    const calls = world.registry.calls.length;
    const answer = await world.post(event);
    assert.equal(answer.status, 401, what);
    assert.equal(world.registry.calls.length, calls, what);
    assert.equal(JSON.stringify(world.registry.dump()), before, what);
  }

  it('is refused where there is a key: unsigned, by another key, and however it was changed after signing', async () => {
    await open({ EVENT_SIGNING_KEY: key });
    const signed = sign(promoted('2') as CloudEvent<unknown>, key);
    const other = sign(promoted('3') as CloudEvent<unknown>, key);
    const forged: [string, CloudEvent<unknown>][] = [
      ['promoted', promoted('2')],
      ['withdrawn', withdrawn()],
      ['observed', observed()],
      ['by another key', sign(promoted('2') as CloudEvent<unknown>, 'another-key')],
      ['by an empty key', sign(promoted('2') as CloudEvent<unknown>, '')],
      ['with an empty signature', signed.cloneWith({ signature: '' }, false)],
      ['with a signature cut short', signed.cloneWith({ signature: String(signed.signature).slice(0, 63) }, false)],
      ['with the signature of another', signed.cloneWith({ signature: other.signature }, false)],
      ['with other data', signed.cloneWith({ data: other.data }, false)],
      ['with a field more', signed.cloneWith({ data: { ...(signed.data as object), extra: 1 } }, false)],
      ['with another type', signed.cloneWith({ type: modelWithdrawn.type }, false)],
      ['with another subject', signed.cloneWith({ subject: 'test/jukebox' }, false)],
      ['with another id', signed.cloneWith({ id: 'x' }, false)],
      ['with another source', signed.cloneWith({ source: 'https://else.test/a/b' }, false)],
    ];
    for (const [what, event] of forged) await refused(event, what);
    assert.equal((await world.post(signed)).status, 200);
    assert.deepEqual(world.registry.labels().jukebox, { 1: [], 2: ['prod'], 3: [] });
  });

  it('is refused before its data is looked at, so that nobody without the key learns what a good one looks like', async () => {
    await open({ EVENT_SIGNING_KEY: key });
    for (const data of [{}, { environment: 'id' }, { a: [] }])
      await refused(new CloudEvent<unknown>({ id: '1', type: modelPromoted.type, source: '/x', data }), 'nonsense');
  });

  it('changes nothing when it is an old one sent again: the ownership marker is newer, whatever the order and number', async () => {
    await open({ EVENT_SIGNING_KEY: key });
    const first = sign(promoted('2', { observedAt: world.at(-5_000) }) as CloudEvent<unknown>, key);
    const gone = sign(
      modelWithdrawn.make(world.promotion([], { observedAt: world.at(-4_000) }), origin()) as CloudEvent<unknown>,
      key,
    );
    const last = sign(promoted('3', { observedAt: world.at(-3_000) }) as CloudEvent<unknown>, key);
    for (const event of [first, gone, last]) assert.equal((await world.post(event)).status, 200);
    const before = JSON.stringify(world.registry.dump());
    for (const event of [first, gone, last, gone, first, first]) assert.equal((await world.post(event)).status, 200);
    assert.equal(JSON.stringify(world.registry.dump()), before);
  });

  it('moves a label where there is no key, and cannot keep the true one away: a time in the future counts for nothing', async () => {
    await open();
    const inAnHour = { observedAt: world.at(3_600_000), head: commit('f') };
    assert.equal((await world.post(promoted('3', inAnHour))).status, 200);
    assert.deepEqual(world.registry.labels().jukebox, { 1: [], 2: [], 3: ['prod'] });
    assert.equal((await world.post(promoted('2'))).status, 200);
    assert.deepEqual(world.registry.labels().jukebox, { 1: [], 2: ['prod'], 3: [] });
  });

  it('reaches no field of the registry and no other model, even where there is no key', async () => {
    await open();
    world.registry.addModel({ name: 'other', versions: [{ name: '1', labels: ['prod', 'test'] }] });
    const before = JSON.stringify(world.registry.dump());
    const good = promoted('2');
    const fields = ['id', 'name', 'state', 'author', 'description', 'customProperties'];
    for (const environment of [...fields, '__proto__', 'prod.commit', 'a b', 'prod`', '']) {
      const event = new CloudEvent<unknown>({ ...good, data: { ...good.data, environment } }, false);
      assert.equal((await world.post(event)).status, 422, environment);
    }
    assert.equal(JSON.stringify(world.registry.dump()), before);
    await world.post(good);
    assert.deepEqual(world.registry.labels().other, { 1: ['prod', 'test'] });
  });
});
