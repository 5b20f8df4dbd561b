// Draws histories: what people do in Git and in the registry, what becomes of deliveries, and what fails. Plain data only.
import fc from 'fast-check';
import {
  applications,
  type CallFault,
  type Change,
  type Content,
  type Death,
  type EventFate,
  environments,
  type Fate,
  folders,
  type History,
  type Link,
  links,
  type Marked,
  models,
  type Outage,
  type PersonAct,
  type ProcessName,
  people,
  processes,
  type Step,
  type Timed,
  versions,
} from './history.ts';

const index = (list: readonly unknown[]) => fc.nat(list.length - 1);
/** The first entries more often than the last ones. */
const mostly = (list: readonly unknown[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, { weight: 2, arbitrary: index(list) });

const deployment: fc.Arbitrary<Content> = fc.record({
  is: fc.constant('deployment' as const),
  model: fc.option(mostly(models), { nil: undefined, freq: 8 }),
  version: fc.oneof({ weight: 5, arbitrary: fc.nat(2) }, { weight: 2, arbitrary: index(versions) }),
  note: fc.nat(2),
  uri: fc.boolean(),
});

const content: fc.Arbitrary<Content> = fc.oneof(
  { weight: 20, arbitrary: deployment },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('unreadable' as const),
      how: fc.constantFrom('not YAML', 'a key twice', 'a list', 'not UTF-8', 'link'),
      note: fc.nat(2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('nothing' as const),
      how: fc.constantFrom('empty', 'no version'),
      note: fc.nat(2),
    }),
  },
);

const change: fc.Arbitrary<Change> = fc.record({
  folder: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: index(folders) }),
  application: mostly(applications),
  to: fc.oneof({ weight: 6, arbitrary: content }, { weight: 1, arbitrary: fc.constant('deleted' as const) }),
});

const changes = fc.array(change, { minLength: 1, maxLength: 2, size: 'max' });
const commits = fc.oneof(
  { weight: 8, arbitrary: fc.array(changes, { minLength: 1, maxLength: 2, size: 'max' }) },
  { weight: 1, arbitrary: fc.array(fc.tuple(change), { minLength: 6, maxLength: 8, size: 'max' }) },
);
const by = index(people);

const gitStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), commits, by }) },
  {
    weight: 7,
    arbitrary: fc.record(
      {
        do: fc.constant('merge' as const),
        commits,
        style: fc.constantFrom('merge', 'rebase', 'rebase-merge', 'squash', 'fast-forward-only'),
        meanwhile: change,
        by,
        merger: by,
        deleteBranch: fc.boolean(),
      },
      { requiredKeys: ['do', 'commits', 'style', 'by', 'merger', 'deleteBranch'] },
    ),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revert' as const), back: fc.nat(3), by }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rename' as const),
      folder: fc.nat(1),
      from: index(applications),
      to: index(applications),
      by,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      { do: fc.constant('force' as const), back: fc.nat(3), onward: change, by, forgets: fc.boolean() },
      { requiredKeys: ['do', 'back', 'by', 'forgets'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove everything' as const), by }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('noise' as const),
      what: fc.constantFrom('readme', 'tag', 'branch', 'branch gone', 'test delivery', 'nothing changed'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('other repository' as const), change }) },
);

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

const otherStep: fc.Arbitrary<Step> = fc.oneof(
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

const soon = fc.nat(3_000);
const later = fc.oneof(
  { weight: 3, arbitrary: soon },
  { weight: 2, arbitrary: fc.nat(20_000) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 400_000 }) },
);

function timed(step: fc.Arbitrary<Step>, after: fc.Arbitrary<number>): fc.Arbitrary<Timed[]> {
  return fc.array(fc.record({ after, step }), { minLength: 1, maxLength: 8, size: 'max' });
}

/** Few of something, most of the time none. */
function few<T>(one: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant<T[]>([]) },
    { weight: 1, arbitrary: fc.array(one, { minLength: 1, maxLength: most, size: 'max' }) },
  );
}

const fates = few(
  fc.record({
    nth: fc.nat(12),
    fate: fc.constantFrom<Fate[]>('lost', 'doubled', 'replayed', 'late', 'cut off', 'shortened'),
  }),
  5,
);
const eventFates = few(
  fc.record({ nth: fc.nat(30), fate: fc.constantFrom<EventFate[]>('lost', 'doubled', 'late') }),
  4,
);
const callFaults: CallFault[] = [
  'time-out before',
  'time-out after',
  'late effect',
  'reset before',
  'reset after',
  404,
  409,
  429,
  500,
  502,
  503,
  '502 after',
  'malformed',
  'malformed after',
  'cut off',
  'cut short',
  'short list',
  'slow',
];
/** How many calls of a link there are in most histories. */
const many: Partial<Record<Link, number>> = { 'parse → gitea': 60, 'registry-writer → registry': 60 };
const fault = (among: readonly CallFault[]) =>
  fc
    .constantFrom(...links.slice(1))
    .chain((link) =>
      fc.record({ link: fc.constant(link), nth: fc.nat(many[link] ?? 12), fault: fc.constantFrom(...among) }),
    );
const faults = few(fault(callFaults), 8);
/** Those after which a sender tries again, and nothing of ours comes late. */
const passing = callFaults.filter((one) => one !== 'late effect' && one !== 'malformed');
const death = (among: readonly ProcessName[]): fc.Arbitrary<Death> =>
  fc.record({
    process: fc.constantFrom(...among),
    nth: fc.nat(40),
    when: fc.constantFrom('before', 'after'),
    down: fc.integer({ min: 500, max: 30_000 }),
  });
const outages: fc.Arbitrary<Outage[]> = few(
  fc.record({
    of: fc.constantFrom('gitea', 'broker', 'database', 'stalled database', 'registry'),
    at: fc.integer({ min: 60_000, max: 160_000 }),
    lasts: fc.integer({ min: 1_000, max: 120_000 }),
  }),
  1,
);

type Label = 'prod' | 'stage' | 'test';

const registered = fc.uniqueArray(
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
const marked = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Marked[]>([]) },
  {
    weight: 2,
    arbitrary: fc.uniqueArray(
      fc.record({
        model: index(models),
        environment: index(environments),
        by: fc.constant('another installation' as const),
      }),
      { selector: ({ model, environment }) => `${model} ${environment}`, minLength: 1, maxLength: 2 },
    ),
  },
);

const readable = (step: Step): boolean => !JSON.stringify(step).includes('unreadable');

/** What else there is, by the kind of history. */
const lives = {
  /** Each push is done with before the next one. */
  calm: { steps: timed(gitStep, fc.constant(120_000)) },
  /** Whatever happens can be made good by trying again. */
  'nothing lost': {
    steps: timed(
      gitStep.filter((step) => step.do !== 'force' && readable(step)),
      fc.oneof({ weight: 3, arbitrary: soon }, later),
    ),
    fates: few(
      fc.record({ nth: fc.nat(12), fate: fc.constantFrom<Fate[]>('doubled', 'replayed', 'late', 'shortened') }),
      5,
    ),
    eventFates: few(fc.record({ nth: fc.nat(20), fate: fc.constantFrom<EventFate[]>('doubled', 'late') }), 6),
    faults: few(fault(passing), 3),
    deaths: few(death(['parse', 'registry-writer']), 1),
  },
  'Git alone': { steps: timed(gitStep, later), fates, eventFates, faults, deaths: few(death(processes), 2), outages },
  everybody: {
    steps: timed(fc.oneof({ weight: 2, arbitrary: gitStep }, { weight: 1, arbitrary: otherStep }), later),
    fates,
    eventFates,
    faults,
    deaths: few(death(processes), 2),
    outages,
    marked,
    twoRepositories: fc.nat(3).map((n) => n === 3),
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
    fresh: fc.boolean(),
    parses: fc.constantFrom(1, 1, 2),
    treePage: fc.constantFrom(1000, 1000, 4),
    skews: fc.record({
      gitea: fc.integer({ min: -2_000, max: 2_000 }),
      registry: fc.integer({ min: -2_000, max: 2_000 }),
      parse: fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 3 }),
    }),
    registered,
    marked: none<Marked>(),
    twoRepositories: fc.constant(false),
    fates: none<History['fates'][number]>(),
    eventFates: none<History['eventFates'][number]>(),
    faults: none<History['faults'][number]>(),
    deaths: none<Death>(),
    outages: none<Outage>(),
    ...lives[kind],
  });
}

export const history: fc.Arbitrary<History> = fc.oneof(
  { weight: 1, arbitrary: ofKind('calm') },
  { weight: 4, arbitrary: ofKind('nothing lost') },
  { weight: 2, arbitrary: ofKind('Git alone') },
  { weight: 6, arbitrary: ofKind('everybody') },
);
