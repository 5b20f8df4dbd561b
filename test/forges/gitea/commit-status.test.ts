// What recorded servers say of commit statuses, as our words.
import assert from 'node:assert/strict';
import { closeAfterEach, fails as failsTo } from '../../try-again.ts';
import { type Answer, generations, giteaAt, giteaServer, recorded, recordedBody } from './recorded.ts';

const commit = 'ab'.repeat(20);
const list = `/commits/${commit}/statuses?sort=highestindex&page=1&limit=50`;
const status = { context: 'promotion/prod', state: 'success', description: 'jukebox promoted' };

describe('commit statuses of the Gitea adapter', () => {
  const keep = closeAfterEach();
  async function at(answers: Record<string, Answer>) {
    return giteaAt(keep(await giteaServer(answers)).url, { tokenName: 'GITEA_STATUS_TOKEN' });
  }
  const fails = (call: Promise<unknown>, text: RegExp) => failsTo(call, text, ['secret-token']);

  for (const generation of generations) {
    const record = (name: string) => recorded(generation, name);

    it(`${generation}: reads them, whatever words others use for a state`, async () => {
      const statuses = await at({ [list]: record('statuses') });
      assert.deepEqual(await statuses.statuses(commit), [
        { ...status, url: 'http://dashboard.example.test/1' },
        { context: 'promotion/prod', state: 'great', description: '' },
      ]);
    });

    it(`${generation}: adds one`, async () => {
      const statuses = await at({ [`/statuses/${commit}`]: record('status-create') });
      await statuses.addStatus(commit, status);
      await fails(statuses.addStatus(commit, { ...status, context: 'registry/prod' }), /another status/);
    });

    it(`${generation}: says which scope and which setting is missing`, async () => {
      const statuses = await at({ [`/statuses/${commit}`]: record('scope-write-missing-403-status') });
      await fails(statuses.addStatus(commit, status), /POST .*GITEA_STATUS_TOKEN lacks the scope write:repository/);
    });

    it(`${generation}: fails where the server answers 500, which it does to an unknown commit`, async () => {
      const statuses = await at({ [`/statuses/${commit}`]: record('status-create-unknown-sha') });
      await fails(statuses.addStatus(commit, status), /expected status 200, got 500/);
    });

    it(`${generation}: takes a list that is shorter than the server counts for none`, async () => {
      const whole = record('statuses');
      const rest = recordedBody(generation, 'statuses').slice(1);
      const statuses = await at({
        [list]: { ...whole, body: JSON.stringify(rest) },
        [list.replace('page=1', 'page=2')]: { ...whole, body: '[]' },
      });
      await fails(statuses.statuses(commit), /expected 2 entries in all pages, got 1/);
    });
  }
});
