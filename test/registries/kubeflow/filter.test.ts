import assert from 'node:assert/strict';
import { holdsLabel } from '../../../promotions/deployment-record.ts';
import type { PropertyValue } from '../../../promotions/registry-state.ts';
import {
  isPlainName,
  isPossibleName,
  labelFilter,
  nameFilter,
  provesNoFilter,
} from '../../../registries/kubeflow/filter.ts';

const text = (value: string): PropertyValue => ({ type: 'string', value });
const other = (value: unknown): PropertyValue => ({ type: 'other', value });
type Entries = Record<string, PropertyValue>;
const properties = (map: Entries) => new Map(Object.entries(map));

describe('filter', () => {
  for (const [label, expected] of [
    ['prod', 'prod = ""'],
    ['pre-prod', '`pre-prod` = ""'],
    ['2nd', '`2nd` = ""'],
    ['in', '`in` = ""'],
    ['true', '`true` = ""'],
  ] as const) {
    it(`asks for holders of ${label} by ${expected}`, () => assert.equal(labelFilter(label), expected));
  }

  it('carries a name with wildcards, and none that the parser could read otherwise', () => {
    assert.equal(nameFilter('v1_0%'), 'name = "v1_0%"');
    for (const name of ['a"b', "a'b", 'a`b', 'a\\b', 'a\nb', 'a\u0000b', 'a\ud800'])
      assert.equal(nameFilter(name), undefined, name);
  });

  it('looks up by name only what a pattern takes as it is', () => {
    for (const name of ['1.0.0+build.5', 'ünï', 'a"b', 'a b', 'a/b:c', '🎵']) assert.ok(isPlainName(name), name);
    for (const name of ['v1_0', '100%', 'a\\b', 'a\u0000', 'a\ud800']) assert.ok(!isPlainName(name), name);
  });

  it('knows names that no registry can hold', () => {
    assert.deepEqual(['', 'x', '🎵'.repeat(255), 'x'.repeat(256)].map(isPossibleName), [false, true, true, false]);
  });

  it('takes for a holder only who has exactly the key and exactly the empty text', () => {
    assert.ok(holdsLabel(properties({ prod: text('') }), 'prod'));
    const no: Entries[] = [{ prod: text(' ') }, { Prod: text('') }, { prod: other('') }, {}];
    for (const map of no) assert.ok(!holdsLabel(properties(map), 'prod'), JSON.stringify(map));
  });

  it('takes a row for a proof that nothing was filtered only when no database could have taken it for a holder', () => {
    const proofs: Entries[] = [{}, { test: text('') }, { prod: text('x') }, { prod: other({}) }];
    for (const map of proofs) assert.ok(provesNoFilter(properties(map), 'prod'), JSON.stringify(map));
    const none: Entries[] = [
      { prod: text('') },
      { Prod: text('') },
      { prod: text('  ') },
      { 'pród ': text('\u200b') },
      { pροd: text('') },
    ];
    for (const map of none)
      assert.ok(!provesNoFilter(properties({ test: text(''), ...map }), 'prod'), JSON.stringify(map));
  });
});
