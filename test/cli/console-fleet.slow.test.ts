// A large installation on the page of `post-deployment console`: what a reading asks the servers for, and what the page is sent.
import assert from 'node:assert/strict';
import { createPages, isRead } from './opened-page.ts';
import { type CliWorld, config, createCliWorld, pathOf } from './world.ts';

const environments = ['dev', 'test', 'stage', 'prod', 'edge'];
const models = Array.from({ length: 200 }, (_, i) => `model-${i}`);

describe('post-deployment console of 200 models in five environments', () => {
  let world: CliWorld;
  const { serve, open, close } = createPages(() => world);

  before(async () => {
    const files = environments.flatMap((one) => models.map((name) => [pathOf(name, one), config(name, '1.0.0')]));
    // Long ago, so that nothing about them is on its way any more.
    let before: Date | undefined = new Date('2026-10-01T12:00:00Z');
    world = await createCliWorld(Object.fromEntries(files), { clock: () => before ?? new Date() });
    before = undefined;
    world.env.ENVIRONMENTS = environments.join(',');
    for (const name of models) world.registry.addModel({ name, versions: [{ name: '1.0.0' }] });
    assert.equal((await world.run(['reconcile', '--yes'])).code, 0);
  });
  after(async () => {
    await close();
    await world?.close();
  });

  /** How many calls came from the second call of this kind to the third. */
  function between(calls: readonly { path: string }[], first: RegExp): number | undefined {
    const begins = calls.flatMap(({ path }, i) => (first.test(path) ? [i] : []));
    return begins.length < 3 ? undefined : begins[2]! - begins[1]!;
  }

  it('is read by few calls, and sent when something changed', async () => {
    const { gitea, registry } = world;
    (gitea.accessLog as unknown[]).length = 0;
    registry.calls.length = 0;
    const page = await open(await serve());
    const { overview, recent } = await page.view(isRead);
    assert.equal(overview.value!.rows.filter(({ state }) => state === 'in sync').length, 1_000);
    assert.equal(recent.value!.length, 100);
    const first = [gitea.accessLog.length, registry.calls.length];
    const each = await page.told(() => {
      const ofGit = between(gitea.accessLog, /\/branches\/main$/);
      const ofRegistry = between(registry.calls, /\/registered_models\?(?!.*nextPageToken)/);
      return ofGit && ofRegistry && [ofGit, ofRegistry];
    });
    // docs/limits.md has these figures.
    assert.deepEqual({ first, each }, { first: [22, 206], each: [2, 6] });
    const views = page.said.filter(([event]) => event === 'view');
    assert.deepEqual([views.length, views[0]![1].length < 400_000], [1, true]);
    assert.ok(page.said.filter(([event]) => event === 'read').every(([, data]) => data.length < 100));
  });
});
