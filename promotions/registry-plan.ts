// From an event and the state of the registry to what has to be written. Pure: the writer reads, calls this, and writes.
import { type AliasChange, planAlias } from './alias.ts';
import { compareCodePoints } from './code-point-order.ts';
import { gainLabel, holdsLabel, loseLabel } from './deployment-record.ts';
import { isOwnMarker, markerChange, type OwnershipMarker, readMarker } from './ownership-marker.ts';
import type { PromotedVersion, Promotion } from './promotion.ts';
import { labelOf } from './property-names.ts';
import type { PropertyChange, RegisteredModel, RegisteredVersion } from './registry-state.ts';
import { sameRepository } from './repository-address.ts';

export interface RegistryState {
  model: RegisteredModel;
  /** Every version that holds the environment's label. */
  holders: readonly RegisteredVersion[];
  /** The versions of the promotion's `serving` that are registered, by name. */
  named: ReadonlyMap<string, RegisteredVersion>;
  /** The registry's clock, ms since epoch. */
  now: number;
}

export interface VersionChange {
  version: RegisteredVersion;
  change: PropertyChange;
}

/** In the order of writing: marker, gains, losses (beside the artifacts' uris), alias. */
export interface RegistryPlan {
  /** Why the event does not apply. When it is set, nothing is written. */
  ignored?: string;
  /** The change that makes the ownership marker this event's; no keys when it is already. */
  marker: PropertyChange;
  /** The ownership marker is to be written, even if nothing else is. */
  markerDue: boolean;
  gains: VersionChange[];
  losses: VersionChange[];
  /** Undefined: it is right, or the registry has none. */
  alias?: AliasChange;
  /** Entries of the promotion's `serving` whose version is registered, with that version. Their artifacts are checked. */
  registered: { promoted: PromotedVersion; version: RegisteredVersion }[];
  /** Versions of the promotion's `serving` that are neither registered nor floating. While there are any, no label is removed. */
  unregistered: string[];
}

/** What the reason begins with where a later reading has been written already. */
export const olderThanKnown = 'older than what is known';

/** How long a push waits for its version to be registered, from the reading of its head on. ms. */
const registrationMs = 30_000;

/**
 * The plan for one event. `floating`: names that mean "whatever is newest" (`latest`); when such a name is not registered, it
 * counts as no version. When the registry is in sync, no marker is due and there are no gains and losses.
 */
export function planPromotion(promotion: Promotion, state: RegistryState, floating: readonly string[]): RegistryPlan {
  const { environment, serving } = promotion;
  const marker = readMarker(state.model, environment, state.now);
  const registered = onePerVersion(
    serving.flatMap((entry) => {
      const version = state.named.get(entry.version);
      return version ? [{ promoted: entry, version }] : [];
    }),
  );
  const unregistered = serving
    .map(({ version }) => version)
    .filter((name) => !state.named.has(name) && !floating.includes(name));
  const plan: RegistryPlan = {
    ignored: reasonToIgnore(promotion, state, marker),
    marker: markerChange(state.model, promotion),
    markerDue: false,
    gains: [],
    losses: [],
    registered,
    unregistered,
  };
  if (plan.ignored !== undefined) return plan;

  plan.gains = registered
    .map(({ promoted, version }) => ({ version, change: gainLabel(version, environment, promoted) }))
    .filter(({ change }) => !isEmpty(change));
  if (promotion.complete && unregistered.length === 0) {
    const stays = new Set(registered.map(({ version }) => version.id));
    plan.losses = state.holders
      .filter((version) => !stays.has(version.id) && holdsLabel(version.properties, labelOf(environment)))
      .map((version) => ({ version, change: loseLabel(promotion) }));
    plan.alias = planAlias(
      state.model,
      environment,
      registered.map(({ version }) => version),
      state.now,
    );
  }
  const newHead = promotion.cause === 'push' && marker.head !== promotion.head;
  const damaged = serving.length > 0 && (!marker.whole || isFormer(marker, promotion));
  plan.markerDue = (plan.gains.length > 0 || plan.losses.length > 0 || newHead || damaged) && !isEmpty(plan.marker);
  return plan;
}

/**
 * Whether to wait for a model or a version that is not registered yet. `now`: the registry's clock, ms since epoch. A reconcile
 * does not wait, because the next one tries again.
 */
export function waitsForRegistration({ cause, observedAt }: Promotion, now: number): boolean {
  return cause === 'push' && now < Date.parse(observedAt) + registrationMs;
}

/**
 * Why an event is too old to be accepted. Somebody could keep an event and send it again when Git has changed; where no marker was
 * written since, it would pass for a new one. `now`: the registry's clock, ms since epoch; `maxAge`: ms.
 */
export function reasonToRefuse(
  { observedAt }: Pick<Promotion, 'observedAt'>,
  now: number,
  maxAge: number,
): string | undefined {
  if (now - Date.parse(observedAt) <= maxAge) return undefined;
  return `Expected an event of at most ${maxAge / 60_000} minutes (EVENT_MAX_AGE_MINUTES): what it says was read at ${observedAt}, and the registry's clock says ${new Date(now).toISOString()}. The next reconcile sends what is true.`;
}

/** Whether the ownership marker is to be written whatever is found on the versions, so that they need not be read before. */
export function isMarkerDueAnyway(promotion: Promotion, model: RegisteredModel, now: number): boolean {
  const marker = readMarker(model, promotion.environment, now);
  if (marker.repository !== undefined && !isOwnMarker(marker, promotion)) return false;
  return planPromotion(promotion, { model, holders: [], named: new Map(), now }, []).markerDue;
}

/** Versions that Git deploys although they are archived. The label is right; people may not have meant both. */
export function archivedIn({ registered }: RegistryPlan): string[] {
  return registered.flatMap(({ version: { name, archived } }) => (archived ? [name] : []));
}

/** Nothing to set and nothing to remove. */
export function isEmpty(change: PropertyChange): boolean {
  return change.remove.length === 0 && Object.keys(change.set).length === 0;
}

/** Git may mean one version by two names: it has one record, as the first one says it, and the applications of both. */
function onePerVersion(entries: RegistryPlan['registered']): RegistryPlan['registered'] {
  const byId = new Map<string, RegistryPlan['registered'][number]>();
  for (const { promoted, version } of entries) {
    const first = byId.get(version.id)?.promoted ?? promoted;
    const applications = [...new Set([...first.applications, ...promoted.applications])].sort(compareCodePoints);
    byId.set(version.id, { promoted: first === promoted ? promoted : { ...first, applications }, version });
  }
  return [...byId.values()];
}

/** The marker has our repository by another address than its public one: a former name, or a host that only we use. */
function isFormer(marker: OwnershipMarker, promotion: Promotion): boolean {
  return (
    marker.repository !== undefined &&
    isOwnMarker(marker, promotion) &&
    !sameRepository(marker.repository, promotion.repository)
  );
}

function reasonToIgnore(promotion: Promotion, state: RegistryState, marker: OwnershipMarker): string | undefined {
  const { serving } = promotion;
  if (state.model.leftAlone !== undefined) return state.model.leftAlone;
  const held = state.holders.length > 0;
  if (marker.repository !== undefined && !isOwnMarker(marker, promotion)) {
    // Without a label there is nothing of the other repository's to protect, and a model that Git deploys here may be taken over.
    if (held || serving.length === 0) {
      return `the ownership marker of the model names ${marker.repository}; if that is a former address of this repository, or gone: post-deployment reconcile --formerly ${marker.repository}`;
    }
  }
  if (marker.observedAt !== undefined && Date.parse(promotion.observedAt) < marker.observedAt) {
    return `${olderThanKnown}: this head was read at ${promotion.observedAt}, the ownership marker says ${new Date(marker.observedAt).toISOString()}`;
  }
  if (marker.repository === undefined && held && serving.length === 0 && promotion.cause === 'reconcile') {
    return 'the label has no ownership marker, and Git does not deploy the model here: it is not ours to move';
  }
  return undefined;
}
