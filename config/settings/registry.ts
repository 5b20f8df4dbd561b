// Settings of a model registry. There may be several registries: of each further one the settings are these, with its name appended.

import { isRegistryName } from '../../promotions/registry-name.ts';
import {
  baseUrl,
  type Check,
  certificates,
  list,
  oneOf,
  serverUrl,
  staysPrivate,
  token,
  Unexpected,
  urlPath,
  userName,
} from './checks.ts';
import { clusterCertificates, clusterToken } from './cluster-files.ts';
import type { Reading, Table, Values } from './reader.ts';

/** What MODEL_REGISTRY may say: each has a row in registries/index.ts. */
export const registryNames = ['kubeflow', 'mlflow'] as const;
export type RegistryName = (typeof registryNames)[number];

/** What the kinds differ in: where the API is, and how the path of it ends in addresses that people paste. */
export const registryKinds: Readonly<Record<RegistryName, { api: string; end: RegExp }>> = {
  kubeflow: { api: '/api/model_registry/v1alpha3', end: /\/api\/model_registry(\/\w+)?$/ },
  mlflow: { api: '/api/2.0/mlflow', end: /\/(ajax-)?api\/\d\.\d(\/mlflow)?$/ },
};

const anyEnd = new RegExp(
  Object.values(registryKinds)
    .map(({ end }) => end.source)
    .join('|'),
);

const registryUrl: Check<string> = (text) => {
  const check = serverUrl(anyEnd, 'MODEL_REGISTRY_API');
  // MLflow's pages for people.
  const [address = '', page] = text.split('#/', 2);
  return page !== undefined && typeof baseUrl(address) === 'string'
    ? new Unexpected('the address of the server, without #/ and what follows, which names a page of it')
    : check(text);
};

const tagKey: Check<string> = (text) =>
  /^[\w. /:-]{1,250}$/.test(text)
    ? text
    : new Unexpected("the key of a tag: letters, digits, '_', '-', '.', ' ', ':', '/'");

export const registryTable = {
  MODEL_REGISTRY: {
    for: 'registry',
    check: oneOf(...registryNames),
    default: 'kubeflow',
    description: 'The kind of model registry: `kubeflow` or `mlflow`',
  },
  MODEL_REGISTRY_URL: {
    for: 'registry',
    check: registryUrl,
    required: true,
    description: 'Address of the model registry; it may have a path prefix',
  },
  MODEL_REGISTRY_TOKEN: {
    for: 'registry',
    check: token,
    secret: true,
    description:
      "Token for the registry, or the password of `MODEL_REGISTRY_USER`. Unset: the pod's service-account token, if one is mounted (it is never sent over plain HTTP to another network)",
  },
  MODEL_REGISTRY_USER: {
    for: 'registry',
    check: userName,
    description:
      'Name with which `MODEL_REGISTRY_TOKEN` is sent as its password (HTTP Basic). Unset: it is sent as `Bearer`',
  },
  MODEL_REGISTRY_CA_FILE: {
    for: 'registry',
    check: certificates,
    file: true,
    description: "Certificates (PEM) to trust. Unset: the system's and, if they are mounted, the cluster's",
  },
  MODEL_REGISTRY_API: {
    for: 'registry',
    check: urlPath,
    description: `Path of the registry's API. Unset: \`${registryKinds.kubeflow.api}\`, of MLflow \`${registryKinds.mlflow.api}\``,
  },
  MLFLOW_VERSION_TAG: {
    for: 'registry',
    check: tagKey,
    default: 'version',
    description:
      'MLflow: key of the tag with the version as deployment files name it. A version without it is known by its source or its number',
  },
  MLFLOW_WORKSPACE: {
    for: 'registry',
    check: token,
    description: 'MLflow: the workspace of the models, where the server has workspaces. Unset: its default',
  },
} as const satisfies Table;

/** The end of a further registry's settings: `_NEW` for `new`. */
export function endingOf(name: string): string {
  return `_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Names that no further registry can have: its settings, or its Triggers, would be called as others are. */
export const reservedNames = /^(url|api|user|token|ca|ui)(-|$)|(^|-)(file|wake)$/;

const registryName: Check<string> = (text) =>
  isRegistryName(text) && !reservedNames.test(text)
    ? text
    : new Unexpected(
        'names of a-z, 0-9 and -, at most 12 characters, a letter first, that are no part of another setting (url, token-x, x-file, …)',
      );

/** Where there are several registries. */
export const severalTable = {
  FURTHER_REGISTRIES: {
    for: ['registry-writer', 'dead-letter', 'commit-status'],
    check: list(registryName, 'names of registries'),
    description:
      'Names of further registries that are to equal Git, too, separated by commas. Each has settings of its own: those of the registry, with the name appended, such as `MODEL_REGISTRY_URL_NEW` for `new`. Where every function is a process of its own, so is the `registry-writer` of each registry: then this is for `dead-letter` and `commit-status`, and `REGISTRY_NAME` for the writer',
  },
  REGISTRY_NAME: {
    for: 'registry-writer',
    check: registryName,
    description: 'Which of `FURTHER_REGISTRIES` this process writes to. Unset: the first registry, which has no name',
  },
} as const satisfies Table;

/** How to get to one registry. */
export interface RegistrySettings {
  registry: RegistryName;
  url: string;
  api: string;
  token(): string | undefined;
  /** Whose password the token is. */
  user: string | undefined;
  ca(): string | undefined;
  versionTag: string;
  workspace: string | undefined;
}

/** What no setting can be wrong in alone. */
export function checkRegistry({ found, given, error }: Reading<typeof registryTable>, allowHttp = false): void {
  const { MODEL_REGISTRY: kind, MODEL_REGISTRY_API: api, MODEL_REGISTRY_URL: url, MODEL_REGISTRY_USER: user } = found;
  const others = Object.entries(registryKinds).filter(([name]) => name !== kind);
  if (kind !== undefined && api !== undefined && others.some(([, { end }]) => end.test(api)))
    error('MODEL_REGISTRY_API', `the path of the API of ${kind}, such as ${registryKinds[kind].api}`, api);
  if (user !== undefined && !given('MODEL_REGISTRY_TOKEN'))
    error(
      'MODEL_REGISTRY_TOKEN',
      'the password of MODEL_REGISTRY_USER, here or in the file that MODEL_REGISTRY_TOKEN_FILE names',
    );
  if (url !== undefined && given('MODEL_REGISTRY_TOKEN') && !allowHttp && !staysPrivate(url))
    error('MODEL_REGISTRY_URL', 'https://, because MODEL_REGISTRY_TOKEN goes there (or ALLOW_HTTP=true)', url);
}

export function registrySettings(
  { given }: Pick<Reading<typeof registryTable>, 'given'>,
  value: Values<typeof registryTable>,
  allowHttp: boolean,
  readFile: (path: string) => string,
): RegistrySettings {
  const { MODEL_REGISTRY: registry, MODEL_REGISTRY_URL: url } = value;
  // Nobody asked for the pod's token to be sent, so where it must not go it is left out rather than refused.
  const podToken = allowHttp || staysPrivate(url) ? clusterToken(readFile) : () => undefined;
  return {
    registry,
    url,
    api: value.MODEL_REGISTRY_API ?? registryKinds[registry].api,
    token: given('MODEL_REGISTRY_TOKEN') ? value.MODEL_REGISTRY_TOKEN : podToken,
    user: value.MODEL_REGISTRY_USER,
    ca: given('MODEL_REGISTRY_CA_FILE') ? value.MODEL_REGISTRY_CA_FILE : clusterCertificates(readFile),
    versionTag: value.MLFLOW_VERSION_TAG,
    workspace: value.MLFLOW_WORKSPACE,
  };
}
