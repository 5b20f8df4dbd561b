import assert from 'node:assert/strict';
import { gainLabel, loseLabel } from '../../promotions/deployment-record.ts';
import type { PromotedVersion, Promotion } from '../../promotions/promotion.ts';
import type { Properties, PropertyChange, RegisteredVersion } from '../../promotions/registry-state.ts';

const pullRequest = { number: 7, url: 'https://git.example.test/a/b/pulls/7', title: 'Promote', mergeCommit: 'c2' };
const serving: PromotedVersion = {
  version: '1',
  applications: ['bass'],
  path: 'model-deployments/prod/bass/config.yaml',
  commit: 'c2',
  promotedAt: '2026-10-02T00:00:00Z',
  promotedBy: { login: 'bea' },
  pullRequest,
};

function version(values: Record<string, string>): RegisteredVersion {
  const properties: Properties = new Map(
    Object.entries(values).map(([key, value]) => [key, { type: 'string' as const, value }]),
  );
  return { id: '1', modelId: '2', name: '1', properties };
}

describe('deployment record', () => {
  const begun = { prod: '', 'prod.application': 'bass', 'prod.promotedAt': '2026-10-01T00:00:00Z' };

  it('does not say of a direct push that a later request about the same file promoted the version', () => {
    const { set, remove } = gainLabel(version({ ...begun, 'prod.commit': 'c1' }), 'prod', serving);
    assert.deepEqual({ set, remove }, { set: {}, remove: [] });
  });

  it('is completed with what becomes known of its own commit', () => {
    const { set } = gainLabel(version({ ...begun, 'prod.commit': 'c2' }), 'prod', serving);
    assert.deepEqual(set, { 'prod.promotedBy': 'bea', 'prod.pullRequest': pullRequest.url });
  });

  it('holds what people and folders are called without links and markup, and finds it true afterwards', () => {
    const mean = {
      ...serving,
      applications: ['<b>bass</b>', 'https:evil.example'],
      promotedBy: { name: 'https://evil.example/' },
    };
    const { set } = gainLabel(version({}), 'prod', mean);
    assert.equal(set['prod.promotedBy'], 'https ://evil.example/');
    assert.equal(set['prod.application'], '‹b>bass‹/b>,https :evil.example');
    const again = gainLabel(version(set), 'prod', mean);
    assert.deepEqual([again.set, again.remove], [{}, []]);
    const promotion = {
      environment: 'prod',
      observedAt: '2026-10-03T00:00:00Z',
      serving: [{ ...serving, version: 'http:x' }],
    };
    assert.equal(loseLabel(promotion as Promotion).set['prod.replacedBy'], 'http :x');
  });

  describe('whose label somebody took, and nothing else', () => {
    const { prod: _, ...left } = { ...begun, 'prod.commit': 'c1', 'prod.pullRequest': 'https://git.example.test/1' };
    const whole = {
      prod: '',
      'prod.commit': 'c2',
      'prod.promotedAt': '2026-10-02T00:00:00Z',
      'prod.promotedBy': 'bea',
      'prod.pullRequest': pullRequest.url,
    };
    const cases: [string, Record<string, string>, Partial<PromotedVersion>, PropertyChange][] = [
      ['of another commit: a new record', left, {}, { set: whole, remove: [] }],
      [
        'of the same commit: the same record',
        left,
        { commit: 'c1' },
        { set: { prod: '', 'prod.promotedBy': 'bea' }, remove: [] },
      ],
      ['of a version that has served ever since', left, { continues: true }, { set: { prod: '' }, remove: [] }],
      [
        'of a version that has served ever since, and whose applications changed',
        left,
        { continues: true, applications: ['a', 'b'] },
        { set: { prod: '', 'prod.application': 'a,b' }, remove: [] },
      ],
      [
        'of another commit, and of more than is known now',
        left,
        { pullRequest: undefined },
        { set: Object.fromEntries(Object.entries(whole).slice(0, 4)), remove: ['prod.pullRequest'] },
      ],
      [
        'closed, whatever goes on',
        { ...left, 'prod.retiredAt': '2026-10-01T00:00:00Z' },
        { continues: true },
        { set: whole, remove: ['prod.retiredAt'] },
      ],
      [
        'another value under its key: damage to the same record',
        { ...left, prod: 'x' },
        {},
        { set: { prod: '' }, remove: [] },
      ],
    ];
    for (const [title, values, more, change] of cases)
      it(title, () => {
        const { set, remove } = gainLabel(version(values), 'prod', { ...serving, ...more } as PromotedVersion);
        assert.deepEqual({ set, remove }, change);
      });
  });

  it('is written anew where its commit is gone, so that no value of another one is left in it', () => {
    const damaged = {
      prod: '',
      'prod.application': 'bass',
      'prod.pullRequest': 'https://git.example.test/a/b/pulls/3',
    };
    const { pullRequest: _, ...unknown } = serving;
    const { set, remove } = gainLabel(version(damaged), 'prod', unknown);
    assert.deepEqual(set, {
      'prod.commit': 'c2',
      'prod.promotedAt': '2026-10-02T00:00:00Z',
      'prod.promotedBy': 'bea',
    });
    assert.deepEqual(remove, ['prod.pullRequest']);
  });
});
