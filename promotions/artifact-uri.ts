// Which model artifact of a version gets the uri of the version that Git deploys. Pure.
import type { Artifact } from './registry-state.ts';

/**
 * The artifact whose uri is to be written: the only one, else the only one named like the model or the version. Without
 * `artifact` nothing is to be written, either because the uri is right already or because of `reason`.
 */
export function planArtifactUri(
  artifacts: readonly Artifact[],
  model: string,
  version: string,
  uri: string,
): { artifact?: Artifact; reason?: string } {
  const named = artifacts.filter(({ name }) => name === model || name === version);
  const candidates = artifacts.length === 1 ? artifacts : named;
  const [artifact] = candidates;
  if (artifact === undefined || candidates.length > 1) {
    const found = artifacts.length === 0 ? 'no model artifact' : `${artifacts.length} model artifacts`;
    return {
      reason: `uri not written: the version has ${found}, expected one, or one named like the model or the version`,
    };
  }
  return artifact.uri === uri ? {} : { artifact };
}
