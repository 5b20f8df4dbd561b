// What a platform team sets: where Pods run, labels, environment and monitoring, in every mode.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { tool } from '../../tool.ts';
import { chart, type Manifest, type Rendering, render, workshop } from './helm.ts';
import { podSpecs } from './pods.ts';

const pods = {
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'infra', operator: 'Exists' }],
  affinity: { podAffinity: {} },
  priorityClassName: 'critical',
};
const values = {
  ...workshop,
  ...pods,
  gitea: { webhook: { create: true } },
  commitStatus: { existingSecret: 'status' },
  notify: { existingSecret: 'channels' },
  extraEnv: [{ name: 'NODE_OPTIONS', value: '--use-openssl-ca' }],
  commonLabels: { 'example.com/team': 'mlops', both: 'common' },
  commonAnnotations: { 'example.com/owner': 'somebody' },
  podLabels: { 'example.com/cost-center': '4711', both: 'pod' },
  podAnnotations: { 'sidecar.istio.io/inject': 'false' },
  podMonitor: { enabled: true, labels: { release: 'prometheus' } },
  alerts: { enabled: true, labels: { release: 'prometheus' }, runbookUrl: 'https://git.example.com/operate.md' },
  dashboard: { enabled: true },
};
const read = (file: string) => readFileSync(`${chart}/files/${file}`, 'utf8');
type Rule = { alert: string; annotations: Record<string, string> };
const rulesOf = (object: object) =>
  ((object as Manifest).spec.groups as { rules: Rule[] }[]).flatMap(({ rules }) => rules);

for (const mode of ['knative', 'knative-one', 'deployment'])
  describe(`what a platform team sets, in mode ${mode}`, () => {
    let rendering: Rendering;
    const templates = () =>
      rendering.objects
        .filter((object) => podSpecs(object).length > 0)
        .map(({ kind, spec }) => (kind === 'CronJob' ? spec.jobTemplate.spec.template : spec.template));

    before(async function () {
      rendering = await render(tool(this, 'HELM'), { ...values, mode });
    });

    it('is in every Pod: where it runs, its labels, annotations and environment', () => {
      assert.ok(templates().length > 2);
      for (const { metadata, spec } of templates()) {
        for (const [field, value] of Object.entries(pods)) assert.deepEqual(spec[field], value, field);
        assert.equal(metadata.annotations['sidecar.istio.io/inject'], 'false');
        assert.equal(metadata.labels['example.com/team'], 'mlops');
        assert.equal(metadata.labels['example.com/cost-center'], '4711');
        assert.equal(metadata.labels.both, 'pod');
        const { env } = spec.containers[0];
        assert.ok(JSON.stringify(env).includes(JSON.stringify(values.extraEnv[0])));
      }
    });

    it('is on every object, and in no selector, which could not be changed later', () => {
      for (const { kind, metadata, spec } of rendering.objects) {
        assert.equal(metadata.labels!['example.com/team'], 'mlops', kind);
        assert.equal(metadata.annotations!['example.com/owner'], 'somebody', kind);
        assert.ok(!JSON.stringify(spec?.selector ?? {}).includes('example.com'), kind);
      }
    });

    it('makes Prometheus find the Pods that have metrics, by a port they have', () => {
      const { metadata, spec } = rendering.get('PodMonitor');
      assert.equal(metadata.labels!.release, 'prometheus');
      const [{ key, operator, values: jobs }] = spec.selector.matchExpressions;
      assert.equal(operator, 'NotIn');
      for (const object of rendering.objects.filter((one) => podSpecs(one).length > 0)) {
        const isJob = ['Job', 'CronJob'].includes(object.kind);
        assert.equal(jobs.includes(object.metadata.labels![key] ?? 'reconcile'), isJob, object.metadata.name);
      }
      const { port } = spec.podMetricsEndpoints[0];
      // Knative names the port of the container so.
      if (mode !== 'deployment') assert.equal(port, 'user-port');
      else
        assert.ok(
          templates().some((one) => one.spec.containers[0].ports?.some(({ name }: { name: string }) => name === port)),
        );
    });

    it('has the alerts as they are in the file, with the address of their runbook, and the dashboard', () => {
      const [rendered, written] = [rulesOf(rendering.get('PrometheusRule')), rulesOf(parse(read('alerts.yaml')))];
      assert.deepEqual(
        rendered.map(({ annotations: { runbook_url, ...annotations }, ...rule }) => ({ ...rule, annotations })),
        written.map(({ annotations: { runbook_url, ...annotations }, ...rule }) => ({ ...rule, annotations })),
      );
      for (const { alert, annotations } of rendered)
        assert.equal(annotations.runbook_url, `https://git.example.com/operate.md#${alert.toLowerCase()}`);
      const { metadata, data } = rendering.get('ConfigMap');
      assert.equal(metadata.labels!.grafana_dashboard, '1');
      assert.deepEqual(JSON.parse(Object.values<string>(data)[0]!), JSON.parse(read('dashboard.json')));
    });
  });
