import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

describe('reading great deployment files', () => {
  it('keeps nothing of great ones but what they say', () => {
    // 300 files of 1 MiB in a process that may hold 160 MiB: who keeps them ends with "heap out of memory".
    const script = fileURLToPath(new URL('./great-files.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=160', '--import', 'tsx', script, '300'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr.slice(-500));
    assert.equal(stdout.trim(), '300 deployments');
  });
});
