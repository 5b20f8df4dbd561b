// Draws what people do in Git.
import fc from 'fast-check';
import {
  applications,
  type Change,
  type Content,
  folders,
  models,
  people,
  repositoryNames,
  type Step,
  versions,
} from '../history.ts';
import { index, mostly } from './pick.ts';

const deployment: fc.Arbitrary<Content> = fc.record(
  {
    is: fc.constant('deployment' as const),
    model: fc.option(mostly(models), { nil: undefined, freq: 8 }),
    version: fc.oneof({ weight: 5, arbitrary: fc.nat(2) }, { weight: 2, arbitrary: index(versions) }),
    note: fc.nat(2),
    uri: fc.boolean(),
    written: fc.constantFrom('a key twice', 'merged', 'a list'),
  },
  { requiredKeys: ['is', 'model', 'version', 'note', 'uri'] },
);

const content: fc.Arbitrary<Content> = fc.oneof(
  { weight: 20, arbitrary: deployment },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('unreadable' as const),
      how: fc.constantFrom('not YAML', 'YAML 1.2', 'a list', 'not UTF-8', 'link'),
      note: fc.nat(2),
    }),
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('link' as const), application: mostly(applications) }) },
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

export const gitStep: fc.Arbitrary<Step> = fc.oneof(
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
      from: mostly(applications),
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
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rename repository' as const), to: index(repositoryNames) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('noise' as const),
      what: fc.constantFrom('readme', 'tag', 'branch', 'branch gone', 'test delivery', 'nothing changed'),
    }),
  },
);

/** In a repository beside the first, on the same registry. */
export const otherRepositoryStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('other repository' as const),
  change,
});
