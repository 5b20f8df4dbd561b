// Draws what becomes of models in the cluster.
import fc from 'fast-check';
import { environments, models, type Turn, turns, versions } from '../history.ts';
import { index, mostly, weighted } from './pick.ts';

export const turn: fc.Arbitrary<Turn> = fc.record({
  at: weighted([2, fc.nat(60_000)], [2, fc.nat(400_000)], [1, fc.nat(1_500_000)]),
  environment: weighted([3, fc.constant(0)], [1, index(environments)]),
  model: mostly(models),
  act: weighted<Turn['act']>([3, fc.constant('follows Git')], [4, fc.constantFrom(...turns)]),
  version: weighted([2, fc.nat(2)], [1, fc.nat(versions.length)]),
  lasts: weighted([1, fc.nat(5_000)], [1, fc.nat(300_000)]),
});
