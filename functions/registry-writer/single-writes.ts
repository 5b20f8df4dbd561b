// The kinds of write. Each is added to `changes` once the registry has it.

import type { RegistryChange } from '../../events/registry-updated.ts';
import type { AliasChange } from '../../promotions/alias.ts';
import type { VersionChange } from '../../promotions/registry-plan.ts';
import type { Artifact, PropertyChange, RegisteredModel } from '../../promotions/registry-state.ts';
import type { Artifacts, Registry } from '../../registries/registry.ts';

export interface UriChange {
  /** Those of the registry. */
  artifacts: Artifacts;
  artifact: Artifact;
  uri: string;
  /** Name of the artifact's version. */
  version: string;
}

/** Resolves to the model as written. */
export async function writeModel(
  registry: Registry,
  changes: RegistryChange[],
  model: RegisteredModel,
  change: PropertyChange,
): Promise<RegisteredModel> {
  const written = await registry.changeModel(model, change);
  changes.push({ on: 'model', name: model.name, set: { ...change.set }, removed: [...change.remove] });
  return written;
}

export async function writeVersion(
  registry: Registry,
  changes: RegistryChange[],
  { version, change }: VersionChange,
): Promise<void> {
  await registry.changeVersion(version, change);
  changes.push({ on: 'version', name: version.name, set: { ...change.set }, removed: [...change.remove] });
}

export async function writeUri(
  changes: RegistryChange[],
  { artifacts, artifact, uri, version }: UriChange,
): Promise<void> {
  await artifacts.changeUri(artifact, uri);
  changes.push({ on: 'artifact', name: artifact.name ?? version, set: { uri }, removed: [] });
}

export async function writeAlias(
  registry: Registry,
  changes: RegistryChange[],
  model: RegisteredModel,
  { alias, version }: AliasChange,
): Promise<void> {
  // A registry whose models have aliases changes them.
  await registry.changeAlias!(model, alias, version);
  const set: Record<string, string> = version === undefined ? {} : { [alias]: version.name };
  changes.push({ on: 'alias', name: model.name, set, removed: version === undefined ? [alias] : [] });
}
