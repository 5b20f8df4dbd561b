// The settings of the functions, one row each: name, who reads it, check, default, meaning. functions/settings.ts reads them; nothing
// else in the project reads these names from the environment.
import { channels } from './channels.ts';
import {
  anyText,
  baseUrl,
  branchName,
  certificates,
  deploymentFile,
  environmentName,
  environments,
  ipAddress,
  list,
  namespace,
  namespaces,
  oneOf,
  repositoryName,
  serverUrl,
  servingWorkload,
  signingKey,
  token,
  trueOrFalse,
  uriTemplate,
  wholeNumber,
} from './checks.ts';
import { proxyTable } from './proxies.ts';
import type { Table } from './reader.ts';
import { registryTable, severalTable } from './registry.ts';
import { sinkTable } from './sink.ts';

/** What FORGE may say: each has a row in forges/index.ts. */
export const forgeNames = ['gitea'] as const;
export type ForgeName = (typeof forgeNames)[number];

/** What GITEA_PULL_REQUESTS may say. */
export const pullRequestUses = ['wake', 'merged', 'none'] as const;
export type PullRequestUse = (typeof pullRequestUses)[number];

export const settingsTable = {
  PORT: { for: 'all', check: wholeNumber(0, 65_535), default: '8080', description: 'Port for requests' },
  LISTEN_ADDRESS: {
    for: 'all',
    check: ipAddress,
    description: 'IP address of the interface that takes requests. Unset: all interfaces',
  },
  EVENTS_PORT: {
    for: 'all',
    check: wholeNumber(0, 65_535),
    description:
      'All functions in one process: port for events, on `LISTEN_ADDRESS`. Unset: 8081 on 127.0.0.1. The same as `PORT`: that port takes webhooks and, with `EVENT_SIGNING_KEY`, signed pings',
  },
  LOG_LEVEL: {
    for: 'all',
    check: oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
    description: '`debug`, `info`, `warn` or `error`',
  },
  ...sinkTable,
  EVENT_SIGNING_KEY: {
    for: 'all',
    check: signingKey,
    secret: true,
    description:
      'Key with which the functions sign the events they send: at least 16 characters, the same for all of them. `parse`, `registry-writer`, `commit-status`, `rollout-observer` and `notify` then refuse unsigned events except pings, and `dead-letter` does not report the loss of an unsigned event',
  },
  TERMINATION_GRACE_PERIOD_SECONDS: {
    for: 'all',
    check: wholeNumber(1, 3600),
    default: '30',
    description: 'Seconds from SIGTERM to SIGKILL, as the pod has them',
  },
  ALLOW_HTTP: {
    for: 'all',
    check: trueOrFalse,
    default: 'false',
    description:
      '`true`: tokens may be sent over plain HTTP to any host, not only to loopback, `*.svc` and `*.svc.cluster.local`',
  },
  ...proxyTable,
  FORGE: {
    for: ['gitea-source', 'git'],
    check: oneOf(...forgeNames),
    default: 'gitea',
    description: 'The kind of server that hosts Git: `gitea`, for Gitea and Forgejo',
  },
  GITEA_WEBHOOK_SECRET: {
    for: 'gitea-source',
    check: list(signingKey, 'secrets'),
    required: true,
    secret: true,
    description:
      'Secret of the webhook, of at least 16 characters; several, separated by commas, while the secret is being changed',
  },
  GITEA_REPOSITORIES: {
    for: 'gitea-source',
    check: list(repositoryName, 'repositories as owner/name'),
    description:
      'Repositories whose webhooks are accepted, as `owner/name`, separated by commas. Unset: every webhook with a right signature',
  },
  GITEA_PULL_REQUESTS: {
    for: 'gitea-source',
    check: oneOf(...pullRequestUses),
    default: 'wake',
    description:
      "What webhooks of pull requests are for. `merged`: one that was merged makes `parse` read Git as a push does, so that a promotion is noticed when the push's webhook is lost. `wake`: all others are handed on as well, and start the functions before they are needed. `none`: all are ignored",
  },
  GITEA_URL: {
    for: 'git',
    check: serverUrl(/\/api\/v1$/, '/api/v1'),
    required: true,
    description: 'Address of Gitea or Forgejo',
  },
  GITEA_REPOSITORY: {
    for: 'git',
    check: repositoryName,
    required: true,
    description: 'The repository that says what is deployed where, as `owner/name`',
  },
  GITEA_TOKEN: {
    for: 'parse',
    check: token,
    secret: true,
    description: 'Token with `read:repository`. Unset: the repository is read without one, so it must be public',
  },
  GITEA_CA_FILE: {
    for: 'git',
    check: certificates,
    file: true,
    description: "Certificates (PEM) to trust instead of the system's",
  },
  GITEA_BRANCH: {
    for: 'git',
    check: branchName,
    description: "The branch to watch. Unset: the repository's default branch",
  },
  DEPLOYMENT_FILES: {
    for: 'parse',
    check: list(deploymentFile, 'paths'),
    default: 'model-deployments/{environment}/{application}/config.yaml',
    description: 'Paths of the deployment files, separated by commas; `**` stands for any number of folders',
  },
  ENVIRONMENTS: {
    for: 'git',
    check: environments,
    default: 'prod',
    description:
      'Environments to watch, separated by commas; `*`: all that have files (if all files of one are removed, that is then not noticed)',
  },
  ARTIFACT_URI: {
    for: ['parse', 'rollout-observer'],
    check: uriTemplate,
    default: 'oci://{image_repository}/{image_namespace}/{name}:{version}',
    description: "Address of a version's artifact, with `{key}` for keys of the deployment file",
  },
  ARTIFACT_ENVIRONMENT: {
    for: 'parse',
    check: environmentName,
    description:
      'The environment whose version decides the address of the artifact. Unset: `prod` if it is watched, else the first of `ENVIRONMENTS`',
  },
  ...registryTable,
  ...severalTable,
  FLOATING_VERSIONS: {
    for: 'registry-writer',
    check: list(anyText, 'versions'),
    default: 'latest',
    description: 'Versions that mean "whatever is newest" and name no registered version, separated by commas',
  },
  EVENT_MAX_AGE_MINUTES: {
    for: 'registry-writer',
    check: wholeNumber(20, 10_080),
    default: '60',
    description:
      "Promotions older than this by the registry's clock are refused, so that an old one that is sent again moves no label. A broker may keep an event for this long, and the clocks of Gitea and the registry must differ by less",
  },
  GITEA_STATUS_TOKEN: {
    for: 'commit-status',
    check: token,
    secret: true,
    description:
      'Token with `write:repository`, used for commit statuses only. `commit-status` needs it; without it, all functions in one process write no commit statuses',
  },
  MODEL_REGISTRY_UI_URL: {
    for: ['commit-status', 'notify'],
    check: baseUrl,
    description: 'Page of the Model Registry to which commit statuses and notifications link. Unset: no link',
  },
  NOTIFY_CHANNELS: {
    for: 'notify',
    check: channels,
    secret: true,
    description:
      'JSON list of the channels in which people are told about promotions, with their tokens and addresses, as `docs/notify.md` describes it. `notify` needs it; without it, all functions in one process tell nobody',
  },
  SERVING_NAMESPACES: {
    for: 'rollout-observer',
    check: namespaces,
    description:
      'The namespace in which each environment runs, as `test=user1-test,prod=user1-prod`. `rollout-observer` needs it; without it, all functions in one process do not observe what serves',
  },
  SERVING_WORKLOAD: {
    for: 'rollout-observer',
    check: servingWorkload,
    default: 'inferenceservice/{name}',
    description:
      "What serves a model: KServe's InferenceService of this name, with `{name}` for the name of the model; or, without KServe, `deployment/{application}/<container>`, with `{application}` for the folder of the deployment file (or `{name}`): the Deployment of this name, whose container of that name has the model as its image",
  },
  SERVED_URI: {
    for: 'rollout-observer',
    check: uriTemplate,
    description:
      "Address of the artifact that an InferenceService asks for, or image of the container, with `{name}` for the model, `{version}` and other keys; the version is read from it. Unset: `ARTIFACT_URI`, and the address that Git says has to be the cluster's; of an image its tag",
  },
  CLUSTER_NAME: {
    for: 'rollout-observer',
    check: anyText,
    description:
      'What the cluster is called in the registry: no other cluster is then believed about the same model and environment. Unset: `KUBERNETES_URL`',
  },
  ARGOCD_NAMESPACE: {
    for: 'rollout-observer',
    check: namespace,
    description:
      "Namespace of Argo CD's Applications, in which the reason is looked for why the cluster was not told yet what Git deploys. Unset: nothing is asked of Argo CD",
  },
  KUBERNETES_URL: {
    for: 'kubernetes',
    check: baseUrl,
    default: 'https://kubernetes.default.svc',
    description: 'Address of the API server of Kubernetes. Never called through a proxy',
  },
  KUBERNETES_TOKEN: {
    for: 'kubernetes',
    check: token,
    secret: true,
    description:
      "Token for the API server. Unset: the pod's service-account token, if one is mounted (it is never sent over plain HTTP to another network)",
  },
  KUBERNETES_CA_FILE: {
    for: 'kubernetes',
    check: certificates,
    file: true,
    description:
      "Certificates (PEM) to trust at the API server. Unset: the system's and, if they are mounted, the cluster's",
  },
} as const satisfies Table;
