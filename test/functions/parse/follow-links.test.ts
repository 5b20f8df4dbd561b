import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { TreeEntry } from '../../../forges/forge.ts';
import { followLinks } from '../../../functions/parse/follow-links.ts';

const name = fc.constantFrom('a', 'b', 'c');
const paths = fc.uniqueArray(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
  {
    minLength: 1,
    maxLength: 8,
  },
);
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: name }, fc.constantFrom('..', '.', '')), { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join('/'))
  .filter((link) => link !== '');

describe('following symbolic links', () => {
  const root = mkdtempSync(join(tmpdir(), 'links-'));
  after(() => rmSync(root, { recursive: true }));

  it('finds the file that the file system finds, or none where it finds none', async () => {
    let run = 0;
    const files = fc.tuple(paths, fc.array(fc.option(text), { minLength: 8, maxLength: 8 }));
    const property = fc.asyncProperty(files, async ([all, links]) => {
      const folder = join(root, String(run++), 'checkout');
      const tree = new Map<string, TreeEntry>();
      const texts = new Map<string, string>();
      // A path below another one makes that a folder.
      for (const [i, path] of all.entries()) {
        if (all.some((other) => other.startsWith(`${path}/`))) continue;
        const link = links[i] ?? undefined;
        mkdirSync(join(folder, dirname(path)), { recursive: true });
        if (link === undefined) writeFileSync(join(folder, path), path);
        else symlinkSync(link, join(folder, path));
        if (link !== undefined) texts.set(path, link);
        tree.set(path, { path, mode: link === undefined ? '100644' : '120000', type: 'blob', id: path });
        for (let above = dirname(path); above !== '.'; above = dirname(above))
          tree.set(above, { path: above, mode: '040000', type: 'tree', id: above });
      }
      for (const [path, { type }] of tree) {
        if (type === 'tree') continue;
        const { file, reason, paths: hangsOn } = await followLinks(tree, path, async (link) => texts.get(link.path));
        assert.equal(file?.path, contentOf(join(folder, path)), `${path}: ${reason}`);
        assert.ok(file === undefined ? reason : hangsOn.includes(file.path));
        assert.equal(hangsOn[0], path);
      }
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('follows forty links and no more, as Linux does', async () => {
    const chain = (length: number) =>
      new Map<string, TreeEntry>(
        Array.from({ length: length + 1 }, (_, i) => {
          const mode = i < length ? '120000' : '100644';
          return [String(i), { path: String(i), mode, type: 'blob', id: String(i) }];
        }),
      );
    const next = async ({ path }: TreeEntry) => String(Number(path) + 1);
    assert.equal((await followLinks(chain(40), '0', next)).file?.path, '40');
    assert.match((await followLinks(chain(41), '0', next)).reason!, /circle/);
  });
});

/** Every file holds its own path. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
