// Writes what is said in more than one place from where it is said first: README's settings and .env.example from the
// settings table. `npm run generate`; a test fails when a file is not what this writes.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderEnvExample, renderSettingsTable } from './settings.ts';

const section = /(<!-- settings: [^\n]*-->\n)[\s\S]*?(<!-- \/settings -->)/;

/** Files by path from the root, with the text they should have. */
export function generatedFiles(root: URL): Map<string, string> {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  if (!section.test(readme))
    throw new Error('README.md: expected the markers <!-- settings: … --> and <!-- /settings -->');
  return new Map([
    ['README.md', readme.replace(section, (_, start, end) => `${start}\n${renderSettingsTable()}\n${end}`)],
    ['.env.example', renderEnvExample()],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = new URL('../', import.meta.url);
  for (const [path, text] of generatedFiles(root)) writeFileSync(new URL(path, root), text);
}
