// Draws histories: what people do in Git and in the registry, what becomes of deliveries, and what fails. Plain data only.
import fc from 'fast-check';
import {
  deathOf,
  eventFates,
  fates,
  faults,
  harmlessEventFates,
  harmlessFates,
  harmlessOutages,
  outages,
  passingFaults,
} from './generate/failures.ts';
import { gitStep, otherRepositoryStep } from './generate/git-steps.ts';
import { few } from './generate/pick.ts';
import { forgedStep, labelTaken, marked, otherStep, registered } from './generate/registry-steps.ts';
import { type Death, type History, type Marked, type Outage, processes, type Step, type Timed } from './history.ts';

const soon = fc.nat(3_000);
const later = fc.oneof(
  { weight: 3, arbitrary: soon },
  { weight: 2, arbitrary: fc.nat(20_000) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 400_000 }) },
);

function timed(step: fc.Arbitrary<Step>, after: fc.Arbitrary<number>): fc.Arbitrary<Timed[]> {
  return fc.array(fc.record({ after, step }), { minLength: 1, maxLength: 8, size: 'max' });
}

/** Now and then one of the others. */
function mixed(many: fc.Arbitrary<Step>, ...others: fc.Arbitrary<Step>[]): fc.Arbitrary<Step> {
  return fc.oneof({ weight: 6, arbitrary: many }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
}

const readable = (step: Step): boolean => !JSON.stringify(step).includes('unreadable');

/** What else there is, by the kind of history. */
const lives = {
  /** Each push is done with before the next one. */
  calm: { steps: timed(gitStep.filter(readable), fc.constant(300_000)) },
  /** The same, and people take labels, and nothing else, between two pushes. */
  'labels taken': {
    steps: timed(
      fc.oneof(
        { weight: 5, arbitrary: gitStep.filter(readable) },
        { weight: 2, arbitrary: labelTaken },
        { weight: 1, arbitrary: fc.constant<Step>({ do: 'ping' }) },
      ),
      fc.constant(300_000),
    ),
  },
  /** Whatever happens can be made good by trying again. */
  'nothing lost': {
    steps: timed(
      mixed(
        gitStep.filter((step) => step.do !== 'force' && readable(step)),
        forgedStep,
      ),
      fc.oneof({ weight: 3, arbitrary: soon }, later),
    ),
    fates: harmlessFates,
    eventFates: harmlessEventFates,
    faults: passingFaults,
    deaths: few(deathOf(['parse', 'registry-writer', 'commit-status']), 1),
    outages: harmlessOutages,
  },
  'Git alone': {
    steps: timed(mixed(gitStep, forgedStep), later),
    fates,
    eventFates,
    faults,
    deaths: few(deathOf(processes), 2),
    outages,
  },
  everybody: {
    steps: timed(
      fc.oneof({ weight: 2, arbitrary: mixed(gitStep, forgedStep) }, { weight: 1, arbitrary: otherStep }),
      later,
    ),
    fates,
    eventFates,
    faults,
    deaths: few(deathOf(processes), 2),
    outages,
    marked,
  },
  /** The same models, from two repositories. */
  'two repositories': {
    steps: timed(
      fc.oneof(
        { weight: 5, arbitrary: gitStep },
        { weight: 4, arbitrary: otherRepositoryStep },
        { weight: 1, arbitrary: otherStep },
      ),
      later,
    ),
    fates,
    eventFates,
    faults,
    deaths: few(deathOf(processes), 1),
    marked,
    twoRepositories: fc.constant<boolean>(true),
  },
};

function ofKind(kind: History['kind']): fc.Arbitrary<History> {
  const none = <T>(): fc.Arbitrary<T[]> => fc.constant([]);
  return fc.record({
    kind: fc.constant(kind),
    seed: fc.nat(0x7fffffff),
    gitea: fc.constantFrom('gitea-1.26', 'gitea-1.22', 'forgejo-7'),
    registry: fc.constantFrom('main-postgres', 'main-mariadb', 'v0.3.3-postgres', 'v0.2.21-mariadb'),
    asynchronous: fc.boolean(),
    signed: fc.boolean(),
    statuses: fc.constantFrom(false, false, true),
    fresh: fc.boolean(),
    parses: fc.constantFrom(1, 1, 2),
    readAt: fc.constantFrom('root', 'service', 'both'),
    treePage: fc.constantFrom(1000, 1000, 4),
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
    ...lives[kind],
  });
}

export const history: fc.Arbitrary<History> = fc.oneof(
  { weight: 2, arbitrary: ofKind('calm') },
  { weight: 2, arbitrary: ofKind('labels taken') },
  { weight: 4, arbitrary: ofKind('nothing lost') },
  { weight: 2, arbitrary: ofKind('Git alone') },
  { weight: 5, arbitrary: ofKind('everybody') },
  { weight: 1, arbitrary: ofKind('two repositories') },
);
