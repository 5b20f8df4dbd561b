// What all commands share: help, settings, exit codes, and a terminal or the lack of one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { exitCodes } from '../../cli/exit-codes.ts';
import { width } from '../../cli/paint.ts';
import { tlsServer } from '../io/local-server.ts';
import { tool } from '../tool.ts';
import { type CliWorld, config, createCliWorld, ended, pathOf, start } from './world.ts';

const commands = ['status', 'history', 'doctor', 'reconcile', 'replay', 'webhook'];
const below = ['create', 'show', 'rotate', 'delete'];

describe('post-deployment', () => {
  let world: CliWorld;
  before(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.1.0') });
    world.registry.addModel({ name: 'jukebox', versions: [{ name: '1.1.0' }] });
  });
  after(() => world.close());
  afterEach(async () => {
    world.registry.faults.onRequest = undefined;
    world.registry.faults.latencyMs = 0;
    await world.gitea.setDown(false);
  });

  describe('help', () => {
    it('names every command and exit code', async () => {
      const { code, stdout } = await world.run(['--help']);
      assert.equal(code, 0);
      for (const name of commands) assert.match(stdout, new RegExp(`^ +${name}\\b`, 'm'));
      for (const [number, meaning] of Object.entries(exitCodes))
        assert.ok(stdout.includes(`${number.padEnd(4)} ${meaning}`));
    });

    for (const name of [
      ...commands.filter((command) => command !== 'webhook').map((command) => [command]),
      ...below.map((command) => ['webhook', command]),
    ])
      it(`of ${name.join(' ')} has examples, and the options that all have`, async () => {
        const { code, stdout } = await world.run([...name, '--help']);
        assert.equal(code, 0);
        assert.match(stdout, new RegExp(`^Usage: post-deployment ${name.join(' ')}`));
        assert.match(stdout, /Examples:\n {2}\$ .*post-deployment/);
        for (const option of ['--json', '--settings', '--no-color', '--quiet', '--help'])
          assert.match(stdout, new RegExp(`${option}\\b`));
      });

    it('is also asked for by a command of that name', async () => {
      const { code, stdout } = await world.run(['help', 'webhook', 'rotate']);
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: post-deployment webhook rotate/);
      const unknown = await world.run(['help', 'staus']);
      assert.equal(unknown.code, 2);
      assert.match(unknown.stderr, /unknown command 'staus'\n\(Did you mean status\?\)/);
    });

    it('shows the version', async () => {
      const { code, stdout } = await world.run(['--version']);
      assert.equal(code, 0);
      assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    });

    const mistakes: [string, string[], RegExp][] = [
      ['no command', [], /Usage: post-deployment/],
      ['an unknown command', ['staus'], /unknown command 'staus'\n\(Did you mean status\?\)/],
      ['an unknown option', ['status', '--drfit'], /unknown option '--drfit'\n\(Did you mean --drift\?\)[\s\S]+--help/],
      ['an argument too many', ['doctor', 'now'], /too many arguments/],
      ['a missing argument', ['replay'], /missing required argument 'file'/],
    ];
    for (const [name, args, says] of mistakes)
      it(`is offered for ${name}, with exit code 2`, async () => {
        const { code, stderr, stdout } = await world.run(args);
        assert.equal(code, 2);
        assert.match(stderr, says);
        assert.equal(stdout, '');
      });
  });

  describe('settings', () => {
    const unset = {
      GITEA_URL: undefined,
      GITEA_REPOSITORY: undefined,
      GITEA_TOKEN: undefined,
      MODEL_REGISTRY_URL: undefined,
    };
    const envFile = () =>
      ['GITEA_URL', 'GITEA_REPOSITORY', 'GITEA_TOKEN', 'MODEL_REGISTRY_URL']
        .map((name) => `${name}='${world.env[name]}'`)
        .join('\n');

    it('are reported together when several are wrong, with where they come from', async () => {
      const { code, stderr } = await world.run(['status'], { env: { ...unset, ENVIRONMENTS: 'Prod' } });
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^4 settings are wrong:\n- GITEA_URL[\s\S]+GITEA_REPOSITORY[\s\S]+ENVIRONMENTS[\s\S]+MODEL_REGISTRY_URL/,
      );
      assert.match(stderr, /→ Settings come from the environment and from a file \.env here/);
    });

    it('come from .env where the command runs, and the environment wins', async () => {
      const folder = path.join(world.folder, '.env');
      await writeFile(folder, `${envFile()}\nENVIRONMENTS=test\n`);
      const { json } = await world.run(['status', '--json'], { env: unset });
      assert.deepEqual(json.environments, ['test']);
      const wins = await world.run(['status', '--json'], { env: { ...unset, ENVIRONMENTS: 'prod' } });
      assert.deepEqual(wins.json.environments, ['prod']);
      const empty = await world.run(['status', '--json'], { env: { ...unset, ENVIRONMENTS: '' } });
      assert.deepEqual(empty.json.environments, ['prod']);
      await writeFile(folder, '');
    });

    it('come from the file that --settings names, before or after the command, or the environment', async () => {
      await writeFile(path.join(world.folder, 'other.env'), envFile());
      assert.equal((await world.run(['status', '--settings', 'other.env'], { env: unset })).code, 3);
      assert.equal(
        (await world.run(['--settings', 'other.env', '--json', 'status'], { env: unset })).json.models.length,
        1,
      );
      const named = { ...unset, POST_DEPLOYMENT_SETTINGS: 'other.env' };
      assert.equal((await world.run(['status'], { env: named })).code, 3);
      const none = await world.run(['status'], { env: { ...unset, POST_DEPLOYMENT_SETTINGS: 'none.env' } });
      assert.match(none.stderr, /none\.env cannot be read \(ENOENT\)/);
      const { code, stderr } = await world.run(['status', '--settings', 'none.env'], { env: unset });
      assert.equal(code, 2);
      assert.match(stderr, /none\.env cannot be read \(ENOENT\)\.\n→ /);
    });
  });

  describe('failures', () => {
    const failures: [string, Record<string, string>, RegExp][] = [
      [
        'a Gitea that is gone',
        { GITEA_URL: 'http://127.0.0.1:9' },
        /GET \/repos\/ada\/mlops-gitops at 127\.0\.0\.1:9: .+refused/,
      ],
      ['a registry that is gone', { MODEL_REGISTRY_URL: 'http://127.0.0.1:9' }, /model registry: .+refused/],
      ['a wrong token', { GITEA_TOKEN: 'f'.repeat(40) }, /GITEA_TOKEN is wrong, expired or revoked/],
      ['a branch that is not there', { GITEA_BRANCH: 'nope' }, /branches\/nope.+404/],
      ['a repository that is not there', { GITEA_REPOSITORY: 'ada/nope' }, /ada\/nope is not visible/],
    ];
    for (const [name, env, says] of failures)
      it(`say what and what next: ${name}`, async () => {
        for (const command of [['status'], ['history', 'jukebox'], ['reconcile', '--yes']]) {
          const { code, stderr, stdout } = await world.run(command, { env });
          assert.equal(code, 1, command.join(' '));
          assert.match(stderr, says);
          assert.match(stderr, /\n→ post-deployment doctor shows/);
          assert.equal(stdout, '');
          assert.doesNotMatch(stderr, /ffffffff|\bat .+\.ts:\d/);
        }
      });

    it('are JSON too with --json', async () => {
      const { code, json } = await world.run(['status', '--json'], { env: { GITEA_BRANCH: 'nope' } });
      assert.equal(code, 1);
      assert.equal(json.error.exitCode, 1);
      assert.match(json.error.message, /404/);
      assert.match(json.error.next, /doctor/);
    });

    it('of TLS name the certificate; trusting it is one setting', async () => {
      const server = await tlsServer((_, response) => response.end('{}'));
      const untrusted = await world.run(['status'], { env: { GITEA_URL: server.url } });
      assert.equal(untrusted.code, 1);
      assert.match(untrusted.stderr, /its TLS certificate is not trusted/);
      const ca = fileURLToPath(new URL('../fixtures/tls/ca.crt', import.meta.url));
      const trusted = await world.run(['status'], { env: { GITEA_URL: server.url, GITEA_CA_FILE: ca } });
      assert.match(trusted.stderr, /not of the API of Gitea/);
      await server.close();
    });
  });

  describe('terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sign that begins a colour
    const colour = /\u001b\[3\dm/;

    it('is needed for colours; FORCE_COLOR, NO_COLOR and --no-color are honoured', async () => {
      const shown = async (env: Record<string, string>, ...args: string[]) =>
        colour.test((await world.run(['status', ...args], { env })).stdout);
      assert.equal(await shown({}), false);
      assert.equal(await shown({ FORCE_COLOR: '1' }), true);
      assert.equal(await shown({ FORCE_COLOR: '1', NO_COLOR: '1' }), false);
      assert.equal(await shown({ FORCE_COLOR: '1' }, '--no-color'), false);
    });

    it('shows on stderr what takes longer than a second, unless --quiet is set', async () => {
      world.registry.faults.latencyMs = 700;
      assert.match((await world.run(['status'])).stderr, /^Reading the registry …\n/m);
      assert.equal((await world.run(['status', '-q'])).stderr, '');
    });

    it('may be closed at any time, without an error message', async () => {
      const many: Record<string, string> = {};
      for (let i = 0; i < 700; i++) many[pathOf(`app-${i}`)] = config(`a-model-with-quite-a-long-name-${i}`, '1.0.0');
      world.repository.commit({ files: many, message: 'Many' });
      const child = world.begin(['status', '--json']);
      child.stdout!.once('data', () => child.stdout!.destroy());
      let stderr = '';
      child.stderr!.on('data', (text) => {
        stderr += text;
      });
      const code = await new Promise((resolve) => child.once('exit', resolve));
      assert.equal(code, 141);
      assert.doesNotMatch(stderr, /EPIPE|Error/);
      world.repository.deleteFiles(Object.keys(many));
    });

    it('can be used with | head', async () => {
      const command = `"${process.execPath}" "${start}" --help | head -1`;
      const child = spawn('sh', ['-c', command], { env: { PATH: process.env.PATH } });
      const { code, stdout, stderr } = await ended(child);
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: [^\n]+\n$/);
      assert.equal(stderr, '');
    });

    it('ends a command at Ctrl-C, whatever it waits for', async () => {
      await world.gitea.setDown('hang');
      const child = world.begin(['status']);
      const end = ended(child);
      await new Promise((resolve) => child.stderr!.once('data', resolve));
      child.kill('SIGINT');
      const { code, stderr } = await end;
      assert.equal(code, 130);
      assert.match(stderr, /Interrupted\.\n$/);
    });

    /** `script` of util-linux runs a command on a terminal of its own. */
    const onTerminal = (args: string, input: string, columns = 80) => {
      const command = `stty cols ${columns}; exec "${process.execPath}" "${start}" ${args}`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: world.folder,
        env: { PATH: process.env.PATH, TERM: 'xterm', ...world.env } as NodeJS.ProcessEnv,
      });
      // Before the question a key is the terminal's, not the command's.
      let asked = false;
      child.stdout.on('data', (text) => {
        if (asked || !String(text).includes('[y/N]')) return;
        asked = true;
        child.stdin.write(input);
      });
      return ended(child);
    };

    it('may be narrow: nothing runs over', async function () {
      tool(this, 'SCRIPT');
      const name = '模型-with-quite-a-long-name';
      world.repository.commit({ files: { [pathOf('wide')]: config(name, '1.0.0') }, message: 'Wide' });
      for (const args of [
        'status',
        'doctor',
        'history jukebox',
        'reconcile --dry-run',
        'help webhook',
        'status nobody',
      ])
        for (const columns of [40, 80]) {
          const stdout = stripVTControlCharacters((await onTerminal(args, '', columns)).stdout);
          // A return begins the line of progress anew, which a slow machine shows.
          for (const line of stdout.split(/[\r\n]+/)) assert.ok(width(line) <= columns, `${args}: ${line}`);
          if (args === 'status')
            assert.match(stdout, columns === 80 ? /ENVIRONMENT.+STATE/ : /ENVIRONMENT {3}prod\r?\n/);
        }
      world.repository.deleteFiles([pathOf('wide')]);
    });

    it('shows colours, asks before it writes, and takes anything but yes for no', async function () {
      tool(this, 'SCRIPT');
      const no = await onTerminal('reconcile', 'n\n');
      assert.equal(no.code, 3);
      assert.match(no.stdout, colour);
      assert.match(no.stdout, /\+ prod {2}\(label\)/);
      assert.match(no.stdout, /Apply 2 writes to 1 model\? \[y\/N\]/);
      assert.match(no.stdout, /Nothing was written\./);
      assert.deepEqual(world.registry.labels().jukebox, { '1.1.0': [] });
      assert.equal((await onTerminal('reconcile', '\u0004')).code, 3);
      const interrupted = await onTerminal('reconcile', '\u0003');
      assert.equal(interrupted.code, 130);
      assert.deepEqual(world.registry.labels().jukebox, { '1.1.0': [] });
      const yes = await onTerminal('reconcile', 'y\n');
      assert.equal(yes.code, 0);
      assert.deepEqual(world.registry.labels().jukebox, { '1.1.0': ['prod'] });
    });
  });
});
