import assert from 'node:assert/strict';
import { limits } from '../../../config/limits.ts';
import { events, ping } from '../../../events/index.ts';
import { readAllSettings, readSettings, settingNames } from '../../../functions/settings.ts';
import { type FunctionName, functions, rowOf, rows } from '../../../functions/table.ts';
import { tool } from '../../tool.ts';
import { type Manifest, type Rendering, render, workshop } from './helm.ts';
import { type Container, podSpecs } from './pods.ts';

/** Everything a user can say that becomes a setting. */
const everything = {
  ...workshop,
  logLevel: 'debug',
  allowHttp: true,
  gitea: { branch: 'main', existingSecret: 'a', caConfigMap: 'b' },
  promotions: {
    files: '{environment}/{application}.yaml',
    environments: 'prod,test',
    artifactUri: 'oci://a/{name}:{version}',
    artifactEnvironment: 'test',
  },
  registry: {
    kind: 'mlflow',
    url: 'https://mlflow.example.com',
    api: '/api',
    user: 'ada',
    versionTag: 'git-version',
    workspace: 'team-a',
    existingSecret: 'c',
    caConfigMap: 'd',
    floatingVersions: 'latest',
    eventMaxAgeMinutes: 120,
    uiUrl: 'https://ui.example.com',
  },
  commitStatus: { existingSecret: 'e' },
  notify: { existingSecret: 'f' },
  rollout: {
    enabled: true,
    namespaces: { prod: 'user1-prod', test: 'user1-test', next: 'user1-test' },
    servedUri: 's3://x/{name}/{version}',
    cluster: 'east',
    argoCdNamespace: 'user1-toolings',
  },
  broker: {
    url: 'https://broker.example.com/a/b',
    caCerts: '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----',
  },
  proxy: { https: 'http://proxy.example.com:3128', http: 'http://proxy.example.com:3128', noProxy: '10.0.0.0/8' },
};

/**
 * Set by Kubernetes or Knative, or of one process only, or another spelling, or with one possible value so far, or only where there are
 * several registries (registries.slow.test.ts).
 */
const notOurs = [
  ...['PORT', 'LISTEN_ADDRESS', 'EVENTS_PORT', 'K_CE_OVERRIDES', 'SINK_CA_FOLDER', 'SINK_TOKEN'],
  ...[
    'KUBERNETES_URL',
    'KUBERNETES_TOKEN',
    'KUBERNETES_CA',
    'KUBERNETES_SERVICE_HOST',
    'https_proxy',
    'http_proxy',
    'no_proxy',
    'FORGE',
    'FURTHER_REGISTRIES',
    'REGISTRY_NAME',
  ],
];
/** Node's own. */
const ofNode = ['NODE_EXTRA_CA_CERTS'];

const only = ({ pod }: { pod: { containers: Container[] } }) => pod.containers[0]!;

describe('the chart and the code', () => {
  let helm: string;
  let full: Rendering;
  let plain: Rendering;
  let single: Rendering;

  before(async function () {
    helm = tool(this, 'HELM');
    [full, plain, single] = await Promise.all([
      render(helm, everything),
      render(helm, workshop),
      render(helm, { ...everything, mode: 'deployment', broker: {} }),
    ]);
  });

  const envOf = (container: Container) => (container.env ?? []).map(({ name }) => name);
  const services = (rendering: Rendering) =>
    rendering.all('serving.knative.dev/v1 Service').map((service) => ({
      target: service.metadata.labels!['app.kubernetes.io/component'] as FunctionName,
      container: only(podSpecs(service)[0]!),
      service,
    }));

  it('every function is a Knative Service; commit-status and notify only with a Secret, rollout-observer only where it is on', () => {
    assert.deepEqual(
      services(full)
        .map(({ target }) => target)
        .sort(),
      Object.keys(functions).sort(),
    );
    assert.ok(!services(plain).some(({ target }) => ['commit-status', 'rollout-observer', 'notify'].includes(target)));
    for (const { target, container } of services(full))
      assert.equal(container.env!.find(({ name }) => name === 'FUNCTION_TARGET')!.value, target);
  });

  it("a function's settings are among those the code reads for it", () => {
    for (const rendering of [full, plain])
      for (const { target, container } of services(rendering)) {
        const known = [...settingNames(target), ...ofNode];
        assert.deepEqual(
          envOf(container).filter((name) => !known.includes(name)),
          [],
          target,
        );
      }
    const container = only(podSpecs(single.get('Deployment'))[0]!);
    const known = [...settingNames(), ...ofNode];
    assert.deepEqual(
      envOf(container).filter((name) => !known.includes(name)),
      [],
    );
  });

  it('every setting that the code reads can be set by a value', () => {
    for (const { target, container } of services(full)) {
      const set = envOf(container).map((name) => name.replace(/_FILE$/, ''));
      const missing = settingNames(target)
        .map((name) => name.replace(/_FILE$/, ''))
        .filter((name) => !set.includes(name) && !notOurs.includes(name));
      assert.deepEqual([...new Set(missing)], [], target);
    }
  });

  it('what is rendered passes the settings check of the function', () => {
    for (const rendering of [full, plain])
      for (const { target, container } of services(rendering)) assert.ok(settingsOf(container, target));
    assert.ok('giteaSource' in settingsOf(only(podSpecs(single.get('Deployment'))[0]!)));
  });

  it('each Trigger asks for the types its function takes, of pings for ours alone', () => {
    const source = '/apis/v1/namespaces/user1-toolings/pingsources/post-deployment-pipeline-reconcile';
    assert.ok(source.endsWith(full.get('PingSource').metadata.name));
    const triggers = rows.flatMap(({ trigger, wokenBy }) => [trigger, wokenBy].filter(Boolean));
    assert.equal(full.all('Trigger').length, triggers.length);
    for (const trigger of full.all('Trigger')) {
      const asked = trigger.spec.filters[0].any.map(({ exact }: { exact: Record<string, string> }) => exact);
      const { takes, wokenBy = [] } = rowOf(trigger.metadata.labels!['app.kubernetes.io/component'] as FunctionName);
      assert.deepEqual(
        asked.map(({ type }: { type: string }) => type).sort(),
        [...(trigger.metadata.name.endsWith('-wake') ? wokenBy : takes)].sort(),
      );
      for (const exact of asked) assert.equal(exact.source, exact.type === ping.type ? source : undefined);
    }
  });

  it('what sends events has the address of the broker as a SinkBinding gives it, so that it adds nothing', async () => {
    const kafka = await render(helm, { ...workshop, broker: { class: 'Kafka' } });
    for (const [rendering, host] of [
      [plain, 'broker-ingress'],
      [kafka, 'kafka-broker-ingress'],
    ] as const) {
      const bound = rendering.all('SinkBinding').map(({ spec }) => spec.subject.name);
      const { namespace, name } = rendering.get('SinkBinding', '-parse').spec.sink.ref;
      for (const { service, container } of services(rendering)) {
        const added = (container.env ?? []).filter(({ name }) => name.startsWith('K_'));
        if (!bound.includes(service.metadata.name)) assert.deepEqual(added, []);
        else {
          const value = `http://${host}.knative-eventing.svc.cluster.local/${namespace}/${name}`;
          assert.deepEqual(added, [{ name: 'K_SINK', value }, { name: 'K_CE_OVERRIDES' }]);
          assert.deepEqual(container.env!.slice(-2), added, 'a SinkBinding puts them at the end');
        }
      }
    }
  });

  it('there is an EventType for every event but the ping, which is that of Knative', () => {
    const named = full
      .all('EventType')
      .map(({ spec }) => spec.attributes.find(({ name }: { name: string }) => name === 'type').value);
    assert.deepEqual(
      named.sort(),
      events
        .map(({ type }) => type)
        .filter((type) => type !== ping.type)
        .sort(),
    );
  });

  it('Argo CD compares lists as a whole: an EventType has the attributes that Eventing gives back, every port its protocol', () => {
    for (const { apiVersion, spec } of full.all('EventType')) {
      const type = spec.attributes[2].value;
      // Measured on Knative 1.22: stored as v1beta2, given back so. Other attributes, and other values than that of `type`, are lost.
      assert.equal(apiVersion, 'eventing.knative.dev/v1beta3');
      assert.deepEqual(spec.attributes, [
        { name: 'specversion', required: true },
        { name: 'id', required: true },
        { name: 'type', required: true, value: type },
        { name: 'source', required: true },
      ]);
      assert.deepEqual(Object.keys(spec).sort(), ['attributes', 'description', 'reference']);
    }
    for (const { objects } of [full, plain, single]) {
      const ports = objects.flatMap((object) => [
        ...podSpecs(object).flatMap(({ pod }) => pod.containers.flatMap((container) => container.ports ?? [])),
        ...(object.kind === 'Service' ? (object.spec.ports ?? []) : []),
      ]);
      assert.ok(ports.length > 0);
      for (const port of ports) assert.equal(port.protocol, 'TCP');
    }
  });

  it('every Trigger has all five delivery fields, and its dead letters go to dead-letter', () => {
    for (const { spec, metadata } of full.all('Trigger')) {
      assert.deepEqual(Object.keys(spec.delivery).sort(), [
        'backoffDelay',
        'backoffPolicy',
        'deadLetterSink',
        'retry',
        'timeout',
      ]);
      assert.equal(
        spec.delivery.deadLetterSink.ref.name,
        full.get('serving.knative.dev/v1 Service', 'dead-letter').metadata.name,
      );
      assert.match(spec.subscriber.ref.name, new RegExp(`${metadata.name.replace(/-wake$/, '')}$`));
      if (metadata.name.endsWith('-wake')) assert.equal(spec.delivery.retry, 0);
    }
  });

  it('time limits nest as rendered: a caller waits longer than what it calls may take', () => {
    const trigger = (name: string) => times(full.get('Trigger', name));
    const service = (name: string) => full.get('serving.knative.dev/v1 Service', name).spec.template.spec;
    const [parse, writer, status] = [trigger('parse'), trigger('registry-writer'), trigger('commit-status')];
    for (const [name, { attempt }] of Object.entries({ parse, 'registry-writer': writer, 'commit-status': status })) {
      // A request may take as long as the broker waits for it, and Knative allows no more than 600 s.
      assert.ok(service(name).timeoutSeconds * 1000 >= attempt, name);
      assert.ok(service(name).timeoutSeconds <= 600, name);
      // Measured on Knative's own defaulting: 300 s if nothing is set and more is allowed.
      assert.equal(service(name).responseStartTimeoutSeconds, service(name).timeoutSeconds, name);
    }
    // A synchronous broker answers parse when the writer is done: its attempts, and as many at the dead-letter sink.
    for (const { whole } of [writer, status]) assert.ok(limits.parseHandOn >= 2 * whole);
    assert.ok(parse.attempt >= 2 * limits.parseReading + limits.parseHandOn + 2 * limits.forgeCall);
    assert.ok(limits.sourceHandOn >= parse.attempt);
    assert.ok(writer.attempt >= limits.registryWriter + limits.registryCall);
    assert.ok(status.attempt >= limits.commitStatus + limits.forgeCall);
    for (const { attempt } of [parse, writer, status]) assert.ok(attempt > limits.deadLetterAnswer);
    // A push waits 30 s for its version to be registered; the Trigger tries at least twice as long.
    assert.ok(writer.pauses >= 60_000);
    for (const { target, container } of services(full)) {
      // Knative holds SIGTERM back for 30 s of what the pod has.
      const grace = Number(container.env!.find(({ name }) => name === 'TERMINATION_GRACE_PERIOD_SECONDS')!.value);
      assert.ok(grace + 30 <= service(target).timeoutSeconds, target);
      assert.ok(grace > 0);
    }
    const pod = single.get('Deployment').spec.template.spec;
    const grace = pod.containers[0].env.find(({ name }: { name: string }) => name.startsWith('TERMINATION')).value;
    assert.ok(Number(grace) <= pod.terminationGracePeriodSeconds);
  });

  it('one instance of a function that holds locks, which takes several requests at a time: a broker may come back', () => {
    for (const { name } of rows.filter(({ isSingle }) => isSingle)) {
      const { template } = full.get('serving.knative.dev/v1 Service', name).spec;
      assert.equal(template.metadata.annotations['autoscaling.knative.dev/max-scale'], '1');
      assert.ok(template.spec.containerConcurrency > 1);
    }
  });

  it('nothing runs when nothing happens; one value keeps a pod for webhooks', async () => {
    const scale = (service: Manifest) =>
      service.spec.template.metadata.annotations['autoscaling.knative.dev/min-scale'] as string;
    assert.deepEqual(
      services(plain).map(({ service }) => scale(service)),
      services(plain).map(() => '0'),
    );
    const warm = await render(helm, { ...workshop, giteaSource: { minScale: 1 } });
    for (const { target, service } of services(warm))
      assert.equal(scale(service), target === 'gitea-source' ? '1' : '0', target);
  });

  it('reconciles every half hour, at minutes of its own, or by reconcile.schedule', async () => {
    const own = plain.get('PingSource').spec.schedule as string;
    const [, first, second] = /^(\d+),(\d+) \* \* \* \*$/.exec(own)!.map(Number);
    assert.ok(first! < 30);
    assert.equal(second, first! + 30);
    assert.equal(single.get('CronJob', 'reconcile').spec.schedule, own);
    const given = await render(helm, { ...workshop, reconcile: { schedule: '*/10 * * * *' } });
    assert.equal(given.get('PingSource').spec.schedule, '*/10 * * * *');
  });

  it('only gitea-source can be reached from outside, and each function knows its own secrets alone', () => {
    const secrets: Record<string, string[]> = {};
    for (const { target, service, container } of services(full)) {
      const local = service.metadata.labels!['networking.knative.dev/visibility'];
      assert.equal(local, target === 'gitea-source' ? undefined : 'cluster-local', target);
      secrets[target] = envOf(container).filter((name) => /(SECRET|TOKEN|KEY|CHANNELS)(_FILE)?$/.test(name));
    }
    assert.deepEqual(secrets, {
      'gitea-source': ['GITEA_WEBHOOK_SECRET_FILE', 'EVENT_SIGNING_KEY_FILE'],
      parse: ['EVENT_SIGNING_KEY_FILE', 'GITEA_TOKEN_FILE'],
      'registry-writer': ['EVENT_SIGNING_KEY_FILE', 'MODEL_REGISTRY_TOKEN_FILE'],
      'dead-letter': ['EVENT_SIGNING_KEY_FILE'],
      'commit-status': ['EVENT_SIGNING_KEY_FILE', 'GITEA_STATUS_TOKEN_FILE'],
      'rollout-observer': ['EVENT_SIGNING_KEY_FILE'],
      notify: ['EVENT_SIGNING_KEY_FILE', 'NOTIFY_CHANNELS_FILE'],
    });
  });

  it("no pod has a token for the Kubernetes API but the writer's, for the registry, rollout-observer's, and the Jobs that need one", async () => {
    const made = await render(helm, { ...workshop, gitea: { webhook: { create: true } } });
    for (const [rendering, wanted] of [
      [plain, ['registry-writer', 'create-secrets', 'reconcile']],
      [made, ['registry-writer', 'create-secrets', 'ensure-webhook', 'reconcile']],
      [full, ['create-secrets', 'reconcile', 'rollout-observer']],
      [single, ['create-secrets', 'functions']],
    ] as const) {
      const withToken = rendering.objects.filter((object) =>
        podSpecs(object).some(({ pod }) => pod.automountServiceAccountToken !== false),
      );
      const names = withToken.map(({ metadata }) => metadata.labels!['app.kubernetes.io/component']!);
      assert.deepEqual(names.sort(), [...wanted].sort());
    }
  });

  it('what serves is read with a Role for each namespace, which lets nothing else be done', () => {
    for (const rendering of [full, single]) {
      const of = (kind: string) =>
        rendering
          .all(kind)
          .filter(({ metadata }) => metadata.labels!['app.kubernetes.io/component'] === 'rollout-observer');
      const roles = of('Role');
      assert.deepEqual(
        roles.map(({ metadata }) => metadata.namespace),
        ['user1-prod', 'user1-test', 'user1-toolings'],
      );
      const rights = (role: Manifest) =>
        (role.rules as { resources: string[]; verbs: string[] }[]).flatMap(({ resources, verbs }) =>
          resources.map((resource) => `${verbs.join()} ${resource}`),
        );
      const read = ['inferenceservices', 'deployments', 'replicasets', 'pods'].map((kind) => `list,watch ${kind}`);
      assert.deepEqual(roles.map(rights), [read, read, ['list applications']]);
      const account = `post-deployment-pipeline${rendering === full ? '-rollout-observer' : ''}`;
      for (const [i, { metadata, roleRef, subjects }] of of('RoleBinding').entries()) {
        assert.deepEqual([metadata.namespace, roleRef.name], [roles[i]!.metadata.namespace, roles[i]!.metadata.name]);
        assert.deepEqual([subjects[0].kind, subjects[0].name], ['ServiceAccount', account]);
      }
      assert.equal(of('RoleBinding').length, roles.length);
      const settings = services(full).find(({ target }) => target === 'rollout-observer')!.container.env!;
      assert.equal(
        settings.find(({ name }) => name === 'SERVING_NAMESPACES')!.value,
        'next=user1-test,prod=user1-prod,test=user1-test',
      );
    }
    assert.deepEqual(
      plain.all('Role').filter(({ metadata }) => metadata.namespace !== undefined),
      [],
    );
  });

  it('without KServe no right to read its objects is needed', async () => {
    const rollout = { enabled: true, workload: 'deployment/{application}/server' };
    const rendering = await render(helm, { ...workshop, rollout });
    const roles = rendering
      .all('Role')
      .filter(({ metadata }) => metadata.labels!['app.kubernetes.io/component'] === 'rollout-observer');
    assert.ok(roles.length > 0);
    for (const { rules } of roles)
      assert.deepEqual(
        (rules as { resources: string[] }[]).flatMap(({ resources }) => resources),
        ['deployments', 'replicasets', 'pods'],
      );
  });

  it('any number of rollouts are watched by one pod', () => {
    const { template } = full.get('serving.knative.dev/v1 Service', 'rollout-observer').spec;
    assert.equal(template.metadata.annotations['autoscaling.knative.dev/max-scale'], '1');
    assert.equal(template.spec.containerConcurrency, 0);
  });

  it('the namespaces of what serves follow from the user and the environments', async () => {
    const rendering = await render(helm, {
      ...workshop,
      rollout: { enabled: true },
      promotions: { environments: 'test, prod' },
    });
    const { container } = services(rendering).find(({ target }) => target === 'rollout-observer')!;
    const user = workshop.USER_NAME;
    assert.equal(
      container.env!.find(({ name }) => name === 'SERVING_NAMESPACES')!.value,
      `prod=${user}-prod,test=${user}-test`,
    );
  });

  it('Kafka by one value: its class, its ConfigMap, and order where writes must not overtake each other', async () => {
    const kafka = await render(helm, { ...workshop, broker: { class: 'Kafka' } });
    const { metadata, spec } = kafka.get('Broker');
    assert.equal(metadata.annotations!['eventing.knative.dev/broker.class'], 'Kafka');
    assert.deepEqual([spec.config.name, spec.config.namespace], ['kafka-broker-config', 'knative-eventing']);
    const order = 'kafka.eventing.knative.dev/delivery.order';
    assert.equal(kafka.get('Trigger', 'registry-writer').metadata.annotations![order], 'ordered');
    const memory = plain.get('Broker');
    assert.equal(memory.metadata.annotations!['messaging.knative.dev/async-handler'], 'true');
    assert.equal(memory.metadata.annotations!['eventing.knative.dev/broker.class'], undefined);
  });

  it('Argo CD meets what something needs in an earlier wave', () => {
    const wave = (object: Manifest) => Number(object.metadata.annotations!['argocd.argoproj.io/sync-wave']);
    for (const object of full.objects) assert.ok(Number.isInteger(wave(object)), object.kind);
    const latest = (kind: string) => Math.max(...full.all(kind).map(wave));
    const first = (kind: string) => Math.min(...full.all(kind).map(wave));
    assert.ok(latest('ServiceAccount') < first('BuildConfig'));
    assert.ok(latest('BuildConfig') < first('Job'));
    const job = (component: string) =>
      wave(full.all('Job').find(({ metadata }) => metadata.labels!['app.kubernetes.io/component'] === component)!);
    assert.ok(job('create-secrets') < first('serving.knative.dev/v1 Service'));
    assert.ok(latest('serving.knative.dev/v1 Service') < first('Trigger'));
    assert.equal(job('reconcile'), latest('Trigger'), 'it waits for Triggers, so it must not come before them');
    assert.ok(latest('Broker') < first('Trigger'));
    assert.ok(latest('serving.knative.dev/v1 Service') < first('PingSource'));
  });
});

function settingsOf(container: Container, target?: FunctionName) {
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const channels = '[{"kind":"teams","name":"releases","url":"https://teams.example.com/hook"}]';
  const readFile = (path: string) =>
    path.endsWith('.crt') ? certificate : path.endsWith('.json') ? channels : 'a-text-of-some-length';
  return target === undefined ? readAllSettings(env, readFile) : readSettings(env, target, readFile);
}

/** ms of one attempt, of all pauses, and until a Trigger gives up. */
function times({ spec }: Manifest) {
  const { retry, backoffDelay, timeout } = spec.delivery;
  const ms = (text: string) => Number(/^PT([\d.]+)S$/.exec(text)![1]) * 1000;
  const attempt = ms(timeout);
  const pauses = ms(backoffDelay) * (2 ** retry - 1);
  return { attempt, pauses, whole: (retry + 1) * attempt + pauses };
}
