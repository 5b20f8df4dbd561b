import assert from 'node:assert/strict';
import { TryAgainError } from '../../../events/errors.ts';
import { type Answers, type GiteaServer, giteaAt, giteaServer, json, recorded, recordedBody } from './recorded.ts';

const good = recordedBody('gitea', 'commit-pull-merge');
const commit: string = good.merge_commit_sha;
const route = `/commits/${commit}/pull`;
const version = '/api/v1/version';
const list = '/pulls?state=closed&sort=recentupdate&limit=50';
const none = recorded('gitea', 'commit-pull-direct');

describe('pull requests of the Gitea adapter', () => {
  let server: GiteaServer;
  const find = async (answers: Answers) => {
    server = await giteaServer(answers);
    return giteaAt(server.url).pullRequest(commit);
  };
  afterEach(() => server.close());

  it('are believed when merged as this very commit', async () => {
    assert.equal((await find({ [route]: json(good) }))?.number, good.number);
    assert.equal(server.asked.length, 1);
  });

  it('may be merged by nobody known, or by somebody without a full name', async () => {
    assert.deepEqual((await find({ [route]: json({ ...good, merged_by: null }) }))?.mergedBy, {});
    await server.close();
    const mergedBy = { login: 'ada', full_name: '' };
    assert.deepEqual((await find({ [route]: json({ ...good, merged_by: mergedBy }) }))?.mergedBy, { login: 'ada' });
  });

  const wrong: Record<string, object> = {
    'not merged': { merged: false, merged_at: null, merge_commit_sha: null },
    'merged as another commit': { merge_commit_sha: '1'.repeat(40) },
    'not merged, with a test merge of this id': { merged: false },
  };
  for (const [name, change] of Object.entries(wrong))
    it(`are not believed when ${name}; the closed ones are looked through once`, async () => {
      const answer = json({ ...good, ...change });
      assert.equal(await find({ [route]: answer, [list]: json([{ ...good, ...change }]) }), undefined);
      assert.deepEqual(server.urls(), [route, list]);
      await server.close();
      assert.equal(
        (await find({ [route]: answer, [list]: json([{ ...good, ...change }, good]) }))?.number,
        good.number,
      );
    });

  for (const status of [403, 404])
    it(`are none when the list is out of reach (${status})`, async () => {
      const answers = { [route]: json({ ...good, merged: false }), [list]: { status } };
      assert.equal(await find(answers), undefined);
    });

  const versions: [string, boolean][] = [
    ['1.22.0', true],
    ['1.22.0-rc1', true],
    ['1.22.2', true],
    ['1.22.3', false],
    ['1.21.11', false],
    ['1.26.0+dev-469-g3db3c058b3', false],
    ['28.1.0', false],
    ['7.0.2+gitea-1.21.11', true],
    ['7.0.16+gitea-1.21.11', false],
    ['8.0.3+gitea-1.22.0', false],
    ['15.0.9+gitea-1.22.0', false],
    ['development', false],
  ];
  for (const [text, looks] of versions)
    it(`are ${looks ? '' : 'not '}looked for twice on ${text}`, async () => {
      const answers = { [route]: none, [version]: json({ version: text }), [list]: json([good]) };
      assert.equal((await find(answers))?.number, looks ? good.number : undefined);
      assert.equal(server.urls().includes(list), looks);
    });

  it('ask for the version once only', async () => {
    server = await giteaServer({ [route]: none, [version]: json({ version: '1.26.0' }) });
    const forge = giteaAt(server.url);
    await forge.pullRequest(commit);
    await forge.pullRequest(commit);
    assert.deepEqual(server.urls(), [route, version, route]);
  });

  it('are none where the version is only for those who are signed in', async () => {
    assert.equal(await find({ [route]: none, [version]: { status: 403 } }), undefined);
  });

  it('are none, in other words, of a repository that is there', async () => {
    const answers = {
      [route]: json({ message: 'not found', url: '' }, 404),
      '': recorded('gitea', 'repo'),
      [version]: json({ version: '1.30.0' }),
    };
    assert.equal(await find(answers), undefined);
  });

  const bad: Record<string, Answers> = {
    'a failure': { [route]: { status: 500 } },
    'a repository out of sight': {
      [route]: recorded('gitea', 'repo-stranger-404'),
      '': recorded('gitea', 'repo-stranger-404'),
      [version]: json({ version: '1.26.0' }),
    },
    'a refusal': { [route]: { status: 403 } },
    'a failure of the version': { [route]: none, [version]: { status: 502 } },
    'a failure of the list': { [route]: json({ ...good, merged: false }), [list]: { status: 500 } },
    'another shape': { [route]: json([good]) },
    'a merge without a time': { [route]: json({ ...good, merged_at: null }) },
  };
  for (const [name, answers] of Object.entries(bad))
    it(`are unknown after ${name}`, async () => {
      await assert.rejects(find(answers), TryAgainError);
    });
});
