import assert from 'node:assert/strict';
import { once } from 'node:events';
import { GENERATIONS } from '../../stand-ins/gitea/generations.ts';
import { type CliWorld, callGitea, config, createCliWorld, ended, marker, pathOf } from './world.ts';

describe('post-deployment reconcile', () => {
  let world: CliWorld;
  beforeEach(async () => {
    world = await createCliWorld({
      [pathOf('jukebox')]: config('jukebox', '1.1.0'),
      [pathOf('other')]: config('other', '1'),
    });
    const artifacts = [{ name: 'jukebox', uri: 'to-be-updated' }];
    world.registry.addModel({
      name: 'jukebox',
      properties: marker(`${world.gitea.url}/ada/mlops-gitops`),
      versions: [
        { name: '1.0.0', labels: ['prod', 'test'], artifacts },
        { name: '1.1.0', artifacts },
      ],
    });
    world.registry.addModel({ name: 'other', versions: [{ name: '1' }] });
  });
  afterEach(() => world.close());

  const writes = () => world.registry.calls.filter(({ method }) => method !== 'GET');
  const labels = () => world.registry.labels();

  it('shows the plan and writes nothing with --dry-run, and ends with 3', async () => {
    const before = JSON.stringify(world.registry.dump());
    const { code, stdout, stderr } = await world.run(['reconcile', '--dry-run']);
    assert.equal(code, 3, stderr);
    assert.match(stdout, /^prod\/jukebox\n[\s\S]+ {2}version 1\.1\.0\n {4}\+ prod {2}\(label\)/);
    assert.match(stdout, / {2}version 1\.0\.0\n[\s\S]+ {4}- prod {2}\(label\)/);
    assert.match(stdout, /prod\/other\n/);
    assert.match(stdout, /6 writes to 2 models would be made\. Nothing was written\./);
    assert.deepEqual(writes(), []);
    assert.equal(JSON.stringify(world.registry.dump()), before);
  });

  it('plans exactly the calls that it then makes', async () => {
    const plan = (await world.run(['reconcile', '--dry-run', '--json'])).json;
    const real = (await world.run(['reconcile', '--yes', '--json'])).json;
    assert.deepEqual(comparable(real.calls), comparable(plan.calls));
    assert.deepEqual(
      writes()
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
      (plan.calls as { method: string; url: string }[])
        .map(({ method, url }) => `${method} ${new URL(url).pathname}`)
        .sort(),
    );
    assert.equal(real.applied.length, 2);
    assert.deepEqual(real.plan.length, 2);
  });

  /** Models are written side by side, and every reading has its own time. */
  function comparable(calls: object[]): string[] {
    return calls.map((call) => JSON.stringify(call).replace(/\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z/g, 'TIME')).sort();
  }

  it('writes with --yes, and has nothing to do the second time', async () => {
    const { code, stdout } = await world.run(['reconcile', '--yes']);
    assert.equal(code, 0);
    assert.match(stdout, /6 writes to 2 models made\./);
    assert.deepEqual(labels(), { jukebox: { '1.0.0': ['test'], '1.1.0': ['prod'] }, other: { '1': ['prod'] } });
    const count = writes().length;
    const second = await world.run(['reconcile', '--yes']);
    assert.equal(second.code, 0);
    assert.match(second.stdout, /^Nothing to write: the registry is in sync with Git\.\n$/);
    assert.equal(writes().length, count);
    assert.equal((await world.run(['status'])).code, 0);
  });

  it('writes nothing where nobody can be asked', async () => {
    const { code, stdout, stderr } = await world.run(['reconcile']);
    assert.equal(code, 2);
    assert.match(stderr, /not a terminal, so nobody can be asked; nothing was changed\.\n→ Add --yes\./);
    assert.equal(stdout, '');
    assert.deepEqual(writes(), []);
  });

  it('says what it cannot write, and ends with 3', async () => {
    world.repository.commit({
      files: {
        [pathOf('jukebox')]: config('jukebox', '9.9.9'),
        [pathOf('theirs')]: config('theirs', '1'),
        [pathOf('broken')]: '[',
      },
      message: 'More',
    });
    world.registry.addModel({
      name: 'theirs',
      properties: marker('https://elsewhere.example/a/b'),
      versions: [{ name: '1' }, { name: '0', labels: ['prod'] }],
    });
    const { code, stdout } = await world.run(['reconcile', '--yes']);
    assert.equal(code, 3);
    const open = stdout.split('Still differs from Git:')[1]!;
    assert.match(open, /prod\/jukebox: version 9\.9\.9 is not registered; the label stays where it is/);
    assert.match(open, /prod\/theirs: the ownership marker of the model names https:\/\/elsewhere/);
    assert.match(open, /prod: model-deployments\/prod\/broken\/config\.yaml cannot be read/);
    assert.deepEqual(labels().theirs, { '0': ['prod'], '1': [] });
    // The plan is carried out; what cannot be written is not in sync.
    const again = await world.run(['reconcile', '--yes']);
    assert.equal(again.code, 3);
    assert.match(again.stdout, /^Nothing can be written\.\n/);
    assert.equal((await world.run(['status'])).code, 3);
  });

  it('ends with 0, as status does, beside labels that are not this repository’s, and names a few', async () => {
    await world.run(['reconcile', '--yes']);
    const elsewhere = {
      properties: marker('https://elsewhere.example/a/b'),
      versions: [{ name: '0', labels: ['prod'] }],
    };
    for (let i = 0; i < 12; i++) world.registry.addModel({ name: `theirs-${i}`, ...elsewhere });
    world.registry.addModel({ name: 'by-hand', versions: [{ name: '0', labels: ['prod'] }] });
    const { code, stdout } = await world.run(['reconcile', '--yes']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^Nothing to write: the registry is in sync with Git\.\n\nLeft alone:\n/);
    assert.match(stdout, /… and 3 more: --json has all\n$/);
    assert.equal((await world.run(['reconcile', '--dry-run', '--json'])).json.leftAlone.length, 13);
    assert.equal((await world.run(['status'])).code, 0);
  });

  it('takes over the labels of a repository that was renamed, or of a former address that is given', async () => {
    await world.run(['reconcile', '--yes']);
    const markers = async () => {
      const answer = await fetch(`${world.registry.url}/api/model_registry/v1alpha3/registered_models`);
      const { items } = (await answer.json()) as {
        items: { customProperties: Record<string, { string_value: string }> }[];
      };
      return items.map(({ customProperties }) => customProperties['prod.repository']?.string_value);
    };
    await callGitea(world, 'PATCH', '/repos/ada/mlops-gitops', { name: 'renamed' });
    const by = await world.run(['status']);
    assert.equal(by.code, 3);
    assert.match(by.stdout, /jukebox, prod\/other: drift\. The ownership marker .+ names a former address/);
    const { code, stdout } = await world.run(['reconcile', '--yes']);
    assert.equal(code, 0, stdout);
    assert.deepEqual(new Set(await markers()), new Set([`${world.gitea.url}/ada/renamed`]));
    // Renamed once more, and the setting is corrected before anybody looks: the repository is known again all the same.
    await callGitea(world, 'PATCH', '/repos/ada/renamed', { name: 'again' });
    world.env.GITEA_REPOSITORY = 'ada/again';
    assert.match((await world.run(['status'])).stdout, /jukebox, prod\/other: drift\. The ownership marker/);
    assert.equal((await world.run(['reconcile', '--yes'])).code, 0);
    assert.deepEqual(new Set(await markers()), new Set([`${world.gitea.url}/ada/again`]));
    // Gitea moves to another address, which only people know.
    const former = world.gitea.url;
    world.gitea.world.rootUrl = 'https://git.example.test/';
    Object.assign(world.gitea.world, { generation: GENERATIONS['gitea-1.22'] });
    world.env.GITEA_URL = former.replace('127.0.0.1', 'localhost');
    const blocked = await world.run(['status']);
    assert.match(blocked.stdout, /: blocked\. [\s\S]+post-deployment reconcile --formerly \S+\/ada\/again\n/);
    const given = await world.run(['reconcile', '--yes', '--formerly', `${former}/ada/again`]);
    assert.equal(given.code, 0, given.stdout);
    assert.equal((await world.run(['status'])).code, 0);
    const wrong = await world.run(['reconcile', '--formerly', 'ada/renamed']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--formerly: expected the address of a repository/);
  });

  it('says when the registry is away before anything is written, at once', async () => {
    world.registry.faults.onRequest = () => ({ status: 503 });
    const { code, stderr } = await world.run(['reconcile', '--yes']);
    assert.equal(code, 1);
    assert.match(stderr, /model registry: GET .+ status 503[\s\S]+→ post-deployment doctor/);
  });

  it('goes on after a registry failed for a moment during writes', async () => {
    let failed = 0;
    world.registry.faults.onRequest = ({ method }) => {
      if (method !== 'PATCH' || failed > 1) return undefined;
      failed++;
      return { status: 500 };
    };
    const { code, stdout, stderr } = await world.run(['reconcile', '--yes']);
    assert.equal(code, 0, stderr + stdout);
    assert.equal(failed, 2);
    assert.deepEqual(labels().jukebox, { '1.0.0': ['test'], '1.1.0': ['prod'] });
  });

  it('finishes what is being written at Ctrl-C, and says how to go on', async () => {
    let release = () => {};
    const writing = new Promise<void>((resolve) => {
      world.registry.faults.beforeWrite = async () => {
        resolve();
        await new Promise<void>((go) => {
          release = go;
        });
      };
    });
    const child = world.begin(['reconcile', '--yes']);
    const end = ended(child);
    await writing;
    world.registry.faults.beforeWrite = async () => {};
    child.kill('SIGINT');
    await once(child.stderr!, 'data');
    release();
    const { code, stderr } = await end;
    assert.equal(code, 130);
    assert.match(
      stderr,
      /Finishing what is being written[\s\S]+Interrupted; \d models? written\.\n→ .+again does the rest/,
    );
    // Cut short or not: one version holds the label at all times, and the next run finishes.
    assert.equal((await world.run(['reconcile', '--yes'])).code, 0);
    assert.deepEqual(labels().jukebox, { '1.0.0': ['test'], '1.1.0': ['prod'] });
  });
});
