// The alias that goes with a label, where a registry has aliases: it belongs to the version that alone holds the label. Pure.
import { readMarker } from './ownership-marker.ts';
import { labelOf } from './property-names.ts';
import type { RegisteredModel, RegisteredVersion } from './registry-state.ts';

/** What is to become of the alias. Without `version` it is taken away. */
export interface AliasChange {
  alias: string;
  version?: RegisteredVersion;
}

/** Names that mean a version already, whatever registry it is (mlflow/mlflow#10177), cannot be aliases. */
export function isAlias(label: string): boolean {
  return !/^(latest|v\d+)$/.test(label);
}

/**
 * Undefined: nothing is to be done. `holders`: every version that is to hold the label. An alias belongs to one version, so none stays
 * where several hold the label; and one that somebody gave to a model that Git never deployed here is not ours to take.
 * `now`: the registry's clock, ms since epoch.
 */
export function planAlias(
  model: RegisteredModel,
  environment: string,
  holders: readonly RegisteredVersion[],
  now: number,
): AliasChange | undefined {
  const alias = labelOf(environment);
  if (model.aliases === undefined || !isAlias(alias)) return undefined;
  const current = model.aliases.get(alias);
  const [version, ...others] = new Map(holders.map((holder) => [holder.id, holder])).values();
  if (version !== undefined && others.length === 0) return current === version.id ? undefined : { alias, version };
  const isOurs = version !== undefined || readMarker(model, environment, now).repository !== undefined;
  return current !== undefined && isOurs ? { alias } : undefined;
}
