// `npm run local` as a person starts it, and once more while it runs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ended } from '../cli/world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = fileURLToPath(new URL('../../dist/local.env', import.meta.url));
const start = () => spawn(process.execPath, ['--import=tsx', 'local/start.ts'], { cwd: root });

describe('npm run local', () => {
  it('says that it runs already, leaves the files of the one that runs alone, and takes its own away at its end', async function () {
    const first = start();
    const over = ended(first);
    let text = '';
    const known = new Promise<void>((resolve) => {
      first.stdout.on('data', (more) => {
        text += more;
        if (text.includes('Console  ')) resolve();
      });
    });
    await Promise.race([known, over]);
    if (!text.includes('Console  ')) {
      // Whoever works here may have it running.
      assert.match((await over).stderr, /runs already/);
      return this.skip();
    }
    const before = [readFileSync(file, 'utf8'), statSync(file).mtimeMs];
    const second = await ended(start());
    assert.equal(second.code, 1);
    assert.equal(second.stdout, '');
    assert.match(second.stderr, new RegExp(`runs already in .+ \\(process ${first.pid}, console http://`));
    assert.deepEqual([readFileSync(file, 'utf8'), statSync(file).mtimeMs], before);
    first.kill('SIGINT');
    assert.equal((await over).code, 0);
    assert.ok(!existsSync(file));
    return undefined;
  });
});
