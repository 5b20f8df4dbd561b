import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changedModels } from '../../promotions/changed-models.ts';
import { type FileState, snapshotOf } from '../../promotions/environment-snapshot.ts';

interface Row {
  application: string;
  id: string;
  /** `name version`, `-` for no model, `!` for unreadable. */
  says: string;
}

function snapshot(rows: readonly Row[]) {
  return snapshotOf(
    rows.map(({ application, id, says }): FileState => {
      const [name = '', version = ''] = says.split(' ');
      const content =
        says === '!' || says === '-'
          ? ({ kind: says === '!' ? 'unreadable' : 'nothing', reason: 'so', warnings: [] } as const)
          : ({ kind: 'deployments', deployments: [{ name, version, values: new Map() }], warnings: [] } as const);
      return { path: `prod/${application}`, application, id, content };
    }),
  );
}

const a1 = { application: 'a', id: 'a1', says: 'm 1' };
const b1 = { application: 'b', id: 'b1', says: 'n 1' };

/** what, before, now → models. */
const cases: [string, Row[], Row[], string[]][] = [
  ['nothing changed', [a1, b1], [a1, b1], []],
  ['another version', [a1, b1], [{ ...a1, id: 'a2', says: 'm 2' }, b1], ['m']],
  ['the same version in a changed file', [a1], [{ ...a1, id: 'a2' }], ['m']],
  ['a new model', [a1], [a1, b1], ['n']],
  ['a model that is gone', [a1, b1], [a1], ['n']],
  ['a file emptied', [a1], [{ ...a1, id: 'a2', says: '-' }], ['m']],
  ['another model in the file', [a1], [{ ...a1, id: 'a2', says: 'x 1' }], ['m', 'x']],
  ['a folder renamed', [a1], [{ ...a1, application: 'c' }], ['m']],
  ['one more application of a model', [a1], [a1, { application: 'c', id: 'c1', says: 'm 1' }], ['m']],
  [
    'a file that is no model',
    [a1, { application: 'ui', id: 'u1', says: '-' }],
    [a1, { application: 'ui', id: 'u2', says: '-' }],
    [],
  ],
  ['other last readable content of the same file', [{ ...a1, says: 'm 0' }], [a1], ['m']],
  ['a file no longer readable: all', [a1, b1], [{ ...a1, id: 'a2', says: '!' }, b1], ['m', 'n']],
  ['all readable again: all', [{ ...a1, says: '!' }, b1], [{ ...a1, id: 'a2' }, b1], ['m', 'n']],
  [
    'unreadable before and now: what changed',
    [{ ...a1, says: '!' }, b1],
    [
      { ...a1, says: '!' },
      { ...b1, id: 'b2', says: 'n 2' },
    ],
    ['n'],
  ],
];

describe('changedModels', () => {
  for (const [what, before, now, models] of cases) {
    it(what, () => assert.deepEqual(changedModels(snapshot(before), snapshot(now)), models));
  }

  it('reports every model of a head when nothing is known of before', () => {
    assert.deepEqual(changedModels(undefined, snapshot([b1, a1])), ['m', 'n']);
  });

  it('finds what a simple comparison finds, the same both ways round', () => {
    const rows = fc.uniqueArray(
      fc.record({
        application: fc.constantFrom('a', 'b', 'c', 'd'),
        id: fc.constantFrom('1', '2'),
        says: fc.constantFrom('m 1', 'm 2', 'n 1', '-', '!'),
      }),
      { selector: ({ application }) => application },
    );
    fc.assert(
      fc.property(rows, rows, (before, now) => {
        const named = (list: Row[]) => list.filter(({ says }) => says.includes(' '));
        const about = (list: Row[], model: string) =>
          JSON.stringify(
            named(list)
              .filter(({ says }) => says.startsWith(model))
              .map(({ application, id, says }) => [application, id, says])
              .sort(),
          );
        const readable = (list: Row[]) => list.every(({ says }) => says !== '!');
        const all = [...new Set([...named(before), ...named(now)].map(({ says }) => says.slice(0, 1)))].sort();
        const expected = all.filter(
          (model) => readable(before) !== readable(now) || about(before, model) !== about(now, model),
        );
        assert.deepEqual(changedModels(snapshot(before), snapshot(now)), expected);
        assert.deepEqual(changedModels(snapshot(now), snapshot(before)), expected);
      }),
      { numRuns: 500 },
    );
  });
});
