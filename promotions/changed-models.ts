// Which models of an environment differ between two heads and have to be reported. Pure.
import { compareCodePoints } from './code-point-order.ts';
import type { DeployedModel, EnvironmentSnapshot } from './environment-snapshot.ts';

/**
 * Sorted names of the models whose versions, applications or files differ; all models of both sides when `complete` differs; all
 * models of `now` when `before` is unknown.
 */
export function changedModels(before: EnvironmentSnapshot | undefined, now: EnvironmentSnapshot): string[] {
  if (before === undefined) return [...now.models.keys()].sort(compareCodePoints);
  const all = new Set([...before.models.keys(), ...now.models.keys()]);
  const changed = [...all].filter(
    (name) => before.complete !== now.complete || differs(before.models.get(name), now.models.get(name)),
  );
  return changed.sort(compareCodePoints);
}

function differs(before: DeployedModel | undefined, now: DeployedModel | undefined): boolean {
  if (before === undefined || now === undefined) return true;
  if (before.files.size !== now.files.size) return true;
  for (const [path, id] of now.files) if (before.files.get(path) !== id) return true;
  // The same files can mean something else: for one that cannot be read its last readable content counts, which may differ.
  const deployed = ({ versions }: DeployedModel) =>
    JSON.stringify(versions.map(({ version, applications }) => [version, applications]));
  return deployed(before) !== deployed(now);
}
