// The contract of commit statuses (forge.ts) over every adapter, on stand-ins and, where GITEA_URL and GITEA_TOKEN are given,
// on a real server.
import assert from 'node:assert/strict';
import type { CommitStatus, CommitStatuses } from '../../forges/forge.ts';
import { fails as failsTo } from '../try-again.ts';
import { type ForgeWorld, forgeWorlds, type Made } from './forge-worlds.ts';

const unknown = '1234567890'.repeat(4);

function describeStatuses(world: ForgeWorld) {
  describe(`commit statuses: ${world.name}`, () => {
    let made: Made;
    let statuses: CommitStatuses;
    let commit: string;
    let other: string;
    before(async () => {
      made = await world.make();
      statuses = made.statuses();
      commit = await made.commit({ write: new Map([['a', 'a']]), message: 'First' });
      other = await made.commit({ write: new Map([['a', 'b']]), message: 'Second' });
    });
    after(() => made?.end());
    const fails = (call: Promise<unknown>) => failsTo(call, [], made.secrets);

    it('names the repository', async () => {
      assert.equal((await statuses.repository()).url, made.url);
    });

    it('knows no status of a commit that has none, and no commit that is not there', async () => {
      assert.deepEqual(await statuses.statuses(other), []);
      assert.equal(await statuses.statuses(unknown), undefined);
    });

    it('keeps all it is given, oldest first, more than a page, within a second and word for word', async () => {
      const given = Array.from(
        { length: 61 },
        (_, i): CommitStatus => ({
          context: ['registry/prod', 'registry', 'ci/größe'][i % 3]!,
          state: ['pending', 'success', 'warning', 'failure'][i % 4]!,
          description: `Nr. ${i}: <b>"größe"</b> & 模型 [pending 2026-11-02T09:30:00.250Z a b]`,
          ...(i % 2 === 0 ? { url: `https://registry.example.test/models/${i}?a=b#c` } : {}),
        }),
      );
      for (const status of given) await statuses.addStatus(commit, status);
      assert.deepEqual(await statuses.statuses(commit), given);
      assert.deepEqual(await made.statuses().statuses(other), []);
    });

    it('takes a full commit id only: a branch or a short id may be another commit tomorrow', async () => {
      for (const name of ['main', commit.slice(0, 10), '../main', '']) {
        await fails(statuses.statuses(name));
        await fails(statuses.addStatus(name, { context: 'x', state: 'success', description: 'x' }));
      }
    });

    it('fails where it cannot be done: another repository, a wrong token, an unknown commit', async () => {
      const status = { context: 'x', state: 'success', description: 'x' };
      for (const wrong of [
        made.statuses({ token: 'f'.repeat(40) }),
        made.statuses({ repository: `${made.login}/no-such` }),
      ]) {
        await fails(wrong.statuses(commit));
        await fails(wrong.statuses(unknown));
        await fails(wrong.addStatus(commit, status));
      }
      await fails(statuses.addStatus(unknown, status));
    });

    it('finds the merge commit that brought a commit onto a branch, and none of a commit that came otherwise', async () => {
      const pull = await made.pull({ style: 'merge', title: 'Promote', write: new Map([['a', 'c']]) });
      const merge = await made.forge().head('main');
      assert.notEqual(pull.branchHead, merge);
      assert.equal(await statuses.mergesOnto('main')(pull.branchHead), merge);
      assert.equal(await statuses.mergesOnto('other')(pull.branchHead), undefined);
      for (const id of [merge, commit, unknown]) assert.equal(await statuses.mergesOnto('main')(id), undefined);
      await fails(statuses.mergesOnto('main')('main'));
    });

    it('finds the repository when it was renamed, to read and to write', async () => {
      const url = await made.rename();
      const status = { context: 'registry/test', state: 'success', description: 'after the move' };
      await statuses.addStatus(other, status);
      assert.deepEqual(await made.statuses().statuses(other), [status]);
      assert.equal((await statuses.repository()).url, url);
    });
  });
}

for (const world of forgeWorlds()) describeStatuses(world);
