import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { rows } from '../../../config/chart-source/values.ts';
import { tool } from '../../tool.ts';
import { type Manifest, type Rendering, render, workshop } from './helm.ts';
import { podSpecs, unrestricted } from './pods.ts';
import { valuesWith } from './values.ts';

const run = promisify(execFile);
const schemas = fileURLToPath(new URL('../../fixtures/schemas/', import.meta.url));
const digest = `quay.io/example/functions@sha256:${'a'.repeat(64)}`;

/** Installations people make, beside one for each value. */
const installations: Record<string, object> = {
  'the three keys': workshop,
  'all five keys': { ...workshop, repo_url: 'https://git.example.com/a/b', target_revision: 'main' },
  Kafka: { ...workshop, broker: { class: 'Kafka' } },
  'a Broker that is there': { ...workshop, broker: { name: 'default' } },
  'a given image': { ...workshop, image: { reference: digest, pullSecret: 'quay' } },
  'existing Secrets': {
    ...workshop,
    gitea: { existingSecret: 'a', webhook: { existingSecret: 'b' } },
    registry: { existingSecret: 'c' },
    eventSigning: { existingSecret: 'd' },
    commitStatus: { existingSecret: 'e' },
    notify: { existingSecret: 'f' },
  },
  'two registries': {
    ...workshop,
    furtherRegistries: [{ name: 'new', kind: 'mlflow', url: 'https://mlflow.example.com', existingSecret: 'mlflow' }],
  },
  'a webhook made by a Job': { ...workshop, gitea: { webhook: { create: true } } },
  'one Knative Service': { ...workshop, mode: 'knative-one', gitea: { webhook: { create: true } } },
  'without Knative': { ...workshop, mode: 'deployment' },
  'without Knative and OpenShift': {
    ...workshop,
    mode: 'deployment',
    image: { reference: digest },
    deployment: { expose: 'ingress', host: 'hooks.example.com', tlsSecret: 'tls', ingressClass: 'nginx' },
    gitea: { webhook: { create: true } },
  },
};

describe('manifests of the chart', () => {
  let kubeconform: string;
  let folder: string;
  const rendered = new Map<string, Rendering>();

  before(async function () {
    const helm = tool(this, 'HELM');
    kubeconform = tool(this, 'KUBECONFORM');
    folder = await mkdtemp(path.join(tmpdir(), 'manifests-'));
    for (const [name, values] of Object.entries(installations)) rendered.set(name, await render(helm, values));
    for (const row of rows) rendered.set(row.path, await render(helm, valuesWith(row)));
    for (const [name, { text }] of rendered) await writeFile(path.join(folder, `${name}.yaml`), text);
  });

  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  it("are valid by Kubernetes', OpenShift's and Knative's schemas, with every value set", async () => {
    const location = `${schemas}{{ .ResourceKind }}{{ .KindSuffix }}.json`;
    await run(kubeconform, ['-strict', '-schema-location', location, folder]).catch((error) =>
      assert.fail(`${error.stdout}${error.stderr}`),
    );
  });

  it('Broker and Triggers pass the checks of Knative itself, which finds what schemas cannot', async function () {
    const broker = tool(this, 'KNATIVE_BROKER');
    for (const [name, { all }] of rendered) {
      const triggers = all('Trigger');
      if (triggers.length === 0) continue;
      const [made = { ...triggers[0]!, kind: 'Broker', metadata: { name: triggers[0]!.spec.broker }, spec: {} }] =
        all('Broker');
      const file = path.join(folder, 'checked');
      await writeFile(file, [made, ...triggers].map((object) => stringify(object)).join('---\n'));
      await run(broker, ['-check', '-config', file]).catch((error) => assert.fail(`${name}: ${error.stderr}`));
    }
  });

  it('every Pod passes the restricted Pod Security Standard, writes nowhere and runs as any user', () => {
    for (const [name, { objects }] of rendered) {
      const pods = objects.flatMap(podSpecs);
      assert.ok(pods.length > 0, name);
      for (const { of, pod } of pods) assert.deepEqual(unrestricted(pod), [], `${name}: ${of}`);
    }
  });

  it('nothing needs more than the namespace, and nothing may read a Secret through the API', () => {
    for (const [name, { objects }] of rendered) {
      for (const { kind, metadata, rules = [] } of objects) {
        assert.ok(!kind.startsWith('Cluster') && kind !== 'Namespace', `${name}: ${kind}`);
        // Whoever observes what serves reads, elsewhere, what is no secret.
        const isObserver = metadata.labels?.['app.kubernetes.io/component'] === 'rollout-observer';
        const mayBeElsewhere = kind === 'RoleBinding' || (kind === 'Role' && isObserver);
        assert.ok(metadata.namespace === undefined || mayBeElsewhere, `${name}: ${kind} elsewhere`);
        for (const { resources, verbs, apiGroups } of rules as Record<string, string[]>[]) {
          assert.ok(![...resources!, ...verbs!, ...apiGroups!].includes('*'), name);
          if (resources!.includes('secrets')) assert.deepEqual(verbs, ['create'], name);
          else if (isObserver) assert.match(verbs!.join(), /^list(,watch)?$/, name);
          else assert.deepEqual(verbs, ['get'], name);
        }
      }
    }
  });

  it('no Secret is rendered, and no setting holds a secret', () => {
    for (const [name, { objects, all }] of rendered) {
      assert.deepEqual(all('v1 Secret'), [], name);
      for (const { of, pod } of objects.flatMap(podSpecs))
        for (const { name: setting, value } of pod.containers[0]!.env ?? [])
          if (/SECRET$|TOKEN$|KEY$/.test(setting)) assert.equal(value, undefined, `${name}: ${of} ${setting}`);
    }
  });

  it('names are those that Kubernetes takes, and no two objects have the same', () => {
    for (const [name, { objects }] of rendered) {
      const ids = objects.map(
        ({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.namespace} ${metadata.name}`,
      );
      assert.deepEqual(ids, [...new Set(ids)], name);
      for (const { kind, metadata } of objects)
        assert.match(
          metadata.name,
          kind === 'EventType' ? /^[a-z0-9][a-z0-9.-]{0,252}$/ : /^[a-z0-9][a-z0-9.-]{0,62}$/,
          name,
        );
    }
  });

  it('every pod runs as a service account of its own that is rendered', () => {
    for (const [name, { objects }] of rendered) {
      const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);
      for (const { of, pod } of objects.flatMap(podSpecs))
        assert.ok(accounts.includes(pod.serviceAccountName!), `${name}: ${of}`);
    }
  });

  it('a name that is as long as may be stays within what Kubernetes and its controllers take', async function () {
    const helm = tool(this, 'HELM');
    const values = { ...workshop, nameOverride: 'n'.repeat(36), gitea: { webhook: { create: true } } };
    for (const mode of ['knative', 'knative-one', 'deployment']) {
      const { objects } = await render(helm, { ...values, mode });
      // A CronJob adds 11 characters.
      const longest = (object: Manifest) => (object.kind === 'CronJob' ? 52 : object.kind === 'EventType' ? 253 : 63);
      for (const object of objects) assert.ok(object.metadata.name.length <= longest(object), object.metadata.name);
    }
  });
});
