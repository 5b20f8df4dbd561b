// The adapter on what three generations of servers really answered, where that is odd. What they answer alike is asked of
// their stand-ins, which give these same answers (test/contracts/forge.test.ts).
import assert from 'node:assert/strict';
import { TryAgainError } from '../../../events/errors.ts';
import type { Forge } from '../../../forges/forge.ts';
import {
  type Answers,
  type GiteaServer,
  generations,
  giteaAt,
  giteaServer,
  json,
  recorded,
  recordedBody,
  recordedNames,
  recordedPath,
} from './recorded.ts';

const jukebox = 'model-deployments/prod/jukebox/config.yaml';
const unknown = '1'.repeat(40);
const slimTree = '?recursive=true&per_page=1000';
const slimCommit = '?stat=false&verification=false&files=false';

for (const generation of generations) {
  describe(`Gitea adapter on recordings of ${generation}`, () => {
    const head: string = recordedBody(generation, 'tree-recursive-commit-sha').sha;
    const entries: { path: string; mode: string; type: string; sha: string; size: number }[] = recordedBody(
      generation,
      'tree-recursive-commit-sha',
    ).tree;
    const id = (path: string) => entries.find((entry) => entry.path === path)?.sha ?? unknown;
    let server: GiteaServer;
    let forge: Forge;

    const start = async (answers: Answers) => {
      server = await giteaServer(answers);
      forge = giteaAt(server.url);
    };
    afterEach(() => server.close());

    it('reads address and default branch of the repository', async () => {
      await start({ '': recorded(generation, 'repo') });
      const { html_url: url, id, created_at: made } = recordedBody(generation, 'repo');
      assert.deepEqual(await forge.repository(), {
        url,
        alsoAt: [`${server.url}/ada/mlops-gitops`],
        id: `${id}@${new Date(made).toISOString()}`,
        defaultBranch: 'main',
      });
    });

    it('reads all pages where the server gives two entries each, and believes the total only', async () => {
      // Recorded: page 1 to 3 and the last; the others are cut from the whole, with this generation's `truncated`.
      const pages = new Map<number, ReturnType<typeof recorded>>();
      const last = Math.ceil(entries.length / 2);
      for (let page = 1; page <= last; page++)
        pages.set(
          page,
          json({ ...recordedBody(generation, 'tree-page-2'), tree: entries.slice(2 * page - 2, 2 * page), page }),
        );
      for (const page of [1, 2, 3]) pages.set(page, recorded(generation, `tree-page-${page}`));
      pages.set(last, recorded(generation, 'tree-page-last'));
      await start((url) => {
        const { pathname, searchParams } = new URL(url, 'http://x');
        return pathname === `/git/trees/${head}` ? pages.get(Number(searchParams.get('page') ?? 1)) : undefined;
      });
      const tree = await forge.tree(head);
      assert.deepEqual(
        [...tree!.values()],
        entries.map(({ path, mode, type, sha: id, size }) => ({
          path,
          mode,
          type,
          id,
          ...(type === 'blob' && { size }),
        })),
      );
      assert.equal(server.asked.length, last);
    });

    it('takes a commit as unknown only after a second look', async () => {
      await start({
        [`/git/trees/${unknown}${slimTree}`]: recorded(generation, 'tree-unknown-sha'),
        [`/git/commits/${unknown}${slimCommit}`]: recorded(generation, 'git-commit-unknown'),
        '': recorded(generation, 'repo'),
      });
      assert.equal(await forge.tree(unknown), undefined);
      assert.equal(server.asked.length, 3);
    });

    it('does not take a commit as unknown when the repository is not visible', async () => {
      await start({
        [`/git/trees/${unknown}${slimTree}`]: recorded(generation, 'repo-stranger-404'),
        [`/git/commits/${unknown}${slimCommit}`]: recorded(generation, 'repo-stranger-404'),
        '': recorded(generation, 'repo-stranger-404'),
      });
      await assert.rejects(forge.tree(unknown), TryAgainError);
    });

    it('reads the history of a file, although the server ignores the limit', async () => {
      const all = recordedBody(generation, 'commits-by-path');
      await start({
        [`/commits?sha=${head}&path=${encodeURIComponent(jukebox)}&limit=3${slimCommit.replace('?', '&')}`]: recorded(
          generation,
          'commits-by-path',
        ),
      });
      const commits = await forge.history(head, jukebox, 3);
      assert.ok(all.length > 3);
      assert.deepEqual(
        commits.map(({ id, committedAt }) => [id, committedAt]),
        all.slice(0, 3).map((one: { sha: string; created: string }) => [one.sha, one.created]),
      );
      assert.deepEqual(
        commits.map(({ author }) => author),
        all.slice(0, 3).map((one: { author: { login: string } | null; commit: { author: { name: string } } }) => ({
          ...(one.author ? { login: one.author.login } : {}),
          name: one.commit.author.name,
        })),
      );
    });

    it('finds no history of a path that never was, by one call', async () => {
      const asked = `/commits?sha=${head}&path=no%2Fsuch&limit=2${slimCommit.replace('?', '&')}`;
      await start({ [asked]: recorded(generation, 'commits-path-missing') });
      assert.deepEqual(await forge.history(head, 'no/such', 2), []);
    });

    it('reads in bulk where the server can, and asks once more for what it leaves out', async () => {
      const wanted = [jukebox, 'no/such/file'].map((path) => ({ path, id: id(path), size: 100 }));
      // Recorded by POST; asked by GET, which a token that may only read is allowed, the answer is the same (measured).
      const body = encodeURIComponent(JSON.stringify({ files: wanted.map(({ path }) => path) }));
      await start({
        [`/file-contents?ref=${head}&body=${body}`]: recorded(generation, 'file-contents-bulk'),
        [`/raw/${jukebox}?ref=${head}`]: recorded(generation, 'raw'),
        [`/raw/no/such/file?ref=${head}`]: recorded(generation, 'raw-missing-file'),
      });
      await assert.rejects(forge.files(head, wanted, 1_000), /raw\/no\/such\/file .*got 404/);
      const singles = server.urls().filter((url) => url.startsWith('/raw/'));
      assert.equal(singles.length, generation === 'gitea' ? 1 : 2);

      // What was read stays read; a server without the route is not asked for it again.
      const before = server.asked.length;
      const files = await forge.files(head, [wanted[0]!, { path: 'x', id: wanted[0]!.id, size: 1 }], 1_000);
      assert.equal(files.size, 2);
      assert.equal(server.asked.length, before);
    });

    const merges = recordedNames(generation).filter((name) =>
      /^commit-pull-(?!direct|unknown|.*-branch-head)/.test(name),
    );
    for (const name of merges)
      it(`finds the pull request of ${name.slice('commit-pull-'.length)}, or says there is none`, async () => {
        const asked = recordedPath(generation, name);
        const commit = /[0-9a-f]{40}/.exec(asked)![0];
        const pull = recordedBody(generation, name.replace('commit-pull', 'pull'));
        const latest = '/pulls?state=closed&sort=recentupdate&limit=50';
        await start({
          [asked]: recorded(generation, name),
          '/api/v1/version': recorded(generation, 'version'),
          [latest]: json([pull]),
        });
        assert.deepEqual(await forge.pullRequest(commit), {
          number: pull.number,
          url: pull.html_url,
          title: pull.title,
          mergeCommit: commit,
          mergedAt: pull.merged_at,
          mergedBy: { login: 'ada', name: 'Ada Example' },
        });
        assert.equal(server.urls().includes(latest), generation !== 'gitea');
      });

    for (const name of ['commit-pull-direct', 'commit-pull-merge-branch-head', 'commit-pull-unknown-sha'])
      it(`finds none for ${name.slice('commit-pull-'.length)}`, async () => {
        const asked = recordedPath(generation, name);
        await start({
          [asked]: recorded(generation, name),
          '/api/v1/version': recorded(generation, 'version'),
          '/pulls?state=closed&sort=recentupdate&limit=50': recorded(generation, 'pulls-closed'),
        });
        assert.equal(await forge.pullRequest(/[0-9a-f]{40}/.exec(asked)![0]), undefined);
      });
  });
}

describe('Gitea adapter', () => {
  it('asks nothing about zeros and about ids that are not full', async () => {
    const server = await giteaServer({});
    const forge = giteaAt(server.url);
    try {
      for (const zeros of ['0'.repeat(40), '0'.repeat(64)]) {
        assert.equal(await forge.tree(zeros), undefined);
        assert.equal(await forge.pullRequest(zeros), undefined);
      }
      for (const id of ['main', '1a6e206e69', 'A'.repeat(40), '../x', '']) {
        await assert.rejects(forge.tree(id), TryAgainError);
        await assert.rejects(forge.files(id, [], 1), TryAgainError);
        await assert.rejects(forge.files(unknown, [{ path: 'a', id }], 1), TryAgainError);
        await assert.rejects(forge.history(id, 'a', 1), TryAgainError);
        await assert.rejects(forge.pullRequest(id), TryAgainError);
      }
      assert.equal(server.asked.length, 0);
    } finally {
      await server.close();
    }
  });
});
