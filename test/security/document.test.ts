// docs/security.md and the tests it names: neither goes without the other.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const text = readFileSync(path.join(root, 'docs/security.md'), 'utf8');

/** Rows of all tables, without heads. */
const rows = text
  .split('\n')
  .filter((line, i, lines) => line.startsWith('|') && !/^\|[-|]+$/.test(line) && !/^\|[-|]+$/.test(lines[i + 1] ?? ''));
const linksOf = (line: string) =>
  [...line.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+\.test\.ts)\)/g)].map(([, title, file]) => ({
    title: title!,
    file: file!,
  }));

/** Titles as the source has them, `${…}` and all. */
function titlesOf(file: string): string[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  return [...source.matchAll(/\bit\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g)].map(([, , title]) =>
    title!.replace(/\\(['"`])/g, '$1'),
  );
}

/** A title with variable parts fits when the parts stand in the test's folder. */
function fits(title: string, source: string, file: string): boolean {
  if (!source.includes('${')) return title === source;
  const parts = source.split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/);
  const found = new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+)')}$`).exec(
    title,
  );
  return found?.slice(1).every((part) => sourcesBelow(path.dirname(file)).some((one) => one.includes(part))) ?? false;
}

const known = new Map<string, string[]>();
function sourcesBelow(folder: string): string[] {
  const sources =
    known.get(folder) ??
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('document.test'))
      .map((name) => readFileSync(path.join(root, folder, name), 'utf8'));
  known.set(folder, sources);
  return sources;
}

describe('docs/security.md', () => {
  it('every line of docs/security.md names a test that is there', () => {
    assert.ok(rows.length > 50, String(rows.length));
    for (const row of rows) {
      const links = linksOf(row);
      assert.ok(links.length > 0, `no test: ${row}`);
      for (const { title, file } of links)
        assert.ok(
          titlesOf(file).some((source) => fits(title, source, file)),
          `${file} has no test "${title}"`,
        );
    }
  });

  it('leaves out no file of these tests', () => {
    const named = new Set(linksOf(text).map(({ file }) => file));
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
    assert.deepEqual(
      files.filter((name) => !named.has(`test/security/${name}`)),
      [],
    );
  });

  it('is found from SECURITY.md', () => {
    assert.match(readFileSync(path.join(root, 'SECURITY.md'), 'utf8'), /\(docs\/security\.md\)/);
  });
});
