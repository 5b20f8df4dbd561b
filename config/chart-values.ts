// The chart's values, in one table. chart/values.yaml, chart/values.schema.json and the table in chart/README.md are written
// from it (generate.ts), so that a value has one name, one default and one meaning.

interface Common {
  /** `gitea.url`: keys of nested mappings. */
  path: string;
  /** One line of Markdown. */
  text: string;
  /** What a value may look like, for the README and the test that renders every value. */
  example: unknown;
}

/** How a text must look; a template says so in a sentence, because a schema would only show the pattern. */
interface Form {
  pattern: string;
  expected: string;
}

export type Row = Common &
  (
    | { type: 'string'; default: string; oneOf?: readonly string[]; form?: Form }
    | { type: 'integer'; default: number; least: number; most: number }
    | { type: 'boolean'; default: boolean }
    | { type: 'strings'; default: readonly string[] }
    | { type: 'mapping'; default: Readonly<Record<string, unknown>> }
  );

/** A mapping above some values, with the line that stands over it. */
export const groups: Readonly<Record<string, string>> = {
  image: 'The image of all functions: built in the cluster (OpenShift) unless `image.reference` names one',
  build: 'The build in the cluster',
  gitea: 'Where Git is',
  'gitea.webhook': 'The webhook that Gitea calls',
  promotions: 'What a deployment is, in the repository',
  registry: 'The Kubeflow Model Registry',
  'registry.role': 'The Role by which the registry lets clients in, where the namespace has no access yet',
  eventSigning: 'Signed events: `registry-writer` then refuses what `parse` did not write',
  broker: 'The Knative Broker',
  'broker.kafkaConfig': 'The ConfigMap that a Broker of class Kafka is made with',
  reconcile: 'The comparison of Git and registry that heals what was lost',
  giteaSource: '',
  parse: '',
  registryWriter: '',
  deadLetter: '',
  commitStatus: 'Word back to Gitea: a commit status on the merge commit',
  networkPolicy: '',
  deployment: 'Only in `mode: deployment`',
};

const resources = (memory: string) => ({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory } });
const resourcesText = 'Requests and limits. No CPU limit: it would multiply the start from zero';

const objectName: Form = {
  pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$',
  expected: "the name of an object in Kubernetes: lower-case letters, digits, '-' and '.'",
};
const url: Form = {
  pattern: '^https?://[^/?#@\\s]+[^?#@\\s]*$',
  expected: 'an address that begins with https:// (or http://) and has no user, password, query or fragment',
};
const host: Form = {
  pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$',
  expected: 'a host name, without https:// and without a path',
};

/** As promotions/environment-name.ts has it. */
const environmentName = '[a-z0-9][a-z0-9-]*';

export const rows: readonly Row[] = [
  {
    path: 'USER_NAME',
    type: 'string',
    default: '',
    text: "The workshop's user. Gives the defaults of `gitea.repository` and `registry.url`",
    example: 'user7',
  },
  {
    path: 'cluster_domain',
    type: 'string',
    default: '',
    form: host,
    text: "The cluster's domain for applications, without `https://`. Gives the defaults of `gitea.url` and `registry.url`",
    example: 'apps.example.org',
  },
  {
    path: 'chart_path',
    type: 'string',
    default: '',
    text: "Read by the workshop's ApplicationSet, not by the chart",
    example: 'config/chart',
  },
  {
    path: 'repo_url',
    type: 'string',
    default: '',
    text: "Read by the workshop's ApplicationSet: where this chart is. Gives the default of `build.gitUrl`",
    example: 'https://gitea.example.com/user1/post-deployment-functions',
  },
  {
    path: 'target_revision',
    type: 'string',
    default: '',
    text: "Read by the workshop's ApplicationSet: branch, tag or commit of this chart. Gives the default of `build.gitRef`",
    example: 'v0.1.0',
  },
  {
    path: 'mode',
    type: 'string',
    default: 'knative',
    oneOf: ['knative', 'deployment'],
    text: '`knative`: functions on Knative, scaled to zero. `deployment`: all of them in one pod, for a cluster without Knative',
    example: 'deployment',
  },
  {
    path: 'checkApis',
    type: 'boolean',
    default: true,
    text: 'Refuse to render for a cluster without the APIs that are needed. `false`: for `helm template` without a cluster',
    example: false,
  },
  {
    path: 'nameOverride',
    type: 'string',
    default: '',
    form: {
      pattern: '^[a-z]([a-z0-9-]{0,34}[a-z0-9])?$',
      expected: "at most 36 lower-case letters, digits and '-', a letter first",
    },
    text: 'What the names of all objects begin with, at most 36 characters. Default: the release name',
    example: 'promotions',
  },
  {
    path: 'logLevel',
    type: 'string',
    default: 'info',
    oneOf: ['debug', 'info', 'warn', 'error'],
    text: 'What the functions log',
    example: 'debug',
  },
  {
    path: 'allowHttp',
    type: 'boolean',
    default: false,
    text: 'Let tokens go over plain HTTP to other hosts than those of the cluster',
    example: true,
  },
  {
    path: 'trustClusterCa',
    type: 'boolean',
    default: true,
    text: "Trust the cluster's own certificate authority beside the public ones (ConfigMap `kube-root-ca.crt`): on OpenShift it signs the routes",
    example: false,
  },
  {
    path: 'image.reference',
    type: 'string',
    default: '',
    form: {
      pattern: '^[a-z0-9]+([._:/-]+[A-Za-z0-9_]+)*(@sha256:[a-f0-9]{64})?$',
      expected: 'the reference of an image, as quay.io/team/functions:1.2.3',
    },
    text: 'A ready image, best by digest. Empty: it is built',
    example: `quay.io/example/post-deployment-functions@sha256:${'0'.repeat(64)}`,
  },
  {
    path: 'image.folder',
    type: 'string',
    default: '/app',
    text: "Where the bundles are in a ready image, as the project's Containerfile puts them. Built by `func`: `dist`",
    example: 'dist',
  },
  {
    path: 'image.command',
    type: 'strings',
    default: ['node'],
    text: 'How a ready image runs a script. Buildpacks: `[/cnb/lifecycle/launcher, node]`',
    example: ['/cnb/lifecycle/launcher', 'node'],
  },
  {
    path: 'image.pullSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: 'Secret with the credentials of its registry',
    example: 'quay-pull',
  },
  {
    path: 'build.gitUrl',
    type: 'string',
    default: '',
    text: 'Repository of these functions. Default: `repo_url`, else `post-deployment-functions` of `USER_NAME` in the Gitea of the workshop',
    example: 'https://git.example.com/team/post-deployment-functions.git',
  },
  {
    path: 'build.gitRef',
    type: 'string',
    default: '',
    text: "Branch, tag or commit to build. Default: `target_revision`, else the repository's default branch. A tag or a commit makes every installation the same",
    example: 'v0.1.0',
  },
  {
    path: 'build.existingSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: 'Secret (`kubernetes.io/basic-auth` or `ssh-auth`) with which that repository is read. Empty: it is public',
    example: 'source-access',
  },
  {
    path: 'build.builder',
    type: 'string',
    default: 'registry.access.redhat.com/ubi9/nodejs-22:latest',
    text: 'Source-to-image builder with Node 22',
    example: 'registry.access.redhat.com/ubi9/nodejs-22:9.6',
  },
  {
    path: 'build.npmMirror',
    type: 'string',
    default: '',
    form: url,
    text: 'Address of an npm registry to install from. Empty: the public one',
    example: 'https://npm.example.com/',
  },
  {
    path: 'build.run',
    type: 'integer',
    default: 1,
    least: 1,
    most: 1_000_000,
    text: 'Another number builds again, from what the branch is by then',
    example: 2,
  },
  {
    path: 'gitea.url',
    type: 'string',
    default: '',
    form: url,
    text: 'Address of Gitea or Forgejo. Default: `https://gitea-gitea.<cluster_domain>`',
    example: 'https://gitea.example.com',
  },
  {
    path: 'gitea.repository',
    type: 'string',
    default: '',
    form: { pattern: '^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$', expected: 'owner/name' },
    text: 'The repository that says what runs where, as `owner/name`. Default: `<USER_NAME>/mlops-gitops`',
    example: 'team/mlops-gitops',
  },
  {
    path: 'gitea.branch',
    type: 'string',
    default: '',
    text: "The branch to watch. Default: the repository's default branch",
    example: 'main',
  },
  {
    path: 'gitea.existingSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: 'Secret whose key `token` is a token with `read:repository`. Default: `<release>-gitea`, used when it is there, because a public repository needs none. Named here, it must be there',
    example: 'gitea-read',
  },
  {
    path: 'gitea.caConfigMap',
    type: 'string',
    default: '',
    form: objectName,
    text: "ConfigMap whose key `ca.crt` has the certificates to trust for Gitea, in place of all others'",
    example: 'gitea-ca',
  },
  {
    path: 'gitea.webhook.existingSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: "Secret whose key `secret` is the webhook's secret; several, separated by commas, while it is changed. Default: `<release>-webhook`, generated once",
    example: 'gitea-webhook',
  },
  {
    path: 'gitea.webhook.create',
    type: 'boolean',
    default: false,
    text: 'A Job makes the webhook in Gitea, or mends it. Else by hand (see below)',
    example: true,
  },
  {
    path: 'gitea.webhook.existingTokenSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: "Secret whose key `token` is a token of one of the repository's administrators with `write:repository`, for that Job only. Default: `<release>-gitea-admin`",
    example: 'gitea-admin',
  },
  {
    path: 'gitea.webhook.url',
    type: 'string',
    default: '',
    form: url,
    text: 'Address that Gitea is to call. Default: that of the Knative Service, the Route or the Ingress',
    example: 'https://hooks.example.com/gitea',
  },
  {
    path: 'promotions.files',
    type: 'string',
    default: '',
    text: 'Where the deployment files are. Default: `model-deployments/{environment}/{application}/config.yaml`',
    example: 'deployments/{environment}/**/{application}.yaml',
  },
  {
    path: 'promotions.environments',
    type: 'string',
    default: '',
    form: {
      pattern: `^\\s*(\\*|${environmentName}(\\s*,\\s*${environmentName})*)\\s*$`,
      expected: "names of environments in lower case (a-z, 0-9 and '-'), separated by commas, or *",
    },
    text: 'Environments to watch, separated by commas; `*`: all. Default: `prod`',
    example: 'prod,staging',
  },
  {
    path: 'promotions.artifactUri',
    type: 'string',
    default: '',
    text: "Address of a version's artifact. Default: `oci://{image_repository}/{image_namespace}/{name}:{version}`",
    example: 'oci://quay.io/{image_namespace}/{name}:{version}',
  },
  {
    path: 'promotions.artifactEnvironment',
    type: 'string',
    default: '',
    form: { pattern: `^${environmentName}$`, expected: "one environment in lower case (a-z, 0-9 and '-')" },
    text: 'The environment that decides about it. Default: `prod` if watched, else the first',
    example: 'prod',
  },
  {
    path: 'registry.url',
    type: 'string',
    default: '',
    form: url,
    text: 'Address of its REST API. Default: `https://<USER_NAME>-prod-registry-rest.<cluster_domain>`',
    example: 'https://registry.team-registries.svc:8443',
  },
  {
    path: 'registry.api',
    type: 'string',
    default: '',
    text: 'Path of its API. Default: `/api/model_registry/v1alpha3`',
    example: '/api/model_registry/v1alpha3',
  },
  {
    path: 'registry.existingSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: "Secret whose key `token` is a token for the registry. Empty: the token of `registry-writer`'s service account",
    example: 'registry-token',
  },
  {
    path: 'registry.caConfigMap',
    type: 'string',
    default: '',
    form: objectName,
    text: "ConfigMap whose key `ca.crt` has the certificates to trust for the registry, in place of all others'",
    example: 'registry-ca',
  },
  {
    path: 'registry.floatingVersions',
    type: 'string',
    default: '',
    text: 'Versions that mean "whatever is newest", separated by commas. Default: `latest`',
    example: 'latest,main',
  },
  {
    path: 'registry.uiUrl',
    type: 'string',
    default: '',
    form: url,
    text: "Address of the registry's user interface, for the links of commit statuses",
    example: 'https://dashboard.example.com/modelRegistry/registry',
  },
  {
    path: 'registry.role.name',
    type: 'string',
    default: '',
    form: objectName,
    text: "Role to bind to `registry-writer`'s service account, as `registry-user-<registry>`. Empty: none; in the workshop the namespace has access already",
    example: 'registry-user-team',
  },
  {
    path: 'registry.role.namespace',
    type: 'string',
    default: '',
    form: objectName,
    text: 'Namespace of that Role',
    example: 'team-registries',
  },
  {
    path: 'eventSigning.enabled',
    type: 'boolean',
    default: true,
    text: 'Whoever may post to the broker can move no label',
    example: false,
  },
  {
    path: 'eventSigning.existingSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: 'Secret whose key `key` signs. Default: `<release>-event-key`, generated once',
    example: 'event-key',
  },
  {
    path: 'broker.name',
    type: 'string',
    default: '',
    form: objectName,
    text: 'A Broker that is there already, in this namespace. Empty: one is made',
    example: 'default',
  },
  {
    path: 'broker.class',
    type: 'string',
    default: '',
    text: '`Kafka`: events outlive a crash, and those of one model stay in order. Empty: what the cluster makes by default, in memory as a rule. A Broker never changes its class: remove it first',
    example: 'Kafka',
  },
  {
    path: 'broker.kafkaConfig.name',
    type: 'string',
    default: 'kafka-broker-config',
    form: objectName,
    text: 'Its name',
    example: 'kafka-config',
  },
  {
    path: 'broker.kafkaConfig.namespace',
    type: 'string',
    default: 'knative-eventing',
    form: objectName,
    text: 'Its namespace',
    example: 'kafka',
  },
  {
    path: 'broker.url',
    type: 'string',
    default: '',
    form: url,
    text: "The Broker's address, for a functions' setting in place of SinkBindings (see Argo CD). Empty: SinkBindings",
    example: 'http://broker-ingress.knative-eventing.svc.cluster.local/user1-toolings/promotions',
  },
  {
    path: 'reconcile.schedule',
    type: 'string',
    default: '',
    form: { pattern: '^(\\S+\\s+){4}\\S+$', expected: 'five fields, as */30 * * * *' },
    text: 'When, as cron says it, in UTC. Empty: every 30 minutes, at minutes that come from namespace and release, so that many installations do not ask one Gitea at once',
    example: '*/10 * * * *',
  },
  {
    path: 'giteaSource.minScale',
    type: 'integer',
    default: 0,
    least: 0,
    most: 100,
    text: "`1`: a pod waits for webhooks, so none meets a cold start; it costs some 50 MiB around the clock. `0`: nothing runs; a start that takes longer than Gitea's 5 s loses the webhook, and the next comparison heals it",
    example: 1,
  },
  {
    path: 'giteaSource.resources',
    type: 'mapping',
    default: resources('640Mi'),
    text: resourcesText,
    example: { limits: { memory: '512Mi' } },
  },
  {
    path: 'parse.resources',
    type: 'mapping',
    default: resources('384Mi'),
    text: resourcesText,
    example: { limits: { memory: '512Mi' } },
  },
  {
    path: 'registryWriter.resources',
    type: 'mapping',
    default: resources('256Mi'),
    text: resourcesText,
    example: { limits: { memory: '512Mi' } },
  },
  {
    path: 'deadLetter.resources',
    type: 'mapping',
    default: resources('384Mi'),
    text: resourcesText,
    example: { limits: { memory: '512Mi' } },
  },
  {
    path: 'commitStatus.existingSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: 'Secret whose key `token` is a token that may write statuses (`write:repository`). Empty: no commit statuses',
    example: 'gitea-status',
  },
  {
    path: 'commitStatus.resources',
    type: 'mapping',
    default: resources('256Mi'),
    text: resourcesText,
    example: { limits: { memory: '512Mi' } },
  },
  {
    path: 'networkPolicy.enabled',
    type: 'boolean',
    default: true,
    text: 'NetworkPolicies: only Knative reaches the functions, `gitea-source` and `dead-letter` reach only the broker',
    example: false,
  },
  {
    path: 'networkPolicy.knativeNamespaces',
    type: 'strings',
    default: ['knative-serving', 'knative-serving-ingress', 'knative-eventing', 'kourier-system', 'istio-system'],
    text: "Namespaces of Knative's own pods",
    example: ['knative-serving', 'kourier-system', 'knative-eventing'],
  },
  {
    path: 'networkPolicy.metricsNamespaces',
    type: 'strings',
    default: ['openshift-user-workload-monitoring', 'openshift-monitoring', 'monitoring'],
    text: 'Namespaces whose pods may read `/metrics`',
    example: ['monitoring'],
  },
  {
    path: 'deployment.expose',
    type: 'string',
    default: 'auto',
    oneOf: ['auto', 'route', 'ingress', 'none'],
    text: 'How Gitea reaches it. `auto`: a Route on OpenShift, else an Ingress',
    example: 'ingress',
  },
  {
    path: 'deployment.host',
    type: 'string',
    default: '',
    form: host,
    text: 'Host name. Needed for an Ingress; a Route gets one by itself',
    example: 'hooks.example.com',
  },
  {
    path: 'deployment.ingressClass',
    type: 'string',
    default: '',
    form: objectName,
    text: "Class of the Ingress. Empty: the cluster's default",
    example: 'nginx',
  },
  {
    path: 'deployment.tlsSecret',
    type: 'string',
    default: '',
    form: objectName,
    text: "Secret with the Ingress's certificate. Empty: plain HTTP",
    example: 'hooks-tls',
  },
  {
    path: 'deployment.resources',
    type: 'mapping',
    default: resources('512Mi'),
    text: resourcesText,
    example: { limits: { memory: '768Mi' } },
  },
];
