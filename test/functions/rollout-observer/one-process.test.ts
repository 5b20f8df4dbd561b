// All functions in one process, without a broker: rollouts are watched there too, and hold up nobody.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { createHttp } from '../../../io/http.ts';
import { sendEvent } from '../../../io/sink.ts';
import { freePort } from '../../../local/processes.ts';
import { createKubernetesStandIn } from '../../../stand-ins/kubernetes/index.ts';
import { createModelRegistryStandIn } from '../../../stand-ins/model-registry/index.ts';
import { launch, type Running } from '../../conformance/processes.ts';
import { nowhere } from '../../minimal-settings.ts';
import { closeAfterEach } from '../../try-again.ts';
import { namespace, promotedEvent } from './world.ts';

const main = path.resolve(import.meta.dirname, '../../../dist/index.cjs');

describe('rollout-observer in one process with all functions', () => {
  const keep = closeAfterEach();

  /** All functions as one process, and a promotion of version 2 that it has taken. */
  async function promoted(env: (kubernetes: string) => Record<string, string>) {
    const kubernetes = keep(await createKubernetesStandIn());
    const registry = keep(await createModelRegistryStandIn());
    registry.addModel({ name: 'jukebox', versions: [{ name: '1', labels: ['prod'] }, { name: '2' }] });
    const eventsPort = await freePort();
    const running = await launch('own', [main], {
      EVENTS_PORT: String(eventsPort),
      LISTEN_ADDRESS: '127.0.0.1',
      GITEA_WEBHOOK_SECRET: 'a-webhook-secret-of-the-tests',
      GITEA_URL: nowhere,
      GITEA_REPOSITORY: 'mlops/mlops-gitops',
      MODEL_REGISTRY_URL: registry.url,
      ...env(kubernetes.url),
    });
    keep({ close: running.stop });
    await running.wrote('"message":"ready"');
    const event = promotedEvent('e1', '2');
    const answer = await sendEvent(createHttp(), `http://127.0.0.1:${eventsPort}/`, event, { timeoutMs: 200_000 });
    assert.equal(answer.status, 202);
    assert.deepEqual(registry.labels().jukebox?.['2'], ['prod']);
    return { kubernetes, registry, running };
  }

  async function end({ process, output }: Running): Promise<void> {
    process.kill('SIGTERM');
    const [code] = await once(process, 'close');
    assert.equal(code, 0, output());
    assert.doesNotMatch(output(), /given up/);
  }

  it('watches while the promotion is answered, and ends at once with the process', async () => {
    const { kubernetes, registry, running } = await promoted((url) => ({
      SERVING_NAMESPACES: `prod=${namespace}`,
      KUBERNETES_URL: url,
    }));
    // The first telling has gone through registry-writer, and the rollout is still watched.
    while (kubernetes.watches() < 3 || !JSON.stringify(registry.dump()).includes('prod.rollout'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(kubernetes.calls.length, 4 + 3);
    await end(running);
  });

  it('asks the cluster nothing, and says nothing of it, where it is off', async () => {
    const { kubernetes, registry, running } = await promoted((url) => ({ KUBERNETES_URL: url }));
    await end(running);
    assert.deepEqual(kubernetes.calls, []);
    assert.doesNotMatch(JSON.stringify(registry.dump()), /prod\.(rollout|serving|seenAt|cluster)/);
    assert.doesNotMatch(running.output(), /rollout-observer/);
  });
});
