// What registry-writer does with each kind of event. The rules are in promotions/, the way through the registry in write.ts
// and compare.ts.

import type { CloudEvent } from 'cloudevents';
import { limits } from '../../config/limits.ts';
import * as environmentObserved from '../../events/environment-observed.ts';
import { TryAgainError } from '../../events/errors.ts';
import * as modelPromoted from '../../events/model-promoted.ts';
import * as modelWithdrawn from '../../events/model-withdrawn.ts';
import * as registryDrifted from '../../events/registry-drifted.ts';
import * as registryUpdated from '../../events/registry-updated.ts';
import * as servingObserved from '../../events/serving-observed.ts';
import { checkSignature, signWhere } from '../../events/signature.ts';
import { createDeadline, withDeadline } from '../../io/deadline.ts';
import type { Counter, Io } from '../../io/io.ts';
import { createKeyedLock, type KeyedLock } from '../../io/keyed-lock.ts';
import { commitsOf } from '../../promotions/commits-of.ts';
import { nameError } from '../../promotions/name-error.ts';
import { aheadMs } from '../../promotions/ownership-marker.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import type { Registry } from '../../registries/registry.ts';
import { type EventFunction, originOf, type Result, type Scope } from '../function.ts';
import type { SettingsOf } from '../settings.ts';
import { functions, writerName } from '../table.ts';
import { compareEnvironment } from './compare.ts';
import { type Written, writePromotion } from './write.ts';
import { writeServing } from './write-serving.ts';

/** What the events of one process are written with. */
interface Writer {
  settings: SettingsOf<'registry-writer'>;
  io: Io;
  registry: Registry;
  /** One model at a time: a write replaces a version's whole property map. */
  lock: KeyedLock;
  /** One page at a time: all pages of a large fleet arrive at once, and a reconcile must not load the registry much. */
  pageLock: KeyedLock;
  /** When each model of an environment was last observed in the cluster, ms since epoch. */
  lastSeen: Map<string, number>;
  /** When each environment was last compared with Git, ms since epoch. */
  lastReconcile: Map<string, number>;
  labels: Readonly<Record<string, string>>;
  drifted: Counter;
  overdue: Counter;
  /** The registry's clock, ms since epoch. */
  now(): number;
}

/** `registry`: where the labels live. */
export function createRegistryWriter(
  settings: SettingsOf<'registry-writer'>,
  io: Io,
  registry: Registry,
): EventFunction {
  const lastReconcile = new Map<string, number>();
  const { name } = settings.registryWriter;
  /** Of its metrics, where there are several registries. */
  const labels: Record<string, string> = name === undefined ? {} : { registry: name };
  io.metrics.gauge('registry_reconcile_timestamp_seconds', 'When an environment was last compared, since 1970.', () =>
    [...lastReconcile].map(([environment, at]) => ({ labels: { environment, ...labels }, value: at / 1000 })),
  );
  io.metrics.gauge('registry_reconcile_age_seconds', 'Since an environment was last compared with Git.', () =>
    lastReconcile.size === 0
      ? undefined
      : [{ labels, value: (io.clock.now() - Math.min(...lastReconcile.values())) / 1000 }],
  );
  const writer: Writer = {
    settings,
    io,
    registry,
    lock: createKeyedLock(),
    pageLock: createKeyedLock(),
    lastSeen: new Map(),
    lastReconcile,
    labels,
    drifted: io.metrics.counter('registry_drift_total', 'Models found to differ between Git and the registry.'),
    overdue: io.metrics.counter(
      'rollouts_overdue_total',
      'Times that what Git deploys did not serve an hour after its merge.',
    ),
    now: () => registry.serverTime() ?? io.clock.now(),
  };

  return {
    name: writerName(name),
    takes: functions['registry-writer'].takes,
    async on(event, scope) {
      checkSignature(event, settings.eventSigningKey());
      if (event.type === environmentObserved.type) return observe(writer, event, scope);
      if (event.type === servingObserved.type) return writeObserved(writer, event, scope);
      const promotion = event.type === modelPromoted.type ? modelPromoted.read(event) : modelWithdrawn.read(event);
      return write(writer, promotion, event, scope);
    },
  };
}

async function write(writer: Writer, promotion: Promotion, event: CloudEvent<unknown>, scope: Scope): Promise<Result> {
  const { settings, registry, lock, now } = writer;
  const { floatingVersions: floating, eventMaxAge } = settings.registryWriter;
  const { model, serving } = promotion;
  const versions = serving.map(({ version }) => version);
  const written = await inTime(writer, () =>
    lock(model, () => writePromotion(promotion, registry, { floating, eventMaxAge, now }, scope.log)),
  );
  return ended(writer, written, { ...about(promotion), commits: commitsOf(promotion), versions }, event, scope);
}

async function writeObserved(writer: Writer, event: CloudEvent<unknown>, scope: Scope): Promise<Result> {
  const { settings, registry, lock, lastSeen, now } = writer;
  const observation = servingObserved.read(event);
  const { environment, model, phase, reason, serving, target } = observation;
  const key = `${environment}/${model}`;
  const seenAt = Date.parse(observation.observedAt);
  const written = await inTime(writer, () =>
    lock(model, async () => {
      const { eventMaxAge } = settings.registryWriter;
      const options = { eventMaxAge, lastSeen: lastSeen.get(key), now };
      const done = await writeServing(observation, registry, options, scope.log);
      if (done.outcome !== 'ignored' && seenAt <= now() + aheadMs) lastSeen.set(key, seenAt);
      return done;
    }),
  );
  if (written.isOverdue) writer.overdue.add({ environment, phase, ...writer.labels });
  const rollout = { phase, ...(reason && { reason }), serving, ...(target && { target }) };
  const commits = observation.commits?.length ? observation.commits : written.commits;
  const update = { ...about(observation), commits, ...(written.counts && { rollout }) };
  return ended(writer, written, update, event, scope);
}

async function observe(writer: Writer, event: CloudEvent<unknown>, scope: Scope): Promise<Result> {
  const { settings, io, registry, pageLock, now } = writer;
  const { floatingVersions: floating, name } = settings.registryWriter;
  const observation = environmentObserved.read(event);
  const { environment, repository, repositoryId, head, observedAt } = observation;
  const { models, left } = await inTime(writer, () =>
    pageLock('page', () => compareEnvironment(observation, registry, floating, now, scope.log)),
  );
  writer.lastReconcile.set(environment, io.clock.now());
  if (models.length === 0) {
    const reason = left === 0 ? 'registry and Git are in sync' : `nothing can be written; ${left} models differ`;
    return { outcome: 'done', reason };
  }
  writer.drifted.add({ environment, ...writer.labels }, models.length);
  // A model whose name no deployment file can contain was not labelled by us, and parse would refuse the whole event because of it.
  const named = registryDrifted.fitting(models.filter(({ model }) => nameError(model) === undefined));
  const reason = `${models.length} models differ${named.length < models.length ? `, ${named.length} of them are named` : ''}`;
  if (named.length === 0) return { outcome: 'done', reason };
  const about = { environment, repository, ...(repositoryId && { repositoryId }), head, observedAt };
  const reply = registryDrifted.make({ ...about, models: named }, originOf(event, scope, io), name);
  return { outcome: 'done', reason, reply: signWhere(settings.eventSigningKey(), reply) };
}

/** Replies with what was written. */
function ended(
  { settings, io, registry }: Writer,
  written: Written,
  update: Omit<
    registryUpdated.RegistryUpdate,
    'registry' | 'registryName' | 'outcome' | 'reason' | 'warnings' | 'page' | 'changes' | 'cause'
  >,
  event: CloudEvent<unknown>,
  scope: Scope,
): Result {
  const { name: registryName } = settings.registryWriter;
  const reply = registryUpdated.make(
    {
      registry: registry.url,
      ...(registryName && { registryName }),
      ...update,
      outcome: written.outcome,
      reason: written.reason ?? '',
      ...(written.warnings?.length ? { warnings: written.warnings } : {}),
      ...(written.page && { page: written.page }),
      changes: written.changes,
      cause: { id: event.id, type: event.type },
    },
    originOf(event, scope, io),
  );
  return {
    outcome: written.outcome === 'ignored' ? 'ignored' : 'done',
    reason: written.reason ?? written.outcome,
    reply: signWhere(settings.eventSigningKey(), reply),
  };
}

/**
 * Calls of `work` end with the time limit of one event. Waiting for other events of the same model counts, too. The broker's own limit
 * (`trigger.attempt` in functions/table.ts) counts it as well, and is longer by the time of one call.
 */
function inTime<T>({ io }: Writer, work: () => Promise<T>): Promise<T> {
  return withDeadline(createDeadline(io.clock, io.clock.monotonic() + limits.registryWriter, tooLate), work);
}

/** What an answer repeats of the event. */
function about(data: Promotion | servingObserved.ServingObservation) {
  const { environment, model, repository, repositoryId, head, observedAt } = data;
  return { environment, model, repository, ...(repositoryId && { repositoryId }), head, observedAt };
}

function tooLate(): TryAgainError {
  return new TryAgainError(
    'the registry was not done within the time limit of one event; it is slow, or other events of the model are waiting',
  );
}
