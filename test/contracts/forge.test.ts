// The contract of forge.ts over every adapter, on stand-ins and, where their settings are given, on real servers alike
// (GITEA_URL and GITEA_TOKEN of an account that may create repositories; the suite's own is deleted afterwards).
import assert from 'node:assert/strict';
import type { Forge } from '../../forges/forge.ts';
import { sameRepository } from '../../promotions/repository-address.ts';
import { fails as failsTo } from '../try-again.ts';
import { type ForgeWorld, forgeWorlds, type Made } from './forge-worlds.ts';

const unknown = '1234567890'.repeat(4);
const jukebox = 'model-deployments/prod/jukebox/config.yaml';
const oddPaths = [
  'odd/a%20b+c&d=e#f;g?h/config.yaml',
  'odd/quote"back\\slash\ttab.yaml',
  "odd/app ü/it's (one) [of] *many*.yaml",
  'odd/音楽/config.yaml',
];
const many = Array.from({ length: 70 }, (_, i) => `apps/${String(i).padStart(2, '0')}/config.yaml`);
/** 12 MiB is more than Gitea gives as JSON (DEFAULT_MAX_BLOB_SIZE); a little above a megabyte is enough for our limit. */
const large = 'x'.repeat(1_100_000);

function describeForge(world: ForgeWorld) {
  describe(`forge: ${world.name}`, () => {
    // A real server computes whether a request can be merged for seconds before it merges it.
    let made: Made;
    let forge: Forge;
    let first: string;
    let second: string;
    let third: string;
    let head: string;

    before(async () => {
      made = await world.make();
      forge = made.forge();
      const files = new Map<string, string>([
        [jukebox, 'version: 1.10\n'],
        ['large.txt', large],
      ]);
      for (const path of oddPaths) files.set(path, `path: ${JSON.stringify(path)}\n`);
      for (const [i, path] of many.entries()) files.set(path, `version: ${i}\r\nname: grüße\n`);
      first = await made.commit({ write: files, message: 'First' });
      second = await made.commit({ write: new Map([[jukebox, 'version: 007\n']]), message: 'Second' });
      third = await made.commit({ remove: [many[0]!], message: 'Third' });
      head = third;
    });
    after(() => made?.end());

    const fails = (call: Promise<unknown>) => failsTo(call, [], made.secrets);
    const wanted = (tree: ReadonlyMap<string, { path: string; id: string; size?: number }>, paths: readonly string[]) =>
      paths.map((path) => tree.get(path)!);
    const text = (bytes: Uint8Array | 'too-large' | undefined) =>
      bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : bytes;

    it('names the repository by its public address, wherever it is read, and its default branch', async () => {
      const { url, alsoAt = [], defaultBranch } = await forge.repository();
      assert.deepEqual([url, defaultBranch], [made.url, 'main']);
      assert.deepEqual(alsoAt, sameRepository(made.readAt, url) ? [] : [made.readAt]);
    });

    it('tells the head of a branch, whose name may hold slashes', async () => {
      assert.equal(await forge.head('main'), head);
      await made.branch('feature/größe-1', second);
      assert.equal(await forge.head('feature/größe-1'), second);
      await fails(forge.head('no-such-branch'));
    });

    it('reads whole trees of any commit', async () => {
      const before = (await forge.tree(first))!;
      const after = (await forge.tree(third))!;
      const files = [...before.values()].filter(({ type }) => type === 'blob').map(({ path }) => path);
      assert.deepEqual(files.sort(), [jukebox, 'large.txt', ...oddPaths, ...many].sort());
      assert.equal(after.size, before.size - 2);
      assert.ok(!after.has(many[0]!));
      assert.deepEqual(before.get('large.txt'), {
        path: 'large.txt',
        mode: '100644',
        type: 'blob',
        id: before.get('large.txt')!.id,
        size: large.length,
      });
      assert.equal(before.get('model-deployments')?.mode, '040000');
      assert.notEqual(before.get(jukebox)!.id, after.get(jukebox)!.id);
    });

    it('knows no tree of a commit that is not there', async () => {
      assert.equal(await forge.tree(unknown), undefined);
      assert.equal(await forge.tree('0'.repeat(40)), undefined);
    });

    it('reads many files, with odd names, as they were at that commit', async () => {
      const before = (await forge.tree(first))!;
      const paths = [...oddPaths, ...many, jukebox];
      const files = await forge.files(first, wanted(before, paths), 1_000_000);
      assert.deepEqual([...files.keys()], paths);
      for (const path of oddPaths) assert.equal(text(files.get(path)), `path: ${JSON.stringify(path)}\n`);
      assert.equal(text(files.get(many[69]!)), 'version: 69\r\nname: grüße\n');
      assert.equal(text(files.get(jukebox)), 'version: 1.10\n');
      const later = await forge.files(second, wanted((await forge.tree(second))!, [jukebox]), 1_000_000);
      assert.equal(text(later.get(jukebox)), 'version: 007\n');
    });

    it('reads nothing larger than asked for', async () => {
      const entry = (await forge.tree(first))!.get('large.txt')!;
      assert.equal((await made.forge().files(first, [entry], 1_000_000)).get('large.txt'), 'too-large');
      assert.equal(text((await made.forge().files(first, [entry], 1_100_000)).get('large.txt')), large);
    });

    it('shows symbolic links as such, and reads their text beside files', async () => {
      head = await made.link('links/to', `../${jukebox}`);
      const tree = (await forge.tree(head))!;
      assert.equal(tree.get('links/to')?.mode, '120000');
      const files = await forge.files(head, wanted(tree, [many[1]!, 'links/to', many[2]!]), 1_000);
      assert.deepEqual([...files.values()].map(text)[1], `../${jukebox}`);
    });

    it('gives no other content than the one asked for', async () => {
      const tree = (await forge.tree(first))!;
      const { id } = (await forge.tree(second))!.get(jukebox)!;
      const fresh = made.forge();
      await fails(fresh.files(first, [{ path: jukebox, id, size: 13 }], 1_000));
      await fails(fresh.files(first, [{ path: jukebox, id }, ...wanted(tree, many)], 1_000));
      await fails(fresh.files(first, [{ path: 'no/such/file', id: unknown, size: 13 }], 1_000));
      await fails(fresh.files(unknown, wanted(tree, [jukebox]), 1_000));
    });

    it('knows which commit contains which', async () => {
      assert.equal(await forge.contains(head, first), true);
      assert.equal(await forge.contains(second, second), true);
      assert.equal(await forge.contains(first, second), false);
    });

    it('tells who changed a path, newest first, and when', async () => {
      const commits = await forge.history(head, jukebox, 10);
      assert.deepEqual(
        commits.map(({ id }) => id),
        [second, first],
      );
      assert.equal(commits[0]!.author.login, made.login);
      assert.ok(Date.parse(commits[0]!.committedAt) >= Date.parse(commits[1]!.committedAt));
      assert.deepEqual(
        (await forge.history(head, jukebox, 1)).map(({ id }) => id),
        [second],
      );
      assert.deepEqual(
        (await forge.history(first, jukebox, 10)).map(({ id }) => id),
        [first],
      );
      assert.deepEqual(
        (await forge.history(head, oddPaths[0]!, 10)).map(({ id }) => id),
        [first],
      );
    });

    it('tells the history of what is gone, of folders, and none of what never was', async () => {
      assert.deepEqual(
        (await forge.history(head, many[0]!, 10)).map(({ id }) => id),
        [third, first],
      );
      assert.deepEqual(
        (await forge.history(head, 'model-deployments/prod', 10)).map(({ id }) => id),
        [second, first],
      );
      assert.deepEqual(
        (await forge.history(head, many[0]!, 10, first)).map(({ id }) => id),
        [third],
      );
      assert.deepEqual(await forge.history(head, many[0]!, 10, third), []);
      assert.deepEqual(await forge.history(head, 'no/such/file', 10), []);
      await fails(forge.history(unknown, jukebox, 10));
    });

    for (const style of ['merge', 'squash', 'rebase-merge'] as const)
      it(`finds the pull request of a commit merged by ${style}, and none of others`, async () => {
        const title = `Größe "${style}" <b>&`;
        const pull = await made.pull({ style, title, write: new Map([[jukebox, `version: ${style}\n`]]) });
        head = await forge.head('main');
        assert.deepEqual(await forge.pullRequest(head), {
          number: pull.number,
          url: pull.url,
          title,
          mergeCommit: head,
          mergedAt: pull.mergedAt,
          mergedBy: made.person,
        });
        assert.equal(await forge.pullRequest(pull.branchHead), undefined);
        assert.equal(await forge.mergesOnto('main')(pull.branchHead), head);
        assert.equal(await forge.pullRequest(second), undefined);
        assert.equal(await forge.pullRequest(unknown), undefined);
      });

    it('says that it cannot tell without a valid token, or when the repository is another', async () => {
      for (const wrong of [
        made.forge({ token: 'f'.repeat(40) }),
        made.forge({ repository: `${made.login}/no-such` }),
      ]) {
        await fails(wrong.repository());
        await fails(wrong.head('main'));
        await fails(wrong.tree(first));
        await fails(wrong.tree(unknown));
        await fails(wrong.files(first, [{ path: jukebox, id: unknown }], 1_000));
        await fails(wrong.history(first, 'no/such/file', 1));
        await fails(wrong.pullRequest(first));
      }
    });

    it('tells a private repository to nobody without a token', async () => {
      await fails(made.forge({ token: '' }).tree(first));
    });

    it('knows how far the clocks are apart', async () => {
      const other = made.forge();
      assert.equal(other.clockOffset(), 0);
      await other.head('main');
      assert.ok(Number.isSafeInteger(other.clockOffset()));
      const late = made.forge({ ahead: 7_200_000 });
      await late.head('main');
      assert.ok(Math.abs(late.clockOffset() + 7_200_000 - other.clockOffset()) <= 60_000);
    });

    it('finds a repository that was renamed, by its old name', async () => {
      const before = await forge.repository();
      const url = await made.rename();
      const after = await forge.repository();
      assert.notEqual(url, before.url);
      assert.deepEqual([after.url, after.id, after.defaultBranch], [url, before.id, 'main']);
      assert.match(after.id ?? '', /^\d+@\d{4}-/);
      assert.equal(await forge.head('main'), head);
      const fresh = made.forge();
      const tree = (await fresh.tree(first))!;
      assert.equal((await fresh.files(first, wanted(tree, [...oddPaths, ...many]), 1_000)).size, 74);
      assert.equal((await fresh.history(head, jukebox, 1)).length, 1);
    });
  });
}

for (const world of forgeWorlds()) describeForge(world);
