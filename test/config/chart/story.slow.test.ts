// The demo's story on what the chart renders: its processes with exactly their environment, files, probes and limits, its Jobs,
// its Broker and Triggers on Knative's own broker code.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { compare } from '../../../local/check.ts';
import { buildFunctions } from '../../../local/processes.ts';
import { promote } from '../../../local/promote.ts';
import { seedGitea, seedRegistry } from '../../../local/seed.ts';
import { createGiteaStandIn, type GiteaStandIn } from '../../../stand-ins/gitea/index.ts';
import { callJson } from '../../../stand-ins/json-call.ts';
import { createModelRegistryStandIn, type StandIn } from '../../../stand-ins/model-registry/index.ts';
import { ca } from '../../io/local-server.ts';
import { type ClusterApi, namespace, startClusterApi } from '../../jobs/kubernetes.ts';
import { type KnativeBroker, startKnativeBroker } from '../../knative/knative-broker.ts';
import { tool } from '../../tool.ts';
import { type Manifest, type Rendering, render, workshop } from './helm.ts';
import { type KnativeService, startKnativeService } from './knative-service.ts';
import { createMachine, type Machine, type Running } from './machine.ts';
import { type Pod, podSpecs } from './pods.ts';

const model = 'jukebox';
/** ms in which a change has to arrive; nothing here measures. */
const soon = 240_000;

/** Git, a registry and a cluster with the user's Secrets, on loopback. */
interface World {
  gitea: GiteaStandIn;
  server: { api: string; token: string };
  repository: string;
  registry: StandIn;
  api: ClusterApi;
  machine: Machine;
  /** Values that say where all that is. */
  values: object;
  close(): Promise<void>;
}

async function openWorld(): Promise<World> {
  const built = await buildFunctions();
  const gitea = await createGiteaStandIn({ users: [{ login: 'user1', fullName: '', email: 'user1@example.test' }] });
  const registry = await createModelRegistryStandIn();
  const server = { api: `${gitea.url}/api/v1`, token: gitea.token('user1') };
  const repository = await seedGitea(server, 'mlops-gitops', model);
  await seedRegistry({ api: `${registry.url}/api/model_registry/v1alpha3` }, model);
  const api = await startClusterApi();
  const machine = await createMachine(built.folder);
  machine.configMaps['kube-root-ca.crt'] = { 'ca.crt': ca };
  for (const name of ['post-deployment-pipeline-gitea', 'post-deployment-pipeline-gitea-admin', 'gitea-status'])
    machine.secrets[name] = { token: server.token };
  return {
    gitea,
    server,
    repository,
    registry,
    api,
    machine,
    values: {
      ...workshop,
      gitea: { url: gitea.url, webhook: { create: true } },
      registry: { url: registry.url },
      commitStatus: { existingSecret: 'gitea-status' },
    },
    async close() {
      await machine.close();
      await api.close();
      await gitea.close();
      await registry.close();
      await built.remove();
    },
  };
}

/** Runs a rendered Job, again where it fails, as Kubernetes does. */
async function runJob({ machine, api }: World, pod: Pod): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const running = await machine.run(pod, api.env);
    if ((await running.ended) === 0) break;
    assert.ok(attempt < 3, running.output());
  }
  for (const [name, { data }] of api.secrets)
    machine.secrets[name] = Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
}

const podOf = (object: Manifest): Pod => podSpecs(object)[0]!.pod;

const jobOf = (rendering: Rendering, component: string) =>
  podOf(rendering.all('Job').find(({ metadata }) => metadata.labels!['app.kubernetes.io/component'] === component)!);

async function agree({ gitea, server, repository, registry }: World): Promise<boolean> {
  const places = { giteaUrl: gitea.url, giteaToken: server.token, repository, registryUrl: registry.url };
  return (await compare({ ...places, environment: 'prod' })).different.length === 0;
}

async function until(what: string, holds: () => Promise<boolean>, explain: () => string): Promise<void> {
  const end = Date.now() + soon;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `${what}; ${explain()}`);
    await pause(100);
  }
}

/** The commit statuses at the head of the branch. */
async function statusOfHead({ server, repository }: World): Promise<string[]> {
  const branch = await callJson<{ commit: { id: string } }>(server, 'GET', `/repos/${repository}/branches/main`);
  const path = `/repos/${repository}/commits/${branch.commit.id}/statuses`;
  return (await callJson<{ status: string }[]>(server, 'GET', path)).map(({ status }) => status);
}

const bytes = (text: string) => Number(/^(\d+)Mi$/.exec(text)![1]) * 1024 * 1024;

describe('the story on what the chart renders', () => {
  let helm: string;
  let world: World;
  before(function () {
    helm = tool(this, 'HELM');
  });
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world?.close());

  it('on Knative: secrets, webhook, a merge, a lost webhook; from zero, and back to zero', async function () {
    const program = tool(this, 'KNATIVE_BROKER');
    const rendering = await render(helm, world.values);
    await runJob(world, jobOf(rendering, 'create-secrets'));
    const services: KnativeService[] = [];
    let broker: KnativeBroker | undefined;
    try {
      const platform: Record<string, Record<string, string>> = {};
      for (const service of rendering.all('serving.knative.dev/v1 Service')) {
        platform[service.metadata.name] = { K_SERVICE: service.metadata.name };
        services.push(await startKnativeService(service, world.machine, platform[service.metadata.name]!));
      }
      broker = await startKnativeBroker(
        program,
        [...rendering.all('Broker'), ...rendering.all('Trigger')].map((object) => ({
          ...object,
          metadata: { ...object.metadata, namespace },
        })),
        Object.fromEntries(services.map(({ name, url }) => [name, url])),
      );
      for (const { spec } of rendering.all('SinkBinding'))
        Object.assign(platform[spec.subject.name]!, { K_SINK: broker.url, K_CE_OVERRIDES: '' });
      const source = services.find(({ name }) => name.endsWith('gitea-source'))!;
      world.api.objects.set(`apis/serving.knative.dev/v1/namespaces/${namespace}/services/${source.name}`, {
        status: { url: source.url, conditions: [{ type: 'Ready', status: 'True' }] },
      });
      await runJob(world, jobOf(rendering, 'ensure-webhook'));
      const logs = () => services.flatMap(({ pods }) => pods.map((pod) => pod.output())).join('');

      await promote(world.server, world.repository, model, '1.1.0');
      await until('a merge moves the label', () => agree(world), logs);
      await until('the commit has its status', async () => (await statusOfHead(world)).includes('success'), logs);

      await quiet(broker);
      for (const { name, pods, scaleToZero } of services) {
        const { limits } = podOf(rendering.get('serving.knative.dev/v1 Service', name)).containers[0]!.resources!;
        const peak = await pods.at(-1)?.peakMemory();
        if (peak !== undefined) assert.ok(peak < bytes(limits!.memory!) / 2, `${name} needed ${peak} bytes`);
        assert.ok([0, undefined].includes((await scaleToZero()) ?? undefined), `${name}: ${logs()}`);
      }

      const startedBefore = new Map(services.map(({ name, pods }) => [name, pods.length]));
      world.gitea.setDeliveryRule(() => 'drop');
      await promote(world.server, world.repository, model, '1.2.0');
      await world.gitea.idle();
      assert.equal(await agree(world), false);
      await pingAs(rendering.get('PingSource'), broker.url);
      await until('a reconcile makes up for what was lost', () => agree(world), logs);

      for (const { name, pods } of services) {
        const [before, now] = [startedBefore.get(name)!, pods.length];
        if (/(parse|registry-writer)$/.test(name)) assert.ok(before > 0 && now > before, `${name}: from zero twice`);
        if (name.endsWith('dead-letter')) assert.equal(now, 0, 'nothing was lost');
      }
      for (const { answers } of services)
        assert.ok(
          answers.every((status) => status < 300),
          logs(),
        );
      assert.ok(!broker.hops.some(({ hop }) => hop === 'deadletter'));
    } finally {
      for (const service of services) await service.close();
      await broker?.close();
    }
  });

  it('in mode knative-one: one Knative Service, from zero, and a CronJob', async () => {
    const rendering = await render(helm, { ...world.values, mode: 'knative-one' });
    const { machine } = world;
    await runJob(world, jobOf(rendering, 'create-secrets'));
    const manifest = rendering.get('serving.knative.dev/v1 Service');
    const service = await startKnativeService(manifest, machine, {});
    const logs = () => service.pods.map((pod) => pod.output()).join('\n');
    try {
      const { name } = manifest.metadata;
      machine.names[`http://${name}.${namespace}.svc.cluster.local`] = service.url;
      const webhooks = `https://${name}-${namespace}.apps.example.com/`;
      world.api.objects.set(`apis/serving.knative.dev/v1/namespaces/${namespace}/services/${name}`, {
        status: { url: webhooks, conditions: [{ type: 'Ready', status: 'True' }] },
      });
      await runJob(world, jobOf(rendering, 'ensure-webhook'));
      await leadTo(world, webhooks, service.url);

      await promote(world.server, world.repository, model, '1.1.0');
      await until('a merge moves the label', () => agree(world), logs);
      await until('the commit has its status', async () => (await statusOfHead(world)).includes('success'), logs);
      assert.equal(await service.scaleToZero(), 0, logs());

      world.gitea.setDeliveryRule(() => 'drop');
      await promote(world.server, world.repository, model, '1.2.0');
      await world.gitea.idle();
      assert.equal(await agree(world), false);
      await runJob(world, podOf(rendering.get('CronJob')));
      await until('a reconcile makes up for what was lost', () => agree(world), logs);
      assert.equal(service.pods.length, 2, 'from zero twice');
      assert.equal(await service.scaleToZero(), 0, logs());
    } finally {
      await service.close();
    }
  });

  it('in mode deployment: one pod, a Route, a CronJob', async () => {
    const rendering = await render(helm, { ...world.values, mode: 'deployment' });
    const { machine } = world;
    await runJob(world, jobOf(rendering, 'create-secrets'));
    const pod = podOf(rendering.get('Deployment'));
    const running = await machine.run(pod);
    await until('the pod is ready', () => isReady(pod, running), running.output);

    // Its Service and its Route lead to the ports of the container.
    const service = rendering.get('v1 Service');
    const target = (name: string) => {
      const port = service.spec.ports.find((each: { name: string }) => each.name === name);
      const { containerPort } = pod.containers[0]!.ports!.find((each) => each.name === port.targetPort)!;
      return { port: port.port as number, url: `http://127.0.0.1:${running.ports[containerPort]}` };
    };
    const events = target('events');
    machine.names[`http://${service.metadata.name}.${namespace}.svc.cluster.local:${events.port}`] = events.url;
    const route = rendering.get('Route');
    assert.deepEqual([route.spec.to.name, route.spec.port.targetPort], [service.metadata.name, 'webhooks']);
    world.api.objects.set(`apis/route.openshift.io/v1/namespaces/${namespace}/routes/${route.metadata.name}`, {
      status: { ingress: [{ host: 'hooks.apps.example.com' }] },
    });
    await runJob(world, jobOf(rendering, 'ensure-webhook'));
    await leadTo(world, 'https://hooks.apps.example.com/', target('webhooks').url);

    await promote(world.server, world.repository, model, '1.1.0');
    await until('a merge moves the label', () => agree(world), running.output);
    await until(
      'the commit has its status',
      async () => (await statusOfHead(world)).includes('success'),
      running.output,
    );

    world.gitea.setDeliveryRule(() => 'drop');
    await promote(world.server, world.repository, model, '1.2.0');
    await world.gitea.idle();
    assert.equal(await agree(world), false);
    await runJob(world, podOf(rendering.get('CronJob')));
    await until('a reconcile makes up for what was lost', () => agree(world), running.output);

    const peak = await running.peakMemory();
    if (peak !== undefined) assert.ok(peak < bytes(pod.containers[0]!.resources!.limits!.memory!) / 2);
    running.process.kill('SIGTERM');
    assert.equal(await running.ended, 0, running.output());
  });
});

async function isReady(pod: Pod, { ports, process, output }: Running): Promise<boolean> {
  assert.equal(process.exitCode, null, output());
  const { readinessProbe } = pod.containers[0]!;
  const answer = await fetch(`http://127.0.0.1:${ports[8080]}${readinessProbe!.httpGet.path}`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

/** Resolves when the broker has had nothing to do for a while, as before Knative scales to zero. */
async function quiet({ hops }: KnativeBroker): Promise<void> {
  for (let before = -1; before !== hops.length; await pause(1_000)) before = hops.length;
}

/** What Knative's PingSource sends, by its manifest. */
async function pingAs({ metadata, spec }: Manifest, sink: string): Promise<void> {
  const response = await fetch(sink, {
    method: 'POST',
    headers: {
      'ce-specversion': '1.0',
      'ce-id': randomUUID(),
      'ce-source': `/apis/v1/namespaces/${namespace}/pingsources/${metadata.name}`,
      'ce-type': 'dev.knative.sources.ping',
      'content-type': spec.contentType,
    },
    body: spec.data,
  });
  assert.equal(response.status, 202);
}

/** The router of the cluster: the webhook's host is that of the pod. What the Job made stays as it is otherwise. */
async function leadTo({ server, repository }: World, from: string, to: string): Promise<void> {
  type Hook = { id: number; config: { url: string }; events: string[]; branch_filter: string };
  const hooks = await callJson<Hook[]>(server, 'GET', `/repos/${repository}/hooks`);
  assert.deepEqual(
    hooks.map(({ config }) => config.url),
    [from],
  );
  const [{ id, events, branch_filter }] = hooks as [Hook];
  await callJson(server, 'PATCH', `/repos/${repository}/hooks/${id}`, {
    active: true,
    events,
    branch_filter,
    config: { url: to, content_type: 'json' },
  });
}
