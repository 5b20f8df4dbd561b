import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bundleHistories, type Patch } from './bundle.ts';
import { stories } from './stories.ts';

/** The last line that the story writes; ending in a divergence is an answer, too. */
async function tell(name: string, patch?: Patch): Promise<string> {
  const bundle = await bundleHistories(patch);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [bundle.file, '--story', name], {
      maxBuffer: 1 << 26,
    }).catch((error: { stdout: string }) => error);
    return stdout.trim().split('\n').at(-1) ?? '';
  } finally {
    await bundle.remove();
  }
}

describe('histories that once went wrong', () => {
  for (const { name, found } of stories) {
    it(name, async () => {
      assert.equal(await tell(name), `1 runs, ${name}, 0 divergences`);
      if (found) assert.equal(await tell(name, found), `1 runs, ${name}, 1 divergences`);
    });
  }
});
