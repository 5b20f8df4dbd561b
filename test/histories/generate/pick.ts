// How values are drawn: from lists, by weight, few of something, and steps of a history by their kind.
import fc from 'fast-check';
import type { Step } from '../history.ts';

/** A number that counts into the list. */
export function index(list: readonly unknown[]): fc.Arbitrary<number> {
  return fc.nat(list.length - 1);
}

/** The first entries more often than the last ones. */
export function mostly(list: readonly unknown[]): fc.Arbitrary<number> {
  return weighted([3, fc.nat(1)], [2, index(list)]);
}

export function weighted<T>(...choices: [weight: number, of: fc.Arbitrary<T>][]): fc.Arbitrary<T> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Few of something, half of the time none. */
export function few<T>(one: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return weighted([1, fc.constant<T[]>([])], [1, list(one, 1, most)]);
}

/** Long lists as often as short ones. */
export function list<T>(one: fc.Arbitrary<T>, minLength: number, maxLength: number): fc.Arbitrary<T[]> {
  return fc.array(one, { minLength, maxLength, size: 'max' });
}

type Fields<S> = { [Key in Exclude<keyof S, 'do'>]-?: fc.Arbitrary<Exclude<S[Key], undefined>> };

/** `optional`: a field that may be absent. */
export function step<Kind extends Step['do']>(
  kind: Kind,
  fields: Fields<Extract<Step, { do: Kind }>>,
  optional?: keyof Fields<Extract<Step, { do: Kind }>>,
): fc.Arbitrary<Step> {
  const all = { do: fc.constant(kind), ...fields };
  const requiredKeys = Object.keys(all).filter((key) => key !== optional);
  return (optional === undefined ? fc.record(all) : fc.record(all, { requiredKeys: requiredKeys as [] })) as never;
}
