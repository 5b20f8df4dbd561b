// Which values of a row are ours to write and which are not, and whether what is not ours stayed as it was.
import { environments } from './history.ts';
import { aliasKey, type Row, valuesOf } from './registry.ts';

const recordKeys = ['application', 'commit', 'promotedAt', 'promotedBy', 'pullRequest', 'retiredAt', 'replacedBy'];
/** The one environment for which artifacts say where they lie. */
export const artifactEnvironment = 'prod';
const markKeys = ['repository', 'repositoryId', 'head', 'observedAt'];
const servingKeys = ['serving', 'servingSince', 'servedUntil', 'weight', 'rollout'];
const seenKeys = ['cluster', 'seenAt'];
const inEach = (names: readonly string[]) =>
  environments.flatMap((environment) => names.map((name) => `${environment}.${name}`));
/** About what serves, not about what Git deploys. */
const aboutServing = new Set(inEach([...servingKeys, ...seenKeys]));
const ours = new Set([...environments, ...inEach([...recordKeys, ...servingKeys])]);
const oursOnModel = new Set([...inEach([...markKeys, ...seenKeys]), ...environments.map(aliasKey)]);

export function foreignOf(row: Row): Map<string, string> {
  const own = row.kind === 'RegisteredModel' ? oursOnModel : row.kind === 'ModelVersion' ? ours : new Set(['/uri']);
  return new Map([...valuesOf(row)].filter(([key]) => !own.has(key)));
}

/** The map and `state` are what we had read, as a PATCH has to send them; everything else is what it was a moment ago. */
export function isWrittenBack(
  read: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): boolean {
  const sent = (key: string) => !key.startsWith('/') || key === '/state';
  return [...new Set([...read.keys(), ...before.keys(), ...now.keys()])].every(
    (key) => now.get(key) === (sent(key) ? read : before).get(key),
  );
}

export function same(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return differences(a, b).length === 0;
}

export function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));
}

/** Nothing else differs than what is said of what serves. */
export function isOnlyServing(before: Row, after: Row): boolean {
  const changed = differences(valuesOf(before), valuesOf(after)).filter((key) => !key.startsWith('/'));
  return changed.length > 0 && changed.every((key) => aboutServing.has(key));
}

/** Environments whose own keys differ between two states of a row; an artifact's uri counts for its environment. */
export function touchedEnvironments(before: Row, after: Row): string[] {
  const [was, is] = [valuesOf(before), valuesOf(after)];
  const changed = differences(was, is).filter((key) => !aboutServing.has(key));
  if (after.kind === 'ModelArtifact') return changed.includes('/uri') ? [artifactEnvironment] : [];
  return environments.filter((environment) =>
    changed.some((key) => [environment, aliasKey(environment)].includes(key) || key.startsWith(`${environment}.`)),
  );
}
