// Draws from lists, and some of something.
import fc from 'fast-check';

/** A number that counts into the list. */
export function index(list: readonly unknown[]): fc.Arbitrary<number> {
  return fc.nat(list.length - 1);
}

/** The first entries more often than the last ones. */
export function mostly(list: readonly unknown[]): fc.Arbitrary<number> {
  return fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, { weight: 2, arbitrary: index(list) });
}

/** Few of something, half of the time none. */
export function few<T>(one: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant<T[]>([]) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 1, maxLength: most, size: 'max' }) },
  );
}
