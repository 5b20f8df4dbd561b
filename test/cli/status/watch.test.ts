// `status --watch` as a process: what it prints as things change, and how it ends.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { tool } from '../../tool.ts';
import { type CliWorld, config, createCliWorld, pathOf, start } from '../world.ts';

/** Waits for output of the process, and for its end. */
function follow(child: ChildProcess) {
  let text = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      child.emit('said');
    });
  return {
    /** Resolves with the output up to the end of the match. */
    async until(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = pattern.exec(text);
        if (found) {
          const came = text.slice(0, found.index + found[0].length);
          text = text.slice(came.length);
          return came;
        }
        await new Promise((resolve) => child.once('said', resolve));
      }
    },
    ended,
  };
}

describe('post-deployment status --watch', () => {
  let world: CliWorld;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    world = await createCliWorld({ [pathOf('jukebox')]: config('jukebox', '1.1.0') });
    world.registry.addModel({ name: 'jukebox', versions: [{ name: '1.1.0' }] });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await world.close();
  });
  function begin(args: string[]) {
    const child = world.begin(['status', '--watch', '--interval', '1', ...args]);
    children.push(child);
    return { child, ...follow(child) };
  }

  it('prints what changes, continues after an outage, and ends with the code of the last reading', async () => {
    const { child, until, ended } = begin([]);
    await until(/jukebox +1\.1\.0 +-.+drift\n[\s\S]+1 model in prod: 1 differs from Git\.\n/);
    assert.equal((await world.run(['reconcile', '--yes'])).code, 0);
    const change = await until(/In sync: 1 model in prod\.\n/);
    assert.match(change, /^\n\d{4}-\d\d-\d\dT[\d:.]+Z\n.*jukebox +1\.1\.0 +1\.1\.0 .+ok\n/);
    await world.gitea.setDown('refuse');
    await until(/connection refused/);
    await world.gitea.setDown(false);
    await until(/In sync/);
    child.kill('SIGINT');
    assert.equal(await ended, 0);
  });

  it('ends with 1 during an outage and 3 while something differs; with --json prints one document per line', async () => {
    const { child, until, ended } = begin(['--json', '-q']);
    const [line] = (await until(/\n/)).split('\n');
    assert.equal(JSON.parse(line!).models[0].state, 'drift');
    const second = begin(['-q']);
    await second.until(/1 differs from Git/);
    second.child.kill('SIGINT');
    assert.equal(await second.ended, 3);
    await world.gitea.setDown('refuse');
    await until(/"exitCode":1/);
    child.kill('SIGTERM');
    assert.equal(await ended, 1);
  });

  it('does not begin with a wrong setting', async () => {
    const { code, stderr } = await world.run(['status', '--watch', '-e', 'nope']);
    assert.equal(code, 2);
    assert.match(stderr, /nope is not watched/);
    assert.match((await world.run(['status', '--interval', '0'])).stderr, /whole number from 1 to 9999/);
  });

  it('redraws a terminal, within its size, until Ctrl-C', async function () {
    tool(this, 'SCRIPT');
    const command = `stty cols 40 rows 8; exec "${process.execPath}" "${start}" status --watch --interval 1`;
    const env = { PATH: process.env.PATH, TERM: 'xterm', NO_COLOR: '1', ...world.env } as NodeJS.ProcessEnv;
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: world.folder, env });
    children.push(child);
    const { until, ended } = follow(child);
    const clear = '\\u001b\\[2J\\u001b\\[H';
    await until(new RegExp(clear));
    const screen = await until(new RegExp(`(?=${clear})`));
    assert.match(screen, /… \d+ more lines\r\n\r\nRead at .+\r\n$/s);
    assert.ok(screen.split('\n').length <= 8, screen);
    child.stdin!.write('\u0003');
    assert.equal(await ended, 3);
  });
});
