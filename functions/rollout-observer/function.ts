// What rollout-observer does with each kind of event: a promotion is followed until its rollout has ended, a reconcile reads each
// namespace once. It keeps nothing that the next event could not find out again, and only reads the cluster.

import type { CloudEvent } from 'cloudevents';
import { type Changes, createChanges } from '../../clusters/changes.ts';
import type { Kubernetes } from '../../clusters/kubernetes.ts';
import type { Reading } from '../../clusters/workloads.ts';
import { limits } from '../../config/limits.ts';
import * as environmentObserved from '../../events/environment-observed.ts';
import { TryAgainError } from '../../events/errors.ts';
import * as modelPromoted from '../../events/model-promoted.ts';
import * as modelWithdrawn from '../../events/model-withdrawn.ts';
import * as servingObserved from '../../events/serving-observed.ts';
import { checkSignature, signWhere } from '../../events/signature.ts';
import type { Io } from '../../io/io.ts';
import { inFlight, once } from '../../io/share-calls.ts';
import { commitsOf } from '../../promotions/commits-of.ts';
import { inPage } from '../../promotions/drift.ts';
import type { EnvironmentReport, Promotion, ReportedModel } from '../../promotions/promotion.ts';
import { applyWithinMs } from '../../promotions/rollout/judge.ts';
import type { Workload } from '../../promotions/rollout/workload.ts';
import { attempt, checkSink, type Deliver, toSink } from '../deliver.ts';
import { type EventFunction, originOf, type Result, type Scope } from '../function.ts';
import { handOn } from '../hand-on.ts';
import type { SettingsOf } from '../settings.ts';
import { functions } from '../table.ts';
import { watchRollout } from './hold.ts';
import { createLooks, type Deployment, type Look, type Looks } from './look.ts';
import { createMemory, type Memory } from './remember.ts';

/** Rollouts that are watched at a time, within what a host takes (host/take-request.ts). What is more is looked at once. */
const maxWatched = 500;

const notObserved = 'SERVING_NAMESPACES does not name the environment';

type AboutGit = ReturnType<typeof aboutGit> & { commits?: string[] };

/** What the events of one process are answered with. */
interface Observer {
  io: Io;
  looks: Looks;
  changes: Changes;
  memory: Memory;
  readNamespace(namespace: string): Promise<Reading>;
  /** The rollouts that are watched, by environment and model. */
  watched: Map<string, AbortController>;
  /** Set when the process was asked to end: why an event is given back to whoever sent it. */
  givesBack?: TryAgainError;
  /** Undefined: events are the answer. */
  deliver: Deliver | undefined;
  /** What a look says, as an event that is sent because of `event`. `readAt`: ms since epoch, by the clock of the API server. */
  eventOf(
    about: AboutGit,
    model: string,
    look: Look,
    readAt: number,
    event: CloudEvent<unknown>,
    scope: Scope,
  ): CloudEvent<unknown>;
}

/**
 * `inMemory` takes the place of K_SINK where all functions are one process; then nobody waits for the answer to an event. With neither,
 * events are the answer, and nothing is watched.
 */
export function createRolloutObserver(
  settings: SettingsOf<'rollout-observer'>,
  io: Io,
  kubernetes: Kubernetes,
  inMemory?: Deliver,
): EventFunction {
  const deliver = inMemory ?? toSink(settings, io, limits.rolloutHandOn);
  const watched = new Map<string, AbortController>();
  const memory = createMemory(() => Math.round(kubernetes.clockOffset()));
  const observed = io.metrics.counter('serving_observations_total', 'What serves was told, by environment and phase.');
  io.metrics.gauge('rollouts_watched', 'Rollouts that are watched now.', () => watched.size);
  io.metrics.gauge('serving_observed_timestamp_seconds', 'When the cluster was last read, since 1970.', () =>
    [...memory.lastRead].map(([environment, at]) => ({ labels: { environment }, value: at / 1000 })),
  );
  io.metrics.gauge('serving_observed_age_seconds', 'Since an environment was last read in the cluster.', () =>
    [...memory.lastRead].map(([environment, at]) => ({ labels: { environment }, value: (io.clock.now() - at) / 1000 })),
  );

  const looks = createLooks(settings.rolloutObserver, io, kubernetes);
  const observer: Observer = {
    io,
    looks,
    changes: createChanges(kubernetes, looks.workloads, io),
    memory,
    readNamespace: inFlight(looks.workloads.readAll),
    watched,
    deliver,
    eventOf(about, model, look, readAt, event, scope) {
      observed.add({ environment: about.environment, phase: look.phase });
      const { cluster } = settings.rolloutObserver;
      const cause = { id: event.id, type: event.type };
      const observation = { ...about, model, cluster, ...shownBy(look, readAt), cause };
      return signWhere(settings.eventSigningKey(), servingObserved.make(observation, originOf(event, scope, io)));
    },
  };

  function end(): void {
    if (inMemory === undefined)
      observer.givesBack = new TryAgainError('the process ends; the next one watches this rollout');
    for (const stop of watched.values()) stop.abort();
  }

  return {
    name: 'rollout-observer',
    takes: functions['rollout-observer'].takes,
    async on(event, scope) {
      checkSignature(event, settings.eventSigningKey());
      if (deliver === undefined) checkSink(settings);
      if (event.type === environmentObserved.type)
        return reconcile(observer, environmentObserved.read(event), event, scope);
      const promotion = event.type === modelPromoted.type ? modelPromoted.read(event) : modelWithdrawn.read(event);
      return follow(observer, promotion, event, scope);
    },
    ending: end,
    // The stock runtime says no earlier that it ends.
    async shutdown() {
      end();
      return true;
    },
  };
}

/** Watches the rollout of a promotion until it has ended, and tells each change of phase. */
async function follow(
  observer: Observer,
  promotion: Promotion,
  event: CloudEvent<unknown>,
  scope: Scope,
): Promise<Result> {
  const { io, looks, changes, memory, watched, deliver } = observer;
  const { environment, model } = promotion;
  const namespace = looks.namespaceOf(environment);
  if (namespace === undefined) return { outcome: 'ignored', reason: notObserved };
  if (observer.givesBack) throw observer.givesBack;
  const key = `${environment}/${model}`;
  const deployment = deploymentOf(promotion);
  const [name] = looks.namesOf(model, deployment.applications);
  if (!memory.isNewest(key, Date.parse(promotion.observedAt), deployment.since))
    return { outcome: 'ignored', reason: 'a newer head has been promoted' };
  watched.get(key)?.abort();
  const stop = new AbortController();
  const isWatched = deliver !== undefined && watched.size < maxWatched;
  if (isWatched) watched.set(key, stop);
  const about = { ...aboutGit(promotion), commits: commitsOf(promotion) };
  const replies: CloudEvent<unknown>[] = [];
  let readAt = 0;
  try {
    const { end, last } = await watchRollout(
      {
        place: { namespace, name },
        stop: stop.signal,
        async look() {
          const start = io.clock.now();
          const { workloads, versions } = await looks.workloads.read(namespace, name);
          memory.wasRead(environment, start);
          readAt = memory.stamp(key, start);
          const look = looks.judge(deployment, workloads);
          return { look, ...(isWatched && versions && { versions }) };
        },
        explained: (look) => looks.explained(look, environment, scope.log),
        async tell(look) {
          const reply = observer.eventOf(about, model, look, readAt, event, scope);
          if (deliver === undefined) replies.push(reply);
          else await handOver(reply, deliver);
        },
      },
      changes,
      io.clock,
    );
    // Only the newest promotion of a model is to be watched again.
    if (end === 'stopped' && observer.givesBack && watched.get(key) === stop) throw observer.givesBack;
    const reason = end === 'stopped' ? 'a newer head is promoted, or the process ends' : wordsOf(last, end === 'late');
    return { outcome: 'done', reason, ...(deliver === undefined && { batch: replies }) };
  } finally {
    if (watched.get(key) === stop) watched.delete(key);
  }
}

/** Reads the namespace of an environment once, and tells of each model of the page. */
async function reconcile(
  observer: Observer,
  report: EnvironmentReport,
  event: CloudEvent<unknown>,
  scope: Scope,
): Promise<Result> {
  const { io, looks, memory, watched, deliver } = observer;
  const { environment } = report;
  const namespace = looks.namespaceOf(environment);
  if (namespace === undefined) return { outcome: 'ignored', reason: notObserved };
  const start = io.clock.now();
  const { workloads } = await observer.readNamespace(namespace);
  memory.wasRead(environment, start);
  const applications = once(looks.applications);
  const events: CloudEvent<unknown>[] = [];
  for (const [model, versions] of modelsToObserve(report, workloads, looks)) {
    const key = `${environment}/${model}`;
    // Whoever watches it says so, and knows more.
    if (watched.has(key)) continue;
    const readAt = memory.stampOnce(key, start);
    if (readAt === undefined) continue;
    const deployment = {
      environment,
      model,
      deployed: versions,
      applications: versions.flatMap(({ applications }) => applications),
      since: memory.since(key) ?? start - applyWithinMs,
    };
    const look = await looks.explained(looks.judge(deployment, workloads), environment, scope.log, applications);
    events.push(observer.eventOf(aboutGit(report), model, look, readAt, event, scope));
  }
  const reason = `${events.length} models observed`;
  if (deliver === undefined) return { outcome: 'done', reason, batch: events };
  await handOn(events, deliver);
  return { outcome: 'done', reason };
}

/** The models of the page with their versions; none: Git does not deploy it, or not any longer, and it is there all the same. */
function modelsToObserve(
  { models, complete, page }: EnvironmentReport,
  workloads: ReadonlyMap<string, Workload>,
  looks: Looks,
): Map<string, ReportedModel['versions']> {
  const result = new Map(models.map(({ model, versions }) => [model, versions]));
  if (!complete) return result;
  for (const model of [...workloads].map(([name, workload]) => looks.modelOf(name, workload))) {
    if (model !== undefined && inPage(model, page) && !result.has(model)) result.set(model, []);
  }
  return result;
}

/** The part of an observation that says what the cluster shows. */
function shownBy({ phase, reason, serving, target, namespace, workload }: Look, readAt: number) {
  return {
    namespace,
    workload,
    observedAt: new Date(readAt).toISOString(),
    phase,
    ...(reason !== undefined && phase !== 'verified' && { reason }),
    serving: serving.slice(0, servingObserved.maxServing),
    ...(target && { target }),
  };
}

function aboutGit({ environment, repository, repositoryId, head }: Promotion | EnvironmentReport) {
  return { environment, repository, ...(repositoryId !== undefined && { repositoryId }), head };
}

/** `since`: the time of the last merge that changed it. If Git no longer deploys it, that time is unknown; that of the reading is used. */
function deploymentOf({ environment, model, serving, observedAt }: Promotion): Deployment {
  return {
    environment,
    model,
    deployed: serving,
    applications: serving.flatMap(({ applications }) => applications),
    since:
      serving.length > 0
        ? Math.max(...serving.map(({ promotedAt }) => Date.parse(promotedAt)))
        : Date.parse(observedAt),
  };
}

/** Throws TryAgainError when the broker does not take it: then the promotion comes again. */
async function handOver(event: CloudEvent<unknown>, deliver: Deliver): Promise<void> {
  const result = await attempt(deliver, event);
  if (result.outcome !== 'accepted') throw new TryAgainError(`What serves could not be told: ${result.reason}`);
}

function wordsOf({ phase, reason }: Look, isLate: boolean): string {
  const words = reason === undefined ? phase : `${phase}: ${reason}`;
  return isLate ? `${words}; the next reconcile looks again` : words;
}
