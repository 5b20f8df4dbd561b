// The two named exceptions to "2xx means that the next hop has it": what a crash loses then is counted, and healed by one
// reconcile.
import assert from 'node:assert/strict';
import path from 'node:path';
import { buildFunctions, freePort } from '../../local/processes.ts';
import { createBroker, defaultTriggers } from '../../stand-ins/broker/index.ts';
import { createGiteaStandIn } from '../../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn } from '../../stand-ins/model-registry/index.ts';
import { type Running, start } from '../conformance/processes.ts';
import { startLoad } from './load.ts';
import { event, secret } from './messages.ts';
import { createSink } from './sink.ts';

const models = ['lamp', 'radio', 'clock'];
const file = (model: string) => `model-deployments/prod/${model}/config.yaml`;
const deploys = (model: string, version: string) => `name: ${model}\nversion: "${version}"\n`;

describe('what is acknowledged before the next hop has it', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** Git and registry agree; parse and registry-writer do not run yet. */
  async function world() {
    const bundles = await buildFunctions();
    ends.push(bundles.remove);
    const gitea = await createGiteaStandIn({ webhooks: { workers: models.length } });
    ends.push(gitea.close);
    const files = Object.fromEntries(models.map((model) => [file(model), deploys(model, '1')]));
    const repository = gitea.createRepository('ada/fleet', { files });
    const registry = await createModelRegistryStandIn();
    ends.push(registry.close);
    for (const name of models) registry.addModel({ name, versions: [{ name: '1', labels: ['prod'] }, { name: '2' }] });
    const [parse, registryWriter, port] = [await freePort(), await freePort(), await freePort()];
    const subscribers = {
      parse: `http://127.0.0.1:${parse}`,
      'registry-writer': `http://127.0.0.1:${registryWriter}`,
    };
    const triggers = defaultTriggers(subscribers, 'keep');
    const broker = () => createBroker({ port, triggers, async: true });
    const run = async (target: string, env: Record<string, string>): Promise<Running> => {
      const running = await start('own', [path.join(bundles.folder, 'index.cjs')], { FUNCTION_TARGET: target, ...env });
      ends.push(running.stop);
      return running;
    };
    const source = async (sink: string) => {
      const running = await run('gitea-source', { GITEA_WEBHOOK_SECRET: secret, K_SINK: sink });
      repository.createWebhook({ url: `http://127.0.0.1:${running.port}/`, secret, events: ['push'] });
      return running;
    };
    return {
      gitea,
      broker,
      source,
      labels: () => registry.labels(),
      /** One push a model; resolves when Gitea has all its answers: how many of them were 2xx. */
      async promote(): Promise<number> {
        for (const model of models)
          repository.commit({ files: { [file(model)]: deploys(model, '2') }, message: `Promote ${model}` });
        await gitea.idle();
        return gitea.deliveries().filter(({ succeeded }) => succeeded).length;
      },
      /** Starts what was down, and sends what a PingSource sends. */
      async reconcile(): Promise<void> {
        const up = await broker();
        ends.push(up.close);
        await run('parse', {
          PORT: String(parse),
          K_SINK: up.url,
          GITEA_URL: gitea.url,
          GITEA_REPOSITORY: 'ada/fleet',
          GITEA_TOKEN: gitea.token('ada'),
        });
        await run('registry-writer', { PORT: String(registryWriter), MODEL_REGISTRY_URL: registry.url });
        const pings = [event('dev.knative.sources.ping', {})];
        const [ping] = await startLoad({
          port,
          path: new URL(up.url).pathname,
          atOnce: 1,
          next: () => pings.pop(),
        }).finished();
        assert.equal(ping!.end, 202);
        await up.idle();
        assert.deepEqual(up.deadLetters, []);
      },
    };
  }

  const all = (version: string) =>
    Object.fromEntries(
      models.map((model) => [model, { '1': version === '1' ? ['prod'] : [], '2': version === '2' ? ['prod'] : [] }]),
    );

  it('gitea-source after 4 s: killed then, its events are gone, and one reconcile brings the registry in sync', async () => {
    const { source, promote, reconcile, labels } = await world();
    const sink = await createSink();
    ends.push(sink.close);
    sink.mode = 'stall';
    const running = await source(sink.url);
    const acknowledged = await promote();
    running.process.kill('SIGKILL');
    await running.ended;
    sink.mode = 'take';
    assert.equal(acknowledged, models.length);
    assert.deepEqual([sink.taken.length, labels()], [0, all('1')]);
    console.log(
      `      ${acknowledged} acknowledged, ${acknowledged - sink.taken.length} lost, healed by one reconcile`,
    );
    await reconcile();
    assert.deepEqual(labels(), all('2'));
  });

  it('a broker in memory that answers at once: gone with what it held, and one reconcile brings the registry in sync', async () => {
    const { broker, source, promote, reconcile, labels } = await world();
    const first = await broker();
    await source(first.url);
    const acknowledged = await promote();
    assert.equal(acknowledged, models.length);
    // Nobody has taken anything: parse does not run, and the broker waits before it asks again.
    await first.close();
    assert.deepEqual(labels(), all('1'));
    console.log(`      ${acknowledged} acknowledged, all lost with the broker, healed by one reconcile`);
    await reconcile();
    assert.deepEqual(labels(), all('2'));
  });
});
