// Turns the environment into what the functions are created with. Each function gets the settings that its row in table.ts and the
// table of settings say, no others; all errors are reported in one message, and no secret among them.
import type { ChannelSettings } from '../config/settings/channels.ts';
import { oneOf, type ServingWorkload, staysPrivate } from '../config/settings/checks.ts';
import { clusterCertificates, clusterToken } from '../config/settings/cluster-files.ts';
import { proxiesOf } from '../config/settings/proxies.ts';
import { type Reading, type Row, readTable, type Table, type Values, type Warn } from '../config/settings/reader.ts';
import {
  checkRegistry,
  endingOf,
  type RegistrySettings,
  registrySettings,
  registryTable,
} from '../config/settings/registry.ts';
import { type ForgeName, type PullRequestUse, settingsTable } from '../config/settings/settings.ts';
import { type SinkSettings, sinkSettings } from '../config/settings/sink.ts';
import type { Level } from '../io/io.ts';
import type { Proxies } from '../io/proxies.ts';
import {
  callsServers,
  type FunctionName,
  type FunctionRow,
  functionNames,
  isOn,
  type OptionalFunction,
  rows,
} from './table.ts';

/** What all functions read. Frozen. Secrets and certificates are functions because their files may change while the process runs. */
export interface Settings extends SinkSettings {
  port: number;
  /** Undefined: all interfaces. */
  listenAddress: string | undefined;
  eventsPort: number | undefined;
  logLevel: Level;
  /** For calls to Git and registry. */
  proxies: Proxies | undefined;
  eventSigningKey(): string | undefined;
  gracePeriodMs: number;
}

/** What one function reads beside that, under its name. */
export interface OwnSettings {
  giteaSource: {
    forge: ForgeName;
    secrets(): string[];
    /** `owner/name` in lower case; undefined: any that is signed. */
    repositories: string[] | undefined;
    pullRequests: PullRequestUse;
  };
  parse: GitSettings & {
    deploymentFiles: string[];
    artifactUri: string;
    artifactEnvironment: string | undefined;
    /** Addresses the repository had, beside those that the server names; no setting, but an option of the command line. */
    formerly?: readonly string[];
  };
  registryWriter: WriterSettings & {
    /** Where all functions are one process, and for the command line: the other registries that are to equal Git. */
    further: readonly WriterSettings[];
  };
  deadLetter: {
    /** Names of further registries. */
    furtherRegistries: readonly string[];
  };
  commitStatus: GitSettings & {
    /** What a status links to. */
    uiUrl: string | undefined;
    /** Further registries in which a promotion has to arrive. */
    furtherRegistries: readonly { name: string; uiUrl: string | undefined }[];
  };
  notify: {
    /** Where people are told; another list when its file has changed. */
    channels(): readonly ChannelSettings[];
    /** What a message links to. */
    uiUrl: string | undefined;
  };
  rolloutObserver: {
    /** By environment. */
    namespaces: Readonly<Record<string, string>>;
    workload: ServingWorkload;
    servedUri: string;
    /** The address that Git says is what the cluster asks for. */
    comparesUri: boolean;
    cluster: string;
    argoCdNamespace: string | undefined;
    url: string;
    token(): string | undefined;
    ca(): string | undefined;
  };
}

export interface WriterSettings extends RegistrySettings {
  /** Undefined: the first registry. */
  name: string | undefined;
  floatingVersions: string[];
  /** ms. */
  eventMaxAge: number;
}

export interface GitSettings {
  forge: ForgeName;
  url: string;
  repository: string;
  token(): string | undefined;
  /** The setting that gives it, for messages. */
  tokenName: string;
  ca(): string | undefined;
  /** Undefined: the repository's default branch. */
  branch: string | undefined;
  environments: string[] | '*';
}

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** What these functions are created with. */
export type SettingsOf<N extends FunctionName> = Settings & Pick<OwnSettings, Extract<keyof OwnSettings, Camel<N>>>;

/** What all functions in one process are created with; an optional one is off where its settings are missing. */
export type AllSettings = SettingsOf<Exclude<FunctionName, OptionalFunction>> & Partial<SettingsOf<OptionalFunction>>;

/** What may be set: all of config/settings/settings.ts, and which function that is for. */
export const settings = {
  FUNCTION_TARGET: {
    for: 'all',
    check: oneOf(...functionNames),
    description: `Which function to run: ${functionNames.map((name) => `\`${name}\``).join(', ')}. Unset: all of them in one process`,
  },
  ...settingsTable,
} as const satisfies Table;

/**
 * The settings of these functions. `env`: the process's environment. `readFile`: a file's text as it is now; throws when it cannot be
 * read. `warn`: called when a file goes bad later. Throws SettingsError with every error.
 */
export function readSettings<N extends FunctionName>(
  env: Env,
  names: N | readonly N[],
  readFile: ReadFile,
  warn?: Warn,
): SettingsOf<N> {
  const named: readonly FunctionName[] = [names].flat();
  return readRows(
    rows.filter(({ name }) => named.includes(name)),
    env,
    readFile,
    warn,
  ) as SettingsOf<N>;
}

/** The same settings for each registry, as if there were no other. */
export function eachRegistry<S extends Pick<OwnSettings, 'registryWriter'>>(settings: S): S[] {
  const { further, ...first } = settings.registryWriter;
  return [first, ...further].map((one) => ({ ...settings, registryWriter: { ...one, further: [] } }));
}

/** The same of all functions in one process. */
export function readAllSettings(env: Env, readFile: ReadFile, warn?: Warn): AllSettings {
  return readRows(rows, env, readFile, warn) as AllSettings;
}

/** What there is of each registry. */
const perRegistry = { ...registryTable, MODEL_REGISTRY_UI_URL: settings.MODEL_REGISTRY_UI_URL };

interface FurtherReading {
  name: string;
  reading: Reading<typeof perRegistry>;
}

type Env = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => string;
type Value = Values<typeof settings>;

function readRows(read: typeof rows, env: Env, readFile: ReadFile, warn?: Warn): Settings & Partial<OwnSettings> {
  const errors: string[] = [];
  const applies = (row: Row) => read.some((fn) => isFor(row, fn));
  const reading = readTable(settings, applies, env, readFile, warn, { errors });
  checkTogether(reading, read === rows);
  // What is read of each further registry is checked before anything is made of the others.
  const further = (reading.found.FURTHER_REGISTRIES ?? []).map((name) => {
    const one = readTable(perRegistry, applies, env, readFile, warn, { ending: endingOf(name), errors });
    if (one.found.MODEL_REGISTRY !== undefined) checkRegistry(one, reading.found.ALLOW_HTTP);
    return { name, reading: one };
  });
  const on = new Set(read.filter((row) => isOn(row, env)).map(({ name }) => name));
  for (const { name, onlyWith } of read)
    if (onlyWith && !on.has(name) && read !== rows)
      reading.error(onlyWith.setting, `a value, here or in the file that ${onlyWith.setting}_FILE names`);
  const value = reading.finish();
  return deepFreeze<Settings & Partial<OwnSettings>>({
    port: value.PORT,
    listenAddress: value.LISTEN_ADDRESS,
    eventsPort: value.EVENTS_PORT,
    logLevel: value.LOG_LEVEL,
    ...sinkSettings(reading, value, value.ALLOW_HTTP, readFile),
    proxies: proxiesOf(value),
    eventSigningKey: value.EVENT_SIGNING_KEY,
    gracePeriodMs: value.TERMINATION_GRACE_PERIOD_SECONDS * 1000,
    ...(on.has('gitea-source') && { giteaSource: giteaSource(value) }),
    ...(on.has('parse') && { parse: parse(value) }),
    ...(on.has('registry-writer') && { registryWriter: registryWriter(reading, value, further, readFile) }),
    ...(on.has('dead-letter') && { deadLetter: { furtherRegistries: value.FURTHER_REGISTRIES ?? [] } }),
    ...(on.has('commit-status') && { commitStatus: commitStatus(value, further) }),
    ...(on.has('notify') && { notify: notify(value) }),
    ...(on.has('rollout-observer') && { rolloutObserver: rolloutObserver(reading, value, readFile) }),
  });
}

/** Whether the function reads the setting. */
export function isFor({ for: reader }: Row, fn: FunctionRow & { name: FunctionName }): boolean {
  const is = ['all', fn.name, ...fn.needs, ...(callsServers(fn) ? ['servers'] : [])];
  return [reader].flat().some((each) => is.includes(each));
}

/** What no setting can be wrong in alone. */
function checkTogether(reading: Reading<typeof settings>, isOneProcess: boolean): void {
  const { found, given, error } = reading;
  const { PORT, EVENTS_PORT, ENVIRONMENTS, ARTIFACT_ENVIRONMENT } = found;
  const isOnePort = EVENTS_PORT !== undefined && EVENTS_PORT !== 0 && EVENTS_PORT === PORT;
  if (isOneProcess && isOnePort && !given('EVENT_SIGNING_KEY'))
    error(
      'EVENTS_PORT',
      'another port than PORT, or EVENT_SIGNING_KEY, because strangers reach PORT',
      String(EVENTS_PORT),
    );
  if (ARTIFACT_ENVIRONMENT && ENVIRONMENTS && ENVIRONMENTS !== '*' && !ENVIRONMENTS.includes(ARTIFACT_ENVIRONMENT))
    error('ARTIFACT_ENVIRONMENT', `one of ENVIRONMENTS (${ENVIRONMENTS.join(', ')})`, ARTIFACT_ENVIRONMENT);
  for (const [urlName, tokenName] of [
    ['GITEA_URL', 'GITEA_TOKEN'],
    ['GITEA_URL', 'GITEA_STATUS_TOKEN'],
    ['KUBERNETES_URL', 'KUBERNETES_TOKEN'],
    ['K_SINK', 'SINK_TOKEN'],
  ] as const) {
    const url = found[urlName];
    if (url !== undefined && tokenName in found && given(tokenName) && !found.ALLOW_HTTP && !staysPrivate(url))
      error(urlName, `https://, because ${tokenName} goes there (or ALLOW_HTTP=true)`, url);
  }
  if (found.MODEL_REGISTRY !== undefined) checkRegistry(reading, found.ALLOW_HTTP);
  if (isOneProcess && found.FURTHER_REGISTRIES !== undefined && found.K_SINK !== undefined)
    error(
      'FURTHER_REGISTRIES',
      'a registry-writer of its own for each registry where events go to K_SINK: a broker tries each alone, one process would try all of them again',
      found.FURTHER_REGISTRIES.join(','),
    );
}

function giteaSource(value: Value): OwnSettings['giteaSource'] {
  return {
    forge: value.FORGE,
    secrets: () => [...(value.GITEA_WEBHOOK_SECRET() ?? [])],
    repositories: value.GITEA_REPOSITORIES?.map((name) => name.toLowerCase()),
    pullRequests: value.GITEA_PULL_REQUESTS,
  };
}

function git(value: Value): Omit<GitSettings, 'token' | 'tokenName'> {
  return {
    forge: value.FORGE,
    url: value.GITEA_URL,
    repository: value.GITEA_REPOSITORY,
    ca: value.GITEA_CA_FILE,
    branch: value.GITEA_BRANCH,
    environments: value.ENVIRONMENTS,
  };
}

function parse(value: Value): OwnSettings['parse'] {
  const watched = value.ENVIRONMENTS;
  const usual = watched === '*' || watched.includes('prod') ? 'prod' : watched[0];
  return {
    ...git(value),
    token: value.GITEA_TOKEN,
    tokenName: 'GITEA_TOKEN',
    deploymentFiles: value.DEPLOYMENT_FILES,
    artifactUri: value.ARTIFACT_URI,
    artifactEnvironment: value.ARTIFACT_ENVIRONMENT ?? usual,
  };
}

function registryWriter(
  reading: Reading<typeof settings>,
  value: Value,
  further: readonly FurtherReading[],
  readFile: ReadFile,
): OwnSettings['registryWriter'] {
  const common = { floatingVersions: value.FLOATING_VERSIONS, eventMaxAge: value.EVENT_MAX_AGE_MINUTES * 60_000 };
  return {
    name: value.REGISTRY_NAME,
    ...registrySettings(reading, value, value.ALLOW_HTTP, readFile),
    ...common,
    further: further.map(({ name, reading: one }) => ({
      name,
      ...registrySettings(one, one.finish(), value.ALLOW_HTTP, readFile),
      ...common,
    })),
  };
}

function commitStatus(value: Value, further: readonly FurtherReading[]): OwnSettings['commitStatus'] {
  return {
    ...git(value),
    token: value.GITEA_STATUS_TOKEN,
    tokenName: 'GITEA_STATUS_TOKEN',
    uiUrl: value.MODEL_REGISTRY_UI_URL,
    furtherRegistries: further.map(({ name, reading }) => ({ name, uiUrl: reading.finish().MODEL_REGISTRY_UI_URL })),
  };
}

function notify(value: Value): OwnSettings['notify'] {
  return { channels: () => value.NOTIFY_CHANNELS() ?? [], uiUrl: value.MODEL_REGISTRY_UI_URL };
}

function rolloutObserver(
  { given }: Reading<typeof settings>,
  value: Value,
  readFile: ReadFile,
): OwnSettings['rolloutObserver'] {
  const { KUBERNETES_URL: url, SERVED_URI: servedUri, SERVING_WORKLOAD: workload } = value;
  const podToken = value.ALLOW_HTTP || staysPrivate(url) ? clusterToken(readFile) : () => undefined;
  return {
    // Without it the function is off.
    namespaces: value.SERVING_NAMESPACES ?? {},
    workload,
    servedUri: servedUri ?? (workload.container === undefined ? value.ARTIFACT_URI : '{image}:{version}'),
    comparesUri: servedUri === undefined && workload.container === undefined,
    cluster: value.CLUSTER_NAME ?? url,
    argoCdNamespace: value.ARGOCD_NAMESPACE,
    url,
    token: given('KUBERNETES_TOKEN') ? value.KUBERNETES_TOKEN : podToken,
    ca: given('KUBERNETES_CA_FILE') ? value.KUBERNETES_CA_FILE : clusterCertificates(readFile),
  };
}

/** Every name that may be set, of one function or of all. */
export function settingNames(target?: FunctionName): string[] {
  const readers = rows.filter(({ name }) => target === undefined || name === target);
  return Object.entries<Row>(settings).flatMap(([name, row]) => {
    if (!readers.some((fn) => isFor(row, fn))) return [];
    if (row.anyCase) return [name, name.toLowerCase()];
    return row.secret ? [name, `${name}_FILE`] : [name];
  });
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child);
  return Object.freeze(value);
}
