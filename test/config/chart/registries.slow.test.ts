// Several registries: a registry-writer of its own for each, with its own Triggers, account, secrets and network rules; in one process
// the settings of each. MLflow as one of them.
import assert from 'node:assert/strict';
import { readAllSettings, readSettings } from '../../../functions/settings.ts';
import { functions } from '../../../functions/table.ts';
import { tool } from '../../tool.ts';
import { type Manifest, type Rendering, render, workshop } from './helm.ts';
import { type Container, podSpecs } from './pods.ts';
import { merge } from './values.ts';

const two = {
  ...workshop,
  registry: { existingSecret: 'old-token' },
  commitStatus: { existingSecret: 'status-token' },
  furtherRegistries: [
    {
      name: 'new',
      kind: 'mlflow',
      url: 'https://mlflow.example.com',
      user: 'ada',
      existingSecret: 'mlflow-password',
      caConfigMap: 'mlflow-ca',
      versionTag: 'git-version',
      workspace: 'team-a',
      uiUrl: 'https://mlflow.example.com',
      role: { name: 'mlflow-user', namespace: 'mlflow' },
    },
  ],
};
const pipeline = 'post-deployment-pipeline';
const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const readFile = (path: string) => (path.endsWith('.crt') ? certificate : `a-text-of-${path.split('/').at(-2)}`);

const containerOf = (object: Manifest) => podSpecs(object)[0]!.pod.containers[0]!;
const envOf = ({ env = [] }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value]));
const named = (rendering: Rendering, kind: string) => rendering.all(kind).map(({ metadata }) => metadata.name);

describe('the chart with two registries', () => {
  let helm: string;
  let rendering: Rendering;
  before(async function () {
    helm = tool(this, 'HELM');
    rendering = await render(helm, two);
  });

  const service = (name: string) => rendering.get('serving.knative.dev/v1 Service', name);

  it('has a writer for each, which knows the secrets of its own registry alone', () => {
    const [old, mlflow] = ['-registry-writer', '-registry-writer-new'].map((name) => {
      const container = containerOf(service(name));
      const { registryWriter } = readSettings(envOf(container), 'registry-writer', readFile);
      return { registryWriter, volumes: JSON.stringify(podSpecs(service(name))[0]!.pod.volumes) };
    });
    assert.equal(old!.registryWriter.name, undefined);
    assert.equal(old!.registryWriter.registry, 'kubeflow');
    assert.deepEqual(old!.registryWriter.further, []);
    assert.match(old!.volumes, /old-token/);
    assert.doesNotMatch(old!.volumes, /mlflow/);
    const { registryWriter: writer } = mlflow!;
    assert.deepEqual(
      [writer.name, writer.registry, writer.url, writer.api, writer.user, writer.versionTag, writer.workspace],
      ['new', 'mlflow', 'https://mlflow.example.com', '/api/2.0/mlflow', 'ada', 'git-version', 'team-a'],
    );
    assert.equal(writer.ca(), certificate);
    assert.match(mlflow!.volumes, /mlflow-password/);
    assert.doesNotMatch(mlflow!.volumes, /old-token/);
    assert.equal(service('-registry-writer-new').metadata.labels!['app.kubernetes.io/component'], 'registry-writer');
  });

  it('gives each the same Triggers, also the one that wakes it, to a Service of its own', () => {
    for (const ending of ['', '-wake']) {
      const [old, mlflow] = ['-registry-writer', '-registry-writer-new'].map(
        (name) => rendering.get('Trigger', `${name}${ending}`).spec,
      );
      assert.equal(old.subscriber.ref.name, `${pipeline}-registry-writer`);
      assert.equal(mlflow.subscriber.ref.name, `${pipeline}-registry-writer-new`);
      assert.deepEqual({ ...mlflow, subscriber: 0 }, { ...old, subscriber: 0 });
    }
  });

  it('gives each what else a function has', async () => {
    const alone = await render(helm, { ...two, furtherRegistries: [] });
    for (const kind of ['v1 ServiceAccount', 'serving.knative.dev/v1 Service', 'SinkBinding', 'NetworkPolicy'])
      assert.deepEqual(
        named(rendering, kind).filter((name) => !named(alone, kind).includes(name)),
        [`${pipeline}-registry-writer-new`],
        kind,
      );
    const [binding, ...others] = rendering.all('RoleBinding').filter(({ metadata }) => metadata.namespace === 'mlflow');
    assert.deepEqual(others, []);
    assert.deepEqual(binding!.subjects[0].name, `${pipeline}-registry-writer-new`);
    // The first reconcile waits for its Trigger, too.
    const job = rendering.all('Job').find(({ metadata }) => metadata.name.includes('reconcile'))!;
    assert.ok(envOf(containerOf(job)).TRIGGERS!.split(',').includes(`${pipeline}-registry-writer-new`));
  });

  it('tells the functions that speak about a promotion of all registries', () => {
    const read = (name: string) => envOf(containerOf(service(name)));
    const { commitStatus } = readSettings(read('commit-status'), 'commit-status', readFile);
    assert.deepEqual(commitStatus.furtherRegistries, [{ name: 'new', uiUrl: 'https://mlflow.example.com' }]);
    assert.equal(read('dead-letter').FURTHER_REGISTRIES, 'new');
    assert.equal(read('-registry-writer').FURTHER_REGISTRIES, undefined);
    assert.equal(read('-parse').FURTHER_REGISTRIES, undefined);
  });

  for (const mode of ['knative-one', 'deployment'])
    it(`in mode ${mode} gives one process the settings of both`, async () => {
      const one = await render(helm, { ...two, mode });
      const object = mode === 'deployment' ? one.get('Deployment') : one.get('serving.knative.dev/v1 Service');
      const { registryWriter, commitStatus } = readAllSettings(envOf(containerOf(object)), readFile);
      const [mlflow] = registryWriter.further;
      assert.deepEqual(
        [registryWriter.token(), mlflow?.token(), mlflow?.user],
        ['a-text-of-registry', 'a-text-of-further-new', 'ada'],
      );
      assert.equal(mlflow?.ca(), certificate);
      assert.equal(commitStatus?.furtherRegistries[0]?.name, 'new');
      const [binding] = one.all('RoleBinding').filter(({ metadata }) => metadata.namespace === 'mlflow');
      assert.equal(binding!.subjects[0].name, pipeline);
      const mounts = containerOf(object).volumeMounts!.map(({ name }) => name);
      assert.deepEqual(mounts, [...new Set(mounts)]);
    });

  it('is otherwise what it is with one: a function for each, and an MLflow as the only registry', async () => {
    const only = await render(helm, {
      ...workshop,
      registry: { kind: 'mlflow', url: 'https://mlflow.example.com', workspace: 'team-a' },
    });
    const components = only
      .all('serving.knative.dev/v1 Service')
      .map(({ metadata }) => metadata.labels!['app.kubernetes.io/component']!);
    assert.ok(components.every((name) => name in functions));
    assert.deepEqual(components, [...new Set(components)]);
    const container = containerOf(only.get('serving.knative.dev/v1 Service', '-registry-writer'));
    const { registryWriter } = readSettings(envOf(container), 'registry-writer', readFile);
    assert.deepEqual([registryWriter.registry, registryWriter.workspace], ['mlflow', 'team-a']);
  });

  it('needs the pod token only for a registry without a Secret', async () => {
    const mounted = async (values: object) => {
      const { all } = await render(helm, values);
      return all('v1 ServiceAccount')
        .filter(({ automountServiceAccountToken }) => automountServiceAccountToken)
        .map(({ metadata }) => metadata.name.replace(`${pipeline}-`, ''));
    };
    assert.deepEqual(await mounted(two), []);
    const bare = { ...two, furtherRegistries: [{ name: 'new', url: 'https://r.example.com' }] };
    assert.deepEqual(await mounted(bare), ['registry-writer-new']);
  });

  const wrong: [what: object, sentence: RegExp][] = [
    [{ name: 'New' }, /furtherRegistries\[0\]\.name: expected a name of at most 12 characters/],
    [{ name: 'token' }, /furtherRegistries\[0\]\.name: expected a name with which no other setting/],
    [{ name: 'x-wake' }, /furtherRegistries\[0\]\.name: expected a name with which no other setting/],
    [{ url: 'mlflow.example.com' }, /furtherRegistries\[0\]\.url: expected an address that begins with/],
    [{ url: 'https://m.example.com/api/2.0/mlflow' }, /furtherRegistries\[0\]\.url: expected the address of the REST/],
    [{ url: 'http://m.example.com' }, /furtherRegistries\[0\]\.url: expected https:\/\/, because a token/],
    [{ api: '/api/model_registry/v1alpha3' }, /furtherRegistries\[0\]\.api: expected the path of the API of mlflow/],
    [{ existingSecret: '' }, /furtherRegistries\[0\]\.existingSecret: expected the Secret whose key `token`/],
    [{ kind: 'kubeflow' }, /furtherRegistries\[0\]\.versionTag: expected furtherRegistries\[0\]\.kind: mlflow/],
    [{ kind: 'sagemaker' }, /value must be one of 'kubeflow', 'mlflow'/],
    [{ role: { name: 'a', namespace: '' } }, /role\.namespace too/],
    [{ mistyped: 1 }, /additional properties 'mistyped' not allowed/],
    [{ name: undefined }, /missing property 'name'/],
  ];
  for (const [change, sentence] of wrong)
    it(`refuses ${JSON.stringify(change)} with a sentence`, async () => {
      const furtherRegistries = [merge(two.furtherRegistries[0]!, change)];
      await assert.rejects(render(helm, { ...two, furtherRegistries }), sentence);
    });

  it('refuses the same name twice, names too long together, and an MLflow without an address', async () => {
    const [one] = two.furtherRegistries;
    await assert.rejects(
      render(helm, { ...two, furtherRegistries: [one, one] }),
      /furtherRegistries\[1\]\.name: expected names that differ; "new" came twice/,
    );
    await assert.rejects(
      render(helm, { ...two, nameOverride: 'n'.repeat(36), furtherRegistries: [{ ...one, name: 'second' }] }),
      /furtherRegistries\[0\]\.name: expected at most 5 characters/,
    );
    await render(helm, { ...two, nameOverride: 'n'.repeat(36), furtherRegistries: [{ ...one, name: 'other' }] });
    await assert.rejects(
      render(helm, { ...workshop, registry: { kind: 'mlflow' } }),
      /Where is the model registry \(mlflow\)\? Set registry\.url\./,
    );
  });
});
