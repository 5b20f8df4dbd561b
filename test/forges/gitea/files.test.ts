// Contents: how many calls, from where, and that nothing is believed but by its hash.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TryAgainError } from '../../../events/errors.ts';
import { blobId } from '../../../forges/gitea/files.ts';
import { closeAfterEach } from '../../try-again.ts';
import { type Answer, type GiteaServer, giteaAt, giteaServer, json, recorded } from './recorded.ts';

const commit = 'c'.repeat(40);
const noRoute = recorded('gitea-1.22', 'file-contents-bulk');

interface Options {
  /** Instead of the bulk answer. */
  bulk?: (paths: string[]) => Answer | undefined;
  raw?: (path: string) => Answer | undefined;
  /** How many paths one bulk answer holds. */
  perCall?: number;
  /** What the bulk answer says of one file, instead of its content. */
  entry?: (path: string) => object | null | undefined;
}

/** A server that has these files, by path. */
async function fileServer(files: ReadonlyMap<string, Buffer>, options: Options = {}) {
  return giteaServer((short) => {
    const { pathname, searchParams } = new URL(short, 'http://x');
    assert.equal(searchParams.get('ref'), commit);
    if (pathname === '/file-contents') {
      const paths: string[] = JSON.parse(searchParams.get('body')!).files;
      return options.bulk?.(paths) ?? json(paths.slice(0, options.perCall ?? 30).map(content));
    }
    const path = decodeURIComponent(pathname.replace(/^\/raw\//, ''));
    const bytes = files.get(path);
    return options.raw?.(path) ?? (bytes ? { status: 200, body: bytes } : { status: 404 });
  });

  function content(path: string) {
    const other = options.entry?.(path);
    if (other !== undefined) return other;
    const bytes = files.get(path);
    return bytes ? { path, type: 'file', encoding: 'base64', content: bytes.toString('base64') } : null;
  }
}

const named = (count: number, name = (i: number) => `apps/${i}/config.yaml`) =>
  new Map(Array.from({ length: count }, (_, i) => [name(i), Buffer.from(`version: ${i}\n`)]));
const wantedOf = (files: ReadonlyMap<string, Buffer>) =>
  [...files].map(([path, bytes]) => ({ path, id: blobId(bytes, 40), size: bytes.length }));

describe('files of the Gitea adapter', () => {
  const keep = closeAfterEach();
  const serve = async (files: ReadonlyMap<string, Buffer>, options?: Options) => keep(await fileServer(files, options));
  const calls = (server: GiteaServer, route: string) => server.urls().filter((url) => url.startsWith(route)).length;

  const same = (got: ReadonlyMap<string, Uint8Array | 'too-large'>, files: ReadonlyMap<string, Buffer>) => {
    assert.deepEqual([...got.keys()], [...files.keys()]);
    for (const [path, bytes] of files) assert.deepEqual(Buffer.from(got.get(path) as Uint8Array), bytes);
  };

  it('come thirty a call', async () => {
    const files = named(100);
    const server = await serve(files);
    same(await giteaAt(server.url).files(commit, wantedOf(files), 1_000), files);
    assert.deepEqual([calls(server, '/file-contents'), server.asked.length], [4, 4]);
  });

  it('come in fewer a call where names are long, so that addresses stay short', async () => {
    const files = named(40, (i) => `${'größe/'.repeat(20)}${i}`);
    const server = await serve(files);
    same(await giteaAt(server.url).files(commit, wantedOf(files), 1_000), files);
    assert.ok(Math.max(...server.asked.map(({ url }) => url.length)) < 6_000);
    assert.ok(server.asked.length > 2);
    assert.equal(calls(server, '/raw'), 0);
  });

  it('come in fewer a call where they are large', async () => {
    const files = new Map([1, 2, 3, 4].map((i) => [`f${i}`, Buffer.alloc(3 * 1024 * 1024, i)]));
    const server = await serve(files);
    same(await giteaAt(server.url).files(commit, wantedOf(files), 4 * 1024 * 1024), files);
    assert.equal(calls(server, '/file-contents'), 2);
  });

  it('come singly when a server answers fewer than asked for, and are asked for in such portions from then on', async () => {
    const first = named(30, (i) => `a${i}`);
    const second = named(40, (i) => `b${i}`);
    for (const [path, bytes] of second) second.set(path, Buffer.concat([bytes, Buffer.from('#')]));
    const server = await serve(new Map([...first, ...second]), { perCall: 10 });
    const forge = giteaAt(server.url);
    same(await forge.files(commit, wantedOf(first), 1_000), first);
    assert.deepEqual([calls(server, '/file-contents'), calls(server, '/raw')], [1, 20]);
    same(await forge.files(commit, wantedOf(second), 1_000), second);
    assert.deepEqual([calls(server, '/file-contents'), calls(server, '/raw')], [5, 20]);
  });

  const unanswered: Record<string, object | null> = {
    'a null': null,
    'a null content (too large for bulk)': { path: 'apps/1/config.yaml', encoding: null, content: null },
    'no content (a link)': { path: 'apps/1/config.yaml', type: 'symlink', target: 'x' },
    'another encoding': { path: 'apps/1/config.yaml', encoding: 'utf-8', content: 'version: 1\n' },
    'another blob': { path: 'apps/1/config.yaml', encoding: 'base64', content: 'AAAA' },
    'a path nobody asked for': { path: 'other', encoding: 'base64', content: 'AAAA' },
  };
  for (const [name, entry] of Object.entries(unanswered))
    it(`are read singly after ${name}`, async () => {
      const files = named(3);
      const server = await serve(files, { entry: (path) => (path === 'apps/1/config.yaml' ? entry : undefined) });
      same(await giteaAt(server.url).files(commit, wantedOf(files), 1_000), files);
      assert.equal(calls(server, '/raw'), 1);
    });

  for (const [name, answer] of Object.entries({ 'the route is missing': noRoute, 'GET is refused': { status: 405 } }))
    it(`are read singly when ${name}, which is remembered`, async () => {
      const files = named(70);
      const server = await serve(files, { bulk: () => answer });
      const forge = giteaAt(server.url);
      const wanted = wantedOf(files);
      await forge.files(commit, wanted.slice(0, 65), 1_000);
      await forge.files(commit, wanted.slice(65), 1_000);
      assert.deepEqual([calls(server, '/file-contents'), calls(server, '/raw')], [1, 70]);
    });

  for (const answer of [{ status: 414 }, { status: 431 }, { status: 500 }, { status: 404, body: '<html>' }])
    it(`are read singly when the server refuses (${answer.status}), this time only`, async () => {
      const files = named(6);
      const answers = [answer];
      const server = await serve(files, { bulk: () => answers.shift() });
      const forge = giteaAt(server.url);
      const wanted = wantedOf(files);
      await forge.files(commit, wanted.slice(0, 3), 1_000);
      await forge.files(commit, wanted.slice(3), 1_000);
      assert.deepEqual([calls(server, '/file-contents'), calls(server, '/raw')], [2, 3]);
    });

  it('are read singly four at a time', async () => {
    const files = named(20);
    let running = 0;
    let most = 0;
    const server = await giteaServer(async (short) => {
      if (short.startsWith('/file-contents')) return noRoute;
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return { status: 200, body: files.get(new URL(short, 'http://x').pathname.slice('/raw/'.length)) };
    });
    keep(server);
    same(await giteaAt(server.url).files(commit, wantedOf(files), 1_000), files);
    assert.ok(most <= 4, `${most} at once`);
  });

  const faults: Record<string, Answer> = {
    'another file (an unknown ref is served from the default branch)': { status: 200, body: 'version: other\n' },
    'a file cut short': { status: 200, body: 'version:' },
    'a page of HTML': { status: 200, body: '<html>sign in</html>' },
    'a missing file': { status: 404 },
    'an endless file': { status: 200, body: Buffer.alloc(100_000) },
    'a broken connection': { status: 200, body: 'vers', cut: true },
    'a failure': { status: 500 },
  };
  for (const [name, answer] of Object.entries(faults))
    it(`are no answer after ${name}`, async () => {
      const files = named(3);
      const server = await serve(files, {
        bulk: () => noRoute,
        raw: (path) => (path === 'apps/1/config.yaml' ? answer : undefined),
      });
      await assert.rejects(giteaAt(server.url).files(commit, wantedOf(files), 1_000), TryAgainError);
    });

  for (const [name, answer] of Object.entries({
    HTML: { status: 200, body: '<html>' },
    '502': { status: 502 },
    'an object': json({}),
  }))
    it(`are no answer after a bulk answer of ${name}`, async () => {
      const files = named(3);
      const server = await serve(files, { bulk: () => answer });
      await assert.rejects(giteaAt(server.url).files(commit, wantedOf(files), 1_000), TryAgainError);
    });

  it('that are too large are not read', async () => {
    const files = new Map([
      ['big', Buffer.alloc(1_001)],
      ['fits', Buffer.alloc(1_000)],
    ]);
    const server = await serve(files);
    const got = await giteaAt(server.url).files(commit, wantedOf(files), 1_000);
    assert.equal(got.get('big'), 'too-large');
    assert.equal((got.get('fits') as Uint8Array).byteLength, 1_000);
    assert.deepEqual(server.urls(), [`/raw/fits?ref=${commit}`]);
  });

  it('whose size nobody told are measured', async () => {
    const files = new Map([
      ['big', Buffer.alloc(1_001)],
      ['fits', Buffer.alloc(1_000)],
    ]);
    const server = await serve(files);
    const wanted = wantedOf(files).map(({ path, id }) => ({ path, id }));
    const got = await giteaAt(server.url).files(commit, wanted, 1_000);
    assert.equal(got.get('big'), 'too-large');
    assert.equal((got.get('fits') as Uint8Array).byteLength, 1_000);
    assert.equal(calls(server, '/file-contents'), 0);
  });

  it('of one content are read once, and not again by the same forge', async () => {
    const bytes = Buffer.from('version: 1\n');
    const files = new Map(['a', 'b', 'c'].map((path) => [path, bytes]));
    const server = await serve(files);
    const forge = giteaAt(server.url);
    same(await forge.files(commit, wantedOf(files), 1_000), files);
    same(await forge.files(commit, wantedOf(files), 1_000), files);
    assert.equal(server.asked.length, 1);
    assert.equal((await forge.files(commit, wantedOf(files), 5)).get('a'), 'too-large');
  });

  it('are held in 16 MiB at most, the last used', async () => {
    const files = new Map([1, 2, 3].map((i) => [`f${i}`, Buffer.alloc(7 * 1024 * 1024, i)]));
    const server = await serve(files);
    const forge = giteaAt(server.url);
    const read = (path: string) => forge.files(commit, wantedOf(new Map([[path, files.get(path)!]])), 8 * 1024 * 1024);
    for (const path of ['f1', 'f2', 'f1', 'f3', 'f1']) await read(path);
    assert.deepEqual(server.asked.length, 3);
    await read('f2');
    assert.deepEqual(server.asked.length, 4);
  });

  it('come from repositories with SHA-256', async () => {
    const bytes = Buffer.from('version: 1\n');
    const server = await giteaServer({ [`/raw/a?ref=${'c'.repeat(64)}`]: { status: 200, body: bytes } });
    keep(server);
    const got = await giteaAt(server.url).files('c'.repeat(64), [{ path: 'a', id: blobId(bytes, 64) }], 100);
    assert.deepEqual(Buffer.from(got.get('a') as Uint8Array), bytes);
  });

  it('have any name Git allows', async () => {
    const segment = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');
    const paths = fc.uniqueArray(
      fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    await fc.assert(
      fc.asyncProperty(paths, fc.boolean(), async (names, bulk) => {
        const files = new Map(names.map((name, i) => [name, Buffer.from(`version: ${i}\n`)]));
        const server = await fileServer(files, bulk ? {} : { bulk: () => noRoute });
        try {
          same(await giteaAt(server.url).files(commit, wantedOf(files), 1_000), files);
        } finally {
          await server.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('blobId', () => {
  // printf … | git hash-object --stdin, in a repository of that format
  const ids: [string, number, string][] = [
    ['', 40, 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'],
    ['', 64, '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813'],
    ['version: 1\n', 40, 'b82551848c644f63b8517a7bdf8be9a992e6f4da'],
    ['größe\r\n', 40, '2d4b9cb53892141b040e777d5ce380f0adfc43a4'],
  ];
  for (const [text, length, id] of ids)
    it(`of ${JSON.stringify(text)} is what Git says (${length} digits)`, () => {
      assert.equal(blobId(Buffer.from(text), length), id);
    });
});
