// All settings of the functions: one table, and one pure function that reads it. Nothing else in the project looks at the
// environment for these names. All faults are told at once, and no secret among them.
import type { Level } from '../../io/io.ts';
import type { Proxies } from '../../io/proxies.ts';
import {
  anyText,
  baseUrl,
  branchName,
  certificates,
  deploymentFile,
  environmentName,
  environments,
  giteaUrl,
  ipAddress,
  list,
  oneOf,
  repositoryName,
  serverUrl,
  signingKey,
  staysPrivate,
  token,
  trueOrFalse,
  uriTemplate,
  urlPath,
  wholeNumber,
} from './checks.ts';
import { clusterCertificates, clusterToken } from './cluster-files.ts';
import { proxiesOf, proxyTable } from './proxies.ts';
import { type Reading, type Row, readTable, type Table, type Values, type Warn } from './reader.ts';
import { type SinkSettings, sinkSettings, sinkTable } from './sink.ts';

export { SettingsError } from './reader.ts';

/** Names of functions, as FUNCTION_TARGET says them. */
export const targets = ['gitea-source', 'parse', 'registry-writer', 'commit-status', 'dead-letter'] as const;
export type Target = (typeof targets)[number];

/** What FORGE and MODEL_REGISTRY may say: each has a row in forges/index.ts or registries/index.ts. */
export const forgeNames = ['gitea'] as const;
export type ForgeName = (typeof forgeNames)[number];
export const registryNames = ['kubeflow'] as const;
export type RegistryName = (typeof registryNames)[number];

/** Frozen. Secrets and certificates are functions because their files may change while the process runs. */
export interface Settings extends SinkSettings {
  target?: Target;
  port: number;
  /** Undefined: all interfaces. */
  listenAddress?: string;
  eventsPort?: number;
  logLevel: Level;
  /** For calls to Git and registry. */
  proxies?: Proxies;
  eventSigningKey(): string | undefined;
  gracePeriodMs: number;
  giteaSource?: {
    forge: ForgeName;
    secrets(): string[];
    /** `owner/name` in lower case; undefined: any that is signed. */
    repositories?: string[];
  };
  parse?: {
    forge: ForgeName;
    url: string;
    repository: string;
    token(): string | undefined;
    tokenName: string;
    ca(): string | undefined;
    branch?: string;
    deploymentFiles: string[];
    environments: string[] | '*';
    artifactUri: string;
    artifactEnvironment?: string;
    /** Addresses the repository had, beside those the server tells; no setting, but an option of the command line. */
    formerly?: readonly string[];
  };
  registryWriter?: {
    registry: RegistryName;
    url: string;
    token(): string | undefined;
    ca(): string | undefined;
    api: string;
    floatingVersions: string[];
    /** ms. */
    eventMaxAge: number;
  };
  /** All functions in one process: only with a token. */
  commitStatus?: {
    forge: ForgeName;
    url: string;
    repository: string;
    token(): string | undefined;
    tokenName: string;
    ca(): string | undefined;
    branch?: string;
    /** Whose losses are told. */
    environments: string[] | '*';
    /** What a status links to. */
    uiUrl?: string;
  };
}

const table = {
  FUNCTION_TARGET: {
    for: 'all',
    check: oneOf(...targets),
    description: `Which function to run: ${targets.map((name) => `\`${name}\``).join(', ')}. Unset: all of them in one process`,
  },
  PORT: { for: 'all', check: wholeNumber(0, 65_535), default: '8080', description: 'Where requests come in' },
  LISTEN_ADDRESS: {
    for: 'all',
    check: ipAddress,
    description: 'IP address of the interface where requests come in. Unset: all interfaces',
  },
  EVENTS_PORT: {
    for: 'all',
    check: wholeNumber(0, 65_535),
    description: 'All in one process: where events come in, on `LISTEN_ADDRESS`. Unset: 8081 on 127.0.0.1',
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
      'At least 16 characters, the same for all functions. Signs what they send; `parse`, `registry-writer` and `commit-status` then refuse what is unsigned, but for pings, and `dead-letter` reports no loss of it',
  },
  TERMINATION_GRACE_PERIOD_SECONDS: {
    for: 'all',
    check: wholeNumber(1, 3600),
    default: '30',
    description: 'Seconds from SIGTERM to the end, as the pod has them',
  },
  ALLOW_HTTP: {
    for: 'all',
    check: trueOrFalse,
    default: 'false',
    description:
      '`true`: tokens may go over plain HTTP to any host, not only to loopback, `*.svc` and `*.svc.cluster.local`',
  },
  ...proxyTable,
  FORGE: {
    for: ['gitea-source', 'parse', 'commit-status'],
    check: oneOf(...forgeNames),
    default: 'gitea',
    description: 'The kind of server that hosts Git: `gitea`, which is Forgejo, too',
  },
  GITEA_WEBHOOK_SECRET: {
    for: 'gitea-source',
    check: list(signingKey, 'secrets'),
    required: true,
    secret: true,
    description: 'Secret of the webhook, of at least 16 characters; several, separated by commas, while it is changed',
  },
  GITEA_REPOSITORIES: {
    for: 'gitea-source',
    check: list(repositoryName, 'repositories as owner/name'),
    description:
      'Repositories whose webhooks are taken, as `owner/name`, separated by commas. Unset: any that is signed',
  },
  GITEA_URL: {
    for: ['parse', 'commit-status'],
    check: giteaUrl,
    required: true,
    description: 'Address of Gitea or Forgejo',
  },
  GITEA_REPOSITORY: {
    for: ['parse', 'commit-status'],
    check: repositoryName,
    required: true,
    description: 'The repository that says what is deployed where, as `owner/name`',
  },
  GITEA_TOKEN: {
    for: 'parse',
    check: token,
    secret: true,
    description: 'Token with `read:repository`. Unset: the repository is public',
  },
  GITEA_CA_FILE: {
    for: ['parse', 'commit-status'],
    check: certificates,
    file: true,
    description: "Certificates (PEM) to trust instead of the system's",
  },
  GITEA_BRANCH: {
    for: ['parse', 'commit-status'],
    check: branchName,
    description: "The branch to watch. Unset: the repository's default branch",
  },
  DEPLOYMENT_FILES: {
    for: 'parse',
    check: list(deploymentFile, 'paths'),
    default: 'model-deployments/{environment}/{application}/config.yaml',
    description: 'Where the deployment files are; `**` stands for any folders; several, separated by commas',
  },
  ENVIRONMENTS: {
    for: ['parse', 'commit-status'],
    check: environments,
    default: 'prod',
    description:
      'Environments to watch, separated by commas; `*`: all that have files (one that vanishes whole is then not noticed)',
  },
  ARTIFACT_URI: {
    for: 'parse',
    check: uriTemplate,
    default: 'oci://{image_repository}/{image_namespace}/{name}:{version}',
    description: "Address of a version's artifact, with `{key}` for keys of the deployment file",
  },
  ARTIFACT_ENVIRONMENT: {
    for: 'parse',
    check: environmentName,
    description:
      "The environment whose events carry the artifact's address. Unset: `prod` if watched, else the first of `ENVIRONMENTS`",
  },
  MODEL_REGISTRY: {
    for: 'registry-writer',
    check: oneOf(...registryNames),
    default: 'kubeflow',
    description: 'The kind of model registry: `kubeflow`',
  },
  MODEL_REGISTRY_URL: {
    for: 'registry-writer',
    check: serverUrl(/\/api\/model_registry(\/\w+)?$/, 'MODEL_REGISTRY_API'),
    required: true,
    description: 'Address of the Model Registry; may carry a path prefix',
  },
  MODEL_REGISTRY_TOKEN: {
    for: 'registry-writer',
    check: token,
    secret: true,
    description:
      "Token for the registry. Unset: the pod's service-account token where it is mounted (never over plain HTTP to another network)",
  },
  MODEL_REGISTRY_CA_FILE: {
    for: 'registry-writer',
    check: certificates,
    file: true,
    description: "Certificates (PEM) to trust. Unset: the system's, plus the cluster's when mounted",
  },
  MODEL_REGISTRY_API: {
    for: 'registry-writer',
    check: urlPath,
    default: '/api/model_registry/v1alpha3',
    description: 'Path of its API',
  },
  FLOATING_VERSIONS: {
    for: 'registry-writer',
    check: list(anyText, 'versions'),
    default: 'latest',
    description: 'Versions that name no registered version but "whatever is newest", separated by commas',
  },
  EVENT_MAX_AGE_MINUTES: {
    for: 'registry-writer',
    check: wholeNumber(20, 10_080),
    default: '60',
    description:
      "Promotions older than this by the registry's clock are refused, so that an old one sent again moves no label. A broker may hold an event this long, and the clocks of Gitea and the registry may differ by less than it",
  },
  GITEA_STATUS_TOKEN: {
    for: 'commit-status',
    check: token,
    secret: true,
    description:
      'Token with `write:repository`, for commit statuses alone. `commit-status` cannot run without; unset, all in one process tell no statuses',
  },
  MODEL_REGISTRY_UI_URL: {
    for: 'commit-status',
    check: baseUrl,
    description: 'Page of the Model Registry that a commit status links to. Unset: no link',
  },
} as const satisfies Table<Target>;

/**
 * The settings of one function, of those listed, or of all when neither `target` nor FUNCTION_TARGET names one. `env`: the process's
 * environment. `readFile`: a file's text as it is now; throws when it cannot be read. `warn`: told of files that go bad later.
 * Throws SettingsError with every fault.
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  target: Target | readonly Target[] | undefined,
  readFile: (path: string) => string,
  warn?: Warn,
): Settings {
  const chosen = target ?? (env.FUNCTION_TARGET || undefined);
  const runs = (name: Target) => chosen === undefined || [chosen].flat().includes(name);
  const reading = readTable(table, (row) => isFor(row, runs), env, readFile, warn);
  checkTogether(reading, chosen);
  const value = reading.finish();

  return deepFreeze<Settings>({
    ...optional('target', typeof target === 'string' ? target : value.FUNCTION_TARGET),
    port: value.PORT,
    ...optional('listenAddress', value.LISTEN_ADDRESS),
    ...optional('eventsPort', value.EVENTS_PORT),
    logLevel: value.LOG_LEVEL,
    ...sinkSettings(reading, value, value.ALLOW_HTTP, readFile),
    ...optional('proxies', proxiesOf(value)),
    eventSigningKey: value.EVENT_SIGNING_KEY,
    gracePeriodMs: value.TERMINATION_GRACE_PERIOD_SECONDS * 1000,
    ...optional('giteaSource', runs('gitea-source') ? giteaSource(value) : undefined),
    ...optional('parse', runs('parse') ? parse(value) : undefined),
    ...optional('registryWriter', runs('registry-writer') ? registryWriter(reading, value, readFile) : undefined),
    ...optional(
      'commitStatus',
      reading.given('GITEA_STATUS_TOKEN') && runs('commit-status') ? commitStatus(value) : undefined,
    ),
  });
}

/** What no setting can be wrong in alone. */
function checkTogether(
  { found, given, fault }: Reading<typeof table>,
  chosen: string | readonly string[] | undefined,
): void {
  const { PORT, EVENTS_PORT, ENVIRONMENTS, ARTIFACT_ENVIRONMENT } = found;
  if (chosen === undefined && EVENTS_PORT !== undefined && EVENTS_PORT !== 0 && EVENTS_PORT === PORT)
    fault('EVENTS_PORT', 'another port than PORT', String(EVENTS_PORT));
  if (ARTIFACT_ENVIRONMENT && ENVIRONMENTS && ENVIRONMENTS !== '*' && !ENVIRONMENTS.includes(ARTIFACT_ENVIRONMENT))
    fault('ARTIFACT_ENVIRONMENT', `one of ENVIRONMENTS (${ENVIRONMENTS.join(', ')})`, ARTIFACT_ENVIRONMENT);
  if (chosen !== undefined && [chosen].flat().includes('commit-status') && !given('GITEA_STATUS_TOKEN'))
    fault(
      'GITEA_STATUS_TOKEN',
      'a token with write:repository, here or in the file that GITEA_STATUS_TOKEN_FILE names',
    );
  for (const [urlName, tokenName] of [
    ['GITEA_URL', 'GITEA_TOKEN'],
    ['GITEA_URL', 'GITEA_STATUS_TOKEN'],
    ['MODEL_REGISTRY_URL', 'MODEL_REGISTRY_TOKEN'],
    ['K_SINK', 'SINK_TOKEN'],
  ] as const) {
    const url = found[urlName];
    if (url !== undefined && tokenName in found && given(tokenName) && !found.ALLOW_HTTP && !staysPrivate(url))
      fault(urlName, `https://, because ${tokenName} goes there (or ALLOW_HTTP=true)`, url);
  }
}

type Value = Values<typeof table>;

function giteaSource(value: Value): NonNullable<Settings['giteaSource']> {
  const repositories = value.GITEA_REPOSITORIES?.map((name) => name.toLowerCase());
  return {
    forge: value.FORGE,
    secrets: () => [...(value.GITEA_WEBHOOK_SECRET() ?? [])],
    ...optional('repositories', repositories),
  };
}

function parse(value: Value): NonNullable<Settings['parse']> {
  const watched = value.ENVIRONMENTS;
  const usual = watched === '*' || watched.includes('prod') ? 'prod' : watched[0];
  return {
    forge: value.FORGE,
    url: value.GITEA_URL,
    repository: value.GITEA_REPOSITORY,
    token: value.GITEA_TOKEN,
    tokenName: 'GITEA_TOKEN',
    ca: value.GITEA_CA_FILE,
    ...optional('branch', value.GITEA_BRANCH),
    deploymentFiles: value.DEPLOYMENT_FILES,
    environments: watched,
    artifactUri: value.ARTIFACT_URI,
    ...optional('artifactEnvironment', value.ARTIFACT_ENVIRONMENT ?? usual),
  };
}

function registryWriter(
  { given }: Reading<typeof table>,
  value: Value,
  readFile: (path: string) => string,
): NonNullable<Settings['registryWriter']> {
  const url = value.MODEL_REGISTRY_URL;
  // Nobody asked for the pod's token to be sent, so where it must not go it is left out rather than refused.
  const podToken = value.ALLOW_HTTP || staysPrivate(url) ? clusterToken(readFile) : () => undefined;
  return {
    registry: value.MODEL_REGISTRY,
    url,
    token: given('MODEL_REGISTRY_TOKEN') ? value.MODEL_REGISTRY_TOKEN : podToken,
    ca: given('MODEL_REGISTRY_CA_FILE') ? value.MODEL_REGISTRY_CA_FILE : clusterCertificates(readFile),
    api: value.MODEL_REGISTRY_API,
    floatingVersions: value.FLOATING_VERSIONS,
    eventMaxAge: value.EVENT_MAX_AGE_MINUTES * 60_000,
  };
}

/** Every name that may be set, of one function or of all. */
export function settingNames(target?: Target): string[] {
  return Object.entries<Table[string]>(table).flatMap(([name, { secret, anyCase, for: readers }]) => {
    if (target !== undefined && readers !== 'all' && ![readers].flat().includes(target)) return [];
    if (anyCase) return [name, name.toLowerCase()];
    return secret ? [name, `${name}_FILE`] : [name];
  });
}

function commitStatus(value: Value): NonNullable<Settings['commitStatus']> {
  return {
    forge: value.FORGE,
    url: value.GITEA_URL,
    repository: value.GITEA_REPOSITORY,
    token: value.GITEA_STATUS_TOKEN,
    tokenName: 'GITEA_STATUS_TOKEN',
    ca: value.GITEA_CA_FILE,
    ...optional('branch', value.GITEA_BRANCH),
    environments: value.ENVIRONMENTS,
    ...optional('uiUrl', value.MODEL_REGISTRY_UI_URL),
  };
}

function isFor(row: Row, runs: (name: Target) => boolean): boolean {
  return row.for === 'all' || [row.for].flat().some((name) => runs(name as Target));
}

/** The table as Markdown, for docs/settings.md. */
export function renderSettingsTable(): string {
  const rows = Object.entries<Table[string]>(table).map(([name, row]) => {
    const other = row.secret ? `${name}_FILE` : row.anyCase ? name.toLowerCase() : undefined;
    const names = [name, ...(other ? [other] : [])].map((each) => `\`${each}\``).join(', ');
    const usual = row.default ?? row.mountedAt;
    const standard = row.required ? 'required' : usual === undefined ? '' : `\`${usual}\``;
    return `| ${names} | ${standard} | ${[row.for].flat().join(', ')} | ${row.description.replaceAll('|', '\\|')} |`;
  });
  return ['| Name | Default | For | Meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** The table as a file of the shell's kind, everything commented out. */
export function renderEnvExample(): string {
  const rows = Object.entries<Table[string]>(table).map(([name, row]) => {
    const file = row.secret ? ` Also as ${name}_FILE.` : '';
    return `# ${[row.for].flat().join(', ')}: ${row.description}.${row.required ? ' Required.' : ''}${file}\n# ${name}=${row.default ?? ''}\n`;
  });
  return ['# Settings of the functions; docs/settings.md says more. Generated by `npm run generate`.\n', ...rows].join(
    '\n',
  );
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child);
  return Object.freeze(value);
}
