// Trees that could look shorter than they are.
import assert from 'node:assert/strict';
import { TryAgainError } from '../../../events/errors.ts';
import { type Answer, type Answers, type GiteaServer, giteaAt, giteaServer, json, recorded } from './recorded.ts';

const commit = 'c'.repeat(40);
const route = `/git/trees/${commit}?recursive=true&per_page=1000`;
const known = `/git/commits/${commit}?stat=false&verification=false&files=false`;

const entry = (path: string, id = '1'.repeat(40)) => ({ path, mode: '100644', type: 'blob', size: 1, sha: id });
const page = (paths: readonly string[] | null, total: number, sha = commit): Answer =>
  json({ sha, tree: paths?.map((path) => entry(path)) ?? null, truncated: false, total_count: total });

describe('trees of the Gitea adapter', () => {
  let server: GiteaServer;
  const tree = async (answers: Answers) => {
    server = await giteaServer(answers);
    return giteaAt(server.url).tree(commit);
  };
  afterEach(() => server.close());

  it('are complete with a first page that holds everything', async () => {
    assert.deepEqual([...(await tree({ [route]: page(['a', 'b'], 2) }))!.keys()], ['a', 'b']);
    assert.equal(server.asked.length, 1);
  });

  it('may be empty', async () => {
    assert.equal((await tree({ [route]: page(null, 0) }))!.size, 0);
  });

  it('hold links, submodules and SHA-256 ids as they are', async () => {
    const entries = [
      { path: 'l', mode: '120000', type: 'blob', size: 3, sha: 'a'.repeat(64) },
      { path: 's', mode: '160000', type: 'commit', size: 0, sha: 'b'.repeat(64) },
      { path: 'd', mode: '040000', type: 'tree', size: 0, sha: 'd'.repeat(64) },
    ];
    const found = await tree({ [route]: json({ sha: commit, tree: entries, total_count: 3 }) });
    assert.deepEqual(
      [...found!.values()],
      [
        { path: 'l', mode: '120000', type: 'blob', id: 'a'.repeat(64), size: 3 },
        { path: 's', mode: '160000', type: 'commit', id: 'b'.repeat(64) },
        { path: 'd', mode: '040000', type: 'tree', id: 'd'.repeat(64) },
      ],
    );
  });

  it('are put together from thousands of entries, four pages at a time', async () => {
    const paths = Array.from({ length: 7_500 }, (_, i) => `f/${i}`);
    let running = 0;
    let most = 0;
    const found = await tree(async (url) => {
      const number = Number(new URL(url, 'http://x').searchParams.get('page') ?? 1);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return page(paths.slice((number - 1) * 1_000, number * 1_000), paths.length);
    });
    assert.deepEqual([...found!.keys()], paths);
    assert.equal(server.asked.length, 8);
    assert.ok(most <= 4);
  });

  it('keep names that are not UTF-8, which Gitea makes look alike', async () => {
    const found = await tree({ [route]: page(['caf\uFFFD', 'caf\uFFFD', 'x'], 3) });
    assert.deepEqual([...found!.keys()], ['caf\uFFFD', 'x']);
  });

  const short: Record<string, [Answers, RegExp]> = {
    'a first page without entries': [{ [route]: page(null, 2) }, /expected 2 entries/],
    'a later page without entries': [{ [route]: page(['a'], 2), [`${route}&page=2`]: page(null, 2) }, /expected 2/],
    'a later page that is short': [
      { [route]: page(['a', 'b'], 4), [`${route}&page=2`]: page(['c'], 4) },
      /expected 4 entries in all pages, got 3/,
    ],
    'a page too long': [{ [route]: page(['a', 'b'], 1) }, /expected 1 entries/],
    'a page twice': [{ [route]: page(['a'], 2), [`${route}&page=2`]: page(['a'], 2) }, /comes twice/],
    'a page of another total': [{ [route]: page(['a'], 2), [`${route}&page=2`]: page(['b'], 3) }, /not of one tree/],
    'a tree of another commit': [{ [route]: page(['a'], 1, 'd'.repeat(40)) }, /another commit/],
    'a later page of another commit': [
      { [route]: page(['a'], 2), [`${route}&page=2`]: page(['b'], 2, 'd'.repeat(40)) },
      /another commit/,
    ],
    'a total beyond all measure': [{ [route]: page(['a'], 1e15) }, /at most 10000 pages/],
    'no total': [{ [route]: json({ sha: commit, tree: [entry('a')] }) }, /at total_count/],
    'an entry without id': [
      { [route]: json({ sha: commit, tree: [{ ...entry('a'), sha: '' }], total_count: 1 }) },
      /at tree\.0\.sha/,
    ],
    'a page that fails': [{ [route]: page(['a'], 2), [`${route}&page=2`]: { status: 500 } }, /got 500/],
    'a later page that denies the commit': [
      {
        [route]: page(['a'], 2),
        [`${route}&page=2`]: recorded('gitea', 'tree-unknown-sha'),
        [known]: json({ sha: commit }),
      },
      /status 400/,
    ],
    'a later page and a second look that deny the commit': [
      {
        [route]: page(['a'], 2),
        [`${route}&page=2`]: recorded('gitea', 'tree-unknown-sha'),
        [known]: recorded('gitea', 'git-commit-unknown'),
        '': recorded('gitea', 'repo'),
      },
      /not of one tree/,
    ],
  };
  for (const [name, [answers, says]] of Object.entries(short))
    it(`are no answer after ${name}`, async () => {
      await assert.rejects(tree(answers), (error: unknown) => {
        assert.ok(error instanceof TryAgainError);
        assert.match(error.message, says);
        return true;
      });
    });

  describe('of an unknown commit', () => {
    const denied = recorded('gitea', 'tree-unknown-sha');
    const gone = recorded('gitea', 'git-commit-unknown');
    const there = recorded('gitea', 'repo');

    it('are undefined when the other routes agree, also where the first says 404', async () => {
      assert.equal(await tree({ [route]: { ...denied, status: 404 }, [known]: gone, '': there }), undefined);
    });

    const doubts: Record<string, Answers> = {
      'the commit is there by the other route': { [route]: denied, [known]: json({ sha: commit }), '': there },
      'the other route fails': { [route]: denied, [known]: { status: 500 }, '': there },
      'the repository cannot be read': { [route]: denied, [known]: gone, '': { status: 404 } },
      'a proxy answers 404': { [route]: { status: 404, body: '<h1>gone</h1>' }, [known]: gone, '': there },
      'the router answers 404': { [route]: recorded('gitea', 'not-found-route'), [known]: gone, '': there },
      'a proxy answers 400': { [route]: { status: 400 }, [known]: gone, '': there },
      'the repository is empty for the moment': { [route]: { ...denied, status: 409 }, [known]: gone, '': there },
    };
    for (const [name, answers] of Object.entries(doubts))
      it(`are no answer when ${name}`, async () => {
        await assert.rejects(tree(answers), TryAgainError);
      });
  });
});
