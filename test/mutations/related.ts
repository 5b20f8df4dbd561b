// Which test files can see a change of a source file, the nearest first: those of its own path, then by how many imports lie
// between. Reads the imports of the whole project; runs nothing.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { listed } from './listed.ts';

/** What processes are built from lies behind the file that builds them; farther than any import. */
const built = { by: 'local/processes.ts', from: /^(functions\/([^/]+|[^/]+\/index)|jobs\/[^/]+)\.ts$/, distance: 10 };

export function createRelated(root: string, { slow = false } = {}): (file: string) => string[] {
  const files = listed(root, '*.ts');
  const importers = new Map<string, { file: string; distance: number }[]>();
  const add = (imported: string, file: string, distance: number) => {
    if (!importers.has(imported)) importers.set(imported, []);
    importers.get(imported)!.push({ file, distance });
  };
  for (const file of files) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, name] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g))
      add(path.join(path.dirname(file), name!), file, 1);
    if (built.from.test(file)) add(file, built.by, built.distance);
  }
  return (file) => {
    const distances = new Map([[file, 0]]);
    // A Map goes on to what is added while it is gone through; a shorter way found later is taken by adding anew.
    for (const [at, so] of distances)
      for (const { file: importer, distance } of importers.get(at) ?? []) {
        const far = so + distance;
        if (far >= (distances.get(importer) ?? Number.POSITIVE_INFINITY)) continue;
        distances.delete(importer);
        distances.set(importer, far);
      }
    const own = path.join('test', file.replace(/\.ts$/, ''));
    const rank = (test: string) =>
      test.startsWith(`${own}.`) || test.startsWith(`${own}/`) ? 0 : distances.get(test)!;
    return [...distances.keys()]
      .filter((test) => test.endsWith('.test.ts') && (slow || !test.endsWith('.slow.test.ts')))
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  };
}
