// A change that takes several calls may be cut short after any of them: planned again, it ends as if it had not been.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gainLabel, loseLabel } from '../../../promotions/deployment-record.ts';
import type { PromotedVersion, Promotion } from '../../../promotions/promotion.ts';
import type { Properties, PropertyChange } from '../../../promotions/registry-state.ts';
import { callsOf } from '../../../registries/mlflow/calls-of.ts';

const text = fc.constantFrom('c1', 'c2', 'x');
const properties: fc.Arbitrary<Properties> = fc
  .record(
    {
      prod: fc.constant(''),
      test: fc.constant(''),
      'prod.application': text,
      'prod.commit': text,
      'prod.promotedAt': text,
      'prod.promotedBy': text,
      'prod.pullRequest': text,
      'prod.retiredAt': text,
      'prod.replacedBy': text,
      'somebody.else': text,
    },
    { requiredKeys: [] },
  )
  .map((tags) => new Map(Object.entries(tags).map(([key, value]) => [key, { type: 'string', value: value! }])));

const promoted = fc.record<PromotedVersion>(
  {
    version: fc.constant('1'),
    applications: fc.constantFrom(['a'], ['a', 'b']),
    path: fc.constant('f'),
    commit: fc.constantFrom('c1', 'c2'),
    promotedAt: fc.constantFrom('2026-09-01T00:00:00Z', '2026-09-02T00:00:00Z'),
    promotedBy: fc.constantFrom({}, { login: 'ada' }),
    continues: fc.constant(true),
    pullRequest: fc.constantFrom({ url: 'https://git.example.test/a/b/pulls/1' } as PromotedVersion['pullRequest']),
  },
  { requiredKeys: ['version', 'applications', 'path', 'commit', 'promotedAt', 'promotedBy'] },
);

function written(before: Properties, change: PropertyChange, calls = Number.POSITIVE_INFINITY): Properties {
  const after = new Map(before);
  for (const [key, value] of callsOf(before, change).slice(0, calls)) {
    if (value === undefined) after.delete(key);
    else after.set(key, { type: 'string', value });
  }
  return after;
}

/** `plan`: the change for what is there. */
function endsAlike(before: Properties, cutAfter: number, plan: (properties: Properties) => PropertyChange): void {
  const whole = written(before, plan(before));
  const cut = written(before, plan(before), cutAfter);
  assert.deepEqual(sorted(written(cut, plan(cut))), sorted(whole));
}

const sorted = (map: Properties) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const version = (map: Properties) => ({ id: 'm/1', modelId: 'm', name: '1', properties: map });

describe('the calls of one change in MLflow', () => {
  it('end in the same record, wherever they are cut short', () =>
    fc.assert(
      fc.property(properties, promoted, fc.nat(12), (before, serving, cutAfter) =>
        endsAlike(before, cutAfter, (map) => gainLabel(version(map), 'prod', serving)),
      ),
      { numRuns: 2_000 },
    ));

  it('end in the same closed record, and a version whose record is not closed holds its label', () =>
    fc.assert(
      fc.property(properties, fc.nat(4), (before, cutAfter) => {
        const held = new Map(before).set('prod', { type: 'string', value: '' });
        const promotion = {
          environment: 'prod',
          observedAt: 'now',
          serving: [{ version: '2' }],
        } as unknown as Promotion;
        endsAlike(held, cutAfter, () => loseLabel(promotion));
        const cut = written(held, loseLabel(promotion), cutAfter);
        assert.ok(cut.has('prod') || (cut.has('prod.retiredAt') && cut.has('prod.replacedBy')));
      }),
    ));

  it('touch nothing but what is to be changed', () =>
    fc.assert(
      fc.property(properties, promoted, (before, serving) => {
        const after = written(before, gainLabel(version(before), 'prod', serving));
        for (const key of ['test', 'somebody.else']) assert.deepEqual(after.get(key), before.get(key));
      }),
    ));
});
