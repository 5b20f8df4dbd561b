// Values of the chart that a platform team sets: where Pods run, labels and environment of its own, and monitoring.
import { flag, group, mapping, mappings, objectName, text } from './value.ts';

/** Knative Serving refuses some fields of a Pod unless its ConfigMap `config-features` allows them. */
const gated = (feature: string) =>
  `On Knative it needs \`kubernetes.podspec-${feature}: enabled\` in Serving's ConfigMap \`config-features\`, else the Services are refused`;

export const platform = {
  nodeSelector: mapping(`Labels of the nodes on which Pods may run. ${gated('nodeselector')}`, {
    'node-role.kubernetes.io/infra': '',
  }),
  tolerations: mappings(`Taints of nodes that Pods tolerate. ${gated('tolerations')}`, [
    { key: 'infra', operator: 'Exists', effect: 'NoSchedule' },
  ]),
  affinity: {
    ...mapping(`Affinity of Pods. ${gated('affinity')}`, {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }] }],
        },
      },
    }),
    holds: 'anything',
  },
  priorityClassName: objectName(`PriorityClass of Pods. ${gated('priorityclassname')}`, 'business-critical'),
  extraEnv: {
    ...mappings(
      'Further environment variables of all containers, as Kubernetes writes them. What the chart sets itself has a value of its own and is refused here',
      [{ name: 'NODE_OPTIONS', value: '--use-openssl-ca' }],
    ),
    needs: 'name',
  },
  commonLabels: mapping('Further labels of all objects and Pods', { 'example.com/team': 'mlops' }),
  commonAnnotations: mapping('Further annotations of all objects', { 'example.com/owner': 'mlops@example.com' }),
  podLabels: mapping('Further labels of Pods', { 'example.com/cost-center': '4711' }),
  podAnnotations: mapping('Further annotations of Pods', { 'sidecar.istio.io/inject': 'false' }),
  podMonitor: group('The Prometheus Operator scrapes the Pods while they run', {
    enabled: flag('Create a PodMonitor. A scrape neither starts a function nor keeps it running', false),
    interval: text('Time between two scrapes. A Pod that lives shorter may never be seen', '30s', {
      default: '15s',
      form: { pattern: '^[1-9][0-9]*(s|m)$', expected: 'seconds or minutes, as 15s' },
    }),
    labels: mapping("Labels by which the Prometheus finds it, such as `release` of the Prometheus's own chart", {
      release: 'prometheus',
    }),
  }),
  alerts: group('Alerts for the Prometheus Operator; `docs/operate.md` has what to do for each', {
    enabled: flag(
      'Create a PrometheusRule (`files/alerts.yaml`). Its rules look at every installation that the Prometheus scrapes: one of them is enough',
      false,
    ),
    labels: mapping('Labels by which the Prometheus finds it', { release: 'prometheus' }),
    runbookUrl: text(
      "The address of `docs/operate.md` where your people read it, for the annotation `runbook_url`. Empty: the page's path in this repository",
      'https://git.example.com/team/post-deployment-functions/src/branch/main/docs/operate.md',
      { form: { pattern: '^https?://[^#@\\s]+$', expected: 'an address without a fragment' } },
    ),
  }),
  dashboard: group("A dashboard for Grafana, in a ConfigMap that Grafana's sidecar finds by its label", {
    enabled: flag('Create the ConfigMap (`files/dashboard.json`)', false),
    labels: mapping('Labels by which the sidecar finds it', { grafana_dashboard: 'mlops' }, { grafana_dashboard: '1' }),
  }),
} as const;
