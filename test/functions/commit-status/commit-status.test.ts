import assert from 'node:assert/strict';
import type { RegistryChange } from '../../../events/registry-updated.ts';
import type { HttpResponse } from '../../../io/io.ts';
import type { Promotion } from '../../../promotions/promotion.ts';
import { at, createWorld, type World } from './world.ts';

const isAccepted = ({ status, body }: HttpResponse) => assert.deepEqual([status, body.toString()], [202, '']);

describe('commit-status', () => {
  let world: World;
  let commit: string;
  beforeEach(async () => {
    world = await createWorld();
    commit = world.commits[1]!;
  });
  afterEach(() => world.close());

  /** The newest word in prod: state, and the text before the bracket. */
  async function word(of = commit): Promise<[string, string] | undefined> {
    const status = (await world.shown(of))['registry/prod'];
    return status && [status.state, status.description.replace(/ \[.*$/s, '')];
  }

  it('says that a promotion is on its way, then that the registry has it', async () => {
    const event = world.promoted(1, { head: commit });
    isAccepted(await world.post(event));
    assert.deepEqual(await word(), ['pending', 'jukebox: Git deploys 2 in prod; the registry is being told.']);
    const changes: RegistryChange[] = [
      { on: 'version', name: '2', set: { prod: '' }, removed: [] },
      { on: 'version', name: '1', set: {}, removed: ['prod'] },
    ];
    isAccepted(await world.post(world.updated(event, { changes })));
    assert.deepEqual(await word(), ['success', 'jukebox: the registry says that 2 serves prod, and 1 no more.']);
    assert.equal((await world.history(commit)).length, 2);
  });

  it('stands where people look: on the merge commit, else on the commit', async () => {
    const [merge, change] = [world.commits[2]!, world.commits[1]!];
    const { serving } = world.promoted(1, { head: change }).data as Promotion;
    const pullRequest = { number: 7, url: `${world.repository}/pulls/7`, title: 'Promote', mergeCommit: merge };
    const event = world.promoted(1, { serving: [{ ...serving[0]!, pullRequest }] });
    isAccepted(await world.post(event));
    assert.deepEqual(
      [await word(merge), await word(change)].map((one) => one?.[0]),
      ['pending', undefined],
    );
  });

  it('says at which time of Git, by whom and where, in a part that the next word is compared with', async () => {
    await world.post(world.promoted(1, { head: commit }));
    const { description } = (await world.shown(commit))['registry/prod']!;
    assert.ok(description.endsWith(` [pending ${at(1)} jukebox]`), description);
  });
});
