// The Git objects of recorded servers have the same ids in the stand-in.

import assert from 'node:assert/strict';
import { ancestors } from '../../../stand-ins/gitea/git/history.ts';
import { buildHistory, readJson, SERVERS } from './recorded-history.ts';

/** Commits and tags whose content no recording shows: listed, so that a lost recording is noticed. */
const INJECTED = { gitea: 12, 'gitea-1.22': 1, forgejo: 1 };

describe('Git objects of the recordings', () => {
  for (const server of SERVERS) {
    it(`come out with the ids they had on ${server}`, () => {
      const history = buildHistory(server);
      assert.deepEqual(history.differing, []);
      assert.equal(history.injected.length, INJECTED[server]);
      assert.ok(history.agreeing.blob > 20 && history.agreeing.tree > 50 && history.agreeing.commit > 20);
    });

    it(`reach from the head of ${server} to the first commit without a gap`, () => {
      const { store } = buildHistory(server);
      const path = `${server}/api/commits-limit-2.json`;
      const { response } = readJson<{ response: { headers: Record<string, string>; body: { sha: string }[] } }>(path);
      const reached = ancestors(store, [response.body[0]!.sha]);
      assert.equal(String(reached.size), response.headers['X-Total-Count']);
    });
  }
});
