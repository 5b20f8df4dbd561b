// What parse makes of deployment files: those that cannot be read, links, what people are told, templates that match nothing.
import assert from 'node:assert/strict';
import type { CloudEvent } from 'cloudevents';
import * as deploymentWarned from '../../../events/deployment-warned.ts';
import { StopError } from '../../../events/errors.ts';
import { isSigned, sign } from '../../../events/signature.ts';
import {
  config,
  drift,
  observationsOf,
  parseWorld,
  ping,
  prod,
  promotionsOf,
  push,
  short,
  test,
  zeros,
} from './world.ts';

describe('parse: files that cannot be read', () => {
  const broken = 'version: [\n';

  it('counts such a file with its last readable content, and says so', async () => {
    const { forge, on, handed, lines } = parseWorld();
    forge.commit({ [prod('jukebox')]: config('1') });
    const good = forge.commit({ [prod('jukebox')]: config('2') }, { author: 'bob' });
    const before = forge.commit({ [prod('radio')]: config('5', 'radio') });
    const after = forge.commit({ [prod('jukebox')]: broken, [prod('radio')]: config('6', 'radio') });
    forge.merged(after);
    await on(push(before, after));
    assert.deepEqual(short(handed), ['prod/jukebox: 2', 'prod/radio: 6']);
    const [served] = promotionsOf(handed)[0]?.serving ?? [];
    assert.deepEqual([served?.commit, served?.promotedBy, served?.pullRequest], [good, { login: 'bob' }, undefined]);
    const [line, ...more] = lines;
    assert.deepEqual(more, []);
    assert.deepEqual(
      [line?.level, line?.fields.path, line?.fields.counts],
      ['warn', prod('jukebox'), `as at commit ${good}`],
    );
    assert.match(String(line?.fields.reason), /expected a value, line \d/);
  });

  it('says that the environment is incomplete when there is none, and reports all of it', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1'), [prod('radio')]: config('5', 'radio') });
    const after = forge.commit({ [prod('new')]: broken, [prod('radio')]: null });
    await on(push(before, after));
    assert.deepEqual(short(handed.splice(0)), ['prod/jukebox: 1 ?', 'prod/radio: - ?']);
    await on(push(after, forge.commit({ [prod('new')]: null })));
    assert.deepEqual(short(handed), ['prod/jukebox: 1']);
  });

  it('looks 20 changes back and no further', async () => {
    for (const [changes, expected] of [
      [20, 'prod/jukebox: 1'],
      [21, undefined],
    ] as const) {
      const { forge, on, handed } = parseWorld();
      forge.commit({ [prod('jukebox')]: config('1') });
      for (let i = 1; i < changes; i++) forge.commit({ [prod('jukebox')]: `${broken}# ${i}\n` });
      await on(push(zeros, forge.commit({ [prod('jukebox')]: `${broken}# last\n` })));
      assert.equal(short(handed)[0], expected);
    }
  });

  it('does not reach behind a removal', async () => {
    const { forge, on, handed } = parseWorld();
    forge.commit({ [prod('jukebox')]: config('1'), [prod('radio')]: config('5', 'radio') });
    const before = forge.commit({ [prod('jukebox')]: null });
    await on(push(before, forge.commit({ [prod('jukebox')]: broken })));
    assert.deepEqual(short(handed), ['prod/radio: 5 ?']);
  });

  it('takes submodules and files above 1 MiB for unreadable, folders for nothing', async () => {
    for (const [content, expected] of [
      [{ mode: '160000', type: 'commit' }, 'prod/jukebox: 1'],
      [`${config('2')}# ${'x'.repeat(1024 * 1024)}\n`, 'prod/jukebox: 1'],
      [{ mode: '100755', type: 'blob' }, 'prod/jukebox: 1'],
      [{ mode: '040000', type: 'tree' }, 'prod/jukebox: -'],
    ] as const) {
      const { forge, on, handed, lines } = parseWorld();
      const before = forge.commit({ [prod('jukebox')]: config('1'), [prod('other')]: config('3', 'other') });
      await on(push(before, forge.commit({ [prod('jukebox')]: content })));
      assert.deepEqual(short(handed), [expected], JSON.stringify(content).slice(0, 50));
      assert.equal(lines.length, expected.endsWith('-') ? 0 : 1);
    }
  });

  it('takes an executable file for a file', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const after = forge.commit({ [prod('jukebox')]: config('2') });
    const tree = (await forge.tree(after)) as Map<string, unknown>;
    tree.set(prod('jukebox'), { ...(tree.get(prod('jukebox')) as object), mode: '100755' });
    await on(push(before, after));
    assert.deepEqual(short(handed), ['prod/jukebox: 2']);
  });
});

describe('parse: symbolic links', () => {
  const broken = 'version: [\n';
  const shared = 'shared/jukebox.yaml';
  const toShared = { link: '../../../shared/jukebox.yaml' };

  it('reads what a link leads to, over other links and folders that are links, as the file system does', async () => {
    for (const links of [
      { [prod('jukebox')]: toShared },
      { [prod('jukebox')]: { link: './../jukebox/next.yaml' }, 'model-deployments/prod/jukebox/next.yaml': toShared },
      { [prod('jukebox')]: { link: '../../../current/jukebox.yaml' }, current: { link: 'shared/' } },
      {
        [prod('jukebox')]: { link: '../../../current/../shared/jukebox.yaml' },
        current: { link: 'model-deployments' },
      },
    ]) {
      const { forge, on, handed } = parseWorld();
      const before = forge.commit({ [shared]: config('1'), other: '' });
      const linked = forge.commit(links);
      await on(push(before, linked));
      assert.deepEqual(short(handed.splice(0)), ['prod/jukebox: 1']);
      // The link's own blob stays as it is.
      const changed = forge.commit({ [shared]: config('2') }, { author: 'ada' });
      await on(push(linked, changed));
      const [{ serving }] = promotionsOf(handed) as [ReturnType<typeof promotionsOf>[number]];
      assert.deepEqual(
        serving.map(({ version, path, commit }) => [version, path, commit]),
        [['2', prod('jukebox'), changed]],
      );
      handed.length = 0;
      await on(drift(forge.commit({ other: 'x' }), ['jukebox']));
      assert.deepEqual(
        promotionsOf(handed)[0]!.serving.map(({ commit }) => commit),
        [changed],
      );
      handed.length = 0;
      await on(push(changed, forge.commit({ other: 'y' })));
      assert.deepEqual(short(handed), []);
    }
  });

  it('counts a link that leads nowhere with what it led to before, also when its target had changed since', async () => {
    for (const [change, reason] of [
      [{ [prod('jukebox')]: { link: '/etc/passwd' } }, 'a symbolic link that leaves the repository'],
      [{ [prod('jukebox')]: { link: '../../../../x' } }, 'a symbolic link that leaves the repository'],
      [{ [prod('jukebox')]: { link: 'config.yaml' } }, 'a symbolic link that turns in a circle'],
      [{ [prod('jukebox')]: { link: 'x'.repeat(4_096) } }, 'a symbolic link whose text is too long'],
      [{ [prod('jukebox')]: { link: '../../prod' } }, 'a symbolic link to a folder, not a file'],
      [{ [shared]: null }, 'a symbolic link to something that is not there'],
      [{ [shared]: { mode: '160000', type: 'commit' } }, 'a symbolic link to a submodule, not a file'],
      [
        { [shared]: { link: '../model-deployments/prod/jukebox/config.yaml' } },
        'a symbolic link that turns in a circle',
      ],
    ] as const) {
      const { forge, on, handed, lines } = parseWorld();
      forge.commit({ [prod('jukebox')]: toShared, [shared]: config('1'), [prod('radio')]: config('5', 'radio') });
      const second = forge.commit({ [shared]: config('2') });
      const before = forge.commit({ [prod('radio')]: config('6', 'radio') });
      await on(push(before, forge.commit(change)));
      assert.deepEqual(
        lines.map(({ fields: { path, reason, counts } }) => [path, reason, counts]),
        [[prod('jukebox'), reason, `as at commit ${second}`]],
      );
      assert.deepEqual(short(handed), ['prod/jukebox: 2']);
    }
  });

  it('takes a target that cannot be read for unreadable, and asks for nothing more where there is no link', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: toShared, [shared]: config('1'), other: '' });
    await on(push(before, forge.commit({ [shared]: broken })));
    assert.deepEqual(short(handed), ['prod/jukebox: 1']);
    const plain = parseWorld();
    const one = plain.forge.commit({ [prod('jukebox')]: config('1'), [shared]: config('1'), link: { link: 'shared' } });
    await plain.on(push(one, plain.forge.commit({ [prod('jukebox')]: config('2') })));
    assert.deepEqual(
      [...new Set(plain.forge.calls.filter((call) => call.startsWith('file')))],
      [`file ${prod('jukebox')}`],
    );
  });
});

describe('parse: what people are told of files', () => {
  const broken = 'version: [\n';
  const told = (events: readonly CloudEvent<unknown>[]) =>
    events.filter(({ type }) => type === deploymentWarned.type).map((event) => deploymentWarned.read(event));

  it('reports once the files that a push left unreadable, with the commit that did', async () => {
    const key = 'a key of some length';
    const { forge, on, handed } = parseWorld({ env: { EVENT_SIGNING_KEY: key } });
    const before = forge.commit({ [prod('jukebox')]: config('1'), [prod('old')]: broken, [test('x')]: broken });
    const commit = forge.commit({ [prod('jukebox')]: broken, [prod('radio')]: broken });
    const head = forge.commit({ other: 'x' });
    await on(sign(push(before, head), key));
    await on(sign(push(before, head), key));
    const [first, again] = handed.filter(({ type }) => type === deploymentWarned.type);
    assert.equal(first!.id, again!.id);
    assert.ok(isSigned(first!, key));
    const [{ environment, files }] = told(handed) as [deploymentWarned.DeploymentWarning];
    assert.equal(environment, 'prod');
    assert.deepEqual(
      files.map(({ path, commit, severity }) => [path, commit, severity]),
      [
        [prod('jukebox'), commit, 'failure'],
        [prod('radio'), commit, 'failure'],
      ],
    );
    assert.match(files[0]!.reason, new RegExp(`^It cannot be read \\(.+\\); counts as at commit ${before}\\.$`));
    handed.length = 0;
    await on(sign(push(head, forge.commit({ [prod('radio')]: config('1', 'radio') })), key));
    await on(ping());
    await on(sign(drift(head, ['jukebox']), key));
    assert.deepEqual(told(handed), []);
  });

  it('reports files that may not say what is meant, also of those that deploy', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const typo = 'name: radio\nverison: 1\n';
    const commit = forge.commit({ [prod('jukebox')]: `${config('2')}name: jukebox\n`, [prod('radio')]: typo });
    await on(push(before, commit));
    assert.deepEqual(short(handed), ['prod/jukebox: 2']);
    assert.deepEqual(
      told(handed)[0]?.files.map(({ path, severity, reason }) => [path, severity, reason]),
      [
        [prod('jukebox'), 'warning', 'The key `name` stands twice (lines 1 and 5); the last one counts.'],
        [prod('radio'), 'warning', 'No `version`; `verison` (line 2) looks like one.'],
      ],
    );
  });

  it('names as many files as an event may hold', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [prod(`a${i}`), broken]));
    await on(push(before, forge.commit(many)));
    assert.deepEqual(
      told(handed).map(({ files }) => files.length),
      [50],
    );
  });
});

describe('parse: templates that match nothing', () => {
  const wrong = { DEPLOYMENT_FILES: 'deployments/{environment}/{application}/config.yaml' };
  const refused = (error: StopError) =>
    error instanceof StopError && error.status === 422 && /Nothing is withdrawn/.test(error.message);

  it('takes that for a mistake in the settings, on a push and on a ping', async () => {
    const { forge, on, handed } = parseWorld({ env: wrong });
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const after = forge.commit({ [prod('jukebox')]: null, [test('jukebox')]: config('1') });
    await assert.rejects(on(push(before, after)), refused);
    await assert.rejects(on(ping()), refused);
    assert.deepEqual(handed, []);
  });

  it('does so for each template by itself', async () => {
    const { forge, on } = parseWorld({
      env: { DEPLOYMENT_FILES: `model-deployments/{environment}/{application}/config.yaml,${wrong.DEPLOYMENT_FILES}` },
    });
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    await assert.rejects(on(push(before, forge.commit({ [prod('jukebox')]: config('2') }))), refused);
  });

  it('withdraws when the template matched at `before`', async () => {
    const { forge, on, handed } = parseWorld();
    const before = forge.commit({ [prod('jukebox')]: config('1') });
    const after = forge.commit({ [prod('jukebox')]: null });
    await on(push(before, after));
    assert.deepEqual(short(handed), ['prod/jukebox: -']);
    await assert.rejects(on(push(after, forge.commit({ 'README.md': 'x' }))), refused);
  });

  it('lets a reconcile find an environment empty whose folder is gone but was there', async () => {
    const { forge, on, handed } = parseWorld();
    forge.commit({ [prod('jukebox')]: config('1') });
    const head = forge.commit({ [prod('jukebox')]: null, 'README.md': 'x' });
    await on(ping());
    assert.deepEqual(
      observationsOf(handed.splice(0)).map(({ environment, models, complete }) => [environment, models, complete]),
      [['prod', [], true]],
    );
    await on(drift(head, ['jukebox']));
    assert.deepEqual(short(handed.splice(0)), ['prod/jukebox: -']);
    forge.commit({ 'model-deployments/README.md': 'x' });
    await assert.rejects(on(ping()), refused);
  });
});
