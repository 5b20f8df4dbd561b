import assert from 'node:assert/strict';
import fc from 'fast-check';
import { recentOf } from '../../../cli/console/recent.ts';
import type { Change } from '../../../cli/history/fleet-history.ts';
import type { Overview, RowState } from '../../../console/overview.ts';
import { type ContextStatus, type EntryState, missingStatuses } from '../../../promotions/commit-status.ts';
import { seed } from '../../seed.ts';

const repository = 'https://gitea.example/team/gitops';
const change = (versions: string[], commit: string): Change => ({
  ...{ environment: 'prod', model: 'jukebox', versions, before: [], commit, by: 'ada' },
  from: '2026-11-02T09:00:00Z',
});
const entry = (state: EntryState, minute: number, text = `jukebox: ${state}`, about = 'jukebox') => ({
  ...{ about, state, text },
  observedAt: `2026-11-02T09:${String(minute).padStart(2, '0')}:00.000Z`,
});
const loss = entry('failure', 1, 'jukebox: the registry was not updated: registry-writer answered 503.');

/** As commit-status adds them, one after the other. */
function statuses(context: string, entries: ReturnType<typeof entry>[]) {
  const all: ContextStatus[] = [];
  for (const one of entries) all.push(...missingStatuses(all, one));
  return all.map((status) => ({ ...status, context }));
}

function overview(state: RowState, git: string[], registry: string[], reason?: string): Overview {
  const row = { environment: 'prod', model: 'jukebox', state, registry, ...(reason && { reason }) };
  const rows = [{ ...row, git: git.map((version) => ({ version, applications: ['a'] })) }];
  return { repository, branch: 'main', head: 'c1', environments: ['prod'], rows, remarks: [] };
}

const one = (said: ReturnType<typeof statuses>, shown: Overview | undefined, versions = ['1.1.0']) =>
  recentOf([change(versions, 'c1')], new Map([['c1', said]]), shown, repository)[0]!;

describe('what happened lately', () => {
  const inSync = overview('in sync', ['1.1.0'], ['1.1.0']);
  const differs = overview('differs', ['1.1.0'], ['1.0.0'], 'Git deploys 1.1.0, which does not have the label prod.');

  const cases: [string, ReturnType<typeof statuses>, Overview | undefined, string, string | undefined][] = [
    ['the result on the commit', statuses('registry/prod', [entry('success', 2)]), inSync, 'good', 'jukebox: success'],
    ['what waits', statuses('registry/prod', [entry('pending', 2)]), differs, 'open', 'jukebox: pending'],
    ['what waits no more', statuses('registry/prod', [entry('pending', 2)]), inSync, 'good', 'jukebox: pending'],
    ['a failure', statuses('registry/prod', [entry('failure', 2)]), differs, 'bad', 'jukebox: failure'],
    ['a further registry', statuses('registry/prod/new', [loss]), differs, 'lost', loss.text],
    ['a loss', statuses('registry/prod', [loss]), differs, 'lost', loss.text],
    ['a loss, where the registry cannot be read', statuses('registry/prod', [loss]), undefined, 'lost', loss.text],
    [
      'what is said of another environment',
      statuses('registry/prod-2', [loss]),
      inSync,
      'good',
      'Registry and Git are in sync.',
    ],
    [
      'what is said of another model',
      statuses('registry/prod', [entry('failure', 2, 'x', 'karaoke')]),
      inSync,
      'good',
      'Registry and Git are in sync.',
    ],
    ['the registry where nobody says anything', [], differs, 'bad', differs.rows[0]!.reason],
    [
      'the cluster where nobody says anything',
      [],
      overview('rolling out', ['1.1.0'], ['1.1.0'], 'Soon.'),
      'open',
      'Soon.',
    ],
    [
      'a model that is not registered yet',
      [],
      overview('unknown', ['1.1.0'], [], 'Nobody knows it.'),
      'open',
      'Nobody knows it.',
    ],
    ['that nothing is known', [], undefined, 'open', 'What the registry shows of it cannot be read.'],
  ];
  for (const [name, said, shown, state, text] of cases)
    it(`tells ${name}`, () => {
      const { state: told, text: why } = one(said, shown);
      assert.deepEqual([told, why], [state, text]);
    });

  it('is as bad as the worst that is said, and says all of it', () => {
    const said = [
      ...statuses('registry/prod', [entry('success', 2)]),
      ...statuses('rollout/prod', [entry('failure', 3)]),
    ];
    const { state, text } = one(said, inSync);
    assert.deepEqual([state, text], ['bad', 'jukebox: success jukebox: failure']);
  });

  it('is at most the newest hundred changes', () => {
    const changes = Array.from({ length: 101 }, (_, i) => ({ ...change(['1'], 'c1'), model: `model-${i}` }));
    const told = recentOf(changes, new Map(), undefined, repository);
    assert.deepEqual([told.length, told[0]!.title], [100, 'model-0 1 → prod']);
  });

  it('is called by what it is about', () => {
    const pullRequest = { number: 3, url: `${repository}/pulls/3`, title: 'Promote' };
    const title = (versions: string[], more = {}) =>
      recentOf([{ ...change(versions, 'c1'), ...more }], new Map(), undefined, repository)[0]!.title;
    assert.equal(title(['1.1.0'], { pullRequest }), 'jukebox 1.1.0 → prod, #3');
    assert.equal(title(['1.0.0', '1.1.0']), 'jukebox 1.0.0, 1.1.0 → prod');
    assert.equal(title([]), 'jukebox out of prod');
  });

  it('a model that Git deploys no more and nobody labels is as it should be', () => {
    assert.equal(one([], { ...inSync, rows: [] }, []).state, 'good');
  });

  it('a change that a later one replaced is not judged by what the registry shows now', () => {
    const changes = [change(['1.1.0'], 'c1'), change(['1.0.0'], 'c0')];
    const told = recentOf(
      changes,
      new Map([['c0', statuses('registry/prod', [entry('pending', 1)])]]),
      differs,
      repository,
    );
    assert.deepEqual(
      told.map(({ state }) => state),
      ['bad', 'good'],
    );
  });

  it('a loss stays until a later entry counts or the registry shows what Git deploys, and then says what was lost', () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 2, max: 59 }), { minLength: 0, maxLength: 4 });
    fc.assert(
      fc.property(minutes, fc.boolean(), (later, shown) => {
        const said = statuses('registry/prod', [loss, ...later.map((minute) => entry('success', minute))]);
        const told = one(said, shown ? inSync : differs);
        const isHealed = later.length > 0 || shown;
        assert.equal(told.state === 'lost', !isHealed);
        assert.equal(told.healed?.startsWith(loss.text) ?? false, isHealed);
      }),
      { seed },
    );
  });
});
