// Values of the chart about the servers: Git, the deployment files in it, the registry.
import { registryNames } from '../settings/registry.ts';
import { pullRequestUses } from '../settings/settings.ts';
import { address, flag, group, groups, integer, objectName, secretName, text } from './value.ts';

/** As promotions/environment-name.ts has it. */
const environmentName = '[a-z0-9][a-z0-9-]*';

/** Of each registry. */
const registry = {
  kind: text('`kubeflow`: the Kubeflow Model Registry. `mlflow`: MLflow', 'mlflow', {
    default: 'kubeflow',
    oneOf: [...registryNames],
  }),
  url: address('Address of its REST API', 'https://registry.team-registries.svc:8443'),
  api: text(
    'Path of its API. Default: `/api/model_registry/v1alpha3`, of MLflow `/api/2.0/mlflow`',
    '/api/model_registry/v1alpha3',
    {
      form: {
        pattern: "^(/[A-Za-z0-9_.~!$&'()+,;=:@%-]+)+/?$",
        expected: 'a path that begins with /, as /api/model_registry/v1alpha3',
      },
    },
  ),
  existingSecret: secretName(
    "Secret whose key `token` is a token for the registry. Empty: the token of `registry-writer`'s service account",
    'registry-token',
  ),
  user: text(
    'Name with which that token is sent as its password (HTTP Basic). Empty: it is sent as `Bearer`',
    'promotions',
    {
      form: { pattern: '^[^:\\s]+$', expected: 'the name of a user, without spaces and colons' },
    },
  ),
  caConfigMap: objectName(
    'ConfigMap whose key `ca.crt` has the certificates to trust for the registry, instead of the usual ones',
    'registry-ca',
  ),
  versionTag: text(
    'MLflow: key of the tag with the version as deployment files name it. Default: `version`',
    'git-version',
    {
      form: {
        pattern: '^[A-Za-z0-9_. /:-]{1,250}$',
        expected: "the key of a tag: letters, digits, '_', '-', '.', ' ', ':', '/'",
      },
    },
  ),
  workspace: text('MLflow: the workspace of the models, where the server has workspaces', 'team-a', {
    form: { pattern: '^[!-~]+$', expected: 'the name of a workspace, without spaces' },
  }),
  uiUrl: address(
    "Address of the registry's user interface, for the links of commit statuses",
    'https://dashboard.example.com/modelRegistry/registry',
  ),
  role: group('The Role that gives access to the registry, where the namespace has none yet', {
    name: objectName(
      "Role to bind to `registry-writer`'s service account, such as `registry-user-<registry>`. Empty: none is bound; in the workshop the namespace has access already",
      'registry-user-team',
    ),
    namespace: objectName('Namespace of that Role', 'team-registries'),
  }),
};

export const servers = {
  gitea: group('Where Git is', {
    url: address('Address of Gitea or Forgejo.', 'https://gitea.example.com'),
    repository: text('The repository that says what is deployed where, as `owner/name`', 'team/mlops-gitops', {
      form: { pattern: '^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$', expected: 'owner/name' },
    }),
    branch: text("The branch to watch. Default: the repository's default branch", 'main', {
      form: {
        pattern: '^[^\\s~^:?*\\[\\\\/-][^\\s~^:?*\\[\\\\]*$',
        expected: 'the short name of a branch, such as main',
      },
    }),
    existingSecret: secretName(
      'Secret whose key `token` is a token with `read:repository`. Default: `<release>-gitea`, used if it exists: a public repository needs no token. A Secret that is named here must exist',
      'gitea-read',
    ),
    caConfigMap: objectName(
      'ConfigMap whose key `ca.crt` has the certificates to trust for Gitea, instead of the usual ones',
      'gitea-ca',
    ),
    webhook: group('The webhook that Gitea calls', {
      existingSecret: secretName(
        "Secret whose key `secret` is the webhook's secret, of at least 16 characters; several, separated by commas, while the secret is being changed. Default: `<release>-webhook`, which is generated once",
        'gitea-webhook',
      ),
      pullRequests: text(
        'What pull requests are for, beside pushes. `merged`: a merged one is a second chance when the webhook of its push is lost. `wake`: all others start the functions before they are needed, too. `none`: only pushes are sent',
        'merged',
        { default: 'wake', oneOf: [...pullRequestUses] },
      ),
      create: flag(
        '`true`: a Job creates the webhook in Gitea, or corrects it. `false`: you create it (see above)',
        false,
      ),
      existingTokenSecret: secretName(
        "Secret whose key `token` is a token of one of the repository's administrators with `write:repository`, used by that Job only. Default: `<release>-gitea-admin`",
        'gitea-admin',
      ),
      url: address(
        'Address that Gitea calls. Default: the address of the Knative Service, the Route or the Ingress',
        'https://hooks.example.com/gitea',
      ),
    }),
  }),
  promotions: group('How the repository says what is deployed', {
    files: text(
      'Where the deployment files are. Default: `model-deployments/{environment}/{application}/config.yaml`',
      'deployments/{environment}/**/{application}.yaml',
    ),
    environments: text(
      'Environments to watch, separated by commas; `*`: all of them. Default: `prod`',
      'prod,staging',
      {
        form: {
          pattern: `^\\s*(\\*|${environmentName}(\\s*,\\s*${environmentName})*)\\s*$`,
          expected: "names of environments in lower case (a-z, 0-9 and '-'), separated by commas, or *",
        },
      },
    ),
    artifactUri: text(
      "Address of a version's artifact. Default: `oci://{image_repository}/{image_namespace}/{name}:{version}`",
      'oci://quay.io/{image_namespace}/{name}:{version}',
      {
        form: {
          pattern: '^([^\\s{}]|\\{[A-Za-z0-9_.-]+\\})+$',
          expected: 'an address with {key} for keys of the deployment file, braces in pairs, without spaces',
        },
      },
    ),
    artifactEnvironment: text(
      'The environment whose version decides the address of the artifact. Default: `prod` if it is watched, else the first one',
      'prod',
      { form: { pattern: `^${environmentName}$`, expected: "one environment in lower case (a-z, 0-9 and '-')" } },
    ),
  }),
  registry: group('The model registry', {
    ...registry,
    floatingVersions: text(
      'Versions that mean "whatever is newest", separated by commas. Default: `latest`',
      'latest,main',
      {
        form: {
          pattern: '^[^,]*[^,\\s][^,]*(,[^,]*[^,\\s][^,]*)*$',
          expected: 'versions separated by commas, none of them empty',
        },
      },
    ),
    eventMaxAgeMinutes: integer(
      "Promotions older than this by the registry's clock are refused, so the clocks of Gitea and the registry must differ by less",
      120,
      { default: 60, least: 20, most: 10_080 },
    ),
  }),
  furtherRegistries: groups(
    'More registries that are to equal Git, such as the one a team moves to: a list. Each has a `registry-writer` of its own, and may be down without touching the others. An entry has a `name` (a-z, 0-9 and -, at most 12 characters), a `url` and, where needed, the other values of `registry`, except `floatingVersions` and `eventMaxAgeMinutes`, which hold for all',
    [{ name: 'new', kind: 'mlflow', url: 'https://mlflow.example.com' }],
    {
      name: text('What it is called', 'new', {
        form: {
          pattern: '^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$',
          expected: "a name of at most 12 characters: a-z, 0-9 and '-', a letter first",
        },
      }),
      ...registry,
    },
    ['name', 'url'],
  ),
};
