// Which folders may name an environment: the name becomes a property key on registry versions. Pure.

/** Fields of the Model Registry itself. If one were also a property key, filters would match either (filterQuery, v0.3.0 and later). */
export const builtIn: ReadonlySet<string> = new Set([
  'id',
  'name',
  'externalId',
  'createTimeSinceEpoch',
  'lastUpdateTimeSinceEpoch',
  'registeredModelId',
  'state',
  'author',
  'description',
  'customProperties',
]);

/** True for `[a-z0-9][a-z0-9-]*` that is no field of the registry. */
export function isEnvironmentName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(name) && !builtIn.has(name);
}
