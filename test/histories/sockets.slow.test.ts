import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const command = path.join(import.meta.dirname, 'command.ts');

// That none of them diverges is a step of the gate of its own.
describe('hostile histories over sockets', () => {
  /** What the command prints; when it fails, all of it goes into the failure. */
  async function histories(...args: string[]): Promise<string> {
    const all = ['--import', 'tsx', command, '--sockets', '--seed', '1', ...args];
    try {
      return (await promisify(execFile)(process.execPath, all, { maxBuffer: 1 << 28 })).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${stdout}${stderr}`, { cause: error });
    }
  }

  it('show a fault that is laid into the bundles', async () => {
    const printed = await histories('--runs', '24', '--with', 'one version a model');
    assert.match(printed, /DIVERGENCE .* should hold the label/);
  });
});
