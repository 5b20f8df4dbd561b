// What serves in an environment, as the registry says, beside what Git deploys: for whoever shows it to people. Reads only.
import { propertyName } from '../../promotions/property-names.ts';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';
import { type ServingView, servingView } from '../../promotions/serving-phase.ts';
import type { Registry } from '../../registries/registry.ts';
import type { ComparedModel } from './compare.ts';

/**
 * By name: the compared models that somebody has observed in a cluster, and those that serve although neither Git nor a label names
 * them. `now`: the registry's clock, ms since epoch. One call where anything was observed, and another one for the latter.
 */
export async function readServing(
  environment: string,
  compared: readonly ComparedModel[],
  registry: Registry,
  now: number,
): Promise<Map<string, ServingView>> {
  const key = propertyName(environment, 'cluster');
  const views = new Map<string, ServingView>();
  if (!compared.some(({ model }) => model.properties.has(key))) return views;
  const serving = await registry.allHolders(propertyName(environment, 'serving'));
  const add = (model: RegisteredModel, deployed: readonly string[], labelled: readonly RegisteredVersion[]) => {
    const own = serving.filter(({ modelId }) => modelId === model.id);
    const view = servingView({ environment, model, deployed, labelled, serving: own, now });
    if (view) views.set(model.name, view);
  };
  for (const { model, observed, holders } of compared)
    add(model, observed?.versions.map(({ version }) => version) ?? [], holders);
  const known = new Set(compared.map(({ model }) => model.id));
  if (serving.every(({ modelId }) => known.has(modelId))) return views;
  for (const model of await registry.models())
    if (!known.has(model.id) && serving.some(({ modelId }) => modelId === model.id)) add(model, [], []);
  return views;
}
