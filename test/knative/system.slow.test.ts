// system.yaml, as one would apply it to a cluster: held to the code's own Triggers and limits, to Knative's admission, and run
// as it stands, with its real pauses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { functionNames, functions } from '../../functions/table.ts';
import { promote } from '../../local/promote.ts';
import { startSystem } from '../../local/system.ts';
import { defaultTriggers } from '../../stand-ins/broker/index.ts';
import { tool } from '../tool.ts';
import { manifestsOf, startKnativeBroker, systemManifests, type TriggerManifest } from './knative-broker.ts';

const isTrigger = (one: object): one is TriggerManifest => (one as { kind: string }).kind === 'Trigger';
const triggersOf = (manifests: readonly object[]) => manifests.filter(isTrigger);
/** What must be the same, whatever addresses are. */
const essence = ({ metadata, spec }: TriggerManifest) => {
  const { deadLetterSink: _, ...delivery } = spec.delivery;
  return { name: metadata.name, filters: spec.filters, delivery };
};

describe('system.yaml', () => {
  it('says of each Trigger what the code says: types, attempts, pauses, time limits', () => {
    const urls = Object.fromEntries(functionNames.map((name) => [name, `http://${name}/`]));
    const own = triggersOf(manifestsOf(defaultTriggers(urls))).map(essence);
    assert.deepEqual(triggersOf(systemManifests({ async: true })).map(essence), own);
  });

  it('gives every Trigger all five delivery fields, and a dead-letter sink that is no subscriber', () => {
    const triggers = triggersOf(systemManifests({ async: true }));
    for (const { spec } of triggers) {
      const fields = ['backoffDelay', 'backoffPolicy', 'deadLetterSink', 'retry', 'timeout'];
      assert.deepEqual(Object.keys(spec.delivery).sort(), fields);
      assert.deepEqual(Object.keys(spec.subscriber), ['ref']);
    }
    const names = triggers.map(({ metadata }) => metadata.name);
    assert.ok(names.every((name) => name.replace(/-wake$/, '') in functions && name !== 'dead-letter'));
  });

  it("passes Knative's own admission, which finds what a schema does not", function () {
    const program = tool(this, 'KNATIVE_BROKER');
    const file = fileURLToPath(new URL('./system.yaml', import.meta.url));
    execFileSync(program, ['-config', file, '-check'], { stdio: 'pipe' });
    const folder = mkdtempSync(path.join(tmpdir(), 'manifests-'));
    try {
      const wrong = path.join(folder, 'wrong.yaml');
      const [broker, trigger] = systemManifests({ async: true }) as [object, TriggerManifest];
      const delivery = { ...trigger.spec.delivery, backoffDelay: '200ms' };
      const changed = { ...trigger, spec: { ...trigger.spec, delivery } };
      writeFileSync(wrong, [broker, changed].map((one) => `---\n${JSON.stringify(one)}\n`).join(''));
      assert.throws(() => execFileSync(program, ['-config', wrong, '-check'], { stdio: 'pipe' }), /backoffDelay/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('runs as it stands: a merged promotion moves the label', async function () {
    const program = tool(this, 'KNATIVE_BROKER');
    const system = await startSystem({
      openBroker(triggers) {
        const named = Object.fromEntries(triggers.map(({ name, subscriber }) => [name, subscriber]));
        const deadLetterSink = triggers[0]!.deadLetterSink!;
        // A function that is off has no address.
        const on = systemManifests({ async: true }).filter((one) => !isTrigger(one) || one.metadata.name in named);
        return startKnativeBroker(program, on, { ...named, 'dead-letter': deadLetterSink });
      },
    });
    try {
      const registry = system.registry.kubeflow!;
      const moved = new Promise<void>((resolve) => {
        registry.events.on('call', () => {
          const { '1.0.0': before, '1.1.0': now } = registry.labels()[system.model]!;
          if (now!.includes('prod') && !before!.includes('prod')) resolve();
        });
      });
      await promote(system.gitea, system.gitea.repository, system.model, '1.1.0');
      await moved;
    } finally {
      await system.close();
    }
  });
});
