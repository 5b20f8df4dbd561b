// The ownership marker on a registered model (docs/architecture.md): which repository, and which head of it, was the last to write
// about an environment. It tells a late event from a new one, and our labels from those of another repository.
import type { Promotion } from './promotion.ts';
import { ownText, type PropertyName, propertyName, textOf } from './property-names.ts';
import type { PropertyChange, RegisteredModel } from './registry-state.ts';
import { isIdentity } from './repository-address.ts';

/** A time further ahead of the server's own clock than this counts as damaged. ms. */
export const aheadMs = 10_000;

export interface OwnershipMarker {
  /** As written; undefined when there is none. It counts even when the other values are damaged. */
  repository?: string;
  /** As in a Promotion; markers of older installations have none. */
  repositoryId?: string;
  head?: string;
  /** ms since epoch; undefined when missing, unreadable or too far ahead. */
  observedAt?: number;
  /** All three values are there and readable. */
  whole: boolean;
}

/** The ownership marker of an environment on a model. `now`: the registry's clock, ms since epoch. */
export function readMarker(model: RegisteredModel, environment: string, now: number): OwnershipMarker {
  const repository = ownText(model.properties, environment, 'repository');
  const repositoryId = ownText(model.properties, environment, 'repositoryId');
  const head = ownText(model.properties, environment, 'head');
  const observedAt = readTime(ownText(model.properties, environment, 'observedAt'), now);
  return {
    repository,
    repositoryId,
    head,
    observedAt,
    whole: repository !== undefined && head !== undefined && observedAt !== undefined,
  };
}

/**
 * The change that makes the model's ownership marker this event's; no keys when it is already. The head is its last value, and no
 * head of another repository stays: where a change takes several calls and is cut short, the next attempt writes what is missing.
 */
export function markerChange(model: RegisteredModel, promotion: Promotion): PropertyChange {
  const { environment, repository, repositoryId, head, observedAt } = promotion;
  const wanted = Object.entries({ repository, repositoryId, observedAt, head })
    .map(([name, value]) => [propertyName(environment, name as PropertyName), value] as const)
    .filter(([key, value]) => textOf(model.properties, key) !== value);
  // The id of another repository must not stay beside this one's address.
  const remove = wanted.filter(([, value]) => value === undefined).map(([key]) => key);
  const set = Object.fromEntries(wanted.filter((entry) => entry[1] !== undefined)) as Record<string, string>;
  const completes = propertyName(environment, 'head');
  const changesHands = propertyName(environment, 'repository') in set && completes in set;
  return { set, remove, ...(changesHands && { completes }) };
}

/** Whether a marker is from the promotion's own repository, under any of its addresses and names. */
export function isOwnMarker(
  { repository, repositoryId }: OwnershipMarker,
  own: Pick<Promotion, 'repository' | 'repositoryId' | 'formerly'>,
): boolean {
  const identity = { url: own.repository, alsoAt: own.formerly, id: own.repositoryId };
  return repository !== undefined && isIdentity(identity, { repository, repositoryId });
}

/** ms since epoch; undefined when it is no time, or too far ahead of `now` to be true. */
export function readTime(text: string | undefined, now: number): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) || time > now + aheadMs ? undefined : time;
}
