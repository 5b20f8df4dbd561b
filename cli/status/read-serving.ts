// What serves in an environment, as the registry says, beside what Git deploys. Reads only.
import type { ComparedModel } from '../../functions/registry-writer/compare.ts';
import { propertyName } from '../../promotions/property-names.ts';
import { type ServingView, servingView } from '../../promotions/serving-phase.ts';
import type { Registry } from '../../registries/registry.ts';

/**
 * By name: the compared models that somebody has observed in a cluster, and those that serve although neither Git nor a label names
 * them. `now`: the registry's clock, ms since epoch. One call more than the list of models, and only where anything was observed.
 */
export async function readServing(
  environment: string,
  compared: readonly ComparedModel[],
  registry: Registry,
  now: number,
): Promise<Map<string, ServingView>> {
  const observed = (await registry.models()).filter(({ properties }) =>
    properties.has(propertyName(environment, 'cluster')),
  );
  if (observed.length === 0) return new Map();
  const allServing = await registry.allHolders(propertyName(environment, 'serving'));
  const comparedById = new Map(compared.map((one) => [one.model.id, one]));
  return new Map(
    observed.flatMap((model) => {
      const one = comparedById.get(model.id);
      const serving = allServing.filter(({ modelId }) => modelId === model.id);
      if (!one && serving.length === 0) return [];
      const deployed = one?.observed?.versions.map(({ version }) => version) ?? [];
      const view = servingView({ environment, model, deployed, labelled: one?.holders ?? [], serving, now });
      return view ? [[model.name, view] as const] : [];
    }),
  );
}
