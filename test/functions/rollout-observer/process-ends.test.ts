// A process that ends while it holds events: asked to end it gives them back at once, and whoever sent them sends them again, to the
// next process. The bundle as it runs in a cluster, on both hosts.
import assert from 'node:assert/strict';
import path from 'node:path';
import type { CloudEvent } from 'cloudevents';
import type { ServingObservation } from '../../../events/serving-observed.ts';
import { createHttp } from '../../../io/http.ts';
import { sendEvent } from '../../../io/sink.ts';
import { freePort } from '../../../local/processes.ts';
import { createKubernetesStandIn, type KubernetesStandIn } from '../../../stand-ins/kubernetes/index.ts';
import { type HostName, launch, type Running } from '../../conformance/processes.ts';
import { connect, readToEnd, requestText } from '../../io/raw-client.ts';
import { closeAfterEach } from '../../try-again.ts';
import { broker } from '../gitea-source/world.ts';
import { createCluster, namespace, promotedEvent } from './world.ts';

const main = path.resolve(import.meta.dirname, '../../../dist/index.cjs');
const models = Array.from({ length: 12 }, (_, i) => `model-${i}`);
const ends = [
  ['own', 'SIGTERM'],
  ['own', 'SIGKILL'],
  ['faas-js-runtime', 'SIGTERM'],
] as const;
const moment = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('rollout-observer as a process that ends while it holds events', () => {
  const keep = closeAfterEach();
  let kubernetes: KubernetesStandIn;
  let sink: Awaited<ReturnType<typeof broker>>;

  beforeEach(async () => {
    kubernetes = keep(await createKubernetesStandIn());
    sink = keep(await broker());
  });

  async function start(host: HostName): Promise<Running> {
    const running = await launch(host, [main], {
      FUNCTION_TARGET: 'rollout-observer',
      ...(host === 'own' && { LISTEN_ADDRESS: '127.0.0.1' }),
      SERVING_NAMESPACES: `prod=${namespace}`,
      KUBERNETES_URL: kubernetes.url,
      K_SINK: sink.url,
      PORT: String(await freePort()),
    });
    keep({ close: running.stop });
    await running.wrote('"message":"ready"');
    return running;
  }

  /** Sends as a broker does: to the process that there is, again after a while, until it is taken. Gives back all answers. */
  function send(event: CloudEvent<unknown>, port: () => number): Promise<(number | 'none')[]> {
    const answers: (number | 'none')[] = [];
    return (async () => {
      for (;;) {
        const to = `http://127.0.0.1:${port()}/`;
        const answer = await sendEvent(createHttp(), to, event, { timeoutMs: 200_000 }).catch(() => undefined);
        answers.push(answer?.status ?? 'none');
        if (answer !== undefined && answer.status < 300) return answers;
        await moment();
      }
    })();
  }

  const told = () => sink.taken.map(({ body }) => JSON.parse(body.toString()) as ServingObservation);
  const phasesOf = (model: string) => told().flatMap((one) => (one.model === model ? one.phase : []));

  for (const [host, signal] of ends)
    it(`the next process watches on after ${signal}, and none is lost: on ${host}`, async () => {
      const isGivenBack = host === 'own' && signal === 'SIGTERM';
      const clusters = models.map((model) => createCluster(kubernetes, model));
      for (const cluster of clusters) cluster.serves('1');
      const first = await start(host);
      let { port } = first;
      const sent = models.map((model, i) => send(promotedEvent(`e${i}`, '2', { model }), () => port));
      while (kubernetes.watches() < 3 || told().length < models.length) await moment();
      first.process.kill(signal);
      // Nothing moves in the cluster, and nobody waits for nine minutes.
      assert.equal(await first.ended, signal === 'SIGTERM' ? 0 : null, first.output());
      const second = await start(host);
      port = second.port;
      while (kubernetes.watches() < 3 || told().length < 2 * models.length) await moment();
      for (const cluster of clusters) {
        cluster.model.git = '2';
        cluster.settle(10);
      }
      for (const answers of await Promise.all(sent)) {
        assert.equal(answers.at(-1), 202);
        // The stock runtime may cut off the connection instead.
        if (isGivenBack) assert.ok(answers.includes(503), answers.join());
        assert.equal(answers.filter((status) => status === 202).length, 1);
      }
      for (const model of models) assert.equal(phasesOf(model).at(-1), 'verified');
      if (isGivenBack) assert.match(first.output(), /"message":"ended".*"cut":0,"clean":true/);
    });

  it('begins no watch for an event that came whole only after the process was asked to end', async () => {
    createCluster(kubernetes, 'jukebox').serves('1');
    const { port, process, ended, wrote, output } = await start('own');
    const { id, source, type, data } = promotedEvent('e1', '2');
    const body = JSON.stringify(data);
    const attributes = { specversion: '1.0', id, source, type };
    const request = requestText(
      'POST /',
      [
        ...Object.entries(attributes).map(([name, value]) => `ce-${name}: ${value}`),
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body)}`,
      ],
      body,
    );
    const socket = await connect(port);
    const text = readToEnd(socket);
    socket.write(request.slice(0, -20), 'latin1');
    // Its head has been read when something that came later is answered.
    await sendEvent(createHttp(), `http://127.0.0.1:${port}/`, promotedEvent('e2', '1'), { timeoutMs: 200_000 });
    process.kill('SIGTERM');
    await wrote('"message":"ending"');
    socket.write(request.slice(-20), 'latin1');
    assert.match(await text, /^HTTP\/1.1 503 [\s\S]*the process ends/);
    assert.equal(await ended, 0, output());
    assert.deepEqual(
      told().map(({ phase }) => phase),
      ['verified'],
    );
  });
});
