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
  versions,
} from '../history.ts';
import { index, list, mostly, step, weighted } from './pick.ts';

const deployment: fc.Arbitrary<Content> = fc.record(
  {
    is: fc.constant('deployment' as const),
    model: fc.option(mostly(models), { nil: undefined, freq: 8 }),
    version: weighted([5, fc.nat(2)], [2, index(versions)]),
    note: fc.nat(2),
    uri: fc.boolean(),
    written: fc.constantFrom('a key twice', 'merged', 'a list'),
  },
  { requiredKeys: ['is', 'model', 'version', 'note', 'uri'] },
);
const unreadable: fc.Arbitrary<Content> = fc.record({
  is: fc.constant('unreadable' as const),
  how: fc.constantFrom('not YAML', 'YAML 1.2', 'a list', 'not UTF-8', 'link'),
  note: fc.nat(2),
});
const link: fc.Arbitrary<Content> = fc.record({ is: fc.constant('link' as const), application: mostly(applications) });
const nothing: fc.Arbitrary<Content> = fc.record({
  is: fc.constant('nothing' as const),
  how: fc.constantFrom('empty', 'no version'),
  note: fc.nat(2),
});

const change: fc.Arbitrary<Change> = fc.record({
  folder: weighted([6, fc.constant(0)], [2, index(folders)]),
  application: mostly(applications),
  to: weighted<Change['to']>(
    [6, weighted([20, deployment], [2, unreadable], [3, link], [1, nothing])],
    [1, fc.constant('deleted' as const)],
  ),
});
const commits = weighted<Change[][]>([8, list(list(change, 1, 2), 1, 2)], [1, list(fc.tuple(change), 6, 8)]);
const by = index(people);

export const gitStep = weighted(
  [5, step('push', { commits, by })],
  [
    7,
    step(
      'merge',
      {
        commits,
        style: fc.constantFrom('merge', 'rebase', 'rebase-merge', 'squash', 'fast-forward-only'),
        meanwhile: change,
        by,
        merger: by,
        deleteBranch: fc.boolean(),
      },
      'meanwhile',
    ),
  ],
  [2, step('revert', { back: fc.nat(3), by })],
  [1, step('rename', { folder: fc.nat(1), from: mostly(applications), to: index(applications), by })],
  [2, step('force', { back: fc.nat(3), onward: change, by, forgets: fc.boolean() }, 'onward')],
  [1, step('remove everything', { by })],
  [1, step('rename repository', { to: index(repositoryNames) })],
  [
    1,
    step('noise', {
      what: fc.constantFrom('readme', 'tag', 'branch', 'branch gone', 'test delivery', 'nothing changed'),
    }),
  ],
);

/** In a repository beside the first, on the same registry. */
export const otherRepositoryStep = step('other repository', { change });
