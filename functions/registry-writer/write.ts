// Makes the registry say what one promoted or withdrawn event says: read, plan (pure), apply, look once more. Every write is
// harmless twice, so that whatever is cut short is finished by the next try.

import { TryAgainError } from '../../events/errors.ts';
import type { RegistryChange } from '../../events/registry-updated.ts';
import { atMost } from '../../io/at-most.ts';
import type { Io, Log } from '../../io/io.ts';
import { planArtifactUri } from '../../promotions/artifact-uri.ts';
import type { Promotion } from '../../promotions/promotion.ts';
import {
  isEmpty,
  planPromotion,
  type RegistryPlan,
  type RegistryState,
  type VersionChange,
  waitsForRegistration,
} from '../../promotions/registry-plan.ts';
import type { Artifact, RegisteredModel } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';

/** Enough for a model whose every version holds the label: they lose it in one go. */
const callsAtOnce = 128;

/** What became of one event; goes into dev.mlops.registry.updated.v1. */
export interface Written {
  outcome: 'changed' | 'unchanged' | 'ignored';
  reason?: string;
  /** One per thing written, in the order of writing. */
  changes: RegistryChange[];
}

interface UriChange {
  artifact: Artifact;
  uri: string;
  version: string;
}

/** One event's way through a registry, whose calls end at the event's time limit (time-limit.ts). */
export async function writePromotion(
  promotion: Promotion,
  registry: Registry,
  floating: readonly string[],
  io: Io,
  log: Log,
): Promise<Written> {
  const { environment, model: name } = promotion;
  const changes: RegistryChange[] = [];
  const notes: string[] = [];

  let model = await registry.findModel(name);
  if (model === undefined) return { outcome: 'ignored', reason: `no registered model has the name ${name}`, changes };
  const first = await look(model);
  if (first.plan.ignored !== undefined) {
    log('warn', 'event ignored', { reason: first.plan.ignored, model: name, environment });
    return { outcome: 'ignored', reason: first.plan.ignored, changes };
  }
  const wroteVersions = await apply(first.plan);
  if (wroteVersions) await confirm(first);

  if (first.plan.unregistered.length > 0) {
    const reason = `not registered: ${name} ${first.plan.unregistered.join(', ')}; ${environment} stays on what holds it`;
    if (waitsForRegistration(promotion, first.plan, now())) throw new TryAgainError(reason);
    log('warn', 'version not registered', { model: name, environment, versions: first.plan.unregistered });
    return { outcome: 'ignored', reason, changes };
  }
  const reason = notes.length > 0 ? notes.join('; ') : undefined;
  return { outcome: changes.length > 0 ? 'changed' : 'unchanged', reason, changes };

  async function look(of: RegisteredModel): Promise<{ state: RegistryState; plan: RegistryPlan }> {
    const names = promotion.serving.map(({ version }) => version);
    const { holders, named } = await registry.findVersions(of, environment, names);
    const state = { model: of, holders, named, now: now() };
    return { state, plan: planPromotion(promotion, state, floating) };
  }

  /** True when a version or an artifact was written. The artifacts are read beside the first write, to save a round. */
  async function apply(plan: RegistryPlan): Promise<boolean> {
    let uris: UriChange[] = [];
    await together([
      async () => {
        uris = await readUris(plan);
      },
      ...(plan.markDue ? [() => writeMark(plan)] : []),
    ]);
    if (uris.length > 0 && !plan.markDue && !isEmpty(plan.mark)) await writeMark(plan);
    await together(plan.gains.map((gain) => () => writeVersion(gain)));
    // Only now, so that one version holds the label at all times.
    await together([
      ...plan.losses.map((loss) => () => writeVersion(loss)),
      ...uris.map((change) => () => writeUri(change)),
    ]);
    return plan.gains.length + plan.losses.length + uris.length > 0;
  }

  async function readUris(plan: RegistryPlan): Promise<UriChange[]> {
    const changesPerVersion = plan.registered.map(async ({ serving, version }) => {
      const { uri } = serving;
      if (uri === undefined) return [];
      const planned = planArtifactUri(await registry.artifacts(version), name, version.name, uri);
      if (planned.reason !== undefined) notes.push(`${version.name}: ${planned.reason}`);
      return planned.artifact === undefined ? [] : [{ artifact: planned.artifact, uri, version: version.name }];
    });
    return (await Promise.all(changesPerVersion)).flat();
  }

  async function writeMark(plan: RegistryPlan): Promise<void> {
    if (model !== undefined) model = await registry.changeModel(model, plan.mark);
    changes.push({ on: 'model', name, set: { ...plan.mark.set }, removed: [...plan.mark.remove] });
  }

  async function writeVersion({ version, change }: VersionChange): Promise<void> {
    await registry.changeVersion(version, change);
    changes.push({ on: 'version', name: version.name, set: { ...change.set }, removed: [...change.remove] });
  }

  async function writeUri({ artifact, uri, version }: UriChange): Promise<void> {
    await registry.changeArtifact(artifact, uri);
    changes.push({ on: 'artifact', name: artifact.name ?? version, set: { uri }, removed: [] });
  }

  /**
   * Other writers replace whole property maps and can undo what was just written; so the holders are read once more, and
   * a remaining difference is applied once.
   */
  async function confirm(before: { state: RegistryState; plan: RegistryPlan }): Promise<void> {
    if (await isSettled(model ?? before.state.model, before.plan)) return;

    log('warn', 'another writer was faster, writing once more', { model: name, environment });
    const fresh = await registry.findModel(name);
    if (fresh === undefined) throw new TryAgainError(`the model ${name} vanished while it was written`);
    model = fresh;
    const second = await look(fresh);
    if (second.plan.ignored !== undefined) return;
    await apply(second.plan);
    if (!(await isSettled(model, second.plan)))
      throw new TryAgainError(`another writer keeps changing the versions of ${name} that hold ${environment}`);
  }

  /** One look at the holders: each registered version among them, and nothing left to plan. */
  async function isSettled(of: RegisteredModel, { registered, unregistered }: RegistryPlan): Promise<boolean> {
    const holders = await registry.holders(of, environment);
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

/** Side by side. A failure waits for what is under way: the model's next event must not begin before. */
async function together(calls: readonly (() => Promise<void>)[]): Promise<void> {
  await atMost(callsAtOnce, calls, (call) => call());
}
