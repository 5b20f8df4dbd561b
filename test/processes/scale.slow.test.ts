// A large fleet on real processes: how many calls and events a reconcile and a change cost, how large the events are, how
// gentle it is to Git and registry, and what two reconciles at once do to each other. Times are printed and never judged.
import assert from 'node:assert/strict';
import { type System, startSystem } from '../../local/system.ts';
import type { Broker } from '../../stand-ins/broker/index.ts';
import { createGiteaStandIn, type GiteaStandIn, type RepositoryHandle } from '../../stand-ins/gitea/index.ts';
import { createModelRegistryStandIn, type StandIn } from '../../stand-ins/model-registry/index.ts';
import type { SeedModel } from '../../stand-ins/model-registry/seed.ts';
import { startLoad } from './load.ts';
import { event, pushPayload, type Traced } from './messages.ts';

/** `SCALE=1`: 5,000 deployments of 200 models with 10,000 versions; a part of that by default. */
const scale = Number(process.env.SCALE ?? 0.2);
const modelCount = Math.round(200 * scale);
const versionsEach = 50;
/** Every so many models nobody has labelled yet. */
const bareEvery = 20;
/** Per model, half of them in each environment. */
const deploymentsEach = 25;
const environments = ['prod', 'test'];

const models = Array.from({ length: modelCount }, (_, i) => `model-${String(i).padStart(3, '0')}`);
const versionOf = (i: number) => `2026.${i}`;

interface Deployment {
  path: string;
  environment: string;
  application: string;
  model: string;
  version: string;
}

const deployments: Deployment[] = models.flatMap((model) =>
  Array.from({ length: deploymentsEach }, (_, i) => {
    const environment = environments[i % environments.length]!;
    const application = `${model}-shop-${String(i).padStart(2, '0')}`;
    return {
      path: `model-deployments/${environment}/${application}/config.yaml`,
      environment,
      application,
      model,
      version: versionOf(i % 3),
    };
  }),
);
const fileOf = ({ model, version }: Deployment) =>
  `chart_path: charts/model-deployment/simple\nname: ${model}\nversion: "${version}"\nimage_repository: quay.io\nimage_namespace: user1\n`;

function add(lists: Record<string, string[]>, key: string, version: string): void {
  const list = lists[key] ?? [];
  lists[key] = list;
  if (!list.includes(version)) list.push(version);
}

/** What happened between two moments. */
interface Cost {
  ms: number;
  gitea: { calls: number; ms: number; atOnce: number };
  registry: { calls: number; writes: number; ms: number; atOnce: number };
  events: Record<string, number>;
  largest: number;
}

describe(`a fleet of ${deployments.length} deployments, ${modelCount} models, ${modelCount * versionsEach} versions`, function () {
  this.timeout(600_000);
  let system: System;
  let gitea: GiteaStandIn;
  let repository: RepositoryHandle;
  let registry: StandIn;
  let broker: Broker;
  /** Models that held a label and for a moment did not. */
  const bare: string[] = [];
  let watched: ReadonlySet<string> = new Set();
  const atOnce = { gitea: 0, registry: 0 };
  const most = { gitea: 0, registry: 0 };

  before(async () => {
    gitea = await createGiteaStandIn();
    repository = gitea.createRepository('ada/fleet', {
      files: Object.fromEntries(deployments.map((one) => [one.path, fileOf(one)])),
    });
    registry = await createModelRegistryStandIn();
    for (const [i, name] of models.entries())
      registry.addModel(i % bareEvery === 0 ? bareModel(name) : rightModel(name));
    // A moment each, or nothing would ever be under way beside anything else.
    const enter = (server: 'gitea' | 'registry') => {
      atOnce[server] += 1;
      most[server] = Math.max(most[server], atOnce[server]);
    };
    gitea.setRule(() => {
      enter('gitea');
      return { delayMs: 2 };
    });
    gitea.live.on('request', () => {
      atOnce.gitea -= 1;
    });
    registry.faults.latencyMs = 2;
    registry.faults.onRequest = () => void enter('registry');
    registry.events.on('call', ({ method }) => {
      atOnce.registry -= 1;
      if (method !== 'PATCH' || watched.size === 0) return;
      const held = holding();
      bare.push(...[...watched].filter((key) => !held.has(key)));
    });

    system = await startSystem({
      settings: {
        GITEA_URL: gitea.url,
        GITEA_REPOSITORY: 'ada/fleet',
        GITEA_TOKEN: gitea.token('ada'),
        ENVIRONMENTS: environments.join(','),
        MODEL_REGISTRY_URL: registry.url,
        // Pushes are sent past gitea-source, which would sign them.
        EVENT_SIGNING_KEY: '',
      },
    });
    ({ broker } = system);
  });
  after(async () => {
    await system?.close();
    await Promise.all([gitea?.close(), registry?.close()]);
  });

  /** As the training pipeline leaves it. */
  function bareModel(name: string): SeedModel {
    const versions = Array.from({ length: versionsEach }, (_, i) => ({
      name: versionOf(i),
      artifacts: [{ name, uri: `oci://quay.io/training/${name}:${i}` }],
    }));
    return { name, versions };
  }

  /** As the writer leaves it. */
  function rightModel(name: string): SeedModel {
    const [head, time] = [repository.head()!, new Date(Date.now() - 60_000).toISOString()];
    const own = deployments.filter(({ model }) => model === name);
    const mark = (environment: string) => ({
      [`${environment}.repository`]: `${gitea.url}/ada/fleet`,
      [`${environment}.head`]: head,
      [`${environment}.observedAt`]: time,
    });
    const versions = bareModel(name).versions!.map((version) => {
      const serving = environments.flatMap((environment) => {
        const applications = own
          .filter((one) => one.environment === environment && one.version === version.name)
          .map(({ application }) => application);
        return applications.length > 0 ? [{ environment, applications }] : [];
      });
      const inProd = serving.some(({ environment }) => environment === 'prod');
      return {
        ...version,
        labels: serving.map(({ environment }) => environment),
        properties: Object.fromEntries(
          serving.flatMap(({ environment, applications }) => [
            [`${environment}.application`, applications.join(',')],
            [`${environment}.commit`, head],
            [`${environment}.promotedAt`, time],
            [`${environment}.promotedBy`, 'ada'],
          ]),
        ),
        artifacts: inProd ? [{ name, uri: `oci://quay.io/user1/${name}:${version.name}` }] : version.artifacts!,
      };
    });
    return { name, versions, properties: { ...mark('prod'), ...mark('test') } };
  }

  /** `environment model` of every label that stands somewhere. */
  function holding(): Set<string> {
    return new Set(
      Object.entries(registry.labels()).flatMap(([model, versions]) =>
        Object.values(versions).flatMap((labels) => labels.map((label) => `${label} ${model}`)),
      ),
    );
  }

  function labels(): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const [model, versions] of Object.entries(registry.labels()))
      for (const [version, held] of Object.entries(versions))
        for (const label of held) add(found, `${label} ${model}`, version);
    for (const list of Object.values(found)) list.sort();
    return found;
  }

  function wanted(): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const [file, text] of repository.files()) {
      const [, environment] = file.split('/');
      const [, model, version] = /^name: (.*)\nversion: "(.*)"$/m.exec(text)!;
      add(found, `${environment} ${model}`, version!);
    }
    for (const list of Object.values(found)) list.sort();
    return found;
  }

  /** Sends these to the broker at once, and waits until all that follows from them is done. */
  async function cost(name: string, causes: Traced[]): Promise<Cost> {
    const [giteaCalls, registryCalls, arrivals] = [gitea.accessLog.length, registry.calls.length, [] as number[]];
    const events: Record<string, number> = {};
    const onArrival = ({ event: one }: Broker['history'][number]) => {
      const { type } = one.attributes;
      events[type!] = (events[type!] ?? 0) + 1;
      arrivals.push(one.data?.length ?? 0);
    };
    broker.events.on('arrival', onArrival);
    Object.assign(most, { gitea: 0, registry: 0 });
    const from = performance.now();
    const sent = [...causes];
    const brokerPath = new URL(broker.url).pathname;
    const ended = await startLoad({
      port: Number(new URL(broker.url).port),
      path: brokerPath,
      atOnce: causes.length,
      next: () => sent.pop(),
    }).finished();
    await broker.idle();
    const ms = performance.now() - from;
    broker.events.off('arrival', onArrival);
    assert.deepEqual(new Set(ended.map(({ end }) => end)), new Set([202]));
    assert.deepEqual(broker.deadLetters, []);
    const asked = gitea.accessLog.slice(giteaCalls);
    const called = registry.calls.slice(registryCalls);
    const sum = (list: readonly { ms: number }[]) => list.reduce((total, one) => total + one.ms, 0);
    const result: Cost = {
      ms,
      gitea: { calls: asked.length, ms: sum(asked), atOnce: most.gitea },
      registry: {
        calls: called.length,
        writes: called.filter(({ method }) => method !== 'GET').length,
        ms: sum(called),
        atOnce: most.registry,
      },
      events,
      largest: Math.max(...arrivals),
    };
    const total = Object.values(events).reduce((all, count) => all + count, 0);
    console.log(
      `      ${name.padEnd(34)} ${String(total).padStart(5)} events ≤ ${String(result.largest).padStart(5)} B, ` +
        `Git ${String(asked.length).padStart(5)} calls ≤ ${most.gitea} at once, ` +
        `registry ${String(called.length).padStart(5)} calls (${result.registry.writes} writes) ≤ ${most.registry} at once, ` +
        `${(ms / 1000).toFixed(1)} s (servers' own: Git ${(result.gitea.ms / 1000).toFixed(1)}, registry ${(result.registry.ms / 1000).toFixed(1)})`,
    );
    assert.ok(result.largest < 32_000, 'every event is under 32 kB');
    assert.ok(most.gitea <= 20, `${most.gitea} calls to Git at once`);
    assert.ok(most.registry <= 64, `${most.registry} calls to the registry at once`);
    return result;
  }

  const ping = () => event('dev.knative.sources.ping', {});

  it('a reconcile sets what is missing, and writes to nothing else', async () => {
    const differing = models.filter((_, i) => i % bareEvery === 0).length;
    const { events } = await cost('reconcile, one model in 20 differs', [ping()]);
    assert.deepEqual(labels(), wanted());
    assert.equal(events['dev.mlops.model.promoted.v1'], differing * environments.length);
  });

  it('a reconcile with nothing to do writes nothing', async () => {
    const { gitea: asked, registry: called, events } = await cost('reconcile, nothing to do', [ping()]);
    assert.equal(called.writes, 0);
    // One page at a time, four models of it side by side, each with the artifacts of its versions.
    assert.ok(called.atOnce <= 16, `${called.atOnce} calls to the registry at once`);
    assert.ok(asked.atOnce <= 8, `${asked.atOnce} calls to Git at once`);
    assert.deepEqual(Object.keys(events).sort(), ['dev.knative.sources.ping', 'dev.mlops.environment.observed.v1']);
  });

  it('one changed application among many costs few calls', async () => {
    const one = deployments[4]!;
    const before = repository.head()!;
    const after = repository.commit({
      files: { [one.path]: fileOf({ ...one, version: versionOf(9) }) },
      message: `Promote ${one.application}`,
    });
    const push = pushPayload({ repository: `${gitea.url}/ada/fleet`, before, after });
    const {
      gitea: asked,
      registry: called,
      events,
    } = await cost('one application changed', [event('dev.knative.source.gitea.push', push)]);
    assert.deepEqual(labels(), wanted());
    assert.equal(events['dev.mlops.model.promoted.v1'], 1);
    // Two trees of pages of a thousand entries, one file, the head twice; of each version that serves, its commit and request; one
    // search for requests of versions that the push did not bring.
    const pages = Math.ceil((deployments.length * 2 + 10) / 1_000);
    assert.ok(asked.calls <= 2 * pages + 11, `${asked.calls} calls to Git`);
    assert.ok(called.calls <= 25, `${called.calls} calls to the registry`);
  });

  it('two reconciles at once end in the same registry, and no label is ever absent', async () => {
    const changed = deployments.filter((_, i) => i % Math.ceil(deployments.length / 20) === 0);
    repository.commit({
      files: Object.fromEntries(changed.map((one) => [one.path, fileOf({ ...one, version: versionOf(11) })])),
      message: 'Promote many, and lose the webhook',
    });
    watched = holding();
    await cost('two reconciles at once', [ping(), ping()]);
    watched = new Set();
    assert.deepEqual(bare, []);
    assert.deepEqual(labels(), wanted());
    const { registry: called } = await cost('reconcile after them', [ping()]);
    assert.equal(called.writes, 0);
  });
});
