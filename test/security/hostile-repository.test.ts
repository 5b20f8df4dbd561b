// What a hostile repository can hold, through real processes: nothing breaks out of a URL, a filter, a log line or an attribute.
// Either the right version has the label, or nothing is changed and the log says why.
import assert from 'node:assert/strict';
import { type System, startSystem } from '../../local/system.ts';

const file = (application: string) => `model-deployments/prod/${application}/config.yaml`;
const deploys = (name: string, version: string) =>
  `name: ${JSON.stringify(name)}\nversion: ${JSON.stringify(version)}\n`;

/** May be registered, so they must be found exactly. */
const possible = [
  `it's`,
  'say "so"',
  '`prod`',
  'back\\slash',
  '100%',
  '%41',
  'a_b',
  '%',
  '_',
  '../../up',
  'a/b?c=d#e&f',
  '" OR name = "jukebox',
  `' OR 1=1; DROP TABLE "Context"; --`,
  'name = "jukebox"',
  '\u202egnirts\u202c',
  'e\u0301',
  '\u00e9',
  'a\u200db\u2066',
  '𝔘🏳️‍🌈',
  '<script>alert(1)</script>',
  '{{7*7}}',
  `\${jndi:ldap://127.0.0.1:1/}`,
  '$(reboot)',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'null',
  ' blank ',
  'x'.repeat(250),
];

/** Cannot be names anywhere; the file that says so is unreadable. */
const impossible = ['a\u0000b', 'a\nb', 'a\r\nx-injected: 1', '\u001b[2J', '\u007f', 'x'.repeat(256)];

describe('a hostile repository', () => {
  let system: System;
  const texts: string[] = [];
  const lines: Record<string, unknown>[] = [];

  before(async () => {
    system = await startSystem();
    for (const { process } of system.functions)
      process?.events.on('line', (line) => {
        if (typeof line === 'string') texts.push(line);
        else lines.push(line);
      });
  });
  after(() => system.close());
  beforeEach(() => {
    lines.length = 0;
  });

  const repository = () => system.gitea.standIn!.repository(system.gitea.repository);
  const labels = () => system.registry.kubeflow!.labels();
  const commit = async (files: Record<string, string | { content?: string; mode?: string; id?: string } | null>) => {
    repository().commit({ files, message: 'Change' });
    await system.idle();
  };
  const unreadable = () =>
    lines.filter(({ message }) => message === 'deployment file cannot be read').map(({ path }) => path);

  it('gives the label to the version of exactly that name, whatever the name, and to no look-alike', async () => {
    const registry = system.registry.kubeflow!;
    for (const name of possible)
      registry.addModel({ name, versions: [{ name: '1', labels: ['prod'] }, { name }, { name: 'other' }] });
    await commit(Object.fromEntries(possible.map((name, i) => [file(`app-${i}`), deploys(name, name)])));
    for (const name of possible) {
      const expected: Record<string, string[]> = Object.fromEntries([
        ['1', []],
        [name, ['prod']],
        ['other', []],
      ]);
      assert.deepEqual(labels()[name], expected, JSON.stringify(name));
    }
    assert.deepEqual(system.broker.deadLetters, []);
    // What the seed left without a mark is settled by the first comparison; the second finds nothing.
    await system.ping();
    await system.idle();
    assert.equal(await system.ping(), 202);
    const [last] = system.broker.history.slice(-1);
    assert.equal(last!.event.attributes.type, 'dev.mlops.environment.observed.v1', 'nothing differs');
  });

  it('names what cannot be a name: the file is told, its neighbours go through, nothing is withdrawn', async () => {
    const before = JSON.stringify(labels());
    const bad = impossible.flatMap((name, i): [string, string][] => [
      [file(`bad-version-${i}`), deploys('jukebox', name)],
      [file(`bad-name-${i}`), deploys(name, '1.1.0')],
    ]);
    await commit(Object.fromEntries(bad));
    assert.equal(JSON.stringify(labels()), before);
    assert.deepEqual([...new Set(unreadable())].sort(), bad.map(([path]) => path).sort());
    await commit(Object.fromEntries(bad.map(([path]) => [path, null])));
    assert.deepEqual(system.broker.deadLetters, []);
  });

  it('has folders, branches and people of such names: paths are asked for as they are, and told on one line', async () => {
    const folders = possible.filter((name) => !name.includes('/') && name.length < 250);
    await commit(Object.fromEntries(folders.map((name) => [file(name), deploys('jukebox', '1.1.0')])));
    assert.deepEqual(labels().jukebox?.['1.1.0'], ['prod', 'test']);
    for (const branch of [`it's-"so"`, '100%_`x`', '\u202egnirts', '$(reboot)', 'refs/heads/main'])
      repository().createBranch(branch);
    repository().commit({
      files: { [file('jukebox')]: deploys('jukebox', '1.2.0') },
      message: '"},{"level":"error"}\u202e',
      author: { name: `Bobby"; DROP '\u202e TABLE`, email: 'x@example.test' },
    });
    await system.idle();
    assert.ok(labels().jukebox?.['1.2.0']?.includes('prod'));
    assert.deepEqual(system.broker.deadLetters, []);
    await commit(Object.fromEntries(folders.map((name) => [file(name), null])));
  });

  it('has links out of the repository, in circles, and submodules in place of files: nothing outside is read, and nothing is withdrawn', async () => {
    const before = JSON.stringify(labels());
    const id = repository().head()!;
    for (const entry of [
      { content: '../../../../../../etc/passwd', mode: '120000' },
      { content: '../jukebox/config.yaml', mode: '120000' },
      { id, mode: '160000' },
    ]) {
      lines.length = 0;
      await commit({ [file('jukebox')]: entry });
      assert.equal(JSON.stringify(labels()), before);
      assert.deepEqual([...new Set(unreadable())], [file('jukebox')]);
    }
    await commit({ [file('jukebox')]: { content: deploys('jukebox', '1.2.0'), mode: '100644' } });
  });

  it('has YAML made to exhaust, to alias, to merge and to reach prototypes: neighbours go through', async () => {
    const bomb = `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]\n`).join('')}version: "1"\n`;
    const hostile = [
      bomb,
      '['.repeat(1_000_000),
      `${': '.repeat(3_000)}\na`,
      `version: "1"\n${'[]'.repeat(500_000)}`,
      'version: "1"\nversion: "2"\n',
      'version: &v [*v]\n',
      'version: 1\n<<: [1]\n',
      `version: "${'1'.repeat(300)}"\n`,
      `version: |\n${'  1\n'.repeat(60_000)}`,
      '__proto__: {version: "9", name: "jukebox"}\n',
      'constructor: {prototype: {version: "9"}}\nname: jukebox\n',
    ];
    await commit({
      ...Object.fromEntries(hostile.map((text, i) => [file(`hostile-${i}`), text])),
      [file('jukebox')]: deploys('jukebox', '1.1.0'),
    });
    assert.ok(labels().jukebox?.['1.1.0']?.includes('prod'));
    assert.equal(new Set(unreadable()).size, 8);
    assert.deepEqual(system.broker.deadLetters, []);
  });

  it('left log lines that are JSON, each one line, with no field of its own making', () => {
    assert.deepEqual(texts, []);
    for (const line of lines) assert.ok(['debug', 'info', 'warn', 'error'].includes(String(line.level)));
  });
});
