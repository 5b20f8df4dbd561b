// Writes one promoted or withdrawn event to the registry. A write replaces a whole property map, so it follows a reading of that map at
// once, and only what others write in between is lost. Every write is harmless twice, so that the next attempt finishes what was cut short.
import { StopError, TryAgainError } from '../../events/errors.ts';
import type { RegistryChange } from '../../events/registry-updated.ts';
import { atMost } from '../../io/at-most.ts';
import type { Io, Log } from '../../io/io.ts';
import { planArtifactUri } from '../../promotions/artifact-uri.ts';
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
import type { Artifact, RegisteredModel } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';

/** Enough for a model of which all versions hold the label: they lose it at the same time. */
export const callsAtOnce = 128;

/** What became of one event; goes into dev.mlops.registry.updated.v1. */
export interface Written {
  outcome: 'changed' | 'unchanged' | 'ignored';
  reason?: string;
  /** Sentences about labelled versions that may not be meant. */
  warnings?: string[];
  /** One per thing written, in the order of writing. */
  changes: RegistryChange[];
}

interface UriChange {
  artifact: Artifact;
  uri: string;
  version: string;
}

/** Writes one event into the registry. */
export async function writePromotion(
  promotion: Promotion,
  registry: Registry,
  { floating, eventMaxAge }: { floating: readonly string[]; eventMaxAge: number },
  io: Io,
  log: Log,
): Promise<Written> {
  const { environment, model: name } = promotion;
  const label = labelOf(environment);
  const versions = promotion.serving.map(({ version }) => version);
  const changes: RegistryChange[] = [];
  const notes = new Set<string>();

  const model = await registry.findModel(name);
  // Not earlier: the registry's time comes with its first answer.
  const tooOld = reasonToRefuse(promotion, now(), eventMaxAge);
  if (tooOld !== undefined) throw new StopError(422, tooOld);
  if (model === undefined) {
    const reason = `no registered model has the name ${name}`;
    if (versions.length > 0) {
      waitWhereItHelps(reason);
      log('warn', 'model not registered', { model: name, environment });
    }
    return { outcome: 'ignored', reason, changes };
  }
  const plan = isMarkerDueAnyway(promotion, model, now()) ? await write(model) : await writeWhatDiffers(model);
  if (plan.ignored !== undefined) {
    log('warn', 'event ignored', { reason: plan.ignored, model: name, environment });
    return { outcome: 'ignored', reason: plan.ignored, changes };
  }
  const { unregistered } = plan;
  if (unregistered.length > 0) {
    const reason = `not registered: ${name} ${unregistered.join(', ')}; ${environment} stays on what holds it`;
    waitWhereItHelps(reason);
    log('warn', 'version not registered', { model: name, environment, versions: unregistered });
    return { outcome: 'ignored', reason, changes };
  }
  const reason = notes.size > 0 ? [...notes].join('; ') : undefined;
  const warnings = archivedIn(plan).map((version) => `Version ${version} is archived in the registry.`);
  return { outcome: changes.length > 0 ? 'changed' : 'unchanged', reason, warnings, changes };

  function waitWhereItHelps(reason: string): void {
    if (waitsForRegistration(promotion, now())) throw new TryAgainError(reason);
  }

  /** Most events are repetitions, or come from a reconcile that finds nothing to do: then nothing is written. */
  async function writeWhatDiffers(of: RegisteredModel): Promise<RegistryPlan> {
    const seen = await look(of);
    if (seen.ignored !== undefined) return seen;
    const differs = seen.markerDue || seen.gains.length > 0 || seen.losses.length > 0;
    return differs || (await readUris(seen)).length > 0 ? write(await findAgain()) : seen;
  }

  /** Reads what the plan needs, and writes nothing. */
  async function look(of: RegisteredModel): Promise<RegistryPlan> {
    const { holders, named } = await registry.findVersions(of, label, versions);
    return planPromotion(promotion, { model: of, holders, named, now: now() }, floating);
  }

  async function findAgain(): Promise<RegisteredModel> {
    const found = await registry.findModel(name);
    if (found === undefined) throw new TryAgainError(`the model ${name} vanished while it was written`);
    return found;
  }

  /**
   * Other writers replace whole property maps and can undo what was just written; so the holders are read once more, and
   * a remaining difference is applied once. `of`: as read just before.
   */
  async function write(of: RegisteredModel): Promise<RegistryPlan> {
    const first = await apply(of);
    if (first.isSettled) return first.plan;
    log('warn', 'another writer was faster, writing once more', { model: name, environment });
    const fresh = await findAgain();
    const seen = await look(fresh);
    if (seen.ignored !== undefined) return first.plan;
    const second = await apply(fresh);
    if (second.isSettled) return second.plan;
    throw new TryAgainError(`another writer keeps changing the versions of ${name} that hold ${environment}`);
  }

  /** The marker, the label onto the new versions, the label off the old ones: each read in the call before it is written. */
  async function apply(of: RegisteredModel): Promise<{ plan: RegistryPlan; isSettled: boolean }> {
    let markedModel = of;
    let named: RegistryState['named'] = new Map();
    await together([
      async () => {
        ({ named } = await registry.findVersions(of, undefined, versions));
      },
      async () => {
        markedModel = await writeMarker(of);
      },
    ]);
    const plan = planPromotion(promotion, { model: markedModel, holders: [], named, now: now() }, floating);
    let uris: UriChange[] = [];
    await together([
      async () => {
        uris = await readUris(plan);
      },
      ...plan.gains.map((gain) => () => writeVersion(gain)),
    ]);
    // After the gains, so that some version holds the label at all times.
    const { losses, isUndone } = await planLosses(markedModel, named, plan);
    await together([
      ...losses.map((loss) => () => writeVersion(loss)),
      ...uris.map((change) => () => writeUri(change)),
    ]);
    if (isUndone) return { plan, isSettled: false };
    const wrote = plan.gains.length + losses.length + uris.length > 0;
    return { plan, isSettled: !wrote || (await isSettled(markedModel, plan)) };
  }

  /** `isUndone`: a label that was just set is gone again; none is taken away before it is back. */
  async function planLosses(
    of: RegisteredModel,
    named: RegistryState['named'],
    { registered, unregistered }: RegistryPlan,
  ): Promise<{ losses: VersionChange[]; isUndone: boolean }> {
    if (!promotion.complete || unregistered.length > 0) return { losses: [], isUndone: false };
    const holders = await registry.holders(of, label);
    const held = new Set(holders.map(({ id }) => id));
    if (!registered.every(({ version }) => held.has(version.id))) return { losses: [], isUndone: true };
    const { losses } = planPromotion(promotion, { model: of, holders, named, now: now() }, floating);
    return { losses, isUndone: false };
  }

  async function readUris({ registered }: RegistryPlan): Promise<UriChange[]> {
    const changesPerVersion = registered.map(async ({ serving, version }) => {
      const { uri } = serving;
      if (uri === undefined) return [];
      const planned = planArtifactUri(await registry.artifacts(version), name, version.name, uri);
      if (planned.reason !== undefined) notes.add(`${version.name}: ${planned.reason}`);
      return planned.artifact === undefined ? [] : [{ artifact: planned.artifact, uri, version: version.name }];
    });
    return (await Promise.all(changesPerVersion)).flat();
  }

  async function writeMarker(of: RegisteredModel): Promise<RegisteredModel> {
    const marker = markerChange(of, promotion);
    if (isEmpty(marker)) return of;
    const written = await registry.changeModel(of, marker);
    changes.push({ on: 'model', name, set: { ...marker.set }, removed: [...marker.remove] });
    return written;
  }

  async function writeVersion({ version, change }: VersionChange): Promise<void> {
    await registry.changeVersion(version, change);
    changes.push({ on: 'version', name: version.name, set: { ...change.set }, removed: [...change.remove] });
  }

  async function writeUri({ artifact, uri, version }: UriChange): Promise<void> {
    await registry.changeArtifact(artifact, uri);
    changes.push({ on: 'artifact', name: artifact.name ?? version, set: { uri }, removed: [] });
  }

  /** One look at the holders: each registered version among them, and nothing left to plan. */
  async function isSettled(of: RegisteredModel, { registered, unregistered }: RegistryPlan): Promise<boolean> {
    const holders = await registry.holders(of, label);
    const byName = new Map(holders.map((version) => [version.name, version]));
    if (!registered.every(({ version }) => byName.has(version.name))) return false;
    const after = planPromotion(promotion, { model: of, holders, named: byName, now: now() }, floating);
    return (
      after.gains.length === 0 &&
      (unregistered.length > 0 || (after.losses.length === 0 && after.ignored === undefined))
    );
  }

  function now(): number {
    return registry.serverTime() ?? io.clock.now();
  }
}

/** At the same time. When one fails, the others are awaited first: the model's next event must not begin before. */
async function together(calls: readonly (() => Promise<void>)[]): Promise<void> {
  await atMost(callsAtOnce, calls, (call) => call());
}
