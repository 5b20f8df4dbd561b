import assert from 'node:assert/strict';
import { planAlias } from '../../promotions/alias.ts';
import type { RegisteredModel, RegisteredVersion } from '../../promotions/registry-state.ts';

const now = Date.parse('2026-10-01T12:00:00Z');
const version = (id: string): RegisteredVersion => ({ id, modelId: 'm', name: id, properties: new Map() });

function model(aliases: Record<string, string> | undefined, isMarked = true): RegisteredModel {
  return {
    id: 'm',
    name: 'm',
    properties: new Map(
      isMarked ? [['prod.repository', { type: 'string', value: 'https://git.example.test/a/b' }] as const] : [],
    ),
    ...(aliases && { aliases: new Map(Object.entries(aliases)) }),
  };
}

describe('the alias beside a label', () => {
  const cases: [title: string, of: RegisteredModel, environment: string, holders: string[], change: unknown][] = [
    ['is not there in a registry without aliases', model(undefined), 'prod', ['1'], undefined],
    ['is given to the only version that holds the label', model({}), 'prod', ['1'], ['prod', '1']],
    ['moves with the label, and so does one that somebody moved', model({ prod: '2' }), 'prod', ['1'], ['prod', '1']],
    ['stays where it is right', model({ prod: '1' }), 'prod', ['1', '1'], undefined],
    [
      'is taken away where several versions hold the label',
      model({ prod: '1' }),
      'prod',
      ['1', '2'],
      ['prod', undefined],
    ],
    ['is taken away where none does', model({ prod: '1' }), 'prod', [], ['prod', undefined]],
    [
      'is left to whoever gave it to a model that Git never deployed here',
      model({ prod: '1' }, false),
      'prod',
      [],
      undefined,
    ],
    ['cannot have a name that means a version', model({}), 'latest', ['1'], undefined],
    ['cannot have the form of a number', model({}), 'v2', ['1'], undefined],
    ['may begin like one', model({}), 'v2-canary', ['1'], ['v2-canary', '1']],
  ];
  for (const [title, of, environment, holders, change] of cases)
    it(title, () => {
      const planned = planAlias(of, environment, holders.map(version), now);
      assert.deepEqual(planned && [planned.alias, planned.version?.id], change);
    });
});
