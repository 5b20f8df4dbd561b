// All functions, a row each: what a function takes, how long and how often a broker tries it, what it calls, when it is on.
// Triggers, settings, network rules, the build, all functions in one process and the tables of the documentation follow from
// these rows. Loaded before anything else (main.ts), so it holds data alone.
import { webhookBytes } from '../config/limits.ts';
import type { settingsTable } from '../config/settings/settings.ts';
import type { EventType } from '../events/index.ts';

/** What a function calls: the broker at K_SINK, or a server. Settings say for which of these they are (config/settings/settings.ts). */
export type Need = 'broker' | 'git' | 'registry' | 'kubernetes' | 'channels';

/** How a broker delivers to a function, in ms. Each limit is longer than what it waits for (test/config/limits.test.ts). */
export interface Trigger {
  /** One attempt. Knative gives the same time, and as many attempts, to the Trigger's dead-letter sink. */
  attempt: number;
  /** Attempts after the first. */
  retries: number;
  /** Before the second attempt; doubled each time. */
  firstPause: number;
  /** Kafka keeps the order of events that have one partition key. */
  ordered?: true;
}

export interface FunctionRow {
  /** What it does, for the documentation. */
  does: string;
  /** Types of events that it acts on; all others are answered 202. `all`: whatever comes, of any type. */
  takes: readonly EventType[] | 'all';
  /**
   * Types of events after which it will probably be needed: they start it from zero while others still work on what it will get.
   * It answers 202 and does nothing with them.
   */
  wokenBy?: readonly string[];
  /** Without one, something else than a broker's Trigger calls the function. */
  trigger?: Trigger;
  /** Called from outside the cluster. */
  isPublic?: true;
  /** What its container may have, as Kubernetes writes it. */
  memory: string;
  /** Bytes of a request's body. */
  bodyLimit: number;
  /** False: the function reads the bytes itself, so that nothing unverified is parsed. */
  parseBody: boolean;
  needs: readonly Need[];
  /** Its answer is an event for the broker. */
  replies?: true;
  /** Never two processes at a time, because its locks, or what it does in one go, are in memory. */
  isSingle?: true;
  /**
   * It answers an event after minutes in which it only waits. So the chart runs one Pod for any number of them; where all functions
   * are one process nobody waits for its answer, and it is told of the end of the process before the others.
   */
  answersLate?: true;
  /** Off unless this setting is given, and this value of the chart, which gives it. */
  onlyWith?: { setting: keyof typeof settingsTable; chartValue: string };
}

const mib = 1024 * 1024;

/**
 * How an event is delivered that only wakes a function: once, because nothing is lost with it. The attempt, in ms, is longer than
 * the time that registry-writer's Service gives a request (60 s), its start included. Then its dead letter names the function, and
 * dead-letter can tell that nothing was lost: after a time limit of its own the in-memory broker names none.
 */
export const waking = { attempt: 65_000, retries: 0, firstPause: 500 } as const satisfies Trigger;

const push = 'dev.knative.source.gitea.push';
const pullRequest = 'dev.knative.source.gitea.pull_request';
const approval = 'dev.knative.source.gitea.pull_request_review_approved';

export const functions = {
  'gitea-source': {
    does: 'webhooks of Gitea, Forgejo and Gogs become events',
    takes: [],
    isPublic: true,
    memory: '640Mi',
    bodyLimit: webhookBytes,
    parseBody: false,
    needs: ['broker'],
  },
  parse: {
    does: 'reads the head of the watched branch and reports what it deploys',
    takes: [push, pullRequest, 'dev.knative.sources.ping', 'dev.mlops.registry.drifted.v1'],
    wokenBy: [approval],
    // Two readings, handing on and the second look, which may wait for another one. A Knative Service may have 600 s.
    trigger: { attempt: 595_000, retries: 5, firstPause: 500 },
    memory: '384Mi',
    bodyLimit: mib,
    parseBody: true,
    needs: ['broker', 'git'],
    isSingle: true,
  },
  'registry-writer': {
    does: 'writes to the registry what was reported, and finds what differs',
    takes: [
      'dev.mlops.model.promoted.v1',
      'dev.mlops.model.withdrawn.v1',
      'dev.mlops.environment.observed.v1',
      'dev.mlops.serving.observed.v1',
    ],
    // Not by pings: a reconcile that finds nothing wrong starts as little as possible.
    wokenBy: [push, pullRequest, approval],
    // 63 s of pauses: a version may be registered up to 60 s after its promotion.
    trigger: { attempt: 25_000, retries: 6, firstPause: 1_000, ordered: true },
    memory: '256Mi',
    bodyLimit: mib,
    parseBody: true,
    needs: ['registry'],
    replies: true,
    isSingle: true,
  },
  'dead-letter': {
    does: 'logs, counts and reports events that no function took',
    takes: 'all',
    memory: '384Mi',
    // Whatever another function refuses: too large, or not JSON.
    bodyLimit: webhookBytes,
    parseBody: false,
    needs: ['broker'],
  },
  'commit-status': {
    does: 'adds a commit status that says what became of a promotion',
    // Nothing wakes it: no label waits for it, and its start would take processor time from those that a label waits for.
    takes: [
      'dev.mlops.model.promoted.v1',
      'dev.mlops.model.withdrawn.v1',
      'dev.mlops.registry.updated.v1',
      'dev.mlops.deployment.warned.v1',
      'dev.mlops.delivery.lost.v1',
    ],
    // 15.5 s of pauses. Short, because a synchronous broker makes the attempt at registry-writer wait for it.
    trigger: { attempt: 25_000, retries: 5, firstPause: 500 },
    memory: '256Mi',
    bodyLimit: mib,
    parseBody: true,
    needs: ['git'],
    // Entries on one commit are added in one go.
    isSingle: true,
    onlyWith: { setting: 'GITEA_STATUS_TOKEN', chartValue: 'commitStatus.existingSecret' },
  },
  'rollout-observer': {
    does: 'observes which versions the Pods of the cluster serve, and watches each rollout until it has ended',
    takes: ['dev.mlops.model.promoted.v1', 'dev.mlops.model.withdrawn.v1', 'dev.mlops.environment.observed.v1'],
    // An event is held for nine minutes at most. Not ordered: the next promotion of a model ends the watch for the one before.
    trigger: { attempt: 595_000, retries: 5, firstPause: 500 },
    memory: '256Mi',
    bodyLimit: mib,
    parseBody: true,
    needs: ['broker', 'kubernetes'],
    answersLate: true,
    onlyWith: { setting: 'SERVING_NAMESPACES', chartValue: 'rollout.enabled' },
  },
  notify: {
    does: 'tells people about promotions: in Slack, Mattermost and Microsoft Teams, and by webhooks',
    takes: ['dev.mlops.registry.updated.v1', 'dev.mlops.deployment.warned.v1', 'dev.mlops.delivery.lost.v1'],
    // 15.5 s of pauses, as commit-status, which gets the same answers of registry-writer.
    trigger: { attempt: 25_000, retries: 5, firstPause: 500 },
    memory: '256Mi',
    bodyLimit: mib,
    parseBody: true,
    needs: ['channels'],
    // A message is looked for and sent or edited in one go.
    isSingle: true,
    onlyWith: { setting: 'NOTIFY_CHANNELS', chartValue: 'notify.existingSecret' },
  },
} as const satisfies Readonly<Record<string, FunctionRow>>;

export type FunctionName = keyof typeof functions;

/** Those whose row says `onlyWith`. */
export type OptionalFunction = {
  [N in FunctionName]: (typeof functions)[N] extends { onlyWith: object } ? N : never;
}[FunctionName];

export const functionNames = Object.keys(functions) as FunctionName[];

/** Whether an event of this type only wakes the function; without a name, whichever function gets it. */
export function onlyWakes(type: string, name?: FunctionName): boolean {
  const asked = name === undefined ? rows : [rowOf(name)];
  const isTaken = ({ takes }: FunctionRow) => takes !== 'all' && (takes as readonly string[]).includes(type);
  return asked.some(({ wokenBy }) => wokenBy?.includes(type)) && !asked.some(isTaken);
}

/** What the registry-writer of a registry is called. `registry`: the name of a further one. */
export function writerName(registry: string | undefined): string {
  return registry === undefined ? 'registry-writer' : `registry-writer-${registry}`;
}

/** For whoever asks for what not every row has. */
export function rowOf(name: FunctionName): FunctionRow & { name: FunctionName } {
  return { name, ...functions[name] };
}

export const rows = functionNames.map(rowOf);

/** Whether it calls anything but the broker: then it may need a proxy, certificates and a way out of the cluster. */
export function callsServers({ needs }: Pick<FunctionRow, 'needs'>): boolean {
  return needs.some((need) => need !== 'broker');
}

/** Whether that without which it is off is given, by value or by file. */
export function isOn({ onlyWith }: FunctionRow, env: Readonly<Record<string, string | undefined>>): boolean {
  return onlyWith === undefined || Boolean(env[onlyWith.setting] || env[`${onlyWith.setting}_FILE`]);
}

/** What FUNCTION_TARGET chooses; `all` when it is unset or empty. Throws a sentence with the names there are. */
export function chosenFunction(env: Readonly<Record<string, string | undefined>>): FunctionName | 'all' {
  const target = env.FUNCTION_TARGET;
  if (!target) return 'all';
  if (Object.hasOwn(functions, target)) return target as FunctionName;
  const names = functionNames.join(', ');
  throw new Error(
    `FUNCTION_TARGET: expected one of ${names}, or nothing for all of them; came ${JSON.stringify(target)}`,
  );
}
