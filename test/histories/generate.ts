// Draws histories: what people do in Git and in the registry, what becomes of deliveries, and what fails. Plain data only.
import fc from 'fast-check';
import { turn } from './generate/cluster-turns.ts';
import { anyFailures, fewerFailures, passingFailures } from './generate/failures.ts';
import { gitStep, otherRepositoryStep } from './generate/git-steps.ts';
import { list, weighted } from './generate/pick.ts';
import { forgedStep, labelTaken, marked, otherStepOn, registered } from './generate/registry-steps.ts';
import {
  type Death,
  type History,
  type Marked,
  type Outage,
  type RegistryName,
  registries,
  registryNames,
  type Step,
  type Timed,
  type Turn,
} from './history.ts';

const soon = fc.nat(3_000);
const later = weighted([3, soon], [2, fc.nat(20_000)], [1, fc.integer({ min: 60_000, max: 400_000 })]);
const inPeace = fc.constant(300_000);

function timed(step: fc.Arbitrary<Step>, after: fc.Arbitrary<number>): fc.Arbitrary<Timed[]> {
  return list(fc.record({ after, step }), 1, 8);
}

const isReadable = (step: Step): boolean => !JSON.stringify(step).includes('unreadable');
const readableStep = gitStep.filter(isReadable);
const unforced = gitStep.filter((step) => step.do !== 'force' && isReadable(step));

/** What else there is, by the kind of history. */
const livesOn = (registry: RegistryName) => ({
  /** Each push is done with before the next one. */
  calm: { steps: timed(readableStep, inPeace) },
  /** The same, and people take labels, and nothing else, between two pushes. */
  'labels taken': {
    steps: timed(weighted([5, readableStep], [2, labelTaken], [1, fc.constant<Step>({ do: 'ping' })]), inPeace),
  },
  /** Whatever happens can be made good by trying again. */
  'nothing lost': {
    steps: timed(weighted([6, unforced], [1, forgedStep]), weighted([3, soon], [1, later])),
    ...passingFailures,
  },
  'Git alone': { steps: timed(weighted([6, gitStep], [1, forgedStep]), later), ...anyFailures },
  everybody: {
    steps: timed(weighted([2, weighted([6, gitStep], [1, forgedStep])], [1, otherStepOn(registry)]), later),
    ...anyFailures,
    marked,
  },
  /** The same models, from two repositories. */
  'two repositories': {
    steps: timed(weighted([5, gitStep], [4, otherRepositoryStep], [1, otherStepOn(registry)]), later),
    ...fewerFailures,
    marked,
    twoRepositories: fc.constant<boolean>(true),
  },
});

function ofKind(kind: History['kind'], registry: RegistryName): fc.Arbitrary<History> {
  const none = <T>(): fc.Arbitrary<T[]> => fc.constant([]);
  return fc
    .record({
      kind: fc.constant(kind),
      seed: fc.nat(0x7fffffff),
      gitea: fc.constantFrom('gitea-1.26', 'gitea-1.22', 'forgejo-7'),
      registry: fc.constantFrom(...registries[registry]),
      asynchronous: fc.boolean(),
      signed: fc.boolean(),
      statuses: fc.constantFrom(false, false, true),
      fresh: fc.boolean(),
      parses: fc.constantFrom(1, 1, 2),
      readAt: fc.constantFrom('root', 'service', 'both'),
      page: fc.constantFrom(1000, 1000, 4),
      skews: fc.record({
        gitea: fc.integer({ min: -2_000, max: 2_000 }),
        registry: fc.integer({ min: -2_000, max: 2_000 }),
        parse: fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 3 }),
      }),
      registered,
      marked: none<Marked>(),
      twoRepositories: fc.constant<boolean>(false),
      fates: none<History['fates'][number]>(),
      eventFates: none<History['eventFates'][number]>(),
      faults: none<History['faults'][number]>(),
      deaths: none<Death>(),
      outages: none<Outage>(),
      cluster: weighted([1, none<Turn>()], [1, list(turn, 3, 12)]),
      ...livesOn(registry)[kind],
    })
    .map((one) => (registry === 'mlflow' ? { ...one, faults: one.faults.map(withWholeLists) } : one));
}

/** MLflow gives no list that is not whole, not even when its database fails, and nothing in one says how long it is to be. */
function withWholeLists(one: History['faults'][number]): History['faults'][number] {
  const isRegistrys = one.link.startsWith('registry-writer → registry');
  return isRegistrys && one.fault === 'short list' ? { ...one, fault: 'cut short' } : one;
}

/** `registry` undefined: any of them. */
export function histories(registry?: RegistryName): fc.Arbitrary<History> {
  const names = registry === undefined ? registryNames : [registry];
  const ofEach = (weight: number, kind: History['kind']): [number, fc.Arbitrary<History>] => [
    weight,
    fc.oneof(...names.map((name) => ofKind(kind, name))),
  ];
  return weighted(
    ofEach(2, 'calm'),
    ofEach(2, 'labels taken'),
    ofEach(4, 'nothing lost'),
    ofEach(2, 'Git alone'),
    ofEach(5, 'everybody'),
    ofEach(1, 'two repositories'),
  );
}
