import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { holdAlone } from '../../local/only-one.ts';

const module = new URL('../../local/only-one.ts', import.meta.url).href;

describe('only one', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A process that wants it, as soon as it is told so, and then stays. */
  async function candidate(name: string) {
    const code = `
      import { holdAlone } from ${JSON.stringify(module)};
      process.stdin.once('data', () => holdAlone(${JSON.stringify(name)}, 'held by ' + process.pid)
        .then(() => console.log('held'), (error) => console.log(error.message)));
      console.log('ready');`;
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', code], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines = child.stdout.setEncoding('utf8');
    await once(lines, 'data');
    return {
      child,
      async go(): Promise<string> {
        const said = once(lines, 'data');
        child.stdin.write('go\n');
        return String((await said)[0]).trim();
      },
    };
  }

  it('of several at the same moment holds it; the others learn of it; after kill -9 the next one does', async () => {
    const name = randomUUID();
    const all = await Promise.all([1, 2, 3].map(() => candidate(name)));
    const said = await Promise.all(all.map(({ go }) => go()));
    const holder = all[said.indexOf('held')];
    assert.ok(holder, said.join());
    assert.deepEqual(
      said.filter((text) => text !== 'held'),
      [1, 2].map(() => `held by ${holder.child.pid}`),
    );
    const gone = once(holder.child, 'close');
    holder.child.kill('SIGKILL');
    await gone;
    const next = await holdAlone(name, 'next');
    await assert.rejects(holdAlone(name, ''), /^Error: next$/);
    next.tell('further on');
    await assert.rejects(holdAlone(name, ''), /^Error: further on$/);
    await (await holdAlone(randomUUID(), 'another')).release();
    await next.release();
    await (await holdAlone(name, 'again')).release();
  });

  it('is known also where another program had the port at first', async () => {
    const name = randomUUID();
    const first = 30_000 + (Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 8), 16) % 2_000);
    const other = createServer((socket) => socket.end('220 another program\r\n')).listen(first, '127.0.0.1');
    await once(other, 'listening');
    const held = await holdAlone(name, 'we');
    await assert.rejects(holdAlone(name, ''), /^Error: we$/);
    other.close();
    await once(other, 'close');
    await assert.rejects(holdAlone(name, ''), /^Error: we$/);
    await held.release();
  });
});
