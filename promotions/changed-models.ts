// Which models of an environment have to be reported, from what two heads say. Pure.
import { compareCodePoints } from './code-point-order.ts';
import type { EnvironmentSnapshot, ServedModel } from './environment-snapshot.ts';

/**
 * Names in order: models whose serving versions, applications or files differ; every model of either side when `complete`
 * differs; every model of `now` when `before` is unknown.
 */
export function changedModels(before: EnvironmentSnapshot | undefined, now: EnvironmentSnapshot): string[] {
  if (before === undefined) return [...now.models.keys()].sort(compareCodePoints);
  const all = new Set([...before.models.keys(), ...now.models.keys()]);
  const changed = [...all].filter(
    (name) => before.complete !== now.complete || differs(before.models.get(name), now.models.get(name)),
  );
  return changed.sort(compareCodePoints);
}

function differs(before: ServedModel | undefined, now: ServedModel | undefined): boolean {
  if (before === undefined || now === undefined) return true;
  if (before.files.size !== now.files.size) return true;
  for (const [path, id] of now.files) if (before.files.get(path) !== id) return true;
  // The same files can count with another last readable content.
  const said = ({ versions }: ServedModel) =>
    JSON.stringify(versions.map(({ version, applications }) => [version, applications]));
  return said(before) !== said(now);
}
