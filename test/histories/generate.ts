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
  links,
  type Marked,
  models,
  type Outage,
  type PersonAct,
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

/** `calm`: nobody but Git does anything. */
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
      { do: fc.constant('force' as const), back: fc.nat(3), onward: change, by },
      { requiredKeys: ['do', 'back', 'by'] },
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
  'slow',
];
const faults = few(
  fc.record({
    link: fc.constantFrom(...links.slice(1)),
    nth: fc.nat(40),
    fault: fc.constantFrom(...callFaults),
  }),
  8,
);
const deaths: fc.Arbitrary<Death[]> = few(
  fc.record({
    process: fc.constantFrom(...processes),
    nth: fc.nat(40),
    when: fc.constantFrom('before', 'after'),
    down: fc.integer({ min: 500, max: 30_000 }),
  }),
  2,
);
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
    model: index(models),
    version: index(versions),
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
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        model: index(models),
        environment: index(environments),
        by: fc.constant('another installation' as const),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  },
);

export const history: fc.Arbitrary<History> = fc
  .oneof(
    { weight: 1, arbitrary: fc.constant('calm' as const) },
    { weight: 2, arbitrary: fc.constant('Git alone' as const) },
    { weight: 6, arbitrary: fc.constant('everybody' as const) },
  )
  .chain((kind) =>
    fc.record({
      seed: fc.nat(0x7fffffff),
      gitea: fc.constantFrom('gitea-1.26', 'gitea-1.22', 'forgejo-7'),
      registry: fc.constantFrom('main-postgres', 'main-mariadb', 'v0.3.3-postgres', 'v0.2.21-mariadb'),
      asynchronous: fc.boolean(),
      signed: fc.boolean(),
      twoRepositories: kind === 'everybody' ? fc.nat(3).map((n) => n === 3) : fc.constant(false),
      skews: fc.record({
        gitea: fc.integer({ min: -2_000, max: 2_000 }),
        registry: fc.integer({ min: -2_000, max: 2_000 }),
        parse: fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 3 }),
      }),
      registered,
      marked: kind === 'everybody' ? marked : fc.constant<Marked[]>([]),
      steps:
        kind === 'calm'
          ? timed(gitStep, fc.constant(120_000))
          : timed(kind === 'everybody' ? fc.oneof({ weight: 3, arbitrary: gitStep }, otherStep) : gitStep, later),
      fates: kind === 'calm' ? fc.constant([]) : fates,
      eventFates: kind === 'calm' ? fc.constant([]) : eventFates,
      faults: kind === 'calm' ? fc.constant([]) : faults,
      deaths: kind === 'calm' ? fc.constant([]) : deaths,
      outages: kind === 'calm' ? fc.constant([]) : outages,
    }),
  );
