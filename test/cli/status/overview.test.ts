import assert from 'node:assert/strict';
import type { ModelStatus, State } from '../../../cli/status/model-status.ts';
import { overviewOf, rowOf } from '../../../cli/status/overview.ts';
import type { Status } from '../../../cli/status/read-status.ts';
import type { RowState } from '../../../console/overview.ts';
import type { Phase } from '../../../promotions/rollout/judge.ts';

const repository = 'https://gitea.example/ada/fleet';

function statusIn(state: State, phase?: Phase): ModelStatus {
  return {
    environment: 'prod',
    model: 'lamp',
    state,
    git: [{ version: '2', applications: ['lamp'] }],
    registry: ['2'],
    ...(state !== 'ok' && { explanation: 'Of the registry.', next: 'post-deployment reconcile' }),
    ...(phase && {
      cluster: { cluster: 'c', serving: ['1'], phase, ...(phase !== 'verified' && { reason: 'Of the cluster.' }) },
    }),
  };
}

describe('a row of the console', () => {
  const rows: [State, Phase | undefined, RowState, string | undefined][] = [
    ['ok', undefined, 'in sync', undefined],
    ['ok', 'verified', 'in sync', undefined],
    ['ok', 'progressing', 'rolling out', 'Of the cluster.'],
    ['ok', 'failed', 'failed', 'Of the cluster.'],
    ['ok', 'drifted', 'differs', 'Of the cluster.'],
    ['ok', 'unknown', 'unknown', 'Of the cluster.'],
    ['drift', undefined, 'differs', 'Of the registry.'],
    ['drift', 'failed', 'differs', 'Of the registry. Of the cluster.'],
    // What the registry does not label has no rollout there.
    ['drift', 'unknown', 'differs', 'Of the registry.'],
    ['not registered', 'verified', 'differs', 'Of the registry.'],
    ['blocked', undefined, 'differs', 'Of the registry.'],
    ['unknown model', undefined, 'unknown', 'Of the registry.'],
  ];
  for (const [state, phase, expected, reason] of rows)
    it(`is "${expected}" where the registry is ${state}${phase ? ` and the rollout ${phase}` : ''}`, () => {
      const row = rowOf(statusIn(state, phase), repository);
      assert.deepEqual([row.state, row.reason], [expected, reason]);
      assert.equal(row.next !== undefined, expected !== 'in sync' && expected !== 'rolling out');
    });

  it('links to the request and the commit', () => {
    const pullRequest = `${repository}/pulls/7`;
    const { request, commit } = rowOf({ ...statusIn('ok'), pullRequest, commit: 'a'.repeat(40) }, repository);
    assert.deepEqual(request, { title: '#7', url: pullRequest });
    assert.deepEqual(commit, { id: 'a'.repeat(40), url: `${repository}/commit/${'a'.repeat(40)}` });
  });
});

describe('the overview of the console', () => {
  const status = (registries: Status['registries']): Status => ({
    repository,
    branch: 'main',
    head: 'b'.repeat(40),
    environments: ['prod'],
    unreadable: [{ environment: 'prod', path: 'prod/x.yaml', reason: 'no YAML', counts: 'its content before' }],
    warnings: [{ environment: 'prod', about: 'prod/y.yaml', reason: 'Two names.' }],
    withoutFiles: [],
    registries,
  });

  it('leaves out labels that are kept by others, and tells what is about no model', () => {
    const models = [statusIn('ok'), statusIn('unmarked'), statusIn('other repository')];
    const { rows, remarks } = overviewOf(
      status([{ registry: 'https://registry.example', result: { models, archived: [] } }]),
    );
    assert.deepEqual(
      rows.map(({ state }) => state),
      ['in sync'],
    );
    assert.deepEqual(
      remarks.map(({ bad, text }) => [bad, text]),
      [
        [true, 'prod/x.yaml cannot be read: no YAML. Until it is corrected in Git, what counts is its content before.'],
        [false, 'prod/y.yaml: Two names.'],
      ],
    );
  });

  it('keeps the rows of a registry that does not answer any more, and says that their state is not known', () => {
    const first = { registry: 'https://registry.example' };
    const further = { name: 'other', registry: 'https://other.example' };
    const result = { models: [statusIn('drift')], archived: [] };
    const before = overviewOf(
      status([
        { ...first, result },
        { ...further, result },
      ]),
    );
    const { rows } = overviewOf(
      status([
        { ...first, failed: 'It does not answer.' },
        { ...further, result },
      ]),
      before,
    );
    assert.deepEqual(
      rows.map(({ registryName, model, state, reason }) => [registryName, model, state, reason]),
      [
        [
          undefined,
          before.rows[0]!.model,
          'unknown',
          'The registry cannot be read now, and this is what it said last.',
        ],
        ['other', before.rows[1]!.model, before.rows[1]!.state, before.rows[1]!.reason],
      ],
    );
  });

  it('names the further registry of a row, and says which one does not answer', () => {
    const further = {
      name: 'other',
      registry: 'https://other.example',
      result: { models: [statusIn('ok')], archived: [] },
    };
    const { rows, remarks } = overviewOf(
      status([{ registry: 'https://registry.example', failed: 'It does not answer.', next: 'Start it.' }, further]),
    );
    assert.deepEqual(
      rows.map(({ registryName }) => registryName),
      ['other'],
    );
    assert.deepEqual(remarks.at(-1), {
      bad: true,
      text: 'https://registry.example: It does not answer.',
      next: 'Start it.',
    });
  });
});
