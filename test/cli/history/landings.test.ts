import assert from 'node:assert/strict';
import fc from 'fast-check';
import { landings } from '../../../cli/history/landings.ts';

describe('landings', () => {
  it('gives commits of a merged branch to the merge, and those of the branch itself to themselves', () => {
    // d is a merge of c2 - c1 (made from a) into b.
    const parents = new Map(Object.entries({ d: ['b', 'c2'], c2: ['c1'], c1: ['a'], b: ['a'], a: [] }));
    const { chain, landedBy } = landings('d', parents);
    assert.deepEqual(chain, ['d', 'b', 'a']);
    assert.deepEqual(Object.fromEntries(landedBy), { d: 'd', b: 'b', a: 'a', c1: 'd', c2: 'd' });
  });

  it('takes the first merge that brought a commit, when a later one brings it again', () => {
    const parents = new Map(Object.entries({ e: ['d', 'c'], d: ['a', 'c'], c: ['a'], a: [] }));
    assert.equal(landings('e', parents).landedBy.get('c'), 'd');
  });

  it('says nothing of commits that are not known yet', () => {
    const { chain, landedBy } = landings('d', new Map([['d', ['b', 'c']]]));
    assert.deepEqual(chain, ['d']);
    assert.equal(landedBy.get('c'), undefined);
    assert.deepEqual(landings('d', new Map()).chain, []);
  });

  it('agrees with the plain meaning: the oldest commit of the chain from which it can be reached', () => {
    // Commit i has parents among those before it.
    const graph = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 25 })
      .map((rows) => rows.map((row, i) => (i === 0 ? [] : [...new Set(row.map((n) => n % i))])));
    fc.assert(
      fc.property(graph, (rows) => {
        const parents = new Map(rows.map((row, i) => [String(i), row.map(String)]));
        const head = String(rows.length - 1);
        const { chain, landedBy } = landings(head, parents);
        const reachable = (id: string, seen = new Set<string>()): Set<string> => {
          if (!seen.has(id)) {
            seen.add(id);
            for (const parent of parents.get(id) ?? []) reachable(parent, seen);
          }
          return seen;
        };
        for (const id of reachable(head)) {
          const oldest = chain.toReversed().find((by) => reachable(by).has(id));
          assert.equal(landedBy.get(id), oldest);
        }
      }),
    );
  });
});
