// A Gitea that is read at another address than people use, as in a cluster: everything that is written carries the public one,
// and nothing is written anew because somebody reads it by the other.
import assert from 'node:assert/strict';
import { type System, startSystem } from '../../local/system.ts';
import type { RepositoryHandle } from '../../stand-ins/gitea/index.ts';
import { type CliWorld, config, createCliWorld, pathOf } from '../cli/world.ts';

describe('a Gitea that is read at another address than its ROOT_URL', () => {
  let world: CliWorld;
  let system: System;
  let fleet: RepositoryHandle;
  let publicUrl: string;
  const files = (version: string) => ({ [pathOf('jukebox')]: config('jukebox', version) });

  before(async () => {
    world = await createCliWorld({ ...files('1'), [pathOf('radio')]: config('radio', '1') });
    fleet = world.repository;
    const { gitea, registry, env } = world;
    publicUrl = gitea.url.replace('127.0.0.1', 'localhost');
    gitea.world.rootUrl = `${publicUrl}/`;
    const mark = (host: string) => ({
      'prod.repository': `${host}/ada/mlops-gitops`,
      'prod.head': fleet.head()!,
      'prod.observedAt': '2026-01-01T00:00:00.000Z',
    });
    const versions = [{ name: '1', labels: ['prod'] }, { name: '2' }, { name: '3' }, { name: '4' }];
    // By an installation before this one, which named the repository by where it read it; and by one of another Gitea.
    registry.addModel({ name: 'jukebox', properties: mark(gitea.url), versions });
    registry.addModel({ name: 'radio', properties: mark('http://other.example.test'), versions });
    system = await startSystem({
      settings: {
        ...env,
        GITEA_WEBHOOK_SECRET: 'a-secret-we-chose',
        GITEA_STATUS_TOKEN: gitea.createToken('ada', ['write:repository']),
      },
    });
    fleet.createWebhook({ url: system.webhook.url, secret: 'a-secret-we-chose', events: ['push', 'pull_request'] });
  });
  after(async () => {
    await system?.close();
    await world?.close();
  });

  const properties = async (path: string) => {
    const answer = await fetch(`${world.registry.url}/api/model_registry/v1alpha3/${path}`);
    const { items } = (await answer.json()) as {
      items: { name: string; customProperties: Record<string, { string_value: string }> }[];
    };
    return items.map(({ name, customProperties }) => {
      const texts = Object.entries(customProperties).map(([key, value]) => [key, value.string_value]);
      return Object.fromEntries([...texts, ['name', name.replace(/^\d+:/, '')]]) as Record<string, string>;
    });
  };
  const marks = async () =>
    Object.fromEntries((await properties('registered_models')).map((one) => [one.name, one['prod.repository']]));
  const writes = () => world.registry.calls.filter(({ method }) => method !== 'GET').length;
  const settled = async () => {
    await world.gitea.idle();
    await system.idle();
  };
  const call = async (method: string, path: string, body: object) => {
    const headers = { authorization: `token ${world.gitea.token('ada')}`, 'content-type': 'application/json' };
    const options = { method, headers, body: JSON.stringify(body) };
    const { ok, status } = await fetch(`${world.gitea.url}/api/v1/repos/ada${path}`, options);
    assert.ok(ok, `${method} ${path}: ${status}`);
  };

  it('takes a push for its own, and an ownership marker under the address it is read by; no marker of another server', async () => {
    fleet.createBranch('next');
    fleet.commit({ branch: 'next', files: { ...files('2'), [pathOf('radio')]: config('radio', '2') }, message: 'Two' });
    const { number } = fleet.openPullRequest({ title: 'Two', head: 'next' });
    // By the address of the Service, so that the webhook of the request carries that.
    await call('POST', `/mlops-gitops/pulls/${number}/merge`, { Do: 'squash' });
    await settled();

    assert.deepEqual(world.registry.labels().jukebox, { '1': [], '2': ['prod'], '3': [], '4': [] });
    assert.deepEqual(world.registry.labels().radio, { '1': ['prod'], '2': [], '3': [], '4': [] });
    assert.deepEqual(await marks(), {
      jukebox: `${publicUrl}/ada/mlops-gitops`,
      radio: 'http://other.example.test/ada/mlops-gitops',
    });
    const requests = (await properties('model_versions')).flatMap((one) => one['prod.pullRequest'] ?? []);
    assert.deepEqual(requests, [`${publicUrl}/ada/mlops-gitops/pulls/${number}`]);
    const told = fleet.repository.statuses.filter(({ description }) => description.includes('jukebox'));
    assert.equal(told.at(-1)?.sha, fleet.head());
    assert.match(told.at(-1)!.description, /the registry labels 2 with prod|jukebox/);
    assert.deepEqual(system.broker.deadLetters, []);
  });

  it('has nothing to write when it is read by the one address after the other', async () => {
    const before = writes();
    for (const GITEA_URL of [publicUrl, world.gitea.url, `${publicUrl}/`]) {
      const { stdout } = await world.run(['reconcile', '--yes', '--json'], { env: { GITEA_URL } });
      assert.deepEqual(JSON.parse(stdout).applied, []);
      assert.equal(await system.ping(), 202);
      await system.idle();
    }
    assert.equal(writes(), before);
  });

  it('is known again when it is renamed, and renamed back', async () => {
    await call('PATCH', '/mlops-gitops', { name: 'fleet' });
    fleet.commit({ files: files('3'), message: 'Three' });
    await settled();
    assert.deepEqual(world.registry.labels().jukebox, { '1': [], '2': [], '3': ['prod'], '4': [] });
    assert.equal((await marks()).jukebox, `${publicUrl}/ada/fleet`);

    await call('PATCH', '/fleet', { name: 'mlops-gitops' });
    fleet.commit({ files: files('4'), message: 'Four' });
    await settled();
    assert.deepEqual(world.registry.labels().jukebox, { '1': [], '2': [], '3': [], '4': ['prod'] });
    assert.equal((await marks()).jukebox, `${publicUrl}/ada/mlops-gitops`);
    assert.deepEqual(system.broker.deadLetters, []);
  });
});
