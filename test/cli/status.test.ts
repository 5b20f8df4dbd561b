import assert from 'node:assert/strict';
import { type CliWorld, config, createCliWorld, marker, pathOf } from './world.ts';

const labelled = (name: string) => ({ name, labels: ['prod'] });

describe('post-deployment status', () => {
  let world: CliWorld;
  beforeEach(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.1.0') });
  });
  afterEach(() => world.close());

  /** As registry-writer leaves it. */
  function registered(version: string, more: Record<string, string> = {}) {
    return {
      name: version,
      labels: ['prod'],
      properties: {
        'prod.application': 'jukebox',
        'prod.commit': 'c'.repeat(40),
        'prod.promotedAt': '2026-11-20T10:00:00Z',
        'prod.promotedBy': 'ada',
        'prod.pullRequest': 'http://gitea.example/ada/mlops-gitops/pulls/7',
        ...more,
      },
      artifacts: [{ name: 'jukebox', uri: `oci://quay.io/models/jukebox:${version}` }],
    };
  }
  const marked = (repository = `${world.gitea.url}/ada/mlops-gitops`) => ({ properties: marker(repository) });

  it('shows a model in sync with since, pull request and person, and ends with 0', async () => {
    world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.1.0'), { name: '1.0.0' }] });
    const { code, stdout, stderr } = await world.run(['status']);
    assert.equal(code, 0, stderr + stdout);
    assert.match(stdout, /prod +jukebox +1\.1\.0 +1\.1\.0 +2026-11-20 10:00 UTC +ada +#7 +ok/);
    assert.match(stdout, /In sync: 1 model in prod\./);
    assert.equal(stderr, '');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour
    assert.doesNotMatch(stdout, /\u001b/);
  });

  it('explains drift, shows who promoted the version in Git, and ends with 3', async () => {
    world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.0.0'), { name: '1.1.0' }] });
    const text = await world.run(['status']);
    assert.equal(text.code, 3);
    assert.match(text.stdout, /Git deploys 1\.1\.0, which does not have the label prod\. 1\.0\.0 still has it\./);
    assert.match(text.stdout, /→ post-deployment reconcile/);
    const { code, json } = await world.run(['status', '--json']);
    assert.equal(code, 3);
    const [model] = json.models;
    assert.equal(model.state, 'drift');
    assert.deepEqual(model.registry, ['1.0.0']);
    assert.deepEqual(model.git, [{ version: '1.1.0', applications: ['jukebox'] }]);
    assert.equal(model.commit, world.repository.head());
    assert.equal(model.pullRequest, undefined);
    assert.equal(json.inSync, false);
  });

  const theirs = () => marked('https://elsewhere.example/a/b');
  /** Git deploys another model instead. */
  function withdraw() {
    world.repository.deleteFiles([pathOf('jukebox')]);
    world.repository.commit({ files: { [pathOf('other')]: config('other', '1') }, message: 'Other' });
  }
  const states: [string, string, number, () => void, RegExp][] = [
    [
      'a label without an ownership marker',
      'unmarked',
      0,
      () => {
        withdraw();
        world.registry.addModel({ name: 'jukebox', versions: [labelled('3.0.0')] });
      },
      /Somebody else set the label prod/,
    ],
    [
      'a label of another repository on a model that Git names',
      'blocked',
      3,
      () => {
        world.registry.addModel({ name: 'jukebox', ...theirs(), versions: [labelled('0.9.0'), { name: '1.1.0' }] });
      },
      /kept by https:\/\/elsewhere\.example\/a\/b\.\n +→ If that is a former address of this repository, or of one that no longer exists: post-deployment reconcile --formerly https/,
    ],
    [
      'a label of another repository on a model of its own',
      'other repository',
      0,
      () => {
        world.registry.addModel({ name: 'theirs', ...theirs(), versions: [labelled('0.9.0')] });
      },
      /kept by https:\/\/elsewhere/,
    ],
    [
      'a version that is not registered',
      'not registered',
      3,
      () => {
        world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.0.0')] });
      },
      /no version 1\.1\.0 of this model[\s\S]+Register 1\.1\.0 under exactly this name/,
    ],
    ['a model that is not registered', 'unknown model', 0, () => {}, /no registered model of this name/],
    [
      'a record that was damaged',
      'drift',
      3,
      () => {
        const damaged = registered('1.1.0', { 'prod.application': 'other' });
        world.registry.addModel({ name: 'jukebox', ...marked(), versions: [damaged] });
      },
      /record of 1\.1\.0 is incomplete or outdated \(prod\.application\)/,
    ],
    [
      'a missing ownership marker',
      'drift',
      3,
      () => {
        world.registry.addModel({ name: 'jukebox', versions: [registered('1.1.0')] });
      },
      /ownership marker prod\.repository, \.head, \.observedAt of the model is missing/,
    ],
    [
      'another uri',
      'drift',
      3,
      () => {
        const artifacts = [{ name: 'jukebox', uri: 'to-be-updated' }];
        world.registry.addModel({ name: 'jukebox', ...marked(), versions: [{ ...registered('1.1.0'), artifacts }] });
      },
      /uri of the artifact differs from the deployment file/,
    ],
    [
      'a deployment that is gone',
      'drift',
      3,
      () => {
        withdraw();
        world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.1.0')] });
      },
      /1\.1\.0 still has the label prod, and Git does not deploy the model any more\./,
    ],
  ];
  for (const [name, state, exitCode, prepare, says] of states)
    it(`explains ${name}`, async () => {
      prepare();
      const { code, stdout, stderr } = await world.run(['status']);
      assert.match(stdout, says, stderr);
      assert.equal(code, exitCode);
      const { json } = await world.run(['status', '--json']);
      const models = json.models as { state: string; explanation: string; next: string }[];
      const found = models.find((model) => model.state === state);
      assert.ok(found, stdout);
      assert.ok(found.explanation.length > 0 && found.next.length > 0);
    });

  it('is not in sync while a watched environment has no file, and says which have some', async () => {
    world.repository.commit({ files: { [pathOf('jukebox', 'Test')]: config('jukebox', '1') }, message: 'Test' });
    world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.1.0')] });
    for (const environments of ['production', 'prod,production']) {
      world.env.ENVIRONMENTS = environments;
      const { code, stdout } = await world.run(['status']);
      assert.equal(code, 3);
      assert.match(
        stdout,
        /production is watched and has no deployment file; found: Test, prod\.\n +→ Correct ENVIRONMENTS/,
      );
      assert.doesNotMatch(stdout, /In sync/);
      const { json } = await world.run(['status', '--json']);
      assert.equal(json.inSync, false);
      assert.deepEqual(json.withoutFiles, [{ environment: 'production', found: ['Test', 'prod'] }]);
      const reconcile = await world.run(['reconcile', '--yes']);
      assert.equal(reconcile.code, 3);
      assert.match(reconcile.stdout, /production is watched and has no deployment file; found: Test, prod/);
    }
    assert.equal((await world.run(['status', '-e', 'prod'])).code, 0);
    // Emptied on purpose: what was deployed is withdrawn, and the environment is reported all the same.
    world.env.ENVIRONMENTS = 'prod';
    world.repository.deleteFiles([pathOf('jukebox')]);
    assert.equal((await world.run(['reconcile', '--yes'])).code, 3);
    assert.deepEqual(world.registry.labels(), { jukebox: { '1.1.0': [] } });
  });

  it('is not in sync while no environment has files at all', async () => {
    world.env.ENVIRONMENTS = '*';
    world.repository.deleteFiles([pathOf('jukebox')]);
    world.repository.commit({ files: { [pathOf('jukebox', 'Prod')]: config('jukebox', '1') }, message: 'Prod' });
    const { code, stdout, json } = await world.run(['status', '--json']);
    assert.equal(code, 3, stdout);
    assert.equal(json.inSync, false);
  });

  it('warns of what may not be intended, and stays in sync: an archived version, a doubled key, a mistyped one, a folder that is a link', async () => {
    world.repository.commit({
      files: {
        'shared/radio/config.yaml': config('radio', '1'),
        [pathOf('jukebox')]: `${config('jukebox', '1.1.0')}feast_server_url: http://x\nfeast_server_url: http://x\n`,
        [pathOf('typo')]: 'name: typo\nverison: "1"\n',
        'model-deployments/prod/radio': { content: '../../shared/radio', mode: '120000' },
      },
      message: 'Link',
    });
    world.registry.addModel({
      name: 'jukebox',
      ...marked(),
      versions: [{ ...registered('1.1.0'), state: 'ARCHIVED' }],
    });
    const { code, stdout } = await world.run(['status']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /prod: model-deployments\/prod\/jukebox\/config\.yaml: A key stands twice/);
    assert.match(
      stdout,
      /prod: model-deployments\/prod\/typo\/config\.yaml: No `version`; `verison` \(line 2\) looks like/,
    );
    assert.match(stdout, /prod: jukebox: Git deploys version 1\.1\.0, which is archived in the registry/);
    assert.match(
      stdout,
      /prod: model-deployments\/prod\/radio\/config\.yaml: It lies behind a folder that is a symbolic/,
    );
    const { json } = await world.run(['status', '--json']);
    assert.deepEqual([json.inSync, json.warnings.length], [true, 4]);
  });

  it('reports files that cannot be read, and that no label is removed because of them', async () => {
    world.repository.commit({ files: { [pathOf('broken')]: 'version: [1' }, message: 'Break' });
    world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.0.0'), registered('1.1.0')] });
    const { code, stdout } = await world.run(['status']);
    assert.equal(code, 3);
    assert.match(stdout, /1 model in prod: 1 file cannot be read\./);
    assert.match(stdout, /prod: a file cannot be read\. model-deployments\/prod\/broken\/config\.yaml: /);
    assert.match(stdout, /counts not; nothing is removed in this environment/);
    assert.doesNotMatch(stdout, /1\.0\.0 still has/);
  });

  it('stays readable on a registry that others share: models with one explanation are grouped, and many versions are cut short', async () => {
    world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.1.0')] });
    const versions = Array.from({ length: 100 }, (_, i) => labelled(`1.0.${i}`));
    for (const name of ['a', 'b', 'c']) world.registry.addModel({ name, versions });
    const { code, stdout } = await world.run(['status']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\n\nprod\/a, prod\/b, prod\/c: unmarked\. Somebody else set the label prod/);
    assert.match(stdout, / 1\.0\.0, 1\.0\.1, 1\.0\.10, 1\.0\.11, 1\.0\.12 and 95 more /);
    assert.equal((await world.run(['status', '--json'])).json.models[0].registry.length, 100);
  });

  it('shows only what differs with --drift, and only the models and environments asked for', async () => {
    world.env.ENVIRONMENTS = 'prod,test';
    world.repository.commit({ files: { [pathOf('other', 'test')]: config('other', '1') }, message: 'Other' });
    world.registry.addModel({ name: 'jukebox', ...marked(), versions: [registered('1.1.0')] });
    world.registry.addModel({ name: 'other', versions: [{ name: '1' }] });
    const models = async (...args: string[]) => (await world.run(['status', '--json', ...args])).json.models;
    assert.deepEqual(
      (await models('--drift')).map(({ model }: { model: string }) => model),
      ['other'],
    );
    assert.equal((await models('jukebox')).length, 1);
    assert.equal((await models('-e', 'test')).length, 1);
    assert.equal((await models()).length, 2);
    const wrong = await world.run(['status', '-e', 'staging']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /staging is not watched; watched: prod, test\.\n→ /);
  });

  it('says that there is no such model, and what to do next', async () => {
    const { code, stdout, stderr } = await world.run(['status', 'Jukebox']);
    assert.equal(code, 1);
    assert.match(stderr, /knows Jukebox in prod\.\n→ post-deployment status without a name/);
    assert.equal(stdout, '');
  });

  it('shows control characters in names instead of printing them', async () => {
    const name = 'evil\u001b[2Jmodel\u202e';
    world.repository.commit({
      files: { [pathOf('evil')]: 'name: "evil\\e[2Jmodel\\u202e"\nversion: "1"\n' },
      message: 'Evil',
    });
    world.registry.addModel({ name, versions: [{ name: '1' }] });
    const { stdout } = await world.run(['status', '-q']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(stdout, /[\u001b\u202e]/);
  });

  describe('where a cluster is observed', () => {
    const seenAt = new Date(Date.now() - 60_000).toISOString();
    const seen = { 'prod.cluster': 'https://kubernetes.default.svc', 'prod.seenAt': seenAt };
    const observed = () => ({ properties: { ...marked().properties, ...seen } });
    const serving = { 'prod.serving': '', 'prod.servingSince': '2026-11-20T10:05:00Z' };

    it('shows what serves between Git and registry, since when, and the phase', async () => {
      world.registry.addModel({ name: 'jukebox', ...observed(), versions: [registered('1.1.0', serving)] });
      const { code, stdout } = await world.run(['status']);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /GIT +SERVES +SERVES SINCE +REGISTRY/);
      assert.match(
        stdout,
        /jukebox +1\.1\.0 +1\.1\.0 +2026-11-20 10:05 UTC +1\.1\.0 +2026-11-20 10:00 UTC +ada +#7 +ok +verified/,
      );
      const { json } = await world.run(['status', '--json']);
      assert.deepEqual(json.models[0].cluster, {
        cluster: 'https://kubernetes.default.svc',
        seenAt,
        serving: ['1.1.0'],
        since: '2026-11-20T10:05:00Z',
        phase: 'verified',
      });
    });

    const rollouts: [string, string, number, RegExp][] = [
      ['progressing', 'progressing', 0, /prod\/jukebox: progressing\. 1\.1\.0 is being rolled out\.\n\nIn sync/],
      [
        'failed: container main: ImagePullBackOff',
        'failed',
        4,
        /prod\/jukebox: failed\. The rollout of 1\.1\.0 failed: container main: ImagePullBackOff\.\n +→ Look at its Pods[\s\S]+1 does not serve what Git deploys/,
      ],
      ['pending', 'drifted', 4, /Nothing in the cluster is on its way to 1\.1\.0\.\n +→ Look whether Argo CD/],
      ['unknown', 'unknown', 4, /The cluster does not say whether 1\.1\.0 serves\./],
    ];
    for (const [rollout, phase, expected, text] of rollouts)
      it(`ends with ${expected} when a rollout is ${phase}, although Git and registry agree`, async () => {
        world.registry.addModel({
          name: 'jukebox',
          ...observed(),
          versions: [registered('1.1.0', { 'prod.rollout': rollout }), { name: '1.0.0', properties: serving }],
        });
        const { code, stdout } = await world.run(['status']);
        assert.equal(code, expected, stdout);
        assert.match(stdout, text);
        const { json } = await world.run(['status', '--drift', '--json']);
        assert.equal(json.inSync, true);
        assert.deepEqual(
          json.models.map(({ cluster }: { cluster: { phase: string } }) => cluster.phase),
          expected === 0 ? [] : [phase],
        );
      });

    // Also where it is the only model that was ever observed there.
    for (const others of ['another one that was observed', 'none that was'])
      it(`shows what still serves of a model that Git does not deploy and no version labels, beside ${others}`, async () => {
        const old = new Date(Date.now() - 3_600_000).toISOString();
        const jukebox = others.startsWith('none')
          ? { versions: [registered('1.1.0')] }
          : { ...observed(), versions: [registered('1.1.0', serving)] };
        world.registry.addModel({ name: 'jukebox', ...jukebox });
        world.registry.addModel({
          name: 'karaoke',
          properties: { ...seen, 'prod.seenAt': old },
          versions: [{ name: '3', properties: { ...serving, 'prod.retiredAt': old } }],
        });
        const { code, stdout } = await world.run(['status', 'karaoke']);
        assert.equal(code, 4, stdout);
        assert.match(stdout, /karaoke +- +3 +2026-11-20 10:05 UTC +- +- +- +- +ok +drifted/);
        assert.match(stdout, /3 still serves, and Git does not deploy it\./);
      });

    it('ends with 3 when the registry differs from Git as well', async () => {
      const versions = [registered('1.0.0', serving), { name: '1.1.0' }];
      world.registry.addModel({ name: 'jukebox', ...observed(), versions });
      assert.equal((await world.run(['status'])).code, 3);
    });
  });
});
