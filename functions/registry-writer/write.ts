// Writes one promoted or withdrawn event to the registry. In some registries a write replaces a whole property map, so it follows a
// reading of that map at once, and only what others write in between is lost. Every write is harmless twice, so that the next attempt
// finishes what was cut short.
import { StopError, TryAgainError } from '../../events/errors.ts';
import type { RegistryChange } from '../../events/registry-updated.ts';
import { atMost } from '../../io/at-most.ts';
import type { Log } from '../../io/io.ts';
import { planArtifactUri } from '../../promotions/artifact-uri.ts';
import { plansWrite } from '../../promotions/drift.ts';
import { markerChange } from '../../promotions/ownership-marker.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import { labelOf } from '../../promotions/property-names.ts';
import {
  archivedIn,
  isEmpty,
  isMarkerDueAnyway,
  planPromotion,
  type RegistryPlan,
  type RegistryState,
  reasonToRefuse,
  type VersionChange,
  waitsForRegistration,
} from '../../promotions/registry-plan.ts';
import type { RegisteredModel } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';
import { type UriChange, writeAlias, writeModel, writeUri, writeVersion } from './single-writes.ts';

/** Enough for a model of which all versions hold the label: they lose it at the same time. */
export const callsAtOnce = 128;

/** What became of one event; goes into dev.mlops.registry.updated.v1. */
export interface Written {
  outcome: 'changed' | 'unchanged' | 'ignored';
  reason?: string;
  /** Sentences about labelled versions that may not be meant. */
  warnings?: string[];
  /** Of the version that Git deploys, where it is only one and the registry has such a page. */
  page?: string;
  /** One per thing written, in the order of writing. */
  changes: RegistryChange[];
}

/** One event on its way into the registry. */
interface Writing {
  promotion: Promotion;
  registry: Registry;
  floating: readonly string[];
  /** The registry's clock, ms since epoch. */
  now: () => number;
  log: Log;
  /** What has been written so far. */
  changes: RegistryChange[];
  /** Why a uri stays as it is, one sentence for each version. */
  notes: Set<string>;
}

/** Writes one event into the registry. `now`: the registry's clock. */
export async function writePromotion(
  promotion: Promotion,
  registry: Registry,
  { floating, eventMaxAge, now }: { floating: readonly string[]; eventMaxAge: number; now: () => number },
  log: Log,
): Promise<Written> {
  const { environment, model: name } = promotion;
  const model = await registry.findModel(name);
  // Not earlier: the registry's time comes with its first answer.
  const tooOld = reasonToRefuse(promotion, now(), eventMaxAge);
  if (tooOld !== undefined) throw new StopError(422, tooOld);
  if (model === undefined) {
    const reason = `no registered model has the name ${name}`;
    if (promotion.serving.length > 0) {
      waitWhereItHelps(promotion, now(), reason);
      log('warn', 'model not registered', { model: name, environment });
    }
    return { outcome: 'ignored', reason, changes: [] };
  }

  const writing: Writing = { promotion, registry, floating, now, log, changes: [], notes: new Set() };
  const plan = isMarkerDueAnyway(promotion, model, now())
    ? await write(writing, model)
    : await writeWhatDiffers(writing, model);
  return writtenOf(writing, plan);
}

/** What is said about the event, after everything that could be written is written. */
function writtenOf({ promotion, now, log, changes, notes }: Writing, plan: RegistryPlan): Written {
  const { environment, model } = promotion;
  if (plan.ignored !== undefined) {
    log('warn', 'event ignored', { reason: plan.ignored, model, environment });
    return { outcome: 'ignored', reason: plan.ignored, changes };
  }
  const { unregistered } = plan;
  if (unregistered.length > 0) {
    const reason = `not registered: ${model} ${unregistered.join(', ')}; ${environment} stays on what holds it`;
    waitWhereItHelps(promotion, now(), reason);
    log('warn', 'version not registered', { model, environment, versions: unregistered });
    return { outcome: 'ignored', reason, changes };
  }
  const reason = notes.size > 0 ? [...notes].join('; ') : undefined;
  const warnings = archivedIn(plan).map((version) => `Version ${version} is archived in the registry.`);
  const page = plan.registered.length === 1 ? plan.registered[0]!.version.page : undefined;
  return { outcome: changes.length > 0 ? 'changed' : 'unchanged', reason, warnings, ...(page && { page }), changes };
}

function waitWhereItHelps(promotion: Promotion, now: number, reason: string): void {
  if (waitsForRegistration(promotion, now)) throw new TryAgainError(reason);
}

/** Most events are repetitions, or come from a reconcile that finds nothing to do: then nothing is written. */
async function writeWhatDiffers(writing: Writing, model: RegisteredModel): Promise<RegistryPlan> {
  const seen = await look(writing, model);
  if (seen.ignored !== undefined) return seen;
  const differs = plansWrite(seen) || (await readUris(writing, seen)).length > 0;
  return differs ? write(writing, await findAgain(writing)) : seen;
}

/**
 * Other writers can undo what was just written, by replacing a whole property map; so the holders are read once more, and
 * a remaining difference is applied once. `model`: as read just before.
 */
async function write(writing: Writing, model: RegisteredModel): Promise<RegistryPlan> {
  const { environment, model: name } = writing.promotion;
  const first = await apply(writing, model);
  if (first.isSettled) return first.plan;
  writing.log('warn', 'another writer was faster, writing once more', { model: name, environment });
  const fresh = await findAgain(writing);
  const seen = await look(writing, fresh);
  if (seen.ignored !== undefined) return first.plan;
  const second = await apply(writing, fresh);
  if (second.isSettled) return second.plan;
  throw new TryAgainError(`another writer keeps changing the versions of ${name} that hold ${environment}`);
}

/** The marker, the label onto the new versions, the label off the old ones, the alias: each read in the call before it is written. */
async function apply(writing: Writing, model: RegisteredModel): Promise<{ plan: RegistryPlan; isSettled: boolean }> {
  const { promotion, registry, changes } = writing;
  let markedModel = model;
  let named: RegistryState['named'] = new Map();
  await together([
    async () => {
      ({ named } = await registry.findVersions(model, undefined, versionsOf(promotion)));
    },
    async () => {
      markedModel = await writeMarker(writing, model);
    },
  ]);
  const plan = planOf(writing, markedModel, [], named);
  let uris: UriChange[] = [];
  await together([
    async () => {
      uris = await readUris(writing, plan);
    },
    ...plan.gains.map((gain) => () => writeVersion(registry, changes, gain)),
  ]);
  // After the gains, so that some version holds the label at all times.
  const { losses, isUndone } = await planLosses(writing, markedModel, named, plan);
  await together([
    ...losses.map((loss) => () => writeVersion(registry, changes, loss)),
    ...uris.map((change) => () => writeUri(changes, change)),
  ]);
  if (isUndone) return { plan, isSettled: false };
  const wrote = plan.gains.length + losses.length + uris.length > 0;
  if (wrote && !(await isSettled(writing, markedModel, plan))) return { plan, isSettled: false };
  if (plan.alias !== undefined) await writeAlias(registry, changes, markedModel, plan.alias);
  return { plan, isSettled: true };
}

async function writeMarker(
  { promotion, registry, changes }: Writing,
  model: RegisteredModel,
): Promise<RegisteredModel> {
  const marker = markerChange(model, promotion);
  return isEmpty(marker) ? model : writeModel(registry, changes, model, marker);
}

/** `isUndone`: a label that was just set is gone again; none is taken away before it is back. */
async function planLosses(
  writing: Writing,
  model: RegisteredModel,
  named: RegistryState['named'],
  { registered, unregistered }: RegistryPlan,
): Promise<{ losses: VersionChange[]; isUndone: boolean }> {
  const { promotion, registry } = writing;
  if (!promotion.complete || unregistered.length > 0) return { losses: [], isUndone: false };
  const holders = await registry.holders(model, labelOf(promotion.environment));
  const held = new Set(holders.map(({ id }) => id));
  if (!registered.every(({ version }) => held.has(version.id))) return { losses: [], isUndone: true };
  const { losses } = planOf(writing, model, holders, named);
  return { losses, isUndone: false };
}

/** One look at the holders: each registered version among them, and nothing left to plan. */
async function isSettled(
  writing: Writing,
  model: RegisteredModel,
  { registered, unregistered }: RegistryPlan,
): Promise<boolean> {
  const holders = await writing.registry.holders(model, labelOf(writing.promotion.environment));
  const byId = new Map(holders.map((version) => [version.id, version]));
  if (!registered.every(({ version }) => byId.has(version.id))) return false;
  const named = new Map(registered.map(({ promoted, version }) => [promoted.version, byId.get(version.id)!]));
  const after = planOf(writing, model, holders, named);
  return (
    after.gains.length === 0 && (unregistered.length > 0 || (after.losses.length === 0 && after.ignored === undefined))
  );
}

/** Reads what the plan needs, and writes nothing. */
async function look(writing: Writing, model: RegisteredModel): Promise<RegistryPlan> {
  const { promotion, registry } = writing;
  const { holders, named } = await registry.findVersions(model, labelOf(promotion.environment), versionsOf(promotion));
  return planOf(writing, model, holders, named);
}

async function readUris({ promotion, registry, notes }: Writing, { registered }: RegistryPlan): Promise<UriChange[]> {
  const { artifacts } = registry;
  const changesPerVersion = registered.map(async ({ promoted, version }) => {
    const { uri } = promoted;
    if (uri === undefined || artifacts === undefined) return [];
    const planned = planArtifactUri(await artifacts.of(version), promotion.model, version.name, uri);
    if (planned.reason !== undefined) notes.add(`${version.name}: ${planned.reason}`);
    return planned.artifact === undefined
      ? []
      : [{ artifacts, artifact: planned.artifact, uri, version: version.name }];
  });
  return (await Promise.all(changesPerVersion)).flat();
}

async function findAgain({ promotion, registry }: Writing): Promise<RegisteredModel> {
  const found = await registry.findModel(promotion.model);
  if (found === undefined) throw new TryAgainError(`the model ${promotion.model} vanished while it was written`);
  return found;
}

function planOf(
  { promotion, floating, now }: Writing,
  model: RegisteredModel,
  holders: RegistryState['holders'],
  named: RegistryState['named'],
): RegistryPlan {
  return planPromotion(promotion, { model, holders, named, now: now() }, floating);
}

function versionsOf({ serving }: Promotion): string[] {
  return serving.map(({ version }) => version);
}

/** At the same time. When one fails, the others are awaited first: the model's next event must not begin before. */
async function together(calls: readonly (() => Promise<void>)[]): Promise<void> {
  await atMost(callsAtOnce, calls, (call) => call());
}
