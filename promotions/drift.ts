// Does the registry differ from Git for one model? Asked of the writer's own plan, so that the comparison and the repair can
// never disagree. Pure.
import { planArtifactUri } from './artifact-uri.ts';
import { compareCodePoints } from './code-point-order.ts';
import type { Observation, ObservedModel, Promotion } from './promotion.ts';
import { planPromotion, type RegistryPlan, type RegistryState } from './registry-plan.ts';
import type { Artifact } from './registry-state.ts';

/** A value that any written one satisfies: the comparison asks whether commit and time are there, not which they are. */
const any = 'any';

/** The promotion that a reconcile would send for this model; without provenance. `observed` undefined: Git does not name it. */
export function promotionToCompare(observation: Observation, model: string, observed?: ObservedModel): Promotion {
  const { models, page, ...about } = observation;
  const serving = (observed?.versions ?? []).map(({ version, applications, uri }) => ({
    version,
    applications,
    ...(uri === undefined ? {} : { uri }),
    path: any,
    commit: any,
    promotedAt: any,
    promotedBy: {},
  }));
  return { ...about, model, cause: 'reconcile', serving };
}

/** The plan's answer before artifacts are read: true when a label, a record or the ownership marker is to be written. */
export function plansWrite(plan: RegistryPlan): boolean {
  return plan.ignored === undefined && (plan.markerDue || plan.gains.length > 0 || plan.losses.length > 0);
}

/** True when the uri of a serving version's artifact is to be written. `artifacts`: by version id. */
export function differsInUri(
  plan: RegistryPlan,
  model: string,
  artifacts: ReadonlyMap<string, readonly Artifact[]>,
): boolean {
  if (plan.ignored !== undefined) return false;
  return plan.registered.some(({ serving, version }) => {
    const list = artifacts.get(version.id);
    if (serving.uri === undefined || list === undefined) return false;
    return planArtifactUri(list, model, version.name, serving.uri).artifact !== undefined;
  });
}

/** The plan by which a model is compared. */
export function planComparison(
  observation: Observation,
  state: RegistryState,
  floating: readonly string[],
  observed?: ObservedModel,
): RegistryPlan {
  return planPromotion(promotionToCompare(observation, state.model.name, observed), state, floating);
}

/** Names that belong to a page: from <= name < to, by code point. */
export function inPage(name: string, page: Observation['page']): boolean {
  return compareCodePoints(name, page.from) >= 0 && (page.to === undefined || compareCodePoints(name, page.to) < 0);
}
