// Compares one page of an observed environment with the registry. Reads only; what differs becomes one drifted event, whose
// answer (parse) goes through write.ts with full provenance.
import { atMost } from '../../io/at-most.ts';
import type { Log } from '../../io/io.ts';
import { compareCodePoints } from '../../promotions/code-point-order.ts';
import { differsInUri, inPage, planComparison, plansWrite } from '../../promotions/drift.ts';
import type { Drift, Observation } from '../../promotions/promotion.ts';
import type { RegistryPlan } from '../../promotions/registry-plan.ts';
import type { Artifact, RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import type { Registry } from '../../registries/registry.ts';

/** Models looked at side by side; a reconcile is to be gentle to the registry. */
const modelsAtOnce = 4;

/** The models of the page that differ, sorted; empty when the registry is as Git says. */
export async function compareEnvironment(
  observation: Observation,
  registry: Registry,
  floating: readonly string[],
  now: () => number,
  log: Log,
): Promise<Drift['models']> {
  const { environment, page } = observation;
  const [models, holders] = await Promise.all([registry.models(), registry.allHolders(environment)]);
  const observed = new Map(observation.models.map((entry) => [entry.model, entry]));
  const holdersOf = new Map<string, RegisteredVersion[]>();
  for (const holder of holders) holdersOf.set(holder.modelId, [...(holdersOf.get(holder.modelId) ?? []), holder]);

  const inQuestion = models.filter(({ id, name }) => inPage(name, page) && (observed.has(name) || holdersOf.has(id)));
  const drift: Drift['models'] = [];
  await atMost(modelsAtOnce, inQuestion, async (model) => {
    const git = observed.get(model.name)?.versions.map(({ version }) => version) ?? [];
    const held = holdersOf.get(model.id) ?? [];
    if (!(await differs(model, held, git))) return;
    drift.push({ model: model.name, git, registry: held.map(({ name }) => name).sort(compareCodePoints) });
  });
  return drift.sort((a, b) => compareCodePoints(a.model, b.model));

  async function differs(model: RegisteredModel, held: RegisteredVersion[], git: string[]): Promise<boolean> {
    const named = new Map(held.filter(({ name }) => git.includes(name)).map((version) => [version.name, version]));
    const others = git.filter((name) => !named.has(name));
    if (others.length > 0) {
      // A version that serves and does not hold the label: not labelled yet, or not registered.
      const found = await registry.findVersions(model, environment, others);
      for (const [name, version] of found.named) named.set(name, version);
    }
    const state = { model, holders: held, named, now: now() };
    const plan = planComparison(observation, state, floating, observed.get(model.name));
    report(model, plan);
    return plansWrite(plan) || differsInUri(plan, model.name, await artifactsOf(plan));
  }

  async function artifactsOf(plan: RegistryPlan): Promise<Map<string, Artifact[]>> {
    const wanted = plan.ignored === undefined ? plan.registered.filter(({ serving }) => serving.uri !== undefined) : [];
    return new Map(
      await Promise.all(
        wanted.map(async ({ version }) => [version.id, await registry.artifacts(version)] as [string, Artifact[]]),
      ),
    );
  }

  function report(model: RegisteredModel, plan: RegistryPlan): void {
    if (plan.ignored !== undefined)
      log('warn', 'model left alone', { model: model.name, environment, reason: plan.ignored });
    for (const version of plan.unregistered) {
      log('warn', 'version not registered', { model: model.name, environment, version });
    }
  }
}
