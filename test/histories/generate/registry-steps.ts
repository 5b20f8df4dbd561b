// Draws what stands in the registry before, and what others do there meanwhile: people, the training pipeline, forgers.
import fc from 'fast-check';
import { environments, forgeries, type Marked, models, personActs, type RegistryName, versions } from '../history.ts';
import { index, mostly, step, weighted } from './pick.ts';

const model = mostly(models);
const version = fc.nat(2);

export const forgedStep = step('forge', { what: fc.constantFrom(...forgeries), model, version });

export const otherStepOn = (registry: RegistryName) =>
  weighted(
    [3, step('register', { model, version: index(versions), artifacts: fc.nat(2) })],
    [
      6,
      step('person', {
        act: fc.constantFrom(...personActs[registry]),
        model,
        version,
        hold: fc.oneof(fc.nat(500), fc.nat(20_000)),
        between: fc.boolean(),
      }),
    ],
    [2, step('ping', {})],
  );

export const labelTaken = step('person', {
  act: fc.constant('label prod off' as const),
  model,
  version,
  hold: fc.nat(500),
  between: fc.constant(false),
});

type Label = 'prod' | 'stage' | 'test';

export const registered = fc.uniqueArray(
  fc.record({
    model,
    version: weighted([2, fc.nat(2)], [1, index(versions)]),
    artifacts: fc.nat(3),
    labels: weighted([6, fc.constant<Label[]>([])], [1, fc.subarray<Label>(['prod', 'stage', 'test'])]),
    archived: fc.nat(9).map((n) => n === 9),
  }),
  { selector: ({ model, version }) => `${model} ${version}`, minLength: 4, maxLength: 14, size: 'max' },
);

const mark: fc.Arbitrary<Marked> = fc.record({
  model,
  environment: index(environments),
  by: fc.constantFrom('another', 'an earlier release'),
  holds: fc.nat(3).map((n) => n > 0),
});
const selector = ({ model, environment }: Marked) => `${model} ${environment}`;
export const marked = weighted(
  [4, fc.constant<Marked[]>([])],
  [2, fc.uniqueArray(mark, { selector, minLength: 1, maxLength: 2 })],
);
