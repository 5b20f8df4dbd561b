// Draws what stands in the registry before, and what others do there meanwhile: people, the training pipeline, forgers.
import fc from 'fast-check';
import { environments, type Forgery, type Marked, models, type PersonAct, type Step, versions } from '../history.ts';
import { index, mostly } from './pick.ts';

const personActs: PersonAct[] = [
  'note on the version',
  'note on the model',
  'archive',
  'label test on',
  'label test off',
  'label prod on',
  'label prod off',
  'mark gone',
  'mark damaged',
  'record gone',
  'other uri',
  'one more artifact',
];

const forgeries: Forgery[] = [
  'webhook without a signature',
  'webhook with a wrong signature',
  'webhook of a push that never was',
  'promotion without a good signature',
  'observation without a good signature',
  'drift of everything',
];

export const forgedStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('forge' as const),
  what: fc.constantFrom(...forgeries),
  model: mostly(models),
  version: fc.nat(2),
});

export const otherStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      model: mostly(models),
      version: index(versions),
      artifacts: fc.nat(2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('person' as const),
      act: fc.constantFrom(...personActs),
      model: mostly(models),
      version: fc.nat(2),
      hold: fc.oneof(fc.nat(500), fc.nat(20_000)),
      between: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ping' as const) }) },
);

export const labelTaken: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('person' as const),
  act: fc.constant('label prod off' as const),
  model: mostly(models),
  version: fc.nat(2),
  hold: fc.nat(500),
  between: fc.constant(false),
});

type Label = 'prod' | 'stage' | 'test';

export const registered = fc.uniqueArray(
  fc.record({
    model: mostly(models),
    version: fc.oneof({ weight: 2, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: index(versions) }),
    artifacts: fc.nat(3),
    labels: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Label[]>([]) },
      { weight: 1, arbitrary: fc.subarray<Label>(['prod', 'stage', 'test']) },
    ),
    archived: fc.nat(9).map((n) => n === 9),
  }),
  { selector: ({ model, version }) => `${model} ${version}`, minLength: 4, maxLength: 14, size: 'max' },
);

export const marked = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Marked[]>([]) },
  {
    weight: 2,
    arbitrary: fc.uniqueArray(
      fc.record({
        model: mostly(models),
        environment: index(environments),
        by: fc.constantFrom('another', 'an earlier release'),
        holds: fc.nat(3).map((n) => n > 0),
      }),
      { selector: ({ model, environment }) => `${model} ${environment}`, minLength: 1, maxLength: 2 },
    ),
  },
);
