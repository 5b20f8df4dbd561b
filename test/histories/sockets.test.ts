import assert from 'node:assert/strict';
import { knownFaults } from './known-faults.ts';
import { type Options, runOverSockets } from './sockets/run.ts';

const first = 1;

describe('hostile histories over sockets', () => {
  /** What is told goes into the failure. */
  async function histories(options: Omit<Options, 'seed'>): Promise<{ divergences: string[]; told: string }> {
    const lines: string[] = [];
    const { divergences } = await runOverSockets({ ...options, seed: first }, (line) => lines.push(line));
    return { divergences: divergences.map(({ outcome }) => outcome.divergence!.message), told: lines.join('\n') };
  }

  it('end in a registry that equals Git, eight of them', async () => {
    const { divergences, told } = await histories({ runs: 8 });
    assert.deepEqual(divergences, [], told);
  }).timeout(300_000);

  it('show a fault that is laid into the bundles', async () => {
    const patch = knownFaults.find(({ name }) => name === 'one version a model')!;
    const { divergences } = await histories({ runs: 8, patch });
    assert.match(divergences.join('\n'), /should hold the label/);
  }).timeout(300_000);
});
