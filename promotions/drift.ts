// Whether the registry differs from Git for one model. The answer is the writer's own plan, so that what a reconcile finds and
// what it repairs can never disagree. Pure.
import { planArtifactUri } from './artifact-uri.ts';
import { compareCodePoints } from './code-point-order.ts';
import type { EnvironmentReport, Promotion, ReportedModel } from './promotion.ts';
import { planPromotion, type RegistryPlan, type RegistryState } from './registry-plan.ts';
import type { Artifact } from './registry-state.ts';

/** Stands for commit and time, which a reconcile does not compare: it only asks whether the record has them. */
const any = 'any';

/** The promotion that a reconcile would send for the model, without provenance. `observed` undefined: Git does not deploy it. */
function promotionOf(report: EnvironmentReport, model: string, observed?: ReportedModel): Promotion {
  const { models, page, ...about } = report;
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

/** True when a label, a record, the ownership marker or the alias is to be written. Artifacts are not considered. */
export function plansWrite({ ignored, markerDue, gains, losses, alias }: RegistryPlan): boolean {
  return ignored === undefined && (markerDue || gains.length > 0 || losses.length > 0 || alias !== undefined);
}

/** True when the uri of a deployed version's artifact is to be written. `artifacts`: by version id. */
export function differsInUri(
  plan: RegistryPlan,
  model: string,
  artifacts: ReadonlyMap<string, readonly Artifact[]>,
): boolean {
  if (plan.ignored !== undefined) return false;
  return plan.registered.some(({ promoted, version }) => {
    const list = artifacts.get(version.id);
    if (promoted.uri === undefined || list === undefined) return false;
    return planArtifactUri(list, model, version.name, promoted.uri).artifact !== undefined;
  });
}

/** What a reconcile would write for one model. */
export function planReconcile(
  report: EnvironmentReport,
  state: RegistryState,
  floating: readonly string[],
  observed?: ReportedModel,
): RegistryPlan {
  return planPromotion(promotionOf(report, state.model.name, observed), state, floating);
}

/** Whether a name belongs to a page: from <= name < to, by code point. */
export function inPage(name: string, page: EnvironmentReport['page']): boolean {
  return compareCodePoints(name, page.from) >= 0 && (page.to === undefined || compareCodePoints(name, page.to) < 0);
}
