import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Properties, PropertyChange, RegisteredVersion } from '../../promotions/registry-state.ts';
import { phases } from '../../promotions/rollout/judge.ts';
import { type Known, type ServingView, servingView } from '../../promotions/serving-phase.ts';
import { planServing } from '../../promotions/serving-plan.ts';

const seenAt = '2026-10-01T10:00:00.000Z';
const minutes = (count: number) => Date.parse(seenAt) + count * 60_000;

const texts = (values: Record<string, string>): Properties =>
  new Map(Object.entries(values).map(([key, value]) => [`prod${key}`, { type: 'string' as const, value }]));
const version = (name: string, values: Record<string, string>): RegisteredVersion => ({
  id: name,
  modelId: 'm',
  name,
  properties: texts(values),
});
const model = (values: Record<string, string> = { '.cluster': 'here', '.seenAt': seenAt }) => ({
  id: 'm',
  name: 'm',
  properties: texts(values),
});
const deployed = { '': '', '.promotedAt': seenAt };
const serves = { '.serving': '', '.servingSince': seenAt };

/** What is shown while Git deploys version 2, `after` minutes after the last observation. */
function view(versions: RegisteredVersion[], after = 1, more: Partial<Known> = {}): ServingView | undefined {
  return servingView({
    environment: 'prod',
    model: model(),
    deployed: ['2'],
    labelled: versions.filter(({ properties }) => properties.has('prod')),
    serving: versions.filter(({ properties }) => properties.has('prod.serving')),
    now: minutes(after),
    ...more,
  });
}
const phase = (...given: Parameters<typeof view>) => view(...given)?.phase;

describe('servingView', () => {
  it('is nothing where nobody observed the model', () => {
    assert.equal(view([version('2', deployed)], 1, { model: model({}) }), undefined);
  });

  it('is verified when what Git deploys serves, and nothing else does', () => {
    assert.deepEqual(view([version('2', { ...deployed, ...serves })]), {
      cluster: 'here',
      seenAt,
      serving: ['2'],
      since: seenAt,
      phase: 'verified',
    });
    assert.equal(phase([version('1', {})], 1, { deployed: [] }), 'verified');
  });

  it('reads how far a rollout is from the version that Git deploys', () => {
    const words = [
      ['progressing', 'progressing', '2 is being rolled out.'],
      ['failed: no such image', 'failed', 'The rollout of 2 failed: no such image.'],
      ['pending', 'drifted', 'Nothing in the cluster is on its way to 2.'],
      ['unknown', 'unknown', 'The cluster does not say whether 2 serves.'],
    ] as const;
    for (const [rollout, expected, reason] of words) {
      const shown = view([version('1', serves), version('2', { ...deployed, '.rollout': rollout })]);
      assert.deepEqual([shown?.phase, shown?.reason, shown?.serving], [expected, reason, ['1']]);
    }
  });

  it('waits for the first observation of what was promoted, and not for ever', () => {
    const versions = [version('1', serves), version('2', deployed)];
    assert.deepEqual([phase(versions, 14), phase(versions, 16)], ['progressing', 'unknown']);
  });

  it('is progressing while an old version still serves beside the new one, and drifted when it stays', () => {
    const versions = [version('1', serves), version('2', { ...deployed, ...serves })];
    assert.deepEqual([phase(versions, 14), phase(versions, 16)], ['progressing', 'drifted']);
  });

  it('is progressing while something serves that Git no longer deploys, and drifted when it stays', () => {
    const left = version('1', { ...serves, '.retiredAt': '2026-10-01T10:10:00.000Z' });
    assert.deepEqual(
      [24, 26].map((after) => phase([left], after, { deployed: [] })),
      ['progressing', 'drifted'],
    );
  });

  it('is as bad as the worst of several versions, and reads damaged times as none', () => {
    const versions = [
      version('2', { ...deployed, '.rollout': 'progressing' }),
      version('3', { ...deployed, '.rollout': 'failed: quota' }),
      version('1', { '.serving': '', '.servingSince': 'yesterday' }),
    ];
    const shown = view(versions, 1, { deployed: ['2', '3'] });
    assert.deepEqual([shown?.phase, shown?.since], ['failed', undefined]);
  });

  it('says nothing of a version that the registry does not label', () => {
    assert.equal(phase([version('1', { ...deployed, ...serves })]), 'unknown');
  });

  it('shows the phase that was observed', () => {
    const lay = (map: Properties, { set, remove }: PropertyChange): Properties =>
      new Map([
        ...[...map].filter(([key]) => !remove.includes(key)),
        ...Object.entries(set).map(([key, value]) => [key, { type: 'string' as const, value }] as const),
      ]);
    fc.assert(
      fc.property(fc.constantFrom(...phases), fc.subarray(['1', '3']), (observed, others) => {
        const serving = observed === 'verified' ? ['2'] : others;
        const versions = [version('1', {}), version('2', deployed), version('3', {})];
        const plan = planServing(
          {
            environment: 'prod',
            model: 'm',
            cluster: 'here',
            observedAt: seenAt,
            phase: observed,
            serving: serving.map((name) => ({ version: name, uri: name })),
            target: { version: '2' },
          },
          { model: model({}), versions, now: minutes(0) },
        );
        const changes = new Map([...plan.gains, ...plan.losses].map(({ version: { name }, change }) => [name, change]));
        const after = versions.map((one) => {
          const change = changes.get(one.name);
          return change ? { ...one, properties: lay(one.properties, change) } : one;
        });
        const shown = view(after, 60);
        assert.deepEqual([shown?.phase, shown?.serving], [observed, serving]);
      }),
    );
  });
});
