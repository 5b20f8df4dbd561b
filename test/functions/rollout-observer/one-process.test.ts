// All functions in one process, without a broker: rollouts are watched there too, and hold up nobody.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import * as modelPromoted from '../../../events/model-promoted.ts';
import { createHttp } from '../../../io/http.ts';
import { sendEvent } from '../../../io/sink.ts';
import { freePort } from '../../../local/processes.ts';
import { createKubernetesStandIn } from '../../../stand-ins/kubernetes/index.ts';
import { createModelRegistryStandIn } from '../../../stand-ins/model-registry/index.ts';
import { launch } from '../../conformance/processes.ts';
import { nowhere } from '../../minimal-settings.ts';
import { closeAfterEach } from '../../try-again.ts';
import { head, namespace, repository } from './world.ts';

const main = path.resolve(import.meta.dirname, '../../../dist/index.cjs');

describe('rollout-observer in one process with all functions', () => {
  const keep = closeAfterEach();

  it('watches while the promotion is answered, and ends at once with the process', async () => {
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
      SERVING_NAMESPACES: `prod=${namespace}`,
      KUBERNETES_URL: kubernetes.url,
    });
    keep({ close: running.stop });
    await running.wrote('"message":"ready"');
    const now = new Date().toISOString();
    const serving = {
      version: '2',
      applications: ['jukebox'],
      path: 'x',
      commit: head,
      promotedAt: now,
      promotedBy: {},
    };
    const event = modelPromoted.make(
      {
        ...{ environment: 'prod', model: 'jukebox', cause: 'push', repository, branch: 'main', head },
        ...{ observedAt: now, complete: true, serving: [serving] },
      },
      { cause: { source: repository, id: 'e1' }, time: now },
    );
    const answer = await sendEvent(createHttp(), `http://127.0.0.1:${eventsPort}/`, event, { timeoutMs: 200_000 });
    assert.equal(answer.status, 202);
    assert.deepEqual(registry.labels().jukebox?.['2'], ['prod']);
    // The first telling has gone through registry-writer, and the rollout is still watched.
    while (kubernetes.watches() < 3 || !JSON.stringify(registry.dump()).includes('prod.rollout'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    running.process.kill('SIGTERM');
    const [code] = await once(running.process, 'close');
    assert.equal(code, 0, running.output());
    assert.doesNotMatch(running.output(), /given up/);
  });
});
