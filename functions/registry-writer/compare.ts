// Compares one page of an observed environment with the registry. Reads only: what differs becomes one drifted event, because of which
// parse reports those models with full provenance; write.ts then writes them.
import { isCommitId } from '../../events/fields.ts';
import { atMost } from '../../io/at-most.ts';
import type { Log } from '../../io/io.ts';
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import { recordWithoutLabel } from '../../promotions/deployment-record.ts';
import { differsInUri, inPage, planReconcile, plansWrite } from '../../promotions/drift.ts';
import type { Drift, EnvironmentReport, ReportedModel } from '../../promotions/promotion.ts';
import { labelOf } from '../../promotions/property-names.ts';
import type { RegistryPlan } from '../../promotions/registry-plan.ts';
import {
  type Artifact,
  isNamed,
  type RegisteredModel,
  type RegisteredVersion,
} from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';

/** Models that are compared at a time; a reconcile must not load the registry much. */
const modelsAtOnce = 4;

/** One registered model of the page that Git names or that holds the label, and the writer's own plan for it. */
export interface ComparedModel {
  model: RegisteredModel;
  /** Undefined: Git does not name it in this environment. */
  observed?: ReportedModel;
  holders: readonly RegisteredVersion[];
  plan: RegistryPlan;
  /** The artifact of a deployed version has another uri than Git says. */
  differsInUri: boolean;
}

/**
 * The models of the page that differ and can be written, sorted by name. `left`: how many others differ (another repository's
 * ownership marker, a version that is not registered).
 */
export async function compareEnvironment(
  observation: EnvironmentReport,
  registry: Registry,
  floating: readonly string[],
  now: () => number,
  log: Log,
): Promise<{ models: Drift['models']; left: number }> {
  const compared = await compareModels(observation, registry, floating, now, log);
  const models = compared.filter(differs).map(({ model, observed, holders, plan }) => {
    const records = plan.registered.flatMap(({ version }) => {
      const commit = recordWithoutLabel(version, observation.environment);
      // Others may have written to the record, too: what is no commit id is not the commit of this deployment.
      return commit !== undefined && isCommitId(commit) ? [{ version: version.name, commit }] : [];
    });
    return {
      model: model.name,
      git: observed?.versions.map(({ version }) => version) ?? [],
      registry: holders.map(({ name }) => name).sort(compareCodePoints),
      ...(records.length > 0 && { records }),
    };
  });
  const left = compared.filter((one) => !differs(one) && isLeft(one)).length;
  return { models, left };
}

function isLeft({ observed, plan }: ComparedModel): boolean {
  return observed !== undefined && (plan.ignored !== undefined || plan.unregistered.length > 0);
}

/** Whether something would be written. */
export function differs({ plan, differsInUri }: ComparedModel): boolean {
  return plansWrite(plan) || differsInUri;
}

/** All models in question of the page, sorted by name. Reads only. */
export async function compareModels(
  observation: EnvironmentReport,
  registry: Registry,
  floating: readonly string[],
  now: () => number,
  log: Log,
): Promise<ComparedModel[]> {
  const { environment, page } = observation;
  const label = labelOf(environment);
  const [models, holders] = await Promise.all([registry.models(), registry.allHolders(label)]);
  const observed = new Map(observation.models.map((entry) => [entry.model, entry]));
  const holdersOf = new Map<string, RegisteredVersion[]>();
  for (const holder of holders) {
    const list = holdersOf.get(holder.modelId);
    if (list) list.push(holder);
    else holdersOf.set(holder.modelId, [holder]);
  }

  const isInQuestion = ({ id, name, aliases }: RegisteredModel) =>
    observed.has(name) || holdersOf.has(id) || aliases?.has(label) === true;
  const inQuestion = models.filter((model) => inPage(model.name, page) && isInQuestion(model));
  const compared = await atMost(modelsAtOnce, inQuestion, (model) =>
    compare(model, holdersOf.get(model.id) ?? [], observed.get(model.name)),
  );
  return compared.sort((a, b) => compareCodePoints(a.model.name, b.model.name));

  async function compare(model: RegisteredModel, held: RegisteredVersion[], observed?: ReportedModel) {
    const git = observed?.versions.map(({ version }) => version) ?? [];
    const named = new Map<string, RegisteredVersion>();
    for (const name of git) {
      const holder = held.find((version) => isNamed(version, name));
      if (holder && (model.newest ?? holder.id) === holder.id) named.set(name, holder);
    }
    const others = git.filter((name) => !named.has(name));
    if (others.length > 0) {
      // A version that Git deploys and that does not hold the label: not labelled yet, or not registered. Or it holds the label, and
      // a younger one may be called so, too.
      const found = await registry.findVersions(model, label, others);
      for (const [name, version] of found.named) named.set(name, version);
    }
    const state = { model, holders: held, named, now: now() };
    const plan = planReconcile(observation, state, floating, observed);
    report(model, plan, observed !== undefined);
    // When a label has to be written anyway, write.ts reads the artifact.
    const inUri = !plansWrite(plan) && differsInUri(plan, model.name, await artifactsOf(plan));
    return { model, ...(observed && { observed }), holders: held, plan, differsInUri: inUri };
  }

  async function artifactsOf(plan: RegistryPlan): Promise<Map<string, Artifact[]>> {
    const { artifacts } = registry;
    if (plan.ignored !== undefined || artifacts === undefined) return new Map();
    const wanted = plan.registered.filter(({ promoted }) => promoted.uri !== undefined);
    return new Map(
      await Promise.all(
        wanted.map(async ({ version }) => [version.id, await artifacts.of(version)] as [string, Artifact[]]),
      ),
    );
  }

  /** A model that Git does not deploy here may have its label from somebody else: that is no reason for a warning at every reconcile. */
  function report(model: RegisteredModel, plan: RegistryPlan, deployed: boolean): void {
    if (plan.ignored !== undefined)
      log(deployed ? 'warn' : 'info', 'model left alone', {
        model: model.name,
        environment,
        deployed,
        reason: plan.ignored,
      });
    for (const version of plan.unregistered) {
      log('warn', 'version not registered', { model: model.name, environment, version });
    }
  }
}
