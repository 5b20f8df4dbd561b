// Values of the chart about how the functions run: events, proxies, schedule, each function, the network, and `mode: deployment`.
import { type FunctionName, rows } from '../../functions/table.ts';
import {
  address,
  flag,
  type Group,
  group,
  host,
  integer,
  mapping,
  objectName,
  resources,
  secretName,
  text,
  texts,
  type Values,
  valueKey,
} from './value.ts';

/** Beside the resources of its container, which every function has. */
const own: Readonly<Partial<Record<FunctionName, Group>>> = {
  'gitea-source': group('', {
    minScale: integer(
      '`1`: one pod always waits for webhooks, so that no webhook has to wait for a cold start; it takes about 50 MiB of memory all the time. `0`: nothing runs while nothing happens; if a start takes longer than the 5 s that Gitea waits, the webhook is lost, and the next reconcile makes up for it',
      1,
      { default: 0, least: 0, most: 100 },
    ),
  }),
  'commit-status': group('The commit status on the merge commit in Gitea', {
    existingSecret: secretName(
      'Secret whose key `token` is a token that may write commit statuses (`write:repository`). Empty: none are written',
      'gitea-status',
    ),
  }),
  notify: group('Messages about promotions in Slack, Mattermost and Microsoft Teams, and webhooks', {
    existingSecret: secretName(
      'Secret whose key `channels.json` lists the channels; `docs/notify.md` has the form. Empty: nobody is told',
      'notify-channels',
    ),
  }),
};

/** A group for each function, under its name in camel case. */
function functionValues(): Values {
  return Object.fromEntries(
    rows.map(({ name, memory }) => {
      const { text, values } = own[name] ?? group('', {});
      return [valueKey(name), group(text, { ...values, resources: resources(memory) })];
    }),
  );
}

export const running = {
  eventSigning: group('Signatures on events: an event that no function of this installation sent is refused', {
    enabled: flag('Sign events, so that somebody who can post to the broker cannot move a label', true),
    existingSecret: secretName(
      'Secret whose key `key` is the signing key, of at least 16 characters. Default: `<release>-event-key`, which is generated once',
      'event-key',
    ),
  }),
  broker: group('The Knative Broker', {
    name: objectName('An existing Broker in this namespace. Empty: one is created', 'default'),
    class: text(
      '`Kafka`: events survive a crash, and the events of one model stay in order. Empty: the default class of the cluster, usually in memory. The class of a Broker cannot be changed: remove the Broker first',
      'Kafka',
    ),
    kafkaConfig: group('The ConfigMap with which a Broker of class Kafka is created', {
      name: objectName('Name of the ConfigMap', 'kafka-config', 'kafka-broker-config'),
      namespace: objectName('Namespace of the ConfigMap', 'kafka', 'knative-eventing'),
    }),
    url: address(
      "The Broker's address, which the functions then have as a setting instead of by SinkBindings (see Argo CD). Empty: SinkBindings are created",
      'http://broker-ingress.knative-eventing.svc.cluster.local/user1-toolings/promotions',
    ),
    caCerts: text(
      "With `broker.url`: certificates (PEM) to trust at that address, in addition to the system's. SinkBindings bring them by themselves",
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      {
        form: {
          pattern: '^\\s*-----BEGIN CERTIFICATE-----',
          expected: 'certificates as text, which begins with -----BEGIN CERTIFICATE-----',
        },
      },
    ),
  }),
  proxy: group('The proxy to Gitea and the registry, where they cannot be reached directly', {
    https: address(
      'Proxy for https addresses of Gitea, the registry and channels, as `HTTPS_PROXY`. Never used for the broker or for Services of the cluster',
      'http://proxy.example.com:3128',
    ),
    http: address(
      'Proxy for http addresses of Gitea, the registry and channels, as `HTTP_PROXY`',
      'http://proxy.example.com:3128',
    ),
    noProxy: text(
      'What is called without a proxy, as `NO_PROXY`: names, IP addresses and CIDR blocks, separated by commas',
      '.example.com,10.0.0.0/8',
    ),
    existingSecret: secretName(
      'Secret with the keys `HTTPS_PROXY` and `HTTP_PROXY`, or one of them, instead of `proxy.https` and `proxy.http`: for addresses with a password',
      'proxy',
    ),
  }),
  reconcile: group(
    'The reconcile: Git and the registry are compared, and what differs is corrected, even if an event was lost',
    {
      schedule: text(
        'Cron schedule, in UTC. Empty: every 30 minutes, at minutes that depend on namespace and release, so that many installations do not call one Gitea at the same time',
        '*/10 * * * *',
        {
          form: { pattern: '^([0-9A-Za-z*/,?-]+\\s+){4}[0-9A-Za-z*/,?-]+$', expected: 'five fields, as */30 * * * *' },
        },
      ),
    },
  ),
  rollout: group(
    'What serves: `rollout-observer` reads the namespaces of the environments and says which versions their Pods serve',
    {
      enabled: flag('Observe what serves. A Role and a RoleBinding are created in each of the namespaces', false),
      namespaces: mapping(
        'The namespace of each environment. Default: `<USER_NAME>-<environment>` for each of `promotions.environments`',
        { prod: 'team-prod' },
      ),
      workload: text(
        'What serves a model: the InferenceService of this name, with `{name}` for the name of the model; or, without KServe, `deployment/{application}/<container>`: the Deployment that is called like the folder of the deployment file (or like the model, with `{name}`), and its container whose image is the model',
        'deployment/{application}/server',
        { default: 'inferenceservice/{name}' },
      ),
      servedUri: text(
        'The address of the artifact that an InferenceService asks for, if it is not `promotions.artifactUri`, or the image of a container, of which otherwise the tag counts; the version is read from it',
        's3://models/{name}/{version}',
      ),
      cluster: text(
        'What this cluster is called in the registry: no other cluster is then believed about the same model and environment',
        'east',
      ),
      argoCdNamespace: objectName(
        "Namespace of Argo CD's Applications, which say why the cluster was not told yet what Git deploys. Empty: they are not asked, and no right to read them is needed",
        'user1-toolings',
      ),
    },
  ),
  ...functionValues(),
  networkPolicy: group('', {
    enabled: flag(
      'Create NetworkPolicies: only Knative can reach the functions, and `gitea-source` and `dead-letter` can reach only the broker',
      true,
    ),
    knativeNamespaces: texts(
      "Namespaces of Knative's own pods",
      ['knative-serving', 'kourier-system', 'knative-eventing'],
      ['knative-serving', 'knative-serving-ingress', 'knative-eventing', 'kourier-system', 'istio-system'],
    ),
    metricsNamespaces: texts(
      'Namespaces whose pods may read `/metrics`',
      ['monitoring'],
      ['openshift-user-workload-monitoring', 'openshift-monitoring', 'monitoring'],
    ),
  }),
  deployment: group('Used in `mode: deployment` only, except `resources`, which `mode: knative-one` uses, too', {
    expose: text('How Gitea reaches the functions. `auto`: by a Route on OpenShift, else by an Ingress', 'ingress', {
      default: 'auto',
      oneOf: ['auto', 'route', 'ingress', 'none'],
    }),
    host: host(
      'Host name of the Ingress or Route. An Ingress needs one; OpenShift chooses one for a Route',
      'hooks.example.com',
    ),
    ingressClass: objectName("Class of the Ingress. Empty: the cluster's default", 'nginx'),
    tlsSecret: secretName("Secret with the Ingress's certificate. Empty: plain HTTP", 'hooks-tls'),
    resources: resources('512Mi'),
  }),
};
