// The names of the properties that we write into the registry (a contract: docs/architecture.md, "What stands in the registry"), and how
// a property of that kind is read.
import type { Properties } from './registry-state.ts';

/** Of the deployment record, on a version. */
type OnVersion = 'application' | 'commit' | 'promotedAt' | 'promotedBy' | 'pullRequest' | 'retiredAt' | 'replacedBy';

/** Of what serves, on a version (serving-plan.ts). `serving` is a label. */
type OnServing = 'serving' | 'servingSince' | 'servedUntil' | 'weight' | 'rollout';

/** Of the ownership marker, on a model. */
type OnModel = 'repository' | 'repositoryId' | 'head' | 'observedAt';

/** Of what serves, on a model: who observed it, and when something was last written because of it. */
type OnObserved = 'cluster' | 'seenAt';

export type PropertyName = OnVersion | OnServing | OnModel | OnObserved;

/** The label of what Git deploys, on a version: a property with the environment's own name, and with the value "". */
export function labelOf(environment: string): string {
  return environment;
}

export function propertyName(environment: string, name: PropertyName): string {
  return `${environment}.${name}`;
}

/** A string property's text; undefined when absent, empty or of another type. */
export function textOf(properties: Properties, key: string): string | undefined {
  const property = properties.get(key);
  return property?.type === 'string' && property.value !== '' ? property.value : undefined;
}

/** As textOf, of one of ours. */
export function ownText(properties: Properties, environment: string, name: PropertyName): string | undefined {
  return textOf(properties, propertyName(environment, name));
}
